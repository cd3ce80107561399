"""The table of types: what Glue, Arrow, Spark and Hive call the same one.

Types with parameters are not rows: `fields.py` names structs, arrays, maps and decimals, and `spark.py`
translates them. The row of decimals is what the name alone says, as in Glue.
"""

from typing import Final

import pyarrow as pa
from msgspec import Struct
from pyspark.sql import types as spark_types

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
"""The type of every timestamp that is read from files: Glue knows no timestamp without a zone."""
LOCAL_TIMESTAMP: Final = pa.timestamp("us")
"""A timestamp without a zone: a DataFrame may have one, and it stays so."""


class Type(Struct, frozen=True):
    """One row. `glue` is the name in schemas and choices; `names` are all that mappings and tables may say,
    Hive's among them."""

    glue: str
    arrow: pa.DataType
    spark: spark_types.DataType
    names: tuple[str, ...] = ()


TYPES: Final = (
    Type("null", pa.null(), spark_types.NullType()),
    Type("boolean", pa.bool_(), spark_types.BooleanType(), ("boolean", "bool")),
    Type("byte", pa.int8(), spark_types.ByteType(), ("byte", "tinyint")),
    Type("short", pa.int16(), spark_types.ShortType(), ("short", "smallint")),
    Type("int", pa.int32(), spark_types.IntegerType(), ("int", "integer")),
    Type("long", pa.int64(), spark_types.LongType(), ("long", "bigint")),
    Type("float", pa.float32(), spark_types.FloatType(), ("float",)),
    Type("double", pa.float64(), spark_types.DoubleType(), ("double",)),
    Type("string", pa.string(), spark_types.StringType(), ("string",)),
    Type("binary", pa.binary(), spark_types.BinaryType(), ("binary",)),
    Type("date", pa.date32(), spark_types.DateType(), ("date",)),
    Type("decimal", pa.decimal128(10, 2), spark_types.DecimalType(10, 2), ("decimal",)),
    Type("timestamp", TIMESTAMP, spark_types.TimestampType(), ("timestamp",)),
    Type("timestamp", LOCAL_TIMESTAMP, spark_types.TimestampNTZType()),
)

GLUE_NAMES: Final = {row.arrow: row.glue for row in TYPES}
"""Arrow's type → Glue's name."""
SPARK_TYPES: Final = {row.arrow: row.spark for row in TYPES}
"""Arrow's type → Spark's."""
FROM_SPARK: Final = {
    **{type(row.spark): row.arrow for row in TYPES if row.glue != "decimal"},
    spark_types.CharType: pa.string(),
    spark_types.VarcharType: pa.string(),
}
"""Spark's class → Arrow's type."""
NAMED: Final = {name: row.arrow for row in TYPES for name in row.names}
"""A name that a mapping or a table says → Arrow's type."""
INTEGRAL: Final = ("byte", "short", "int", "long")
"""Glue's names of whole numbers, from narrow to wide: widening is exact."""
