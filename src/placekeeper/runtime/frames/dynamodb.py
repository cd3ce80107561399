"""Records in DynamoDB's JSON: `unnest_ddb_json` and `simplify_ddb_json` take its types away.

In that JSON each value is an object with one field, whose name says its type: {"age": {"N": "5"}}.
docs/reference/awsglue.md#dynamodb-json
"""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Final

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item, frame_of, items_of, struct_item
from placekeeper.runtime.frames.combination import converted
from placekeeper.runtime.frames.flattening import distinct_items
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.hidden_columns import absent_where
from placekeeper.runtime.types.fields import element_field, is_choice, list_of
from placekeeper.runtime.types.merging import merge_fields
from placekeeper.runtime.types.missing_fields import ITSELF

_SINGLE: Final = frozenset({"S", "N", "B", "BOOL", "NULL"})
_SETS: Final = frozenset({"SS", "NS", "BS"})
_MAP, _LIST, _NULL = "M", "L", "NULL"
_Change = Callable[[Item], Iterator[Item]]


def simplify(frame: Frame) -> Frame:
    """The frame with plain values: maps are structs, lists and sets are arrays.

    A column whose fields are all values of DynamoDB's, such as `Item`, gives way to these fields. Elements of
    a list stay as they are where they have more than one type, or are maps.
    """
    return through(lambda frame: _changed(frame, lambda item: iter([_plain(item)])), frame)


def unnest(frame: Frame) -> Frame:
    """The same with the fields of maps as columns, named by their paths, and with lists as they are."""
    return through(lambda frame: _changed(frame, _unnested), frame)


def _changed(frame: Frame, change: _Change) -> Frame:
    changed: list[Item] = []
    for item in items_of(frame):
        values = [item]
        if item.is_struct and not _is_typed(item.field) and item.field.type.num_fields:
            children = item.children()
            values = children if all(_is_typed(child.field) for child in children) else values
        for value in values:
            changed += change(value) if _is_typed(value.field) else [value]
    return frame_of(frame, distinct_items(changed))


def _is_typed(field: pa.Field) -> bool:
    """Whether a field is a value with the names of its types."""
    data_type = field.type
    if not pat.is_struct(data_type) or is_choice(field) or not data_type.num_fields:
        return False
    return all(_is_type(child) for child in data_type.fields)


def _is_type(child: pa.Field) -> bool:
    if child.name in _SINGLE:
        return not pat.is_nested(child.type)
    if child.name == _MAP:
        return bool(pat.is_struct(child.type)) and not is_choice(child)
    return (child.name in _SETS or child.name == _LIST) and bool(pat.is_list(child.type))


def _plain(item: Item) -> Item:
    return _one_of(item, [_value(child) for child in item.children()])


def _unnested(item: Item) -> Iterator[Item]:
    children = item.children()
    others = [child for child in children if child.name != _MAP]
    below = [child for child in children if child.name == _MAP]
    if not below or any(child.name != _NULL for child in others):
        yield _one_of(item, others)
    for field in below[0].children() if below else ():
        named = field.renamed(f"{item.name}.{field.name}")
        yield from _unnested(named) if _is_typed(field.field) else [named]


def _one_of(item: Item, values: list[Item]) -> Item:
    """The one value that a record has; of several types, a choice."""
    there = [value for value in values if value.name != _NULL]
    fields = [value.field.with_name(item.name) for value in there] or [pa.field(item.name, pa.null())]
    wanted = reduce(merge_fields, fields)
    column = F.coalesce(*[converted(value, wanted) for value in there]) if there else F.lit(None)
    hidden = item.hidden
    missing = None if hidden is None else absent_where(F.coalesce(hidden == F.lit(ITSELF), F.lit(False)))
    return Item(column, wanted, missing=missing, is_made=True)


def _value(child: Item) -> Item:
    """What stands below the name of a type, as a plain value; it keeps that name."""
    if child.name == _MAP and child.field.type.num_fields:
        fields = [_plain(field) if _is_typed(field.field) else field for field in child.children()]
        return struct_item(child.name, fields, unless_null=child)
    if child.name == _LIST:
        return _list(child)
    return child


def _list(child: Item) -> Item:
    element = element_field(child.field.type)
    if not _is_typed(element) or element.type.num_fields > 1 or element.type.field(0).name == _MAP:
        return child
    made: list[Item] = []

    def plain(column: Column) -> Column:
        made[:] = [_plain(Item(column, element))]
        return made[0].column

    column = F.transform(child.column, plain)
    return child.computed(column, pa.field(child.name, list_of(made[0].field)))
