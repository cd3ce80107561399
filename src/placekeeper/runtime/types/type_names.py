"""Names of types as mappings, schemas and catalog tables write them, Hive's among them."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, TypeAlias

import pyarrow as pa

from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.table import NAMED

_DECIMAL: Final = re.compile(r"(?:decimal|numeric)\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_PARAMETERISED_STRING: Final = re.compile(r"(?:var)?char\(\s*\d+\s*\)")
_NESTED: Final = re.compile(r"(array|struct|map)\s*<(.*)>", re.IGNORECASE | re.DOTALL)


class Loose(Enum):
    """A word that scripts write for a type and that leaves parts of the type open."""

    ARRAY = "array"
    STRUCT = "struct"
    MAP = "map"
    CHOICE = "choice"
    NULL = "null"
    NUMBER = "number"


Wanted: TypeAlias = pa.DataType | Loose
"""The type that a mapping or a resolution names."""

_LOOSE: Final = {word.value: word for word in Loose} | {"numeric": Loose.NUMBER, "void": Loose.NULL}


def wanted_type(name: object) -> Wanted:
    """The type that a mapping or a resolution names, in any case.

    Raises ValueError for a name that is no type, TypeError for what is no name.
    """
    if not isinstance(name, str):
        raise TypeError(f"a mapping names a type by a string, such as 'string' or 'long', not {name!r}")
    loose = _LOOSE.get(name.strip().lower())
    return named_type(name) if loose is None else loose


def named_type(name: str) -> pa.DataType:
    """The whole type of a name, in any case: `bigint`, `decimal(10,2)`, `array<struct<a:int,b:string>>`.

    Raises ValueError for a name that is no type.
    """
    word = name.strip().lower()
    if word in NAMED:
        return NAMED[word]
    decimal = _DECIMAL.fullmatch(word)
    if decimal:
        return _decimal(int(decimal[1]), int(decimal[2] or 0))
    if _PARAMETERISED_STRING.fullmatch(word):
        return pa.string()
    nested = _NESTED.fullmatch(name.strip())
    if nested:
        return _nested(nested[1].lower(), nested[2], name)
    raise ValueError(
        f"'{name}' is not a type: use one of {', '.join(sorted(NAMED))}, decimal(p,s), array<…>, "
        "struct<name:type,…>, map<…>"
    )


def _nested(kind: str, inner: str, whole: str) -> pa.DataType:
    parts = list(_parts(inner, ","))
    if kind == "array" and len(parts) == 1:
        return list_of(pa.field("element", named_type(parts[0])))
    if kind == "map" and len(parts) == 2:
        return map_of(named_type(parts[0]), pa.field("value", named_type(parts[1])))
    if kind == "struct":
        return pa.struct([_struct_field(part, whole) for part in parts])
    raise ValueError(
        f"'{whole}' is not a type: an array has one type between < and >, a map has a key and a value"
    )


def _struct_field(part: str, whole: str) -> pa.Field:
    name, *rest = _parts(part, ":")
    if not name.strip() or not rest:
        raise ValueError(f"'{whole}' is not a type: a field of a struct is written as name:type")
    return pa.field(name.strip().strip("`"), named_type(":".join(rest)))


def _parts(text: str, separator: str) -> Iterator[str]:
    """The parts of a text between separators that no bracket encloses."""
    depth = begin = 0
    for place, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == separator and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _decimal(precision: int, scale: int) -> pa.DataType:
    if not (1 <= precision <= DIGITS_MAX and scale <= precision):
        raise ValueError(
            f"decimal({precision},{scale}) is not a type: it has 1 to {DIGITS_MAX} digits in all, and "
            "at most as many after the point"
        )
    return pa.decimal128(precision, scale)
