"""What becomes of the records that a task gives to a function, as rows: records, error records, and a report.

Each row has one of three columns. A row of `made` or `failed` is a packed batch. The last row of a task is
its report, in `told`.
"""

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa

from placekeeper.runtime.frames.errors import CallSite, error_record
from placekeeper.runtime.frames.packing import merged, message, packed
from placekeeper.runtime.types.value_columns import ValueColumns, columns_of

COLUMNS: Final = ("made", "failed", "told")
ROWS: Final = ", ".join(f"{name} binary" for name in COLUMNS)
_OURS: Final = frozenset(
    {__name__, "placekeeper.runtime.frames.functions", "placekeeper.runtime.frames.attempts"}
)
_SAMPLE: Final = 500
"""Characters of a sample of what was said."""


class Told(msgspec.Struct):
    """The report of a task. `made` and `failed` are the schemas of its records and error records."""

    made: bytes | None = None
    failed: bytes | None = None
    errors: int = 0
    dropped: int = 0
    sample: str = ""
    dropped_sample: str = ""


class Failure(NamedTuple):
    """A record's place in its batch, and what its function raised."""

    place: int
    message: str
    said: str
    trace: str


class FailedRecord(NamedTuple):
    """A record that has failed."""

    message: str
    trace: str
    record: dict[str, Any]
    said: str = ""

    @classmethod
    def of(cls, found: Failure, record: dict[str, Any]) -> "FailedRecord":
        """The record that a failure is of."""
        return cls(found.message, found.trace, record, found.said)


def failure(place: int, error: Exception) -> Failure:
    """What an exception says: its text, as AWS shows it, its type and text, and where it was raised."""
    text = str(error) or type(error).__name__
    trace = "".join(traceback.format_exception(type(error), error, _of_the_script(error.__traceback__)))
    return Failure(place, text, said_by(error), trace)


def said_by(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}"[:_SAMPLE].replace("\n", " ").removesuffix(": ")


def _of_the_script(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames before the script's own, which are ours."""
    while (
        trace is not None and trace.tb_next is not None and trace.tb_frame.f_globals.get("__name__") in _OURS
    ):
        trace = trace.tb_next
    return trace


class Outcomes:
    """Collects what becomes of the records of one task.

    `before` is the schema of the records that the function gets, `errors` that of error records of them.
    """

    def __init__(self, call: CallSite, before: pa.Schema, errors: pa.Schema, *, fails: bool) -> None:
        self._call = call
        self._before = before
        self._errors_before = errors
        self._fails = fails
        self._made: list[pa.Schema] = []
        self._failed: list[pa.Schema] = []
        self._told = Told()

    def drop(self, error: Exception) -> None:
        """A record was dropped because of an exception."""
        self._told.dropped += 1
        self._told.dropped_sample = self._told.dropped_sample or said_by(error)

    def kept(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Records as they were."""
        if batch.num_rows:
            yield _row("made", message(batch))

    def made(
        self, columns: ValueColumns, given: Mapping[str, pa.Array] | None = None
    ) -> tuple[list[pa.RecordBatch], list[tuple[int, Exception]]]:
        """Records that a function made; and which of them no frame can hold, by their places.

        The columns in `given` are as the function got them.
        """
        if not columns.count:
            return [], []
        try:
            batch, schema = packed(columns, self._before, given)
        except (TypeError, ValueError):
            unfit = {} if self._fails else dict(_unfit(columns, self._before))
            if not unfit:
                raise
            rows, _ = self.made(columns.at([place for place in range(columns.count) if place not in unfit]))
            return rows, sorted(unfit.items())
        self._made.append(schema)
        return [_row("made", message(batch))], []

    def failed(self, records: Iterable[FailedRecord]) -> Iterator[pa.RecordBatch]:
        """Records that have failed."""
        found = list(records)
        if not found:
            return
        has_record = any(field.name == "dynamicRecord" for field in self._errors_before.field(0).type.fields)
        made = [
            error_record(self._call, one.message, trace=one.trace, record=one.record if has_record else None)
            for one in found
        ]
        batch, schema = packed(columns_of(made), self._errors_before)
        self._failed.append(schema)
        self._told.errors += len(found)
        self._told.sample = self._told.sample or found[0].said or found[0].message[:_SAMPLE]
        yield _row("failed", message(batch))

    def told(self) -> pa.RecordBatch:
        """The report of the task."""
        self._told.made = _schema(self._before, self._made)
        self._told.failed = _schema(self._errors_before, self._failed)
        return _row("told", msgspec.msgpack.encode(self._told))


def _unfit(columns: ValueColumns, before: pa.Schema, first: int = 0) -> Iterator[tuple[int, Exception]]:
    """The records that no frame can hold, by their places; halves are tried, and halves of them."""
    try:
        packed(columns, before)
    except (TypeError, ValueError) as error:
        if columns.count == 1:
            yield first, error
            return
        half = columns.count // 2
        yield from _unfit(columns.at(range(half)), before, first)
        yield from _unfit(columns.at(range(half, columns.count)), before, first + half)


def _schema(before: pa.Schema, parts: Sequence[pa.Schema]) -> bytes | None:
    if not parts:
        return None
    written: bytes = merged(before, parts).serialize().to_pybytes()
    return written


def _row(name: str, value: bytes) -> pa.RecordBatch:
    arrays = [pa.array([value if column == name else None], pa.binary()) for column in COLUMNS]
    return pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS))
