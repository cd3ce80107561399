"""What columns do to values beside their types: members, years, blanks, bytes, money. These are refused.

Source: docs/reference/database-writes.md#exact-values.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.databases.writing.casts import Changed

_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_WHOLE: Final = re.compile(r"0|-?[1-9]\d{0,17}")
_MONEY: Final = re.compile(r"-?\d+(\.\d{1,2}0*)?")
_NAME_BYTES: Final = 63


class Rule(Struct, frozen=True, kw_only=True):
    """A rule by its name, with the members of ENUM and SET, or the length of BINARY."""

    name: str
    members: tuple[str, ...] = ()
    length: int = 0


def keep(array: pa.Array, rule: Rule) -> None:
    """Raises Changed for a value that a column would change."""
    _RULES[rule.name](array, rule)


def _each(array: pa.Array, refused: Callable[[Any], bool], why: str) -> None:
    if any(value is not None and refused(value) for value in array.to_pylist()):
        raise Changed(why)


def _enum(array: pa.Array, rule: Rule) -> None:
    known = pc.is_in(array, value_set=pa.array(rule.members, pa.string()))
    if not pc.all(pc.or_(known, pc.is_null(array))).as_py():
        raise Changed(f"its values are {', '.join(rule.members)}")


def _set(array: pa.Array, rule: Rule) -> None:
    def is_other(value: str) -> bool:
        parts = value.split(",") if value else []
        return parts != [member for member in rule.members if member in parts]

    _each(array, is_other, f"its members are {', '.join(rule.members)}, each once and in this order")


def _year(array: pa.Array, _rule: Rule) -> None:
    _each(array, lambda value: not 1901 <= value <= 2155, "its years are 1901 to 2155")


def _char(array: pa.Array, _rule: Rule) -> None:
    if pc.any(pc.ends_with(array, " ")).as_py():
        raise Changed("it loses blanks at the end")


def _binary(array: pa.Array, rule: Rule) -> None:
    if pc.any(pc.not_equal(pc.binary_length(array), rule.length)).as_py():
        raise Changed(f"it makes {rule.length} bytes of all values")


def _name(array: pa.Array, _rule: Rule) -> None:
    if pc.any(pc.greater(pc.binary_length(pc.cast(array, pa.binary())), _NAME_BYTES)).as_py():
        raise Changed(f"it keeps {_NAME_BYTES} bytes")


def _byte(array: pa.Array, _rule: Rule) -> None:
    if pc.any(pc.greater(pc.binary_length(pc.cast(array, pa.binary())), 1)).as_py():
        raise Changed("it keeps one byte")


def _money(array: pa.Array, _rule: Rule) -> None:
    _each(array, lambda value: _MONEY.fullmatch(value) is None, "it keeps digits and two more behind a point")


def _hundreds(array: pa.Array, rule: Rule) -> None:
    unit = 10**rule.length
    _each(array, lambda value: not _is_multiple(value, unit), f"it keeps multiples of {unit:,}")


def _is_multiple(value: object, unit: int) -> bool:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return False
    return number.is_finite() and number == int(number) and int(number) % unit == 0


def _opaque(array: pa.Array, _rule: Rule) -> None:
    """A type that this code does not know takes text, which the database parses, and whole numbers."""
    kind = array.type
    if array.null_count == len(array):
        return
    if not (pat.is_string(kind) or pat.is_integer(kind) or pat.is_boolean(kind) or pat.is_binary(kind)):
        raise Changed(f"what it makes of {kind} is not known: make it text")


def _any(array: pa.Array, _rule: Rule) -> None:
    """SQLite makes null of NaN."""
    if pat.is_floating(array.type) and pc.any(pc.is_nan(array)).as_py():
        raise Changed("SQLite makes null of it")


def _text(array: pa.Array, rule: Rule) -> None:
    """SQLite writes a floating number in a column of text with 15 digits."""
    _any(array, rule)
    if pat.is_floating(array.type):
        _each(array, lambda value: float(f"{value:.15g}") != value, "it keeps 15 digits")


def _affinity(array: pa.Array, rule: Rule) -> None:
    """A column of numbers of SQLite makes a number of text that looks like one."""
    _any(array, rule)
    if pat.is_string(array.type):
        _each(array, _is_renumbered, "it makes a number of it that is written otherwise")
    if pat.is_decimal(array.type):
        _each(array, lambda value: len(value.as_tuple().digits) > 15, "it keeps 15 digits")


def _is_renumbered(text: str) -> bool:
    if _NUMBER.fullmatch(text) is None or _WHOLE.fullmatch(text):
        return False
    return repr(float(text)) != text


_RULES: Final[Mapping[str, Callable[[pa.Array, Rule], None]]] = MappingProxyType(
    {
        "enum": _enum,
        "set": _set,
        "year": _year,
        "char": _char,
        "binary": _binary,
        "name": _name,
        "byte": _byte,
        "money": _money,
        "opaque": _opaque,
        "affinity": _affinity,
        "any": _any,
        "text": _text,
        "hundreds": _hundreds,
    }
)
