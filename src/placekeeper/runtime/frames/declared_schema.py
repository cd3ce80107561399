"""A schema that a script declares for a frame: its fields, in its types and its order."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.casts import null_of
from placekeeper.runtime.frames.columns import Item, frame_of, items_of
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.hidden_columns import absent_where
from placekeeper.runtime.frames.nested_casts import cast_item, lost_paths
from placekeeper.runtime.types.declared import schema_of_json


def with_schema(frame: Frame, declared: Mapping[str, Any]) -> tuple[Frame, list[str]]:
    """The frame in a schema in the JSON form of `awsglue.gluetypes`, and sentences on what that changes.

    A declared field that the frame lacks is missing in every record; a field that is not declared is left
    out. What cannot be cast is null. Raises ValueError for what is no such schema.
    """
    schema = schema_of_json(declared)
    there = {field.name: field for field in frame.schema}
    notes = [
        f"the field '{name}' is not declared and is left out" for name in there if name not in schema.names
    ]
    for field in schema:
        known = there.get(field.name)
        for path, have, want in lost_paths(known, field) if known is not None else ():
            notes.append(f"'{path}' is {have}, which cannot be cast to {want}: it is null in every record")
    return through(lambda frame: _declared(frame, schema), frame), notes


def _declared(frame: Frame, schema: pa.Schema) -> Frame:
    there = {item.name: item for item in items_of(frame)}
    return frame_of(frame, [_item(there.get(field.name), field) for field in schema])


def _item(item: Item | None, field: pa.Field) -> Item:
    if item is None:
        return Item(null_of(field.type), field, missing=absent_where(F.lit(True)))
    if item.field.equals(field, check_metadata=True):
        return item
    return item.computed(cast_item(item, field), field)
