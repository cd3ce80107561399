"""Columns as the catalog names them, by the schema that a reader has found."""

from functools import reduce

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.rules.catalog.hive_types import wider
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.runtime.types.fields import is_choice

_NAMES = {
    pa.null(): "void",
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "binary",
    pa.date32(): "date",
}


def hive_columns(schema: pa.Schema) -> Columns:
    """Names in lower case and Hive types. Names that differ in case only are one column, wide enough.

    A choice has the type that holds all it may be.
    """
    made: dict[str, str] = {}
    for field in schema:
        name, type = field.name.lower(), _of_field(field)
        made[name] = wider(made[name], type) if name in made else type
    return tuple(made.items())


def _of_field(field: pa.Field) -> str:
    if is_choice(field) and pat.is_struct(field.type):
        return reduce(wider, (_of_field(child) for child in field.type.fields))
    return _of_type(field.type)


def _of_type(type: pa.DataType) -> str:
    if type in _NAMES:
        return _NAMES[type]
    if pat.is_decimal(type):
        return f"decimal({type.precision},{type.scale})"
    if pat.is_timestamp(type):
        return "timestamp"
    if pat.is_map(type):
        return f"map<{_of_type(type.key_type)},{_of_field(type.item_field)}>"
    if pat.is_list(type):
        return f"array<{_of_field(type.value_field)}>"
    if pat.is_struct(type):
        columns = hive_columns(pa.schema(list(type.fields)))
        return f"struct<{','.join(f'{name}:{inner}' for name, inner in columns)}>" if columns else "string"
    return "string"
