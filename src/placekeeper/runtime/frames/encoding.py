"""Values of Python as columns of Arrow, of types that were gathered from them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import hidden_of, missing_among
from placekeeper.runtime.types.nulls import null_below_null
from placekeeper.runtime.types.table import TIMESTAMP
from placekeeper.runtime.types.value_columns import ABSENT, ValueColumns

_REFUSED: Final = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError)
_HELD_BY: Final = {
    "long": ("long", "int", "short", "byte", "decimal"),
    "double": ("double", "float"),
    "struct": ("struct", "map"),
}


_TYPES_OF_VALUES: Final = frozenset(
    {
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.bool_()),
        *(pa.string(), pa.binary(), pa.date32(), TIMESTAMP),
    }
)


def is_type_of_values(field: pa.Field) -> bool:
    """Whether values that cannot change get the type of `field` again, if they had it before."""
    return not is_choice(field) and (field.type in _TYPES_OF_VALUES or pat.is_decimal128(field.type))


def encode(
    columns: ValueColumns, schema: pa.Schema, ready: Mapping[str, pa.Array] | None = None
) -> pa.RecordBatch:
    """A batch of `schema`, which was gathered from the values; what a record lacks is null.

    Hidden columns of `schema` list what is missing. The columns in `ready` are taken as they are. Raises
    ValueError, naming the field, for a value that no frame can hold.
    """
    found = ready or {}
    arrays = [
        found[field.name] if field.name in found else _column(columns, field, schema) for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(columns: ValueColumns, field: pa.Field, schema: pa.Schema) -> pa.Array:
    about = hidden_of(field)
    if about is not None:
        missing = columns.values.get(about, [ABSENT] * columns.count)
        return missing_among(missing, schema.field(about))
    values = columns.values.get(field.name)
    if values is None:
        return pa.nulls(columns.count, field.type)
    if type(ABSENT) in set(map(type, values)):
        values = [None if value is ABSENT else value for value in values]
    try:
        return _array(values, field)
    except _REFUSED as error:
        raise ValueError(f"the field '{field.name}' that the function made cannot be kept: {error}") from None


def _array(values: Sequence[Any], field: pa.Field) -> pa.Array:
    """The column of `field` with these values. Arrow takes them as they are, but for choices and maps."""
    data_type = field.type
    if not _has_choice_or_map(field):
        return null_below_null(pa.array(values, data_type))
    if is_choice(field):
        return _choice(values, data_type)
    if pat.is_struct(data_type):
        children = [
            _array([None if value is None else value.get(child.name) for value in values], child)
            for child in data_type.fields
        ]
        return pa.StructArray.from_arrays(children, fields=list(data_type.fields), mask=_nulls(values))
    offsets = pa.array(accumulate((len(value or ()) for value in values), initial=0), pa.int32())
    if pat.is_map(data_type):
        keys = pa.array(list(chain.from_iterable(value or () for value in values)), data_type.key_type)
        items = _array([item for value in values for item in (value or {}).values()], data_type.item_field)
        return pa.MapArray.from_arrays(offsets, keys, items, type=data_type, mask=_nulls(values))
    elements = _array(list(chain.from_iterable(value or () for value in values)), data_type.value_field)
    return pa.ListArray.from_arrays(offsets, elements, type=data_type, mask=_nulls(values))


def _choice(values: Sequence[Any], data_type: pa.DataType) -> pa.Array:
    held = {found: _holder(found, values, data_type) for found in set(map(type, values)) - {type(None)}}
    children = [
        _array([value if held.get(type(value)) == child.name else None for value in values], child)
        for child in data_type.fields
    ]
    return pa.StructArray.from_arrays(children, fields=list(data_type.fields), mask=_nulls(values))


def _holder(found: type, values: Sequence[Any], data_type: pa.DataType) -> str:
    """The name of the alternative that holds values of a Python type."""
    sample = next(value for value in values if type(value) is found)
    kind, names = kind_of(sample), [child.name for child in data_type.fields]
    for name in _HELD_BY.get(kind, (kind,)):
        if name in names:
            return name
    raise TypeError(f"none of {', '.join(names)} holds {sample!r}")


def _nulls(values: Sequence[Any]) -> pa.Array:
    return pa.array([value is None for value in values], pa.bool_())


def _has_choice_or_map(field: pa.Field) -> bool:
    data_type = field.type
    if is_choice(field) or pat.is_map(data_type):
        return True
    if pat.is_list(data_type):
        return _has_choice_or_map(data_type.value_field)
    return pat.is_struct(data_type) and any(map(_has_choice_or_map, data_type.fields))
