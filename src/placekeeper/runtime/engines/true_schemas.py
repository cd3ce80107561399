"""The schema that the rows of a DataFrame have on Sail.

Sail types `when`, `if` and unions by their first branch when it is asked for a schema, and by all branches,
as Spark does, when it makes rows. So `when(…, 0).otherwise(1.5)` says int and gives doubles, and whoever
believes what it says loses the fraction. The same plan limited to no rows tells the truth, in milliseconds.
"""

from typing import Any, Final

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import (
    ArrayType,
    AtomicType,
    DataType,
    MapType,
    NullType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from placekeeper.runtime.engines.patches import Patches

_TIMES: Final = (TimestampType, TimestampNTZType)


def install(patches: Patches) -> None:
    """Have DataFrames of Sail tell this schema, for the life of the engine."""
    said_by_sail: Any = DataFrame._schema

    def true_schema(frame: Any) -> StructType:
        is_known = frame._cached_schema is not None
        said: StructType = said_by_sail.fget(frame)
        if is_known:
            return said
        corrected = _corrected(frame, said)
        if corrected is not said:
            frame._cached_schema, frame._cached_schema_serialized = corrected, None
        return corrected

    patches.attribute(DataFrame, "_schema", property(true_schema))


def _corrected(frame: Any, said: StructType) -> StructType:
    try:
        none = frame.limit(0)
        table = none._session.client.to_table(none._plan.to_proto(none._session.client), {})[0]
    except PySparkException:  # what is wrong with the plan is told when its rows are asked for
        return said
    if table is None or len(table.schema) != len(said.fields):
        return said
    pairs = zip(said.fields, table.schema, strict=True)
    return StructType([_field(field, true) for field, true in pairs])


def _field(said: StructField, true: pa.Field) -> StructField:
    return StructField(said.name, _type(said.dataType, true.type), said.nullable, said.metadata)


def _type(said: DataType, true: pa.DataType) -> DataType:
    """The true type, with what is said of names and nulls; what is said where the two are of other kinds."""
    if isinstance(said, ArrayType) and (pa.types.is_list(true) or pa.types.is_large_list(true)):
        return ArrayType(_type(said.elementType, true.value_type), said.containsNull)
    if isinstance(said, MapType) and pa.types.is_map(true):
        key, value = _type(said.keyType, true.key_type), _type(said.valueType, true.item_type)
        return MapType(key, value, said.valueContainsNull)
    if isinstance(said, StructType) and pa.types.is_struct(true) and len(said.fields) == true.num_fields:
        return StructType([_field(field, true.field(place)) for place, field in enumerate(said.fields)])
    if not isinstance(said, AtomicType | NullType) or pa.types.is_nested(true):
        return said
    found = from_arrow_type(true)
    return said if not isinstance(found, AtomicType) or _alike(said, found) else found


def _alike(said: DataType, found: DataType) -> bool:
    return (
        said == found or type(said) is type(found) or (isinstance(said, _TIMES) and isinstance(found, _TIMES))
    )
