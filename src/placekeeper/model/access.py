"""Access keys, and what a key may do."""

import enum
from collections.abc import Mapping

import msgspec

READING = ("Get", "List", "BatchGet", "Search", "Query")
"""The beginnings of the names of operations that only read. All other operations write, future ones too."""


class ScriptAccess(enum.Enum):
    """What scripts may do with the token of their run, besides reading everything."""

    OWN = "own"
    """Stop their run, reset their job's bookmark, start their job as it is defined."""
    READ = "read"
    """Write nothing."""
    ALL = "all"
    """Every operation."""


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that requests are signed with; `read_only` keys may look and change nothing."""

    id: str
    secret: str
    read_only: bool = False

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r}, read_only={self.read_only})"


class RunKey(AccessKey, frozen=True, kw_only=True):
    """The token of a run in progress. `id` is the run's id; there is no secret to sign with."""

    job_name: str
    access: ScriptAccess

    def __repr__(self) -> str:
        return f"RunKey(id={self.id!r}, job_name={self.job_name!r}, access={self.access.value!r})"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that may call, by id, and what scripts may do without a key."""

    keys: Mapping[str, AccessKey]
    scripts: ScriptAccess = ScriptAccess.OWN


def is_reading(operation: str) -> bool:
    """Whether an operation changes nothing, by its name."""
    return operation.startswith(READING)
