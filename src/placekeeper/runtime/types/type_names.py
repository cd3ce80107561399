"""Names of types as mappings and catalog tables write them, Hive's among them."""

import re

import pyarrow as pa

from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.table import NAMED

_KEPT_KINDS = frozenset({"array", "struct", "map", "choice", "null"})
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_PARAMETERISED_STRING = re.compile(r"(?:var)?char\(\s*\d+\s*\)")


def named_type(name: str) -> pa.DataType | None:
    """The type that a mapping names, in any case; None for array, struct, map, choice and null, which keep
    what is there. Raises ValueError for a name that is no type, TypeError for what is no name."""
    if not isinstance(name, str):
        raise TypeError(f"a mapping names a type by a string, such as 'string' or 'long', not {name!r}")
    word = name.strip().lower()
    if word in NAMED:
        return NAMED[word]
    if word in _KEPT_KINDS or word.startswith(("array<", "struct<", "map<")):
        return None
    decimal = _DECIMAL.fullmatch(word)
    if decimal:
        return _decimal(int(decimal[1]), int(decimal[2] or 0))
    if _PARAMETERISED_STRING.fullmatch(word):
        return pa.string()
    raise ValueError(f"'{name}' is not a type: use one of {', '.join(sorted(NAMED))}, decimal(p,s)")


def _decimal(precision: int, scale: int) -> pa.DataType:
    if not (1 <= precision <= DIGITS_MAX and scale <= precision):
        raise ValueError(
            f"decimal({precision},{scale}) is not a type: it has 1 to {DIGITS_MAX} digits in all, and "
            "at most as many after the point"
        )
    return pa.decimal128(precision, scale)
