"""Casts of single values as DynamicFrames have them: what cannot be cast is null, the same on every engine.

Each rule here is there because engines differ without it, or because ANSI mode raises:

- only listed pairs of types are cast at all; a value of any other pair is null, not guessed;
- strings are matched against a grammar before the engine's own parser sees them (Spark reads "1d" as a
  double, "2020-01-02T03:04:05Z" as a date and "12:30" as a time of today; Sail does not);
- numbers become strings as Java prints them (1.0E7, Infinity), bytes that are not UTF-8 become null;
- whole numbers outside the years 1 to 9999 are not timestamps.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 - how everyone calls it

from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.table import LOCAL_TIMESTAMP

_FLOATING = r"^\s*[+-]?([0-9]+\.?[0-9]*([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?|[iI][nN][fF]|[iI][nN][fF][iI][nN][iI][tT][yY]|[nN][aA][nN])\s*$"  # noqa: E501
_PLAIN_DECIMAL = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\s*$"
_WHOLE = r"^\s*[+-]?[0-9]+\s*$"
_DATE = r"^\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:[ T].*)?$|^\s*([0-9]{4}(?:-[0-9]{1,2})?)\s*$"
_TIMESTAMP = r"^\s*[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2}([ T].*)?)?)?\s*$"
_MANY_DIGITS = "^-?[0-9]{8,}[.]"
_SMALL = "^-?0[.]000"
_WHOLE_PART, _LEADING_ZEROS = "^-?([0-9]+)", "^-?0[.](0+)"
_INFINITY = "^-?(?i)inf(inity)?$"
_SECONDS_MIN, _SECONDS_MAX = -62_135_596_800, 253_402_300_799  # 0001-01-01 and 9999-12-31T23:59:59


def null_of(target: pa.DataType) -> Column:
    """The null of a type."""
    return F.lit(None).cast(spark_type(target))


def cast_rule(source: pa.DataType, target: pa.DataType) -> Callable[[Column], Column] | None:
    """The cast of single values of one type to another; None without a rule, which is never an error."""
    if source == target:
        return lambda column: column
    if pat.is_null(source):
        return lambda _: null_of(target)
    if pat.is_nested(source) or pat.is_nested(target) or pat.is_null(target):
        return None
    if pat.is_string(source):
        return _from_string(target)
    if pat.is_string(target):
        return _to_string(source)
    if _is_number(source) or pat.is_boolean(source):
        return _from_number(source, target)
    if pat.is_timestamp(source) or pat.is_date(source):
        return _from_time(source, target)
    return None


def _is_number(data_type: pa.DataType) -> bool:
    return bool(pat.is_integer(data_type) or pat.is_floating(data_type) or pat.is_decimal(data_type))


def _try(target: pa.DataType) -> Callable[[Column], Column]:
    wanted = spark_type(target)
    return lambda column: column.try_cast(wanted)


def _from_string(target: pa.DataType) -> Callable[[Column], Column]:
    cast = _try(target)
    if pat.is_integer(target):
        return lambda column: F.when(column.rlike(_WHOLE), cast(column))
    if pat.is_floating(target):
        return lambda column: F.when(column.rlike(_FLOATING), cast(column))
    if pat.is_decimal(target):
        by_double = _try(pa.float64())
        return lambda column: F.when(column.rlike(_PLAIN_DECIMAL), cast(column)).when(
            column.rlike(_FLOATING), cast(by_double(column))
        )
    if pat.is_date(target):
        return lambda column: cast(
            F.concat(F.regexp_extract(column, _DATE, 1), F.regexp_extract(column, _DATE, 2))
        )
    if pat.is_timestamp(target):
        return lambda column: F.when(column.rlike(_TIMESTAMP), cast(column))
    return cast  # boolean, binary


def _to_string(source: pa.DataType) -> Callable[[Column], Column]:
    if pat.is_floating(source):
        return lambda column: java_text(column.cast("string"))
    if pat.is_binary(source):
        return lambda column: F.try_validate_utf8(column.try_cast("string"))
    return lambda column: column.cast("string")


def _from_number(source: pa.DataType, target: pa.DataType) -> Callable[[Column], Column] | None:
    cast = _try(target)
    if pat.is_boolean(target):
        return lambda column: column != F.lit(0).cast(spark_type(source))
    if _is_number(target):
        if pat.is_boolean(source):
            return lambda column: cast(column.cast("int"))
        return cast
    if pat.is_timestamp(target) and not pat.is_boolean(source):
        return lambda column: F.when(column.between(_SECONDS_MIN, _SECONDS_MAX), cast(column))
    return None


def _from_time(source: pa.DataType, target: pa.DataType) -> Callable[[Column], Column] | None:
    cast = _try(target)
    if pat.is_timestamp(target) or pat.is_date(target):
        return cast
    if source == LOCAL_TIMESTAMP or pat.is_date(source):
        return None
    if pat.is_integer(target):
        return lambda column: cast(column.cast("bigint"))
    if _is_number(target):
        return lambda column: cast(column.cast("double"))
    return None


def java_text(text: Column) -> Column:
    """The text of a floating number as Java prints it, from the text that any engine prints.

    It is flat, and names the text seldom: Sail plans calls in calls in more than linear time.
    """
    many = F.regexp_replace(text, "^(-?[0-9])([0-9]+)[.]([0-9]+)$", "$1.$2$3")
    small = F.regexp_replace(text, "^(-?)0[.]0+([1-9])([0-9]*)$", "$1$2.$3")
    return (
        F.when(
            text.rlike(_MANY_DIGITS), _scientific(many, F.length(F.regexp_extract(text, _WHOLE_PART, 1)) - 1)
        )
        .when(
            text.rlike(_SMALL), _scientific(small, -1 - F.length(F.regexp_extract(text, _LEADING_ZEROS, 1)))
        )
        .when(text.rlike(_INFINITY), F.when(text.startswith("-"), "-Infinity").otherwise("Infinity"))
        .when(text.rlike("^(?i)nan$"), "NaN")
        .otherwise(F.regexp_replace(F.regexp_replace(text, "[eE][+]?", "E"), "^(-?[0-9])E", "$1.0E"))
    )


def _scientific(mantissa: Column, exponent: Column) -> Column:
    """A text with an exponent, from digits with a point that have no needless zeros but one."""
    digits = F.regexp_replace(F.regexp_replace(mantissa, "[.]$", ".0"), "([.][0-9]+?)0*$", "$1")
    return F.concat(digits, F.lit("E"), exponent)
