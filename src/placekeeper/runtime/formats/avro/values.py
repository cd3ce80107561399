"""Values as fastavro decodes them, as the values that Arrow takes for the field of a frame."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.formats.avro.shapes import BRANCH, Record, Repeated, Shape, Single, Union
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.table import INTEGRAL

Shaper = Callable[[Any], Any]


def shaper(shape: Shape, field: pa.Field) -> Shaper | None:
    """The conversion of a decoded value of a shape for `field`, into which the shape was merged; None if
    Arrow takes the value as it is."""
    if not isinstance(shape, Union):
        return _of_type(shape, field)
    branches = {name: _of_type(branch, field) for name, branch in shape.branches.items()}

    def shaped(value: Any) -> Any:
        if value is None:
            return None
        name, record = value
        inner = branches[name]
        return record[BRANCH] if inner is None else inner(record[BRANCH])

    return shaped


def _of_type(shape: Shape, field: pa.Field) -> Shaper | None:
    """The same for a shape that is no union; the field may be a choice."""
    if not is_choice(field) or isinstance(shape, Union):
        return _plain(shape, field.type)
    if isinstance(shape, Single) and pat.is_null(shape.data_type):
        return None
    children = {child.name: child for child in field.type.fields}
    kind = glue_name(shape.field("").type)
    name = kind if kind in children else next(name for name in INTEGRAL if name in children)
    inner = _plain(shape, children[name].type)
    if inner is None:
        return lambda value: None if value is None else {name: value}
    return lambda value: None if value is None else {name: inner(value)}


def _plain(shape: Shape, data_type: pa.DataType) -> Shaper | None:
    if isinstance(shape, Single):
        shape_value = shape.shape
        if shape_value is None:
            return None
        return lambda value: None if value is None else shape_value(value)
    if isinstance(shape, Record):
        return _struct(shape, data_type)
    assert isinstance(shape, Repeated)  # noqa: S101 - a union inside a union is no Avro
    if shape.is_map:
        item = shaper(shape.item, data_type.item_field)
        if item is None:
            return lambda value: None if value is None else list(value.items())
        return lambda value: None if value is None else [(key, item(one)) for key, one in value.items()]
    element = shaper(shape.item, data_type.value_field)
    if element is None:
        return None
    return lambda value: None if value is None else [element(one) for one in value]


def _struct(shape: Record, data_type: pa.DataType) -> Shaper | None:
    wanted = {child.name: child for child in data_type.fields}
    inner = {
        name: found
        for name, child in shape.fields
        if name in wanted and (found := shaper(child, wanted[name])) is not None
    }
    if not inner:
        return None

    def shaped(value: Any) -> Any:
        if value is None:
            return None
        return value | {name: shape_field(value[name]) for name, shape_field in inner.items()}

    return shaped
