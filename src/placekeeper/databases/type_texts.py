"""Types as products spell them: a name, and up to two numbers."""

import re
from typing import Any, Final

import msgspec
import pyarrow as pa

MAX_PRECISION: Final = 38
SPARK_SCALE: Final = 18
"""What Spark's JDBC reader gives a decimal without precision: decimal(38, 18)."""

_TYPE = re.compile(r"\s*([^(]*?)\s*(?:\(\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\)\s*(.*))?\s*", re.DOTALL)


class TypeText(msgspec.Struct, frozen=True):
    """`base` is the name in lower case with the words after the brackets, as in `int unsigned`."""

    base: str
    precision: int | None = None
    scale: int | None = None

    @classmethod
    def of(cls, text: str) -> "TypeText":
        """Of a spelled type; what is in brackets and no number is left out."""
        found = _TYPE.fullmatch(text)
        if found is None:
            return cls(text.partition("(")[0].strip().lower())
        name, precision, scale, after = found.groups()
        base = f"{name} {after or ''}".strip().lower()
        return cls(base, int(precision) if precision else None, int(scale) if scale else None)


def decimal_type(precision: int | None, scale: int | None) -> Any:
    """The decimal of so many digits as Spark's JDBC reader has it, which keeps no more than 38."""
    if precision is None:
        return pa.decimal128(MAX_PRECISION, SPARK_SCALE)
    after = scale or 0
    if after < 0:
        precision, after = precision - after, 0
    elif after > precision:
        precision = after
    if precision > MAX_PRECISION:
        return pa.decimal128(MAX_PRECISION, min(after, MAX_PRECISION))
    return pa.decimal128(precision, after)
