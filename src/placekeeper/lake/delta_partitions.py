"""Values of partition columns of Delta tables, which the log has as text.

Source: the protocol of Delta Lake, section "Partition Value Serialization".
"""

import re
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_OFFSET: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_BYTES: Final = re.compile(r"(?:\\u00[0-9a-fA-F]{2})+")


def partition_value(text: str | None, type: pa.DataType) -> pa.Scalar:
    """The value of a text, null for an empty one. A time without an offset is in UTC.

    Raises ArrowInvalid for a text that is no value of the type.
    """
    if not text:
        return pa.scalar(None, type)
    if pa.types.is_timestamp(type) and type.tz is not None and not _OFFSET.search(text):
        return pc.assume_timezone(pa.scalar(text).cast(pa.timestamp(type.unit)), "UTC").cast(type)
    if pa.types.is_binary(type) and _BYTES.fullmatch(text):
        return pa.scalar(bytes.fromhex(text.replace("\\u00", "")), type)
    return pa.scalar(text).cast(type)


def partition_text(value: Any) -> str | None:
    """The text of a value as deltalake gives it; bytes are those of the text in the log."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.decode()
    return None if value is None else str(value)
