"""Hive-style partition folders: `key=value/`, with Spark's spelling and escaping of values."""

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from numpy.typing import NDArray

from placekeeper.runtime.formats.shared.calendar import refuse_beyond_calendar
from placekeeper.runtime.formats.shared.text import text_column, unwritable, utc_datetimes

NULL_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""The folder value of null and of the empty string. A text that is just this is escaped: `%5F_HIVE_…`."""

_ESCAPED: Final = frozenset("\"#%'*/:=?\\\x7f{[]^") | {chr(code) for code in range(1, 0x20)}

_HEX: Final = re.compile("%([0-9A-F]{2})")


def escaped(text: str) -> str:
    """A partition key or value as a folder name has it: `%XX` for what paths give a meaning."""
    return "".join(f"%{ord(char):02X}" if char in _ESCAPED else char for char in text)


def folder(keys: Sequence[str], values: Sequence[str | None]) -> str:
    """`k=v/k2=v2/` of one combination of values."""
    return "".join(f"{escaped(key)}={_spelled(value)}/" for key, value in zip(keys, values, strict=True))


def _spelled(value: str | None) -> str:
    if not value:
        return NULL_VALUE
    return f"%{ord(value[0]):02X}{value[1:]}" if value == NULL_VALUE else escaped(value)


def spelled_values(folder: str) -> tuple[str, ...]:
    """The values in the name of a folder `k=v/k2=v2`, as the catalog has them: null is Hive's name for it."""
    return tuple(_unescaped(part.partition("=")[2]) for part in folder.strip("/").split("/"))


def _unescaped(text: str) -> str:
    return _HEX.sub(lambda found: chr(int(found[1], 16)), text)


def partitioned(batch: pa.RecordBatch, keys: Sequence[str]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of a batch by partition folder, without the key columns; the order of rows is kept.

    Raises ValueUnwritable for a value that is no text; rows are counted in the batch.
    """
    data = batch.drop_columns(list(keys))
    if batch.num_rows == 0:
        return
    columns = [_unless_empty(_partition_text(batch.column(key), key)) for key in keys]
    order, bounds = _groups(columns, batch.num_rows)
    for begin, end in pairwise(bounds):
        rows = order[begin:end]
        values = [column[int(rows[0])].as_py() for column in columns]
        part = data if len(bounds) == 2 else data.take(pa.array(rows))
        yield folder(keys, values), part


def _unless_empty(texts: pa.Array) -> pa.Array:
    """Texts, null for empty ones: both have one folder."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _groups(columns: Sequence[pa.Array], rows: int) -> tuple[NDArray[np.int64], list[int]]:
    """Row numbers ordered by combination of values, and where each combination begins and ends."""
    codes = np.zeros(rows, dtype=np.int64)
    for column in columns:
        dictionary = column.dictionary_encode()
        indices = dictionary.indices.fill_null(len(dictionary.dictionary)).to_numpy(zero_copy_only=False)
        combined = codes * (len(dictionary.dictionary) + 1) + indices
        codes = np.unique(combined, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return order, [0, *starts.tolist(), rows]


def _partition_text(array: pa.Array, key: str) -> pa.Array:
    refuse_beyond_calendar(array, key, 1)
    if pat.is_timestamp(array.type):
        return pa.array(
            [None if value is None else _spaced(value) for value in utc_datetimes(array)], pa.string()
        )
    if pat.is_binary(array.type):
        return _utf8(array, key)
    return text_column(array, key)


def _utf8(array: pa.Array, key: str) -> pa.Array:
    """Bytes as the text that they spell."""
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid as error:
        row = next(row for row in range(len(array)) if not _is_utf8(array[row].as_py()))
        raise unwritable(
            key,
            row + 1,
            f"{array[row].as_py()!r} is not UTF-8, and names of folders are. Encode the key first.",
        ) from error


def _is_utf8(value: bytes | None) -> bool:
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _spaced(value: datetime.datetime) -> str:
    """`2020-01-01 12:00:00`, with as many digits of the second as there are."""
    text = value.isoformat(sep=" ", timespec="microseconds")
    return text.rstrip("0").rstrip(".") if value.microsecond else text.removesuffix(".000000")
