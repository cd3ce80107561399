"""Fields of frames: what Glue calls their types, choices, and the spelling of arrays and maps.

A choice is an Arrow struct field that carries CHOICE_METADATA, with one child per type, named as Glue names
the type and sorted by that name.
"""

from collections.abc import Iterable
from typing import Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.types.table import GLUE_NAMES, INTEGRAL

CHOICE_METADATA: Final = {b"placekeeper": b"choice"}
"""Metadata of an Arrow struct field that stands for a choice: one child per type, named as Glue names the
type (`int`, `string`, …), at most one of them not null."""

_FLOATING: Final = ("float", "double")


def glue_name(data_type: pa.DataType) -> str:
    """Glue's name of a canonical type: `int`, `string`, `struct`, …"""
    name = GLUE_NAMES.get(data_type)
    if name is not None:
        return name
    if pat.is_decimal(data_type):
        return "decimal"
    if pat.is_map(data_type):
        return "map"
    if pat.is_list(data_type):
        return "array"
    if pat.is_struct(data_type):
        return "struct"
    raise ValueError(f"not a canonical type: {data_type}")


def is_choice(field: pa.Field) -> bool:
    """Whether a field stands for a choice between types."""
    metadata = field.metadata or {}
    return all(metadata.get(key) == value for key, value in CHOICE_METADATA.items())


def choice_field(name: str, children: Iterable[pa.Field]) -> pa.Field:
    """A field that holds one of several types at a time; `children` are named by `glue_name`."""
    ordered = sorted(children, key=lambda child: child.name)
    return pa.field(name, pa.struct(ordered), metadata=CHOICE_METADATA)


def alternative_of(name: str, choice: pa.Field) -> pa.Field | None:
    """The alternative of a choice that takes the values of a type; None if there is none.

    It is the one of that name, else the widest of the numbers that are whole, or floating, as the named is.
    """
    by_name = {child.name: child for child in choice.type.fields}
    family = next((family for family in (INTEGRAL, _FLOATING) if name in family), (name,))
    return by_name.get(name) or next((by_name[one] for one in reversed(family) if one in by_name), None)


def element_field(data_type: pa.DataType) -> pa.Field:
    """The field of an array's elements, under the name `element`."""
    return data_type.value_field.with_name("element")


def list_of(element: pa.Field) -> pa.DataType:
    """An array type whose elements are as `element`, choice mark included."""
    return pa.list_(element.with_name("element"))


def map_of(key: pa.DataType, item: pa.Field) -> pa.DataType:
    """A map type; `item` may be a choice."""
    return pa.map_(key, item.with_name("value"))
