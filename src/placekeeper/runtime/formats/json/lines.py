"""Lines of JSON as columns, where every line is a record of one layout; else as records."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec
import pyarrow as pa

from placekeeper.runtime.formats.json.alike_columns import AlikeColumns, Forgets
from placekeeper.runtime.formats.json.layout import Differs, Layout, Learner
from placekeeper.runtime.formats.json.values import line_records
from placekeeper.runtime.formats.shared.decompression import Readable
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.record_columns import Record
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

LEAST_BYTES: Final = 64 * 1024
"""To make a layout takes as long as to decode some ten thousand bytes."""
_FIRST_BYTES: Final = 16 * 1024
"""Of an object: they tell most layouts."""
_LAYOUTS_MAX: Final = 16
"""Of one object: records that ever again differ are looked at one by one."""


OfLines = Callable[[bytes], pa.RecordBatch | list[Record] | None]
"""Makes columns or records of complete lines; None if they are anything else."""


def line_blocks(
    file: Readable, *, block_bytes: int, of_lines: OfLines
) -> Iterator[pa.RecordBatch | list[Record] | None]:
    """The records of a file of lines that are records; None is the last where there is anything else."""
    pending = b""
    while block := file.read(block_bytes):
        pending += block
        cut = pending.rfind(b"\n") + 1
        if not cut and len(pending) < 2 * block_bytes:  # it may be the end of the file
            continue
        yield (records := of_lines(pending[:cut]))
        if records is None:
            return
        pending = pending[cut:]
    if pending and not pending.isspace():
        yield of_lines(pending + b"\n")


@dataclass
class LineColumns:
    """Makes columns of lines by a layout.

    If most lines are `alike`, that is fastest. Then comes the `full` layout, until it does not fit.
    """

    layout: Layout
    full: Layout | None
    cells: int
    alike: AlikeColumns
    decoder: "msgspec.json.Decoder[msgspec.Struct]" = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = msgspec.json.Decoder((self.full or self.layout).decoded)

    def __call__(self, lines: bytes, learner: Forgets) -> pa.RecordBatch | None:
        """None where some line has another layout, or if there are too many values for one batch."""
        if not lines:
            return None
        columns = self.alike(lines, learner)
        if columns is not None and len(columns) * len(columns[0]) <= self.cells:
            return pa.RecordBatch.from_arrays(columns, list(self.layout.names))
        learner.forget()
        if self.full is not None:
            batch = self._made(self.full, lines, learner)
            if batch is not None:
                return batch
            learner.forget()
            self.full = None
            self.decoder = msgspec.json.Decoder(self.layout.decoded)
        return self._made(self.layout, lines, learner)

    def _made(self, layout: Layout, lines: bytes, learner: Learner) -> pa.RecordBatch | None:
        try:
            records = self.decoder.decode_lines(lines)
            if len(records) * len(layout.names) > self.cells:
                return None
            columns = layout.columns(records, learner)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Differs):
            return None
        return pa.RecordBatch.from_arrays(columns, list(layout.names))


def _columns(schema: pa.Schema, cells: int, *, refuses_others: bool) -> LineColumns | None:
    layout, full = (Layout.of(schema, refuses_others=refuses_others, full=full) for full in (False, True))
    return None if layout is None else LineColumns(layout, full, cells, AlikeColumns(layout))


@dataclass
class LineReader:
    """Reads lines of records whose fields are those of `schema`, from `least` bytes on by a layout.

    With `refuses_others`, lines that have other fields become records.
    """

    schema: pa.Schema
    cells: int
    least: int
    refuses_others: bool
    made: LineColumns | None = None

    def __call__(self, lines: bytes) -> pa.RecordBatch | list[Record] | None:
        """None for lines that are not records."""
        if self.made is None and len(lines) >= self.least:
            self.made = _columns(self.schema, self.cells, refuses_others=self.refuses_others)
            self.least = sys.maxsize  # to make one once is enough
        batch = None if self.made is None else self.made(lines, UNTOLD)
        return line_records(lines) if batch is None else batch


@dataclass
class LineLearner:
    """Learns the schema of lines that become columns, from `least` bytes on, and makes layouts for them.

    What becomes records is not learnt.
    """

    cells: int
    least: int
    gatherer: SchemaGatherer = field(default_factory=lambda: SchemaGatherer(kind_of))
    made: LineColumns | None = None
    layouts: int = 0
    known: pa.Schema = field(default_factory=lambda: pa.schema([]))

    def __call__(self, lines: bytes) -> pa.RecordBatch | list[Record] | None:
        """None for lines that are not records."""
        batch = self._learnt(lines)
        if batch is not None:
            return batch
        if self.made is None and not self.layouts and len(lines) >= self.least:
            batch = self._learnt_by_first(lines)
            if batch is not None:
                return batch
        records = line_records(lines)
        if records and len(lines) >= self.least and self.layouts < _LAYOUTS_MAX:
            self._adapt(records)
            batch = self._learnt(lines)
        return records if batch is None else batch

    def _learnt_by_first(self, lines: bytes) -> pa.RecordBatch | None:
        """By a layout of the first lines: that of the others is mostly the same."""
        records = line_records(lines[: lines.find(b"\n", min(_FIRST_BYTES, len(lines) // 4)) + 1])
        if not records:
            return None
        self._adapt(records)
        return self._learnt(lines)

    def _learnt(self, lines: bytes) -> pa.RecordBatch | None:
        if self.made is None:
            return None
        told = _Later(lambda: self.gatherer, [])
        batch = self.made(lines, told)
        if batch is not None:
            for tell in told.all:
                tell()
        return batch

    def _adapt(self, records: list[Record]) -> None:
        """Make the layout one that these records have as well."""
        own = SchemaGatherer(kind_of)
        own.observe_records(records)
        self.known = merge_schemas([self.known, own.schema()])
        self.made = _columns(self.known, self.cells, refuses_others=True)
        self.layouts = _LAYOUTS_MAX if self.made is None else self.layouts + 1


@dataclass(frozen=True)
class _Later:
    """Tells a learner later, when all is well."""

    learner: Callable[[], Learner]
    all: list[Callable[[], None]]

    def forget(self) -> None:
        self.all.clear()

    def count(self, seen: int, nulls: int, kinds: Iterable[str], /) -> None:
        self.all.append(lambda: self.learner().count(seen, nulls, kinds))

    def count_records(self, records: int, /) -> None:
        self.all.append(lambda: self.learner().count_records(records))

    def field(self, name: str, /) -> "_Later":
        return _Later(lambda: self.learner().field(name), self.all)

    def element(self) -> "_Later":
        return _Later(lambda: self.learner().element(), self.all)


class _Untold:
    """Learns nothing."""

    def forget(self) -> None:
        pass

    def count(self, *_: object) -> None:
        pass

    def count_records(self, _: int, /) -> None:
        pass

    def field(self, _: str, /) -> "_Untold":
        return self

    def element(self) -> "_Untold":
        return self


UNTOLD: Final = _Untold()
"""For a pass of which another learns."""
