"""Malformed records: what a reader does about one, and how much of it is shown.

A reader raises RecordUnreadable for the first one, unless it is to keep them (`keeping`). Then it tells of
each, and reads on behind it. A file whose bytes are wrong as a whole is a bad file either way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol, Self, TypeVar, runtime_checkable

from placekeeper.model.errors import RecordUnreadable

TEXT_MAX: Final = 1000
"""Characters of a malformed record that are shown."""


class MalformedRecord(NamedTuple):
    """A malformed record: why it cannot be read, its text up to TEXT_MAX characters, and where it ends.

    That is a number of bytes of the file's text: decompressed, in UTF-8, without a byte order mark.
    """

    error: RecordUnreadable
    text: str
    end: int


Malformed = Callable[[MalformedRecord], None]
"""Told of a malformed record."""

_Reader = TypeVar("_Reader")
_Kept_co = TypeVar("_Kept_co", covariant=True)


@runtime_checkable
class KeepsMalformed(Protocol[_Kept_co]):
    """A reader of records of which one may be malformed while others can be read."""

    def keeping(self, malformed: Malformed) -> _Kept_co:
        """The same reader, which tells `malformed` of each such record and reads on.

        Its `schema` and its `read` go through the whole object. They tell of the same records.
        """
        ...


@dataclass(frozen=True)
class RecordReader:
    """A reader whose `malformed` is told of each malformed record; without it, the first one raises."""

    malformed: Malformed | None = field(default=None, kw_only=True)

    def keeping(self, malformed: Malformed) -> Self:
        """See KeepsMalformed."""
        return replace(self, malformed=malformed)


def keeping(reader: _Reader, malformed: Malformed) -> _Reader:
    """A reader that keeps malformed records; the same one if its format has none."""
    return reader.keeping(malformed) if isinstance(reader, KeepsMalformed) else reader


def forget(_: MalformedRecord) -> None:
    """For a pass whose malformed records another pass tells of."""
