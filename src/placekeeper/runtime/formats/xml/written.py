"""Values as XML: what each type of field is in an element."""

import base64
import datetime
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.text import iso_timestamp, java_double
from placekeeper.runtime.formats.xml.options import Names, is_name

ITEM: Final = "item"
"""The element that is an element of an array inside an array, as in Spark."""

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE_ESCAPES: Final = {
    **_ESCAPES,
    **str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}),
}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Put = Callable[[str], None]
"""Takes the next piece of a file."""

Element = Callable[[str, Any, Put], None]
"""Writes the elements of a name for a value; nothing for null."""


class NotXml(Exception):
    """A value that XML cannot hold, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def struct_writer(fields: Iterable[pa.Field], names: Names) -> Element:
    """The writer of an element for a dict of these fields.

    Raises UnsupportedFeature for a field whose name XML does not have.
    """
    attributes: list[tuple[str, str, Callable[[Any], str]]] = []
    children: list[tuple[str, Element]] = []
    text: Callable[[Any], str] | None = None
    prefix = names.attribute_prefix
    for field in fields:
        single = None if pat.is_nested(field.type) else _spelling(field.type)
        if field.name == names.value and single is not None:
            text = single
        elif prefix and field.name.startswith(prefix) and single is not None:
            attributes.append((field.name, _checked(field.name.removeprefix(prefix), field.name), single))
        else:
            children.append((_checked(field.name, field.name), element_writer(field.type, names)))

    def write(tag: str, value: Any, put: Put) -> None:
        put(f"<{tag}")
        for field, name, spelled in attributes:
            if (one := value[field]) is not None:
                put(f' {name}="{_plain(spelled(one)).translate(_ATTRIBUTE_ESCAPES)}"')
        put(">")
        if text is not None and (one := value[names.value]) is not None:
            put(_plain(text(one)).translate(_ESCAPES))
        for name, child in children:
            if (one := value[name]) is not None:
                child(name, one, put)
        put(f"</{tag}>")

    return write


def element_writer(data_type: pa.DataType, names: Names) -> Element:
    """The writer of the elements for a value of a type that is not null. A null in an array is empty."""
    if pat.is_struct(data_type):
        return struct_writer(data_type.fields, names)
    if pat.is_map(data_type):
        return _map_writer(data_type, names)
    if pat.is_list(data_type):
        return _list_writer(data_type, names)
    spelled = _spelling(data_type)

    def write(tag: str, value: Any, put: Put) -> None:
        put(f"<{tag}>{_plain(spelled(value)).translate(_ESCAPES)}</{tag}>")

    return write


def _list_writer(data_type: pa.DataType, names: Names) -> Element:
    inner = element_writer(data_type.value_type, names)
    nested = pat.is_list(data_type.value_type)

    def write(tag: str, values: Any, put: Put) -> None:
        for value in values:
            if value is None:
                put(f"<{tag}></{tag}>")
            elif nested:
                put(f"<{tag}>")
                inner(ITEM, value, put)
                put(f"</{tag}>")
            else:
                inner(tag, value, put)

    return write


def _map_writer(data_type: pa.DataType, names: Names) -> Element:
    key_text, inner = _spelling(data_type.key_type), element_writer(data_type.item_type, names)

    def write(tag: str, pairs: Any, put: Put) -> None:
        put(f"<{tag}>")
        for key, value in pairs:
            name = key_text(key)
            if not is_name(name):
                raise NotXml(f"the key {name!r} of a map is no name of an element. Make an array of the map.")
            if value is not None:
                inner(name, value, put)
        put(f"</{tag}>")

    return write


def _checked(name: str, field: str) -> str:
    if not is_name(name):
        raise UnsupportedFeature(
            f"xml cannot hold the field {field!r}: the name of an element begins with a letter or _, and has "
            "letters, digits, '-', '_' and '.'. Rename it."
        )
    return name


def _plain(text: str) -> str:
    """The text itself. Raises NotXml for a character that XML does not have, not even escaped."""
    bad = _NOT_XML.search(text)
    if bad is not None:
        raise NotXml(f"{text[:60]!r} has the character {bad[0]!r}, which XML does not have. Replace it.")
    return text


def _spelling(data_type: pa.DataType) -> Callable[[Any], str]:
    """The text of single values of a type, as JSON and CSV are written."""
    if pat.is_boolean(data_type):
        return lambda value: "true" if value else "false"
    if pat.is_float32(data_type):
        return _float
    if pat.is_floating(data_type):
        return java_double
    if pat.is_decimal(data_type):
        return lambda value: format(value, "f")
    if pat.is_timestamp(data_type):
        zone = "Z" if data_type.tz else ""
        return lambda value: iso_timestamp(value, zone=zone)
    if pat.is_date(data_type):
        return datetime.date.isoformat
    if pat.is_binary(data_type):
        return lambda value: base64.b64encode(value).decode()
    return str


def _float(value: float) -> str:
    digits = pa.scalar(value, pa.float32()).cast(pa.string()).as_py() if math.isfinite(value) else None
    return java_double(value, digits)
