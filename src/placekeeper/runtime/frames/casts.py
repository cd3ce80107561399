"""Casts as DynamicFrames have them: what cannot be cast becomes null, the same on every engine.

Each rule here is there because engines differ without it, or because ANSI mode raises:

- only listed pairs of types are cast at all; what has no rule is refused, not guessed;
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

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.table import LOCAL_TIMESTAMP

_FLOATING = r"^\s*[+-]?([0-9]+\.?[0-9]*([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?|[iI][nN][fF]|[iI][nN][fF][iI][nN][iI][tT][yY]|[nN][aA][nN])\s*$"  # noqa: E501
_PLAIN_DECIMAL = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\s*$"
_WHOLE = r"^\s*[+-]?[0-9]+\s*$"
_DATE = r"^\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:[ T].*)?$|^\s*([0-9]{4}(?:-[0-9]{1,2})?)\s*$"
_TIMESTAMP = r"^\s*[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2}([ T].*)?)?)?\s*$"
_SECONDS_MIN, _SECONDS_MAX = -62_135_596_800, 253_402_300_799  # 0001-01-01 and 9999-12-31T23:59:59


def cast_field(column: Column, field: pa.Field, target: pa.DataType) -> Column:
    """The column cast to `target`, null where that cannot be.

    Of a choice, whichever alternative is there is cast. Raises UnsupportedFeature where there is no rule at
    all from the one type to the other.
    """
    if is_choice(field):
        casts = [
            cast_field(F.when(column.isNotNull(), column.getField(child.name)), child, target)
            for child in field.type.fields
            if _rule(child.type, target) is not None
        ]
        return F.coalesce(*casts) if casts else _null(target)
    if field.type == target:
        return column
    rule = _rule(field.type, target)
    if rule is None:
        raise UnsupportedFeature(
            f"field '{field.name}' is {glue_name(field.type)} and cannot be mapped to {glue_name(target)}: "
            "leave it out of the mappings, map the fields inside it, or convert it in frame.toDF()"
        )
    return rule(column)


def _null(target: pa.DataType) -> Column:
    return F.lit(None).cast(spark_type(target))


def _rule(source: pa.DataType, target: pa.DataType) -> Callable[[Column], Column] | None:
    """The cast of one type to another; None without a rule."""
    if source == target:
        return lambda column: column
    if pat.is_null(source):
        return lambda _: _null(target)
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


def _to_string(source: pa.DataType) -> Callable[[Column], Column] | None:
    if pat.is_floating(source):
        return lambda column: java_text(column.cast("string"))
    if pat.is_binary(source):
        return lambda column: F.try_validate_utf8(column.try_cast("string"))
    if pat.is_nested(source):
        return F.to_json if _json_is_alike(source) else None
    return lambda column: column.cast("string")


def _json_is_alike(data_type: pa.DataType) -> bool:
    """Whether engines write such values alike: fractions of seconds and decimals they do not."""
    if pat.is_map(data_type):
        return _json_is_alike(data_type.key_type) and _json_is_alike(data_type.item_type)
    if pat.is_nested(data_type):
        return all(_json_is_alike(data_type.field(index).type) for index in range(data_type.num_fields))
    return not (pat.is_temporal(data_type) or pat.is_decimal(data_type) or pat.is_floating(data_type))


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
    """The text of a floating number as Java prints it, from the text that any engine prints."""
    body = F.upper(F.regexp_replace(text, "^-", ""))
    sign = F.when(text.startswith("-"), "-").otherwise("")
    mantissa, exponent = F.substring_index(body, "E", 1), _after(body, "E")
    whole, fraction = F.substring_index(mantissa, ".", 1), _after(mantissa, ".")
    leading_zeros = F.length(fraction) - F.length(F.regexp_replace(fraction, "^0+", ""))
    shift = F.when(whole == "0", -leading_zeros - 1).otherwise(F.length(whole) - 1)
    power = F.coalesce(exponent.try_cast("int"), F.lit(0)) + shift
    digits = F.regexp_replace(F.regexp_replace(F.concat(whole, fraction), "^0+", ""), "0+$", "")
    rest = F.substring(digits, 2, 400)
    scientific = F.concat(
        F.substring(digits, 1, 1), F.lit("."), F.when(rest == "", "0").otherwise(rest), F.lit("E"), power
    )
    return (
        F.when(body == "NAN", "NaN")
        .when(body.isin("INF", "INFINITY"), F.concat(sign, F.lit("Infinity")))
        .when((digits == "") | power.between(-3, 6), text)
        .otherwise(F.concat(sign, scientific))
    )


def _after(text: Column, separator: str) -> Column:
    """The text after the separator; the empty string without one."""
    return F.when(text.contains(separator), F.substring_index(text, separator, -1)).otherwise("")
