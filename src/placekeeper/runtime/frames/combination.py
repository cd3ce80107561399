"""Two frames become one, and one becomes two: union, join, merge, split_rows.

Source: docs/reference/awsglue.md#join.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.frames.added_fields import adds_inside, with_added
from placekeeper.runtime.frames.columns import Item, find, frame_of, items_of
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.hidden_columns import absent_where
from placekeeper.runtime.frames.maps import map_with
from placekeeper.runtime.frames.nested_casts import can_cast, cast_item
from placekeeper.runtime.frames.paths import Path, no_field, parse_path
from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING
from placekeeper.runtime.types.names import distinct
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.table import INTEGRAL, NAMED

_OPERATORS = {"=": eq, "==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_LITERALS = {kind: NAMED[kind] for kind in ("boolean", "long", "double", "string", "date", "timestamp")}


def union(left: Frame, right: Frame) -> Frame:
    """The records of both, by field name; where types differ the field becomes a choice.

    A record of one of them lacks the fields that only the other has.
    """
    schema = merge_schemas([left.schema, right.schema])
    plain = _united(left, right, schema, exactly=False)
    if not any(_lacks_some(frame) or _gains(frame.schema, schema) for frame in (left, right)):
        return plain
    return replace(plain, exact=lambda: _united(left.exact_form(), right.exact_form(), schema, exactly=True))


def _lacks_some(frame: Frame) -> bool:
    return frame.exact is not None or frame.missing != NOTHING_MISSING


def _gains(schema: pa.Schema, wanted: pa.Schema) -> bool:
    """Whether a merged schema has fields that this one lacks, also inside structs."""
    return any(
        field.name not in schema.names or adds_inside(schema.field(field.name), field) for field in wanted
    )


def _united(left: Frame, right: Frame, schema: pa.Schema, *, exactly: bool) -> Frame:
    one, other = (_converted(frame, schema, exactly=exactly) for frame in (left, right))
    listed = sorted(
        {place for items in (one, other) for place, item in enumerate(items) if item.missing is not None}
    )
    first, second = (
        frame_of(frame, [_with_list(item, place in listed) for place, item in enumerate(items)])
        for frame, items in ((left, one), (right, other))
    )
    return Frame(first.rows.union(second.rows), schema, first.missing)


def _with_list(item: Item, is_listed: bool) -> Item:
    nothing = F.lit(None).cast("string")
    return replace(item, missing=nothing) if is_listed and item.missing is None else item


def _converted(frame: Frame, schema: pa.Schema, *, exactly: bool) -> list[Item]:
    there = {item.name: item for item in items_of(frame)}
    items = []
    for field in schema:
        item = there.get(field.name)
        hidden = None
        if exactly:
            hidden = absent_where(F.lit(True)) if item is None else with_added(item.hidden, item, field)
        items.append(Item(converted(item, field), field, missing=hidden))
    return items


def converted(item: Item | None, wanted: pa.Field) -> Column:
    """The item's values in the form of a field that its own was merged into."""
    null = F.lit(None).cast(spark_type(wanted.type))
    if item is None or pat.is_null(item.field.type):
        return null
    if item.field.equals(wanted.with_name(item.name), check_metadata=True):
        return item.column
    if is_choice(wanted):
        return _choice(item, wanted)
    if item.is_struct:
        return F.when(item.column.isNotNull(), _struct(item.children(), wanted)).otherwise(null)
    if pat.is_list(wanted.type):
        return F.transform(
            item.column,
            lambda element: converted(Item(element, item.field.type.value_field), wanted.type.value_field),
        )
    if pat.is_map(wanted.type):
        return map_with(
            item.column,
            lambda value: converted(Item(value, item.field.type.item_field), wanted.type.item_field),
            lambda key: key.cast(spark_type(wanted.type.key_type)),
        )
    _refuse_lost_digits(item.field, wanted)
    return item.column.cast(spark_type(wanted.type))


def _refuse_lost_digits(field: pa.Field, wanted: pa.Field) -> None:
    have, want = field.type, wanted.type
    if not (pat.is_decimal(have) and pat.is_decimal(want)):
        return
    if have.precision - have.scale > want.precision - want.scale:
        raise UnsupportedFeature(
            f"union: the field '{wanted.name}' is decimal({have.precision},{have.scale}) in one frame and "
            f"has {want.scale} digits after the point in the other. No decimal of {want.precision} digits "
            "holds both: map one of them to a decimal that fits, or to string, first"
        )


def _struct(children: Sequence[Item], wanted: pa.Field) -> Column:
    there = {child.name: child for child in children}
    return F.struct(
        *[converted(there.get(field.name), field).alias(field.name) for field in wanted.type.fields]
    )


def _choice(item: Item, wanted: pa.Field) -> Column:
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
    if not (left.schema.names and right.schema.names):  # without fields there are no records
        return (left if left.schema.names else right).with_rows(lambda rows: rows.limit(0))
    pairs = list(zip(left_keys, right_keys, strict=True))
    return through(lambda left, right: _joined(left, right, pairs), left, right)


def _joined(left: Frame, right: Frame, pairs: Sequence[tuple[Path, Path]]) -> Frame:
    first, second = items_of(left), items_of(right)
    apart = [
        replace(
            item,
            column=F.col(f"right_{place}"),
            missing=None if item.missing is None else F.col(f"right_missing_{place}"),
        )
        for place, item in enumerate(second)
    ]
    condition = reduce(
        and_,
        [
            _equal(
                _key(first, path, "join: in the first frame"), _key(apart, other, "join: in the second frame")
            )
            for path, other in pairs
        ],
    )
    selected = [item.column.alias(f"right_{place}") for place, item in enumerate(second)]
    selected += [
        item.missing.alias(f"right_missing_{place}")
        for place, item in enumerate(second)
        if item.missing is not None
    ]
    joined = left.rows.join(right.rows.select(*selected), condition, "inner")
    taken = set(right.schema.names)
    items = [item.renamed(f".{item.name}" if item.name in taken else item.name) for item in first] + apart
    names = distinct([item.name for item in items])
    renamed = [item.renamed(name) for item, name in zip(items, names, strict=True)]
    return frame_of(Frame(joined, pa.schema([])), renamed)


def merge(source: Frame, stage: Frame, keys: Sequence[Path]) -> Frame:
    """The records of `source` whose keys no record of `stage` has, and all records of `stage`.

    A null is equal to nothing. Raises ValueError for a key that is not there.
    """
    if not keys:
        raise ValueError("mergeDynamicFrame needs at least one primary key")
    if not (source.schema.names and stage.schema.names):
        return source if source.schema.names else stage
    return union(through(lambda source, stage: _unmatched(source, stage, keys), source, stage), stage)


def _unmatched(source: Frame, stage: Frame, keys: Sequence[Path]) -> Frame:
    items = items_of(stage)
    theirs = [_key(items, path, "mergeDynamicFrame: in the staging frame") for path in keys]
    names = [f"key_{place}" for place in range(len(keys))]
    staged = stage.rows.select(*[item.column.alias(name) for item, name in zip(theirs, names, strict=True)])
    ours = [_key(items_of(source), path, "mergeDynamicFrame: in the source frame") for path in keys]
    condition = reduce(
        and_,
        [
            _equal(own, replace(item, column=F.col(name)))
            for own, item, name in zip(ours, theirs, names, strict=True)
        ],
    )
    return source.with_rows(lambda rows: rows.join(staged, condition, "left_anti"))


def _key(side: Sequence[Item], path: Path, where: str) -> Item:
    found = find(side, path)
    if found is None:
        raise ValueError(f"{where} {no_field(path, [item.name for item in side])}")
    return found


def _equal(left: Item, right: Item) -> Column:
    if left.field.type == right.field.type and not is_choice(left.field):
        return left.column == right.column
    text = pa.field("text", pa.string())
    return cast_item(left, text) == cast_item(right, text)


def split_rows(frame: Frame, comparisons: Mapping[str, Mapping[str, Any]]) -> tuple[Frame, Frame]:
    """The records that fulfil every comparison, and the others (among them those with a null there)."""
    return (
        through(lambda frame: _split(frame, comparisons, is_chosen=True), frame),
        through(lambda frame: _split(frame, comparisons, is_chosen=False), frame),
    )


def _split(frame: Frame, comparisons: Mapping[str, Mapping[str, Any]], *, is_chosen: bool) -> Frame:
    matches = F.coalesce(reduce(and_, _conditions(items_of(frame), comparisons)), F.lit(False))
    return frame.with_rows(lambda rows: rows.filter(matches if is_chosen else ~matches))


def _conditions(there: Sequence[Item], comparisons: Mapping[str, Mapping[str, Any]]) -> list[Column]:
    conditions: list[Column] = []
    for text, tests in comparisons.items():
        found = find(there, parse_path(text))
        if found is None:
            raise ValueError(f"split_rows: {no_field(parse_path(text), [item.name for item in there])}")
        conditions += [_compared(found, operator, value) for operator, value in tests.items()]
    if not conditions:
        raise ValueError("split_rows needs at least one comparison")
    return conditions


def _compared(item: Item, operator: str, value: Any) -> Column:
    if operator not in _OPERATORS:
        raise ValueError(f"split_rows knows {', '.join(_OPERATORS)}, not '{operator}'")
    kind = kind_of(value)
    column = item.column
    if kind in _LITERALS and pat.is_string(item.field.type) != (kind == "string"):
        literal = pa.field(kind, _LITERALS[kind])
        if not can_cast(item.field, literal):
            raise ValueError(f"split_rows: the field '{item.name}' cannot be compared with {value!r}")
        column = cast_item(item, literal)
    compared: Column = _OPERATORS[operator](column, F.lit(value))
    return compared
