"""Rules of tags: the resource that an ARN names, and the tags that it may have.

Source: docs/reference/operations.md#tags.
"""

from collections.abc import Mapping
from typing import NamedTuple

from placekeeper.model.errors import InvalidInputException

MAX_TAGS = 50
"""The most tags that a resource may have (AWS, TagResource)."""

RESERVED_PREFIX = "aws:"
"""The prefix of AWS's own keys, in any case of letters (AWS, tagging best practices)."""

NUL = "\0"
"""The one character that a database cannot store in a text; no stored text has it."""

_ARN_PARTS = 6

_NO_SLASH = "\x1f"
"""Stands for a slash; no name has it."""


class Resource(NamedTuple):
    """The resource that an ARN names, without region and account, of which there is one each."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def job_resource(name: str) -> str:
    """The resource of a job."""
    return str(Resource("job", name))


def connection_resource(name: str) -> str:
    """The resource of a connection."""
    return str(Resource("connection", name))


def crawler_resource(name: str) -> str:
    """The resource of a crawler."""
    return str(Resource("crawler", name))


def database_resource(name: str) -> str:
    """The resource of a database."""
    return str(Resource("database", name.lower()))


def resource_in_database(kind: str, database: str, name: str) -> str:
    """The resource of what a database has: a table (`kind` is table), a function (userDefinedFunction).

    A slash in the name of the database is not the one that ends it: such a resource has no ARN.
    """
    return str(Resource(kind, f"{database.lower().replace('/', _NO_SLASH)}/{name.lower()}"))


def resources_of_database(name: str) -> tuple[str, ...]:
    """What the resources of all that a database has begin with."""
    return tuple(resource_in_database(kind, name, "") for kind in ("table", "userDefinedFunction"))


def resource_of(arn: str) -> Resource:
    """The resource of an ARN: `arn:aws:glue:REGION:ACCOUNT:job/NAME`; a name may have any character.

    Raises InvalidInputException for an ARN that does not name a resource (text: ours).
    """
    parts = arn.split(":", _ARN_PARTS - 1)
    kind, _, name = parts[-1].partition("/")
    if len(parts) < _ARN_PARTS or not kind or not name or NUL in arn:
        raise InvalidInputException(
            f"{arn} does not name a resource of Glue: write arn:aws:glue:REGION:ACCOUNT:KIND/NAME, "
            "as in arn:aws:glue:us-east-1:123456789012:job/flights."
        )
    return Resource(kind, name)


def with_tags(present: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The tags of a resource after some were added; an added one replaces that of the same key.

    Raises InvalidInputException for reserved keys, for too many tags and for NUL (texts: ours).
    """
    reserved = sorted(key for key in added if key.lower().startswith(RESERVED_PREFIX))
    if reserved:
        raise InvalidInputException(
            f"Tag keys that begin with {RESERVED_PREFIX} are reserved by AWS: {', '.join(reserved)}."
        )
    if any(NUL in key or NUL in value for key, value in added.items()):
        raise InvalidInputException("Keys and values of tags may not contain the character U+0000.")
    together = {**present, **added}
    if len(together) > MAX_TAGS:
        raise InvalidInputException(
            f"A resource has at most {MAX_TAGS} tags; this would make {len(together)}. Remove some first."
        )
    return together
