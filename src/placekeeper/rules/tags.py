"""Rules of tags: what an ARN names, and which tags a resource may have.

Source: docs/reference/operations.md#tags.
"""

from collections.abc import Mapping
from typing import NamedTuple

from placekeeper.model.errors import InvalidInputException

MAX_TAGS = 50
"""The most tags that a resource may have (AWS, TagResource)."""

RESERVED_PREFIX = "aws:"
"""Keys that begin so are AWS's own, in any case of letters (AWS, tagging best practices)."""

NUL = "\0"
"""The one character that texts of a database may not have; nothing that is stored has it."""

_ARN_PARTS = 6


class Resource(NamedTuple):
    """What an ARN names, without region and account: here there is one of each."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def job_resource(name: str) -> str:
    """The resource that a job is."""
    return str(Resource("job", name))


def resource_of(arn: str) -> Resource:
    """The resource of an ARN: `arn:aws:glue:REGION:ACCOUNT:job/NAME`; a name may have any character.

    Raises InvalidInputException for one that names no resource (text: ours).
    """
    parts = arn.split(":", _ARN_PARTS - 1)
    kind, _, name = parts[-1].partition("/")
    if len(parts) < _ARN_PARTS or not kind or not name or NUL in arn:
        raise InvalidInputException(
            f"{arn} names no resource of Glue: write arn:aws:glue:REGION:ACCOUNT:KIND/NAME, "
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
