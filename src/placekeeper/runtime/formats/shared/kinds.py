"""The kinds of decoded values: those of JSON, and of texts that spell such values.

An integer is `int` if it fits 32 bits, `long` if it fits 64, and `decimal` (38 digits, scale 0) if it has at
most 38 digits. Beyond that its digits are kept as a string.
"""

from typing import Final

_KINDS: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    float: "double",
    dict: "struct",
    list: "array",
}
_INT_BOUND: Final = 2**31
_LONG_BOUND: Final = 2**63
_DECIMAL_BOUND: Final = 10**38


def kind_of(value: object) -> str:
    """Glue's name of the type of a decoded value that is not null."""
    if type(value) is int:
        return _integer_kind(value)
    return _KINDS[type(value)]


def _integer_kind(value: int) -> str:
    if -_INT_BOUND <= value < _INT_BOUND:
        return "int"
    if -_LONG_BOUND <= value < _LONG_BOUND:
        return "long"
    return "decimal" if -_DECIMAL_BOUND < value < _DECIMAL_BOUND else "string"
