"""Hive's names of types, such as `array<struct<a:int,b:decimal(10,2)>>`, and the type that holds two of them.

Source: docs/reference/awsglue.md#wider-types.
"""

import re
from typing import Final

from msgspec import Struct

_DECIMAL: Final = re.compile(r"decimal(?:\((\d+)(?:,(\d+))?\))?")
_INTEGERS: Final = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
"""Whole numbers from narrow to wide, and how many digits they have."""
_FLOATING: Final = ("float", "double")
_SPELLINGS: Final = {"integer": "int", "void": "void", "null": "void", "numeric": "decimal", "real": "float"}
_MOST_DIGITS: Final = 38
_DEEPEST: Final = 100
"""How many brackets the name of a type may have and still be understood."""
_DECIMAL_DEFAULT: Final = (10, 0)


class Single(Struct, frozen=True):
    """A type of single values. Also one that is not understood: it equals itself alone."""

    name: str

    def __str__(self) -> str:
        return self.name


class ArrayOf(Struct, frozen=True):
    """An array."""

    item: "HiveType"

    def __str__(self) -> str:
        return f"array<{self.item}>"


class MapOf(Struct, frozen=True):
    """A map."""

    key: "HiveType"
    value: "HiveType"

    def __str__(self) -> str:
        return f"map<{self.key},{self.value}>"


class StructOf(Struct, frozen=True):
    """A struct: names and types of its fields."""

    fields: tuple[tuple[str, "HiveType"], ...]

    def __str__(self) -> str:
        return f"struct<{','.join(f'{name}:{type}' for name, type in self.fields)}>"


HiveType = Single | ArrayOf | MapOf | StructOf


def hive_type(text: str) -> HiveType:
    """Parse the name of a type. One that is not understood becomes a Single of the whole name."""
    text = text.strip()
    if text.count("<") > _DEEPEST:
        return Single(text)
    word, bracket, inner = text.partition("<")
    word = word.strip().lower()
    if not bracket:
        single = word.replace(" ", "")
        return Single(_SPELLINGS.get(single, single))
    parts = _parts(inner[:-1]) if inner.endswith(">") else []
    if word == "array" and len(parts) == 1:
        return ArrayOf(hive_type(parts[0]))
    if word == "map" and len(parts) == 2:
        return MapOf(hive_type(parts[0]), hive_type(parts[1]))
    fields = [part.partition(":") for part in parts]
    if word == "struct" and fields and all(name.strip() and type for name, _, type in fields):
        return StructOf(tuple((name.strip(), hive_type(type)) for name, _, type in fields))
    return Single(text)


def wider(left: str, right: str) -> str:
    """The type that holds the values of both types. Where nothing closer does, it is string."""
    return str(_wider(hive_type(left), hive_type(right)))


def is_within(type: str, known: str) -> bool:
    """Whether a column of the type `known` can hold all values of `type`."""
    return wider(known, type) == str(hive_type(known))


def _parts(text: str) -> list[str]:
    """What stands between the commas of the outermost level."""
    parts, depth, begin = [], 0, 0
    for place, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def _wider(left: HiveType, right: HiveType) -> HiveType:
    if left == right or right == Single("void"):
        return left
    if left == Single("void"):
        return right
    if isinstance(left, ArrayOf) and isinstance(right, ArrayOf):
        return ArrayOf(_wider(left.item, right.item))
    if isinstance(left, MapOf) and isinstance(right, MapOf):
        return MapOf(_wider(left.key, right.key), _wider(left.value, right.value))
    if isinstance(left, StructOf) and isinstance(right, StructOf):
        return _wider_struct(left, right)
    if isinstance(left, Single) and isinstance(right, Single):
        return Single(_wider_single(left.name, right.name))
    return Single("string")


def _wider_struct(left: StructOf, right: StructOf) -> StructOf:
    """The fields of both, those of `left` first. Case does not count in names."""
    fields = {name.lower(): (name, type) for name, type in left.fields}
    for name, type in right.fields:
        known = fields.get(name.lower())
        fields[name.lower()] = (name, type) if known is None else (known[0], _wider(known[1], type))
    return StructOf(tuple(fields.values()))


def _wider_single(left: str, right: str) -> str:
    both = {left, right}
    if both <= _INTEGERS.keys():
        return max(both, key=lambda name: _INTEGERS[name])
    if all(_is_number(name) for name in both):
        return "double" if both & set(_FLOATING) else _wider_decimal(left, right)
    if both == {"date", "timestamp"}:
        return "timestamp"
    return "string"


def _is_number(name: str) -> bool:
    return name in _INTEGERS or name in _FLOATING or _DECIMAL.fullmatch(name) is not None


def _wider_decimal(left: str, right: str) -> str:
    (whole, scale), (other_whole, other_scale) = _digits(left), _digits(right)
    digits = max(whole, other_whole) + max(scale, other_scale)
    return f"decimal({digits},{max(scale, other_scale)})" if digits <= _MOST_DIGITS else "string"


def _digits(name: str) -> tuple[int, int]:
    """How many digits stand before the point and after it."""
    if name in _INTEGERS:
        return _INTEGERS[name], 0
    found = _DECIMAL.fullmatch(name)
    assert found is not None  # noqa: S101 - `_is_number` has seen it
    precision, scale = (int(found[1]), int(found[2] or 0)) if found[1] else _DECIMAL_DEFAULT
    return precision - scale, scale


def is_number(name: str) -> bool:
    """Whether it is the name of a type of numbers."""
    text = name.strip().lower()
    plain = _SPELLINGS.get(text, text)
    return plain in _INTEGERS or plain in _FLOATING or _DECIMAL.fullmatch(plain) is not None
