"""What the formats of Arrow share: errors, values of a file in a frame, raw files."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.types.canonical import Canonical
from placekeeper.runtime.types.conversion import converted
from placekeeper.runtime.types.exact import ValueRefused, check_values, needs_check

ARROW_ERRORS: Final = (pa.ArrowException, OverflowError, UnicodeDecodeError)
"""What Arrow raises for bytes that it cannot read, beside an OSError without a number."""


@contextmanager
def arrow_errors(path: str, place: Callable[[], str]) -> Iterator[None]:
    """Arrow's errors become RecordUnreadable. Errors of the file itself have a number, and stay."""
    try:
        yield
    except ARROW_ERRORS as error:
        raise RecordUnreadable(path, place(), words(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise RecordUnreadable(path, place(), words(error)) from error


@contextmanager
def refused_values(path: str, place: str) -> Iterator[None]:
    """Values that a frame cannot hold become RecordUnreadable."""
    try:
        yield
    except (ValueRefused, *ARROW_ERRORS) as error:
        raise RecordUnreadable(path, place, words(error)) from error


def in_frame(array: pa.Array, column: Canonical, wanted: pa.Field, path: str, row: int) -> pa.Array:
    """The values as the frame has them; `row` counts those of the file before them.

    Raises RecordUnreadable, naming column and rows.
    """
    with refused_values(path, f"column {wanted.name}, rows {row + 1} to {row + len(array)}"):
        if column.convert is not None:
            array = column.convert(array)
        if needs_check(array.type):
            check_values(array)
        return converted(array, wanted)


def columns_read(names: Sequence[str], columns: Sequence[Canonical], schema: pa.Schema) -> list[str] | None:
    """The names of a file's columns that `schema` has, in the order of the file; None for all of them.

    `columns` are those of the file in a frame. Arrow takes a dot in a name for a field inside, and one name
    for all columns that have it.
    """
    if any("." in name or not name for name in names) or list(names) != [one.field.name for one in columns]:
        return None
    wanted = set(schema.names)
    read = [name for name in names if name in wanted]
    return read if 0 < len(read) < len(names) else None


def words(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())


class RawFile(io.RawIOBase):
    """A staging file as the file-like object that Arrow writes to; closing it does not finish it."""

    def __init__(self, file: StagingFile) -> None:
        self._file = file
        self._size = 0

    def writable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self._size

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Append bytes."""
        self._file.write(bytes(data))
        self._size += len(data)
        return len(data)
