"""Texts of numbers as decimals, exactly.

Arrow's own cast of a text wraps around where the digits, the exponent and the scale together exceed its 128
bits, and says nothing. So it is used where they cannot.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_DIGITS: Final = 38
_DIGITS_OF_256_BITS: Final = 76


def decimals(texts: Any, wanted: Any) -> Any:
    """An array of texts as one of decimals. Raises ArrowInvalid for what is no number, or does not fit."""
    if pa.types.is_list(texts.type):
        values = decimals(texts.values, wanted.value_type)
        return pa.ListArray.from_arrays(texts.offsets, values, mask=texts.is_null())
    has_exponents = pc.any(pc.match_substring_regex(texts, "[eE]")).as_py()
    longest = (pc.max(pc.binary_length(texts)).as_py() or 0) + wanted.scale
    if longest <= _DIGITS and not has_exponents:
        return texts.cast(wanted)
    if longest <= _DIGITS_OF_256_BITS and not has_exponents:
        return texts.cast(pa.decimal256(_DIGITS_OF_256_BITS, wanted.scale)).cast(wanted)
    return pa.array([None if text is None else _number(text) for text in texts.to_pylist()], wanted)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise pa.ArrowInvalid(f"{text!r} is no number") from None
