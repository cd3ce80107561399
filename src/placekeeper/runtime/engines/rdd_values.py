"""Values of an RDD as values of the types that its first rows told, as Spark takes them.

A value of another class is null there, and nothing is cast: 1.5 is no bigint, and 2 is no double. Where Spark
ends the job, or is not known to give null, this raises PySparkTypeError.
"""

import array
import datetime as dt
import functools
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from pyspark.errors import PySparkTypeError
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
    _infer_type,
)

Fit = Callable[[Any], Any]

_NULL_ELSEWHERE: Final = frozenset(
    {bool, int, float, str, bytes, bytearray, Decimal, dt.date, dt.datetime, list, tuple, dict}
)
"""Classes of values that are null where the type is another one."""

_MOST: Final = 1 << 63
_SIGNIFICANT: Final = 38


def fitting(kind: DataType) -> Fit:
    """What makes of a value one of the type that was found, or None where Spark has null."""
    match kind:
        case StructType():
            return _struct(kind)
        case ArrayType():
            return _or_null(kind, functools.partial(_array, fitting(kind.elementType)))
        case MapType():
            return functools.partial(_map, kind, fitting(kind.keyType), fitting(kind.valueType))
        case DecimalType():
            return _or_null(kind, functools.partial(_decimal, kind))
        case BooleanType():
            return _or_null(kind, lambda value: value if isinstance(value, bool) else None)
        case LongType():
            return _or_null(kind, _whole)
        case DoubleType():
            return _or_null(kind, lambda value: value if isinstance(value, float) else None)
        case BinaryType():
            return _or_null(kind, _binary)
        case _:
            return functools.partial(_same, kind)


def _or_null(kind: DataType, fit: Fit) -> Fit:
    def fitted(value: Any) -> Any:
        made = None if value is None else fit(value)
        if made is None and value is not None and type(value) not in _NULL_ELSEWHERE:
            raise other_type(value, kind)
        return made

    return fitted


def _struct(kind: StructType) -> Fit:
    fits = [fitting(field.dataType) for field in kind]

    def fitted(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, tuple | list) or len(value) != len(fits):
            raise other_type(value, kind)
        return tuple(fit(one) for fit, one in zip(fits, value, strict=True))

    return fitted


def _array(fit: Fit, value: Any) -> list[Any] | None:
    return [fit(one) for one in value] if isinstance(value, list | tuple | array.array) else None


def _map(kind: MapType, key_fit: Fit, fit: Fit, value: Any) -> dict[Any, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise other_type(value, kind)
    made = {key_fit(key): fit(one) for key, one in value.items()}
    if None in made:
        raise other_type(value, kind)
    return made


def _whole(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -_MOST <= value < _MOST else None


def _decimal(kind: DecimalType, value: Any) -> Decimal | None:
    if not isinstance(value, Decimal):
        return None
    if not value.is_finite() or (value and value.adjusted() >= kind.precision - kind.scale):
        raise other_type(value, kind)
    return value.quantize(
        Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_UP, context=Context(prec=_SIGNIFICANT + 1)
    )


def _binary(value: Any) -> bytes | None:
    match value:
        case bytes() | bytearray():
            return bytes(value)
        case str():
            return value.encode()
        case _:
            return None


def _same(kind: DataType, value: Any) -> Any:
    """A value of a type for which Spark has no null."""
    match kind:
        case StringType():
            return value
        case DateType() if isinstance(value, dt.datetime):
            return value.date()
        case DateType() if isinstance(value, dt.date):
            return value
        case TimestampType() if isinstance(value, dt.datetime):
            return value
        case _ if value is None or _infer_type(value) == kind:
            return value
        case _:
            raise other_type(value, kind)


def other_type(value: Any, kind: DataType) -> PySparkTypeError:
    """The error for a value that is not of its column's type."""
    return PySparkTypeError(
        f"toDF: {value!r} of the class {type(value).__name__} is not of its column's type, "
        f"{kind.simpleString()}. The first rows told the type. Give a schema, or convert the values"
    )
