"""Casts of values of any type: structs field by field, arrays element by element, choices by what is there.

A cast never raises. A value that has no place in the wanted type is null. `lost_paths` says beforehand where
a pair of types leaves nothing but nulls.
"""

from collections.abc import Iterator
from functools import reduce
from operator import or_

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.casts import cast_rule, null_of
from placekeeper.runtime.frames.columns import Item
from placekeeper.runtime.frames.json_texts import json_text
from placekeeper.runtime.frames.maps import map_with
from placekeeper.runtime.types.fields import alternative_of, element_field, glue_name, is_choice


def can_cast(have: pa.Field, wanted: pa.Field) -> bool:
    """Whether some values of one field have a place in the other."""
    if is_choice(wanted):
        return any(alternative_of(name, wanted) is not None for name in _names(have))
    if is_choice(have):
        return any(can_cast(child, wanted) for child in have.type.fields)
    if pat.is_string(wanted.type) or pat.is_null(have.type):
        return True
    if not pat.is_nested(have.type) and not pat.is_nested(wanted.type):
        return cast_rule(have.type, wanted.type) is not None
    if pat.is_map(have.type) and pat.is_map(wanted.type):
        return _can_cast_key(have.type.key_type, wanted.type.key_type)
    return glue_name(have.type) == glue_name(wanted.type)


def _can_cast_key(have: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether every key keeps a key of its own: an engine raises for two of one text, and for null."""
    return bool(have == wanted or (pat.is_string(wanted) and (pat.is_integer(have) or pat.is_boolean(have))))


def lost_paths(have: pa.Field, wanted: pa.Field) -> Iterator[tuple[str, str, str]]:
    """Where a cast leaves nothing but nulls: the path, the type that is there, the type that is wanted."""
    if not can_cast(have, wanted):
        yield have.name, _shown(have), _shown(wanted)
    elif is_choice(have) or is_choice(wanted):
        return
    elif pat.is_struct(have.type) and pat.is_struct(wanted.type):
        for child in wanted.type.fields:
            index = have.type.get_field_index(child.name)
            if index >= 0:
                for path, *types in lost_paths(have.type.field(index), child):
                    yield f"{have.name}.{path}", types[0], types[1]
    elif pat.is_list(have.type) and pat.is_list(wanted.type):
        inner = element_field(have.type).with_name(f"{have.name}[]")
        yield from lost_paths(inner, element_field(wanted.type))


def _shown(field: pa.Field) -> str:
    return "choice" if is_choice(field) else glue_name(field.type)


def _names(field: pa.Field) -> list[str]:
    return [child.name for child in field.type.fields] if is_choice(field) else [glue_name(field.type)]


def cast_item(item: Item, wanted: pa.Field) -> Column:
    """The item's values in the type of `wanted`, null where they have no place in it."""
    have = item.field
    if have.equals(wanted.with_name(have.name), check_metadata=True):
        return item.column
    if item.casts and wanted.type in item.casts and not is_choice(wanted):
        return item.casts[wanted.type]
    if not can_cast(have, wanted):
        return null_of(wanted.type)
    if is_choice(wanted):
        return _into_choice(item, wanted)
    if is_choice(have):
        casts = [cast_item(child, wanted) for child in item.children() if can_cast(child.field, wanted)]
        return F.coalesce(*casts)
    if pat.is_nested(have.type) and pat.is_string(wanted.type):
        return json_text(item)
    if pat.is_nested(wanted.type) and not pat.is_null(have.type):
        return _nested(item, wanted)
    rule = cast_rule(have.type, wanted.type)
    return null_of(wanted.type) if rule is None else rule(item.column)


def _nested(item: Item, wanted: pa.Field) -> Column:
    have, want = item.field.type, wanted.type
    if pat.is_struct(want):
        there = {child.name: child for child in item.children()}
        fields = [
            (cast_item(there[field.name], field) if field.name in there else null_of(field.type)).alias(
                field.name
            )
            for field in want.fields
        ]
        return F.when(item.column.isNotNull(), F.struct(*fields))
    if pat.is_list(want):
        element = element_field(have)
        return F.transform(item.column, lambda value: cast_item(Item(value, element), want.value_field))
    return map_with(
        item.column,
        lambda value: cast_item(Item(value, have.item_field), want.item_field),
        lambda key: cast_item(Item(key, have.key_field), want.key_field.with_name("key")),
    )


def _into_choice(item: Item, wanted: pa.Field) -> Column:
    """Each alternative in the place of its type, or of a wider or narrower number."""
    there = item.children() if is_choice(item.field) else [item.renamed(glue_name(item.field.type))]
    placed: dict[str, list[Column]] = {}
    for child in there:
        place = alternative_of(child.name, wanted)
        if place is not None:
            placed.setdefault(place.name, []).append(cast_item(child, place))
    parts = [
        F.coalesce(*placed[field.name]) if field.name in placed else null_of(field.type)
        for field in wanted.type.fields
    ]
    named = [part.alias(field.name) for part, field in zip(parts, wanted.type.fields, strict=True)]
    return F.when(reduce(or_, [part.isNotNull() for part in parts]), F.struct(*named))
