"""Records of any types in one binary column: batches as messages of Arrow, each with the schema of its own.

A function of a script makes records whose types nobody knows before. So they are packed while they are made,
and unpacked to the schema that all of them have in common.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from pyspark.sql import DataFrame

from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.encoding import encode
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.known_types import with_known_types
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.missing_fields import (
    ITSELF,
    NOTHING_MISSING,
    Missing,
    batch_schema,
    hidden_of,
)
from placekeeper.runtime.types.occurrence import missing_of, occurrence_of, with_occurrence
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer
from placekeeper.runtime.types.value_columns import ValueColumns, columns_of


def packed(
    columns: ValueColumns, before: pa.Schema, given: Mapping[str, pa.Array] | None = None
) -> tuple[pa.RecordBatch, pa.Schema]:
    """Records as a batch, and their schema, which says how often fields occur.

    The columns in `given` hold the same values, in the types that they had before. Raises TypeError and
    ValueError for a value that no field can hold.
    """
    as_before = given or {}
    gatherer = SchemaGatherer(kind_of)
    gatherer.observe_columns(columns, as_before)
    found = gatherer.part(before)
    form = batch_schema(found.remove_metadata(), missing_of(found, [found]))
    ready = {name: array for name, array in as_before.items() if not pa.types.is_null(form.field(name).type)}
    batch = encode(columns, form, ready)
    return batch.replace_schema_metadata(found.metadata), found


def message(batch: pa.RecordBatch) -> bytes:
    """A batch as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def merged(before: pa.Schema, parts: Sequence[pa.Schema]) -> pa.Schema:
    """The schema of all parts, with how often fields occur: first those known before, in their old order."""
    found = merge_schemas(parts)
    known = [name for name in before.names if name in found.names]
    fields = [found.field(name) for name in (*known, *(n for n in found.names if n not in known))]
    return with_occurrence(pa.schema(fields), occurrence_of(parts))


def unpacked(rows: DataFrame, found: pa.Schema, before: pa.Schema) -> Frame:
    """The frame of packed records; `rows` has their one column, `found` is the schema of all of them.

    What was null in all of them has the type that it had before.
    """
    missing = missing_of(found, [found])
    schema = with_known_types(found.remove_metadata(), before)

    def frame(missing: Missing) -> Frame:
        task = _Unpacking(schema, missing)
        return Frame(rows.mapInArrow(task, engine_schema(schema, missing)), schema, missing)

    plain = frame(NOTHING_MISSING)
    return plain if missing == NOTHING_MISSING else replace(plain, exact=lambda: frame(missing))


def messages(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches in messages, as they were packed; a null is no message."""
    for batch in batches:
        for packed_ in batch.column(0).drop_null():
            yield from pa.ipc.open_stream(packed_.as_buffer())


@dataclass(frozen=True)
class _Unpacking:
    """Messages → batches of one schema."""

    schema: pa.Schema
    missing: Missing

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        wanted = batch_schema(self.schema, self.missing)
        for batch in messages(batches):
            own = pa.schema([field for field in batch.schema if hidden_of(field) is None])
            missing = missing_of(own, [batch.schema])
            arrays = [_column(batch, own, missing, field) for field in wanted]
            if any(array is None for array in arrays):
                yield encode(columns_of(RecordDecoder(own, missing).records(batch)), wanted)
            else:
                yield pa.RecordBatch.from_arrays(arrays, schema=wanted)


def _column(batch: pa.RecordBatch, own: pa.Schema, missing: Missing, wanted: pa.Field) -> pa.Array | None:
    """A column as it is wanted; None where its values have to be made anew."""
    about = hidden_of(wanted)
    if about is not None:
        return _hidden(batch, own, missing, about)
    place = own.get_field_index(wanted.name)
    if place < 0 or pa.types.is_null(own.field(place).type):
        return pa.nulls(batch.num_rows, wanted.type)
    return batch.column(place) if own.field(place).equals(wanted, check_metadata=True) else None


def _hidden(batch: pa.RecordBatch, own: pa.Schema, missing: Missing, about: str) -> pa.Array:
    """The hidden column about a field."""
    place = own.get_field_index(about)
    if place < 0:
        return pa.repeat(pa.scalar(ITSELF, pa.string()), batch.num_rows)
    if place in missing.listed:
        return batch.column(len(own.names) + sorted(missing.listed).index(place))
    if place in missing.nulls:
        nothing = pa.scalar(None, pa.string())
        return pa.compute.if_else(batch.column(place).is_null(), pa.scalar(ITSELF, pa.string()), nothing)
    return pa.nulls(batch.num_rows, pa.string())
