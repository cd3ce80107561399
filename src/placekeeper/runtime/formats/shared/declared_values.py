"""Single values in a type that a script declares: what is not of the type is null."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.text import java_double

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)
_SPECIAL: Final = {"nan", "infinity", "-infinity", "+infinity"}
_TRUTH: Final = {"true": True, "false": False}
_EXACT: Final = Context(prec=100)


def single(data_type: pa.DataType) -> Callable[[object], object]:
    """The conversion of a decoded value to a type of single values."""
    if pat.is_string(data_type):
        return _text
    if pat.is_boolean(data_type):
        return lambda value: _TRUTH.get(value.strip().lower()) if isinstance(value, str) else _if_bool(value)
    if pat.is_integer(data_type):
        bound = 2 ** (data_type.bit_width - 1)
        return lambda value: _whole(value, bound)
    if pat.is_floating(data_type):
        return _floating
    if pat.is_decimal(data_type):
        return lambda value: _decimal(value, data_type)
    if pat.is_date(data_type):
        return _date
    if pat.is_timestamp(data_type):
        return (lambda value: _moment(value)) if data_type.tz else lambda value: _local(value)
    if pat.is_binary(data_type):
        return _bytes
    return lambda _: None


def _text(value: object) -> str | None:
    """Numbers and truth values as JSON spells them, structs and arrays as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return msgspec.json.encode(value).decode()


def _if_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: object, bound: int) -> int | None:
    number = value
    if isinstance(value, str):
        number = int(value) if _WHOLE.fullmatch(value := value.strip()) else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    if isinstance(number, int) and not isinstance(number, bool) and -bound <= number < bound:
        return number
    return None


def _floating(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text) if _NUMBER.fullmatch(text) or text.lower() in _SPECIAL else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _decimal(value: object, data_type: pa.DataType) -> Decimal | None:
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text).quantize(Decimal(1).scaleb(-data_type.scale), ROUND_HALF_UP, _EXACT)
    except InvalidOperation:
        return None
    return number if abs(number) < Decimal(1).scaleb(data_type.precision - data_type.scale) else None


def _date(value: object) -> date | None:
    found = _parsed(value)
    return None if found is None else found.date()


def _moment(value: object) -> datetime | None:
    """In UTC; a text without a zone is in UTC."""
    found = _parsed(value)
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def _local(value: object) -> datetime | None:
    found = _parsed(value)
    return None if found is None else found.replace(tzinfo=None)


def _parsed(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def _bytes(value: object) -> bytes | None:
    """A text is base64, as JSON has bytes."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None
