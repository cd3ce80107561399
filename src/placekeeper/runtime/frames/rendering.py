"""Frames as text: printSchema and show (docs/reference/awsglue.md#printing)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.types.fields import element_field, glue_name, is_choice

_SHOWN: Final = 20
"""Fields that one line shows."""


def schema_lines(schema: pa.Schema) -> list[str]:
    """The tree that printSchema prints, without "nullable". A choice lists its types below it."""
    return ["root", *_lines(schema, "")]


def fields_line(schema: pa.Schema) -> str:
    """The fields in one line, as `id: int, name: string`; of many, the first ones and how many there are."""
    shown = [line.removeprefix("|-- ") for line in _lines(schema, "") if line.startswith("|-- ")]
    more = f" and {len(shown) - _SHOWN:,} more fields" if len(shown) > _SHOWN else ""
    return (", ".join(shown[:_SHOWN]) + more) or "no fields"


def _lines(fields: Iterable[pa.Field], indent: str) -> Iterator[str]:
    for field in fields:
        name = "choice" if is_choice(field) else glue_name(field.type)
        yield f"{indent}|-- {field.name}: {name}"
        yield from _below(field, f"{indent}|    ")


def _below(field: pa.Field, indent: str) -> Iterator[str]:
    data_type = field.type
    if is_choice(field):
        for child in data_type.fields:
            yield f"{indent}|-- {child.name}"
            yield from _below(child, f"{indent}|    ")
    elif pat.is_struct(data_type):
        yield from _lines(data_type.fields, indent)
    elif pat.is_list(data_type):
        yield from _lines([element_field(data_type)], indent)
    elif pat.is_map(data_type):
        yield from _lines([data_type.item_field.with_name("value")], indent)


def json_lines(frame: Frame, count: int) -> list[str]:
    """The first records as JSON, one per line; a field that is null is left out, a choice is its value."""
    if not frame.schema.names:
        return []
    table = frame.rows.limit(count).toArrow()
    return [json.dumps(_shown(record), default=str) for record in RecordDecoder(frame.schema).records(table)]


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return value
