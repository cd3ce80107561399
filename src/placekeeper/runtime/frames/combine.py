"""union, join, split_rows (awsglue.md §3.5, §3.6)."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frame import Frame
from placekeeper.runtime.frames.casts import cast_field
from placekeeper.runtime.frames.columns import Item, find, frame_of, items_of
from placekeeper.runtime.frames.paths import Path, parse_path
from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.table import INTEGRAL, NAMED

_OPERATORS = {"=": eq, "==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_LITERALS = {kind: NAMED[kind] for kind in ("boolean", "long", "double", "string", "date", "timestamp")}


def union(left: Frame, right: Frame) -> Frame:
    """The records of both, by field name; where types differ the field becomes a choice."""
    schema = merge_schemas([left.schema, right.schema])
    first, second = (_conformed(frame, schema) for frame in (left, right))
    return Frame(first.union(second), schema)


def _conformed(frame: Frame, schema: pa.Schema) -> Any:
    there = {item.name: item for item in items_of(frame)}
    columns = [conform(there.get(field.name), field).alias(field.name) for field in schema]
    return frame.dataframe.select(*columns)


def conform(item: Item | None, wanted: pa.Field) -> Column:
    """The item's values in the form of a field that its own was merged into."""
    null = F.lit(None).cast(spark_type(wanted.type))
    if item is None or pat.is_null(item.field.type):
        return null
    if item.field.equals(wanted.with_name(item.name), check_metadata=True):
        return item.column
    if is_choice(wanted):
        return _conform_choice(item, wanted)
    if item.is_struct:
        return F.when(item.column.isNotNull(), _struct(item.children(), wanted)).otherwise(null)
    if pat.is_list(wanted.type):
        return F.transform(
            item.column,
            lambda element: conform(Item(element, item.field.type.value_field), wanted.type.value_field),
        )
    if pat.is_map(wanted.type):
        return F.transform_values(
            item.column,
            lambda _, value: conform(Item(value, item.field.type.item_field), wanted.type.item_field),
        )
    return item.column.cast(spark_type(wanted.type))


def _struct(children: Sequence[Item], wanted: pa.Field) -> Column:
    there = {child.name: child for child in children}
    return F.struct(
        *[conform(there.get(field.name), field).alias(field.name) for field in wanted.type.fields]
    )


def _conform_choice(item: Item, wanted: pa.Field) -> Column:
    if is_choice(item.field):
        children = item.children()
    else:
        children = [item.renamed(glue_name(item.field.type))]
    names = {child.name for child in wanted.type.fields}
    widened = [
        child if child.name in names else child.renamed(next(name for name in INTEGRAL if name in names))
        for child in children
    ]
    return F.when(item.column.isNotNull(), _struct(widened, wanted))


def join(left: Frame, right: Frame, left_keys: Sequence[Path], right_keys: Sequence[Path]) -> Frame:
    """Records of both whose keys are equal, with all fields of both; a name in both gets a dot before it on
    the left. Raises ValueError for a key that is not there, or keys that do not pair.
    """
    if len(left_keys) != len(right_keys) or not left_keys:
        raise ValueError("join needs as many keys of one frame as of the other, and at least one")
    sides = [_numbered(left, "l"), _numbered(right, "r")]
    pairs = [
        (_key(sides[0], path, "first"), _key(sides[1], other, "second"))
        for path, other in zip(left_keys, right_keys, strict=True)
    ]
    condition = reduce(and_, [_equal(first, second) for first, second in pairs])
    joined = _selected(left, sides[0]).join(_selected(right, sides[1]), condition, "inner")
    taken = set(right.schema.names)
    items = [item.renamed(f".{name}" if name in taken else name) for name, item in sides[0].items()]
    items += [item.renamed(name) for name, item in sides[1].items()]
    return frame_of(Frame(joined, pa.schema([])), items)


def _numbered(frame: Frame, side: str) -> dict[str, Item]:
    """The columns of one side under names that the other does not have."""
    return {
        field.name: Item(F.col(f"{side}{number}"), field.with_name(f"{side}{number}"))
        for number, field in enumerate(frame.schema)
    }


def _selected(frame: Frame, side: Mapping[str, Item]) -> Any:
    return frame.dataframe.select(*[item.column.alias(side[item.name].name) for item in items_of(frame)])


def _key(side: Mapping[str, Item], path: Path, which: str) -> Item:
    found = find([item.renamed(name) for name, item in side.items()], path)
    if found is None:
        raise ValueError(f"join: the {which} frame has no field '{'.'.join(path)}'")
    return found


def _equal(left: Item, right: Item) -> Column:
    if left.field.type == right.field.type and not is_choice(left.field):
        return left.column == right.column
    return cast_field(left.column, left.field, pa.string()) == cast_field(
        right.column, right.field, pa.string()
    )


def split_rows(frame: Frame, comparisons: Mapping[str, Mapping[str, Any]]) -> tuple[Frame, Frame]:
    """The records that fulfil every comparison, and the others (among them those with a null there)."""
    there = items_of(frame)
    conditions: list[Column] = []
    for text, tests in comparisons.items():
        found = find(there, parse_path(text))
        if found is None:
            raise ValueError(f"split_rows: there is no field '{text}'")
        conditions += [_compared(found, operator, value) for operator, value in tests.items()]
    if not conditions:
        raise ValueError("split_rows needs at least one comparison")
    matches = F.coalesce(reduce(and_, conditions), F.lit(False))
    chosen, others = (frame.dataframe.filter(condition) for condition in (matches, ~matches))
    return Frame(chosen, frame.schema), Frame(others, frame.schema)


def _compared(item: Item, operator: str, value: Any) -> Column:
    if operator not in _OPERATORS:
        raise ValueError(f"split_rows knows {', '.join(_OPERATORS)}, not '{operator}'")
    kind = kind_of(value)
    column = item.column
    if kind in _LITERALS and pat.is_string(item.field.type) != (kind == "string"):
        column = cast_field(column, item.field, _LITERALS[kind])
    compared: Column = _OPERATORS[operator](column, F.lit(value))
    return compared
