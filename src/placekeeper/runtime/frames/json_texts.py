"""Nested values as text: JSON, written part by part, because engines write fractions and moments differently.

A choice is its value. A null field of a struct is left out, as Spark's to_json leaves it out.
"""

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.casts import java_text
from placekeeper.runtime.frames.columns import Item
from placekeeper.runtime.types.fields import element_field, is_choice


def json_text(item: Item) -> Column:
    """The JSON text of a value; null for null."""
    data_type = item.field.type
    if is_choice(item.field):
        return F.coalesce(*[json_text(child) for child in item.children()])
    if pat.is_struct(data_type):
        return _if_there(item, F.concat(F.lit("{"), _fields(item), F.lit("}")))
    if pat.is_list(data_type):
        elements = F.transform(item.column, lambda value: _or_null(Item(value, element_field(data_type))))
        return _if_there(item, F.concat(F.lit("["), F.concat_ws(",", elements), F.lit("]")))
    if pat.is_map(data_type):
        return _if_there(item, F.concat(F.lit("{"), F.concat_ws(",", _entries(item)), F.lit("}")))
    return _single(item.column, data_type)


def _if_there(item: Item, text: Column) -> Column:
    return F.when(item.column.isNotNull(), text)


def _or_null(item: Item) -> Column:
    return F.coalesce(json_text(item), F.lit("null"))


def _fields(item: Item) -> Column:
    parts = [
        F.when(child.column.isNotNull(), F.concat(_quoted(F.lit(child.name)), F.lit(":"), _or_null(child)))
        for child in item.children()
    ]
    return F.concat_ws(",", *parts) if parts else F.lit("")


def _entries(item: Item) -> Column:
    data_type = item.field.type

    def entry(pair: Column) -> Column:
        key = F.coalesce(_key(pair.getField("key"), data_type.key_type), F.lit("null"))
        return F.concat(
            _quoted(key), F.lit(":"), _or_null(Item(pair.getField("value"), data_type.item_field))
        )

    return F.transform(F.map_entries(item.column), entry)


def _key(key: Column, data_type: pa.DataType) -> Column:
    return key if pat.is_string(data_type) else key.cast("string")


def _single(column: Column, data_type: pa.DataType) -> Column:
    if pat.is_null(data_type):
        return F.lit(None).cast("string")
    if pat.is_floating(data_type):
        return F.regexp_replace(java_text(column.cast("string")), "^(NaN|-?Infinity)$", '"$1"')
    if pat.is_integer(data_type) or pat.is_boolean(data_type) or pat.is_decimal(data_type):
        return column.cast("string")
    if pat.is_binary(data_type):
        return _quoted(F.base64(column))
    return _quoted(column.cast("string"))


def _quoted(text: Column) -> Column:
    """A text between quotes, with what JSON has to escape."""
    return F.when(text.isNotNull(), F.regexp_extract(F.to_json(F.array(text)), r"^\[((?s).*)\]$", 1))
