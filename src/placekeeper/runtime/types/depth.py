"""The depth of types: engines take no deeper nesting, and would say so in texts of their own."""

from typing import Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature

DEPTH_MAX: Final = 31
"""Structs, arrays, maps and choices in each other, at most. Spark Connect takes 31 structs, Arrow's messages
31 maps."""


def check_depth(schema: pa.Schema, where: str) -> None:
    """Raise UnsupportedFeature if a column nests deeper than DEPTH_MAX; `where` names the file."""
    for field in schema:
        depth = depth_of(field.type)
        if depth > DEPTH_MAX:
            raise UnsupportedFeature(
                f"{where}, column {field.name} has structs, arrays or maps in each other {depth} deep. "
                f"Engines take {DEPTH_MAX} at most. Flatten the column, or write its inner part as a text of "
                "JSON, before it is read here."
            )


def depth_of(data_type: pa.DataType) -> int:
    """How many structs, arrays and maps are in each other, this type among them; 0 for a single value."""
    depth, level = 0, [data_type]
    while level := [inner for outer in level if pat.is_nested(outer) for inner in _inside(outer)]:
        depth += 1
    return depth


def _inside(data_type: pa.DataType) -> list[pa.DataType]:
    """The types inside a nested one; the null type stands for the fields of an empty struct."""
    if pat.is_map(data_type):
        return [data_type.key_type, data_type.item_type]
    return [data_type.field(index).type for index in range(data_type.num_fields)] or [pa.null()]
