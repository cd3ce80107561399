"""Columns of JSON whose types a table says, beside others whose types the records tell.

A map is an object in JSON, as a struct is, and bytes are a text in base64, as Spark writes them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from placekeeper.runtime.formats.shared.declared_columns import DeclaredColumns
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns

_NOBODYS: Final = pa.field("\0", pa.string())
"""A column that no record has: it is made to know how many rows a batch has."""


def lowered(types: pa.Schema) -> pa.Schema:
    """The same types under names in lower case."""
    return pa.schema([field.with_name(field.name.lower()) for field in types])


def with_types(found: pa.Schema, types: pa.Schema | None) -> pa.Schema:
    """A schema that records tell, with the types that a table says. `types` are named in lower case."""
    if types is None:
        return found
    fields = [
        pa.field(field.name, types.field(field.name.lower()).type)
        if field.name.lower() in types.names
        else field
        for field in found
    ]
    return pa.schema(fields, metadata=found.metadata)


def typed_batches(
    records: Sequence[Record], path: str, schema: pa.Schema, types: pa.Schema, *, cells: int
) -> Iterator[pa.RecordBatch]:
    """Decoded records as batches of a schema. Raises RecordUnreadable as the columns of both kinds do."""
    said = pa.schema([field for field in schema if field.name.lower() in types.names])
    told = pa.schema([field for field in schema if field.name.lower() not in types.names] or [_NOBODYS])
    (declared,) = DeclaredColumns(folds_case=True).batches(iter([records]), path, said)
    begin = 0
    for batch in RecordColumns().batches(iter([records]), path, told, cells=cells):
        arrays = dict(zip(said.names, declared.slice(begin, batch.num_rows).columns, strict=True))
        arrays |= dict(zip(told.names, batch.columns, strict=True))
        yield pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)
        begin += batch.num_rows
