"""Objects as their footers describe them, for readers that are not ours: those of the engines."""

from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, runtime_checkable

import pyarrow as pa


@dataclass(frozen=True)
class Footer:
    """An object as its footer describes it, for a reader that is not ours.

    `schema` is that of `Reader.schema`. `obstacle` says in a clause why an engine may read other values than
    ours, "" if it reads the same. `unbounded` are the columns of moments whose least and greatest the footer
    does not say. `has_checksums` tells of pages that carry checksums. `rows` is how many rows the object has.
    By `origin` the reader knows another object whose types are the same.
    """

    schema: pa.Schema
    obstacle: str = ""
    unbounded: frozenset[str] = frozenset()
    has_checksums: bool = False
    rows: int = 0
    origin: object = field(default=None, compare=False, repr=False)


@runtime_checkable
class DescribesFooters(Protocol):
    """A reader of a format that engines read, too, under the name `engine_format`."""

    @property
    def engine_format(self) -> str:
        """What engines call the format."""
        ...

    def footer(self, file: BinaryIO, path: str, like: Footer | None = None) -> Footer:
        """What the footer of one object says. Raises as `Reader.schema` does.

        `like` is that of another object: what it says of the types holds here if they are the same.
        """
        ...

    def check_pages(self, file: BinaryIO, path: str) -> None:
        """Raise RecordUnreadable for a page whose checksum is not that of its bytes."""
        ...
