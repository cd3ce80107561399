"""Types of DataFrames as the catalog names them, and back."""

from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.hive_types import ArrayOf, HiveType, MapOf, Single, StructOf, hive_type
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.type_names import named_type

_OWN_NAMES = {"timestamp_ntz": "timestamp", "void": "string"}
"""What the catalog has another name for. A column that is always null holds any text."""


def catalog_type(data_type: spark_types.DataType) -> str:
    """The catalog's name of a DataFrame's type."""
    return str(_tree(data_type))


def dataframe_type(name: str) -> spark_types.DataType:
    """The DataFrame's type for a name of the catalog. Raises UnsupportedFeature for one that is no type."""
    return _spark(hive_type(name), name)


def column_type(name: str, column: str, table: str) -> spark_types.DataType:
    """The DataFrame's type of a column of a table; `table` has its database.

    Raises UnsupportedFeature for one that is no type; it names table and column, and says what to do.
    """
    if not is_type(name):
        raise UnsupportedFeature(
            f"the column {column} of the table {table} has the type {name}, which is no type of Spark: "
            "correct the table's definition with aws glue update-table"
        )
    return dataframe_type(name)


def described_type(name: str) -> str:
    """A type as DESCRIBE shows it: Spark's name, or the catalog's own for one that is no type of Spark."""
    return dataframe_type(name).simpleString() if is_type(name) else name


def is_type(name: str) -> bool:
    """Whether a name of the catalog is that of a type which DataFrames have."""
    try:
        dataframe_type(name)
    except UnsupportedFeature:
        return False
    return True


def _tree(data_type: spark_types.DataType) -> HiveType:
    if isinstance(data_type, spark_types.ArrayType):
        return ArrayOf(_tree(data_type.elementType))
    if isinstance(data_type, spark_types.MapType):
        return MapOf(_tree(data_type.keyType), _tree(data_type.valueType))
    if isinstance(data_type, spark_types.StructType):
        return StructOf(tuple((field.name, _tree(field.dataType)) for field in data_type.fields))
    name = data_type.simpleString()
    return Single(_OWN_NAMES.get(name, name))


def _spark(tree: HiveType, name: str) -> spark_types.DataType:
    if isinstance(tree, ArrayOf):
        return spark_types.ArrayType(_spark(tree.item, name))
    if isinstance(tree, MapOf):
        return spark_types.MapType(_spark(tree.key, name), _spark(tree.value, name))
    if isinstance(tree, StructOf):
        fields = [spark_types.StructField(field, _spark(type, name)) for field, type in tree.fields]
        return spark_types.StructType(fields)
    try:
        found = named_type(tree.name)
    except ValueError:
        found = None
    if found is None:
        raise UnsupportedFeature(f"the catalog's type {name} has no match in Spark: correct it (UpdateTable)")
    return spark_type(found)
