"""Decimals of several types together: no value is wrapped or rounded.

Two types of decimals become the narrowest one that holds every value of both. Where that takes more than 38
digits, the larger scale is kept and 38 digits are used. A value whose whole digits do not fit then is
refused, so that every other file can be read.
"""

from decimal import Context, Decimal
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.runtime.types.exact import ValueRefused

DIGITS_MAX: Final = 38
"""As many digits as a decimal has at most, in Spark, in Glue and in Arrow's 128 bits."""
_EXACTLY: Final = Context(prec=100)


def wider(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    """The type for the values of both: commutative and associative."""
    scale = max(left.scale, right.scale)
    whole_digits = max(left.precision - left.scale, right.precision - right.scale)
    return pa.decimal128(min(DIGITS_MAX, whole_digits + scale), scale)


def widened(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Decimals in a type of the same or a larger scale. Raises ValueRefused for a value that does not fit.

    Arrow's own cast lets some values that do not fit wrap around. Raises ArrowInvalid for a value with more
    digits than its own type says.
    """
    array.validate(full=True)
    have, room = array.type.precision - array.type.scale, wanted.precision - wanted.scale
    if have > room:
        bound = pa.scalar(Decimal(1).scaleb(room, _EXACTLY), array.type)
        fits = pc.less(pc.abs(array), bound)
        if not pc.all(fits, min_count=0).as_py():
            raise ValueRefused(_refusal(array.filter(pc.invert(fits))[0].as_py(), array.type, wanted))
    return array.cast(wanted)


def _refusal(value: Decimal, have: pa.DataType, wanted: pa.DataType) -> str:
    return (
        f"{value:f} does not fit decimal({wanted.precision},{wanted.scale}), the type of this column over "
        f"all files that are read: this file has decimal({have.precision},{have.scale}), another one has "
        f"{wanted.scale} digits after the point, and a decimal has {DIGITS_MAX} digits at most. Write the "
        "files with one type of decimals, or read them as two sources."
    )
