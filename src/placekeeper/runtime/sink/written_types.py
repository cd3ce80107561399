"""Written types: engines spell a type in several ways, and files get one of them."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.types.layouts import is_bytes, is_text


def written_type(data_type: pa.DataType) -> pa.DataType:
    """The type that is written: nothing large, viewed or encoded; microseconds; UTC where there is a zone."""
    if is_text(data_type):
        return pa.string()
    if is_bytes(data_type):
        return pa.binary()
    if pat.is_dictionary(data_type):
        return written_type(data_type.value_type)
    if pat.is_timestamp(data_type):
        return pa.timestamp("us", tz="UTC" if data_type.tz else None)
    if pat.is_struct(data_type):
        return pa.struct([pa.field(field.name, written_type(field.type)) for field in data_type.fields])
    if pat.is_map(data_type):
        return pa.map_(written_type(data_type.key_type), written_type(data_type.item_type))
    if pat.is_list(data_type) or pat.is_large_list(data_type):
        return pa.list_(pa.field("element", written_type(data_type.value_type)))
    return data_type


def written_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that is written: every field nullable, no metadata."""
    return pa.schema([pa.field(field.name, written_type(field.type)) for field in schema])


def written(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch in the schema that is written."""
    schema = written_schema(batch.schema)
    columns = [
        column if column.type == field.type else pc.cast(column, field.type, safe=False)
        for field, column in zip(schema, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
