"""Footers of Parquet files, taken apart and put together again: for what no writer at hand can write.

A footer is a struct of Thrift's compact protocol. Here a struct is a dict from field number to (type, value),
a list is (type of the elements, elements).
"""

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow.parquet as pq

Struct = dict[int, tuple[int, Any]]

TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT = 1, 2, 5, 6, 8, 9, 12
_INTEGERS: Final = (4, I32, I64)
SCHEMA, ROWS, ROW_GROUPS = 2, 3, 4
"""Fields of the footer."""
PHYSICAL, LENGTH, REPETITION, NAME, CHILDREN, CONVERTED, SCALE, PRECISION, LOGICAL = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
)
"""Fields of an element of the schema."""


def with_footer(file: bytes, change: Callable[[Struct], None]) -> bytes:
    """The same file after `change` to its footer."""
    size = int.from_bytes(file[-8:-4], "little")
    footer, end = _struct(file[-8 - size : -8], 0)
    assert end == size
    change(footer)
    written = bytearray()
    _write_struct(written, footer)
    return file[: -8 - size] + bytes(written) + len(written).to_bytes(4, "little") + b"PAR1"


def annotated(file: bytes, columns: Mapping[str, Mapping[int, tuple[int, Any]]]) -> bytes:
    """The same file, where elements of the schema of these names have these fields; one that is
    (STRUCT, None) is taken away."""

    def change(footer: Struct) -> None:
        for element in footer[SCHEMA][1][1]:
            for number, field in columns.get(element[NAME][1].decode(), {}).items():
                if field[1] is None:
                    element.pop(number, None)
                else:
                    element[number] = field

    changed = with_footer(file, change)
    pq.read_metadata(io.BytesIO(changed))  # it is one that can be read
    return changed


def logical(number: int, converted: int | None = None) -> Struct:
    """The annotation of a logical type without parameters; `converted` is its older spelling."""
    older: tuple[int, Any] = (I32, converted)
    return {LOGICAL: (STRUCT, {number: (STRUCT, {})}), CONVERTED: older}


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (TRUE, FALSE):
        return kind == TRUE, at
    if kind == 3:
        return data[at], at + 1
    if kind in _INTEGERS:
        value, at = _varint(data, at)
        return (value >> 1) ^ -(value & 1), at
    if kind == 7:
        return data[at : at + 8], at + 8
    if kind == BINARY:
        size, at = _varint(data, at)
        return data[at : at + size], at + size
    if kind == LIST:
        size, inner = data[at] >> 4, data[at] & 15
        at += 1
        if size == 15:
            size, at = _varint(data, at)
        values = []
        for _ in range(size):
            if inner in (TRUE, FALSE):
                value, at = data[at] == TRUE, at + 1
            else:
                value, at = _value(data, at, inner)
            values.append(value)
        return (inner, values), at
    assert kind == STRUCT, kind
    return _struct(data, at)


def _struct(data: bytes, at: int) -> tuple[Struct, int]:
    fields: Struct = {}
    number = 0
    while data[at]:
        delta, kind = data[at] >> 4, data[at] & 15
        at += 1
        if delta:
            number += delta
        else:
            value, at = _varint(data, at)
            number = (value >> 1) ^ -(value & 1)
        value, at = _value(data, at, kind)
        fields[number] = (kind, value)
    return fields, at + 1


def _write_varint(out: bytearray, value: int) -> None:
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE):
        return
    if kind == 3:
        out.append(value)
    elif kind in _INTEGERS:
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == 7:
        out += value
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == LIST:
        inner, values = value
        if len(values) < 15:
            out.append(len(values) << 4 | inner)
        else:
            out.append(0xF0 | inner)
            _write_varint(out, len(values))
        for item in values:
            if inner in (TRUE, FALSE):
                out.append(TRUE if item else FALSE)
            else:
                _write_value(out, inner, item)
    else:
        _write_struct(out, value)


def _write_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for number in sorted(fields):
        kind, value = fields[number]
        if kind in (TRUE, FALSE):
            kind = TRUE if value else FALSE
        out.append(((number - before) << 4 | kind) if number - before < 16 else kind)
        if number - before >= 16:
            _write_varint(out, number << 1)
        _write_value(out, kind, value)
        before = number
    out.append(0)
