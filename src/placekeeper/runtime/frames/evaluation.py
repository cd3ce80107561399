"""The evaluation of a script's function over a frame: one pass, whose outcome is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame

from placekeeper.runtime.frames.errors import Errors, StageErrors, error_schema
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Batches, Call, Input, RecordFunction
from placekeeper.runtime.frames.outcomes import ROWS, Outcomes, Told
from placekeeper.runtime.frames.packing import merged, messages, unpacked
from placekeeper.runtime.types.depth import DEPTH_MAX, depth_of

Keep = Callable[[DataFrame, Callable[[Batches], Batches], str], DataFrame]
"""What a task makes of each partition of rows, in some columns, computed now and never again."""


@dataclass(frozen=True)
class Evaluation:
    """The outcome of a function over a frame.

    `frame` has the records. `found` is the schema of those that the function made, None without any or where
    it makes none. `dropped` is how many an exception dropped, and `dropped_sample` the message of one.
    """

    frame: Frame
    found: pa.Schema | None
    dropped: int
    dropped_sample: str


def evaluate(
    frame: Frame, function: RecordFunction, call: Call, keep: Keep, known: Callable[[], pa.Schema | None]
) -> Evaluation:
    """Apply `function` to each record of a frame that has fields.

    `known` is asked for the schema of a frame without any record: then it has that, else that of `frame`.
    Raises what the function raises, where that fails the run, as the engine passes it on.
    """
    given = frame.exact_form()
    errors = error_schema(given.schema if _fits(given.schema) else None)
    task = _Task(function, Input(given.schema, given.missing, call), errors)
    rows = keep(function.rows_of(given), task, ROWS)
    reports = [
        msgspec.msgpack.decode(bytes(row.told), type=Told)
        for row in rows.filter("told IS NOT NULL").select("told").collect()
    ]
    found = _found(given.schema, [report.made for report in reports])
    own = _errors(rows, errors, call, reports)
    if function.keeps_schema:
        made = given.with_rows(lambda was: _unpacked(rows, was))
    elif found is not None:
        made = unpacked(_packed(rows, "made"), found, given.schema)
    else:
        schema = known() or frame.schema
        made = unpacked(_packed(rows, "made"), schema, schema)
    return Evaluation(
        replace(made, errors=Errors(own=own).after(frame.errors)),
        found,
        sum(report.dropped for report in reports),
        min((report.dropped_sample for report in reports if report.dropped_sample), default=""),
    )


def _fits(schema: pa.Schema) -> bool:
    """Whether a record may be nested in an error record."""
    return max((depth_of(field.type) for field in schema), default=0) + 2 <= DEPTH_MAX


def _found(before: pa.Schema, parts: list[bytes | None]) -> pa.Schema | None:
    schemas = [pa.ipc.read_schema(pa.py_buffer(part)) for part in parts if part is not None]
    return merged(before, schemas) if schemas else None


def _errors(rows: DataFrame, before: pa.Schema, call: Call, reports: list[Told]) -> StageErrors | None:
    schema = _found(before, [report.failed for report in reports])
    if schema is None:
        return None
    return StageErrors(
        call.stage,
        sum(report.errors for report in reports),
        min(report.sample for report in reports if report.errors),
        lambda: unpacked(_packed(rows, "failed"), schema, before),
    )


def _packed(rows: DataFrame, column: str) -> DataFrame:
    """A column with null for what is in the others: a filter of an engine's would gather what it leaves."""
    return rows.select(column)


def _unpacked(rows: DataFrame, was: DataFrame) -> DataFrame:
    return _packed(rows, "made").mapInArrow(messages, was.schema)


@dataclass(frozen=True)
class _Task:
    """A partition of rows → rows of outcomes."""

    function: RecordFunction
    given: Input
    errors: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        call = self.given.call
        outcomes = Outcomes(call.site, self.given.schema, self.errors, fails=call.fails)
        yield from self.function.task(self.given, batches, outcomes)
        yield outcomes.told()
