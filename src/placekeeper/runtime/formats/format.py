"""One format: its reader, its writer, and the facts that other modules need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, runtime_checkable

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import StagingFile
from placekeeper.rules.catalog.serdes import SerDe
from placekeeper.runtime.formats.shared.options import FormatOptions


class Reader(Protocol):
    """A picklable reader of objects of one format: tasks in other processes use it."""

    @property
    def reads_all_for_schema(self) -> bool:
        """True if `schema` reads the whole object, so that tasks rather than the driver should call it."""
        ...

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of one object; no columns if it is empty."""
        ...

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object as batches of exactly `schema`, bounded in memory.

        Raises RecordUnreadable, naming the object and the place.
        """
        ...


@runtime_checkable
class DiffersByObject(Protocol):
    """A reader whose records hold more of an object than its content and its path."""

    def of_object(self, meta: ObjectMeta) -> Reader:
        """The reader of one object, which must read no other."""
        ...


def reader_of(reader: Reader, meta: ObjectMeta) -> Reader:
    """The reader of one object."""
    return reader.of_object(meta) if isinstance(reader, DiffersByObject) else reader


@runtime_checkable
class ExplainsNoRows(Protocol):
    """A reader that may know why an object has no rows."""

    def why_no_rows(self, file: BinaryIO, path: str) -> str:
        """A sentence about what the object has instead; "" if nothing is to be said. It is a short look."""
        ...


@runtime_checkable
class ReadsRanges(Protocol):
    """A reader that may read ranges of a large object, so that several tasks share it."""

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        """Why an object has to be read whole; "" if it may be cut anywhere behind its first `least` bytes.

        It is a short look.
        """
        ...

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        """The records that begin in a range of bytes: as `read`, and together what `read` gives."""
        ...


@runtime_checkable
class DescribesRanges(ReadsRanges, Protocol):
    """A reader whose `schema` reads the whole object, and which may do so range by range."""

    def schema_range(self, file: BinaryIO, path: str, begin: int, end: int) -> pa.Schema | None:
        """The schema of a range; those of ranges side by side merge to what `schema` gives.

        None if this range shows that the object has to be read whole, whatever `why_whole` has said. As long
        as no range does, `read_range` is what it should be.
        """
        ...


@runtime_checkable
class TakesTypes(Protocol):
    """A reader of records that do not tell all types: a map looks like a struct, and bytes like a text."""

    def taking(self, types: pa.Schema) -> Reader:
        """The reader whose columns of these names, in any case, have these types; else null."""
        ...


def why_whole(reader: Reader, file: BinaryIO, path: str, least: int) -> str:
    """Why a reader has to read an object whole; "" if it may be cut behind its first `least` bytes."""
    needed = DescribesRanges if reader.reads_all_for_schema else ReadsRanges
    if not isinstance(reader, needed):
        return "its format is not read in pieces"
    return reader.why_whole(file, path, least)


class Writer(Protocol):
    """Writes record batches of one schema into one file."""

    @property
    def buffered_bytes(self) -> int:
        """Bytes of batches that are held in memory and not written yet."""
        ...

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        ...

    def flush(self) -> None:
        """Write what is held in memory."""
        ...

    def close(self) -> None:
        """Write the end of the file; the file itself stays to be finished or aborted."""
        ...


class OutputFormat(Protocol):
    """A picklable maker of writers."""

    @property
    def suffix(self) -> str:
        """The end of file names: `.c000.snappy.parquet`, `.csv.gz`, …"""
        ...

    @property
    def refused(self) -> frozenset[str]:
        """The kinds of types (types/kinds.py) that this format cannot hold, at any depth."""
        ...

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for names of columns that this format cannot hold."""
        ...

    def writer(self, file: StagingFile, schema: pa.Schema) -> Writer:
        """A writer into `file`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """One row of the registry.

    `name` is what scripts call the format, in lower case, and so are `other_names`. `options` are the format
    options that it knows beside those of every format. `without_effect` are those of AWS that change nothing
    here, each with the reason. `required` are those without which nothing is read. `of_reading` and
    `of_writing` are those of `options` that count only then. `reader` and `output` take a script's options
    and raise UnsupportedFeature for a value that they cannot serve; None where the format is not read, or not
    written. `is_grouped` says whether AWS groups its files into tasks (groupFiles), `keeps_malformed` whether
    one record of a file may be malformed while others can be read (shared/malformed.py). `native_names` are
    the names under which AWS leaves reading to Spark's own reader, which always reads folders within folders;
    they are connection types, too. `serdes` are those of catalog tables whose files have this format.
    """

    name: str
    other_names: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    without_effect: Mapping[str, str] = field(default_factory=dict, hash=False)
    required: frozenset[str] = frozenset()
    of_reading: frozenset[str] = frozenset()
    of_writing: frozenset[str] = frozenset()
    reader: Callable[[FormatOptions], Reader] | None = None
    output: Callable[[FormatOptions], OutputFormat] | None = None
    is_grouped: bool = False
    keeps_malformed: bool = False
    native_names: frozenset[str] = frozenset()
    serdes: tuple[SerDe, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that scripts may say."""
        return (self.name, *self.other_names)
