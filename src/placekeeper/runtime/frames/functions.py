"""filter and map: a script's function over the records of a frame (docs/reference/awsglue.md#filter)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.records import RecordDecoder, dynamic_record, encode, kind_of, plain
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING, Missing, batch_schema
from placekeeper.runtime.types.occurrence import missing_of, occurrence_of, with_occurrence
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

RETURNED_NONE = "User-specified function returned None instead of DynamicRecord"
_DROPPING = (KeyError, ValueError, TypeError)


def filter_records(frame: Frame, function: Callable[[Any], Any]) -> Frame:
    """The records for which `function` is true.

    A KeyError, ValueError or TypeError in it drops the record, as on AWS, and so does an attribute of a field
    that is null; any other exception fails the run with the function's own traceback when the frame is
    evaluated.
    """
    if not frame.schema.names:
        return frame
    exact = frame.exact_form()
    keep = _Keeping(exact.schema, exact.missing, function)
    return exact.with_rows(lambda rows: rows.mapInArrow(keep, rows.schema))


def map_records(frame: Frame, function: Callable[[Any], Any], made: pa.Schema) -> Frame:
    """The records that `function` makes, in the schema `made` (see `find_schema`).

    An exception in `function`, or None from it, fails the run.
    """
    if not frame.schema.names:
        return frame
    exact, missing = frame.exact_form(), missing_of(made, [made])
    schema = made.remove_metadata()

    def mapped(missing: Missing) -> Frame:
        task = _Mapping(exact.schema, exact.missing, batch_schema(schema, missing), function)
        return Frame(exact.rows.mapInArrow(task, engine_schema(schema, missing)), schema, missing)

    plain = mapped(NOTHING_MISSING)
    return plain if missing == NOTHING_MISSING else replace(plain, exact=lambda: mapped(missing))


def find_schema(frame: Frame, function: Callable[[Any], Any]) -> pa.Schema | None:
    """The schema of the records that `function` makes; None without any record.

    It says how often fields occur. It takes a pass over the data, so `function` runs twice per record in all.
    """
    if not frame.schema.names:
        return None
    exact = frame.exact_form()
    finding = exact.rows.mapInArrow(_Finding(exact.schema, exact.missing, function), "found binary")
    found = [pa.ipc.read_schema(pa.py_buffer(bytes(row.found))) for row in finding.collect()]
    return _before_first(frame.schema, found) if found else None


def partitions_of(frame: Frame) -> int:
    """The number of partitions: a task in each of them counts one."""
    return int(frame.rows.selectExpr("1 AS one").mapInArrow(_one_per_task, "one int").count())


def _one_per_task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        pass
    yield pa.RecordBatch.from_arrays([pa.array([1], pa.int32())], ["one"])


def _before_first(before: pa.Schema, parts: Sequence[pa.Schema]) -> pa.Schema:
    """The fields found by all tasks, those known before in their old order and first."""
    found = merge_schemas(parts)
    known = [name for name in before.names if name in found.names]
    fields = [found.field(name) for name in (*known, *(n for n in found.names if n not in known))]
    return with_occurrence(pa.schema(fields), occurrence_of(parts))


@dataclass(frozen=True)
class _Keeping:
    """Batches → their records that a function keeps."""

    schema: pa.Schema
    missing: Missing
    function: Callable[[Any], Any]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = RecordDecoder(self.schema, self.missing)
        for batch in batches:
            yield batch.filter(
                pa.array([self._keeps(record) for record in decoder.records(batch)], pa.bool_())
            )

    def _keeps(self, record: dict[str, Any]) -> bool:
        try:
            return bool(self.function(dynamic_record(record)))
        except _DROPPING:
            return False
        except AttributeError as error:
            if error.obj is None:  # record.home.zip without a home, where AWS has a KeyError
                return False
            raise


def _mapped(function: Callable[[Any], Any], record: dict[str, Any]) -> dict[str, Any]:
    result = function(dynamic_record(record))
    if not result:
        raise ValueError(f"{RETURNED_NONE}. Return the record; to leave records out, use filter before map.")
    if not isinstance(result, dict):
        raise TypeError(f"a map function returns a dict, not {type(result).__name__}")
    made: dict[str, Any] = plain(result)
    return made


@dataclass(frozen=True)
class _Finding:
    """Batches → the schema of the mapped records, serialised; nothing if there are no records."""

    schema: pa.Schema
    missing: Missing
    function: Callable[[Any], Any]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder, gatherer = RecordDecoder(self.schema, self.missing), SchemaGatherer(kind_of)
        for batch in batches:
            gatherer.observe_records(_mapped(self.function, record) for record in decoder.records(batch))
        if gatherer.records:
            found = gatherer.schema(self.schema).serialize().to_pybytes()
            yield pa.RecordBatch.from_arrays([pa.array([found], pa.binary())], ["found"])


@dataclass(frozen=True)
class _Mapping:
    """Batches → the mapped records."""

    schema: pa.Schema
    missing: Missing
    made: pa.Schema
    function: Callable[[Any], Any]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = RecordDecoder(self.schema, self.missing)
        for batch in batches:
            records = [_mapped(self.function, record) for record in decoder.records(batch)]
            yield encode(records, self.made)
