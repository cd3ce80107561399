"""Key values as Python's, and back."""

import datetime
import math
import uuid
from decimal import Decimal
from typing import Any

from placekeeper.model.databases import KeyType, KeyValue


def python_value(value: KeyValue) -> Any:
    """The value as drivers take it; a UUID stays its text."""
    match value.type:
        case "int":
            return int(value.text)
        case "decimal":
            return Decimal(value.text)
        case "float":
            return float(value.text)
        case "date":
            return datetime.date.fromisoformat(value.text)
        case "timestamp" | "timestamptz":
            return datetime.datetime.fromisoformat(value.text)
        case "bytes":
            return bytes.fromhex(value.text)
        case "text" | "uuid":
            return value.text


def key_value(type: KeyType, value: Any) -> KeyValue:
    """A driver's value as one of a key. Raises ValueError for one that is no point in an order (NaN)."""
    return KeyValue(type, _text(type, value))


def padded(text: str) -> str:
    """A time as a product spells it by ISO 8601, with nine decimals."""
    seconds, _, fraction = text.partition(".")
    return f"{seconds}.{fraction:0<9}"


def _text(type: KeyType, value: Any) -> str:
    if type in {"date", "timestamp", "timestamptz"} and not isinstance(value, datetime.date):
        raise ValueError(f"{value} is no date of the calendar")
    match type:
        case "int":
            return str(int(value))
        case "decimal":
            number = value if isinstance(value, Decimal) else Decimal(str(value))
            if not number.is_finite():
                raise ValueError(f"{value} has no place among numbers")
            return format(number, "f")
        case "float":
            if not math.isfinite(value):
                raise ValueError(f"{value} has no place among numbers")
            return repr(float(value))
        case "date":
            day: datetime.date = value
            return day.isoformat()
        case "timestamp":
            moment: datetime.datetime = value
            return moment.isoformat(timespec="microseconds")
        case "timestamptz":
            instant: datetime.datetime = value
            in_utc = instant.astimezone(datetime.UTC) if instant.tzinfo else instant
            return in_utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case "bytes":
            return bytes(value).hex()
        case "uuid":
            return str(value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
        case "text":
            return str(value)
