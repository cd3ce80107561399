"""Hive-style partition folders: `key=value/`, with Spark's spelling and escaping of values."""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Grouped:
    """Rows of a batch by partition folder: `order` has the rows of `folders[n]` at `bounds[n]` and behind.

    `rows` are without the key columns. The rows of a folder keep their order.
    """

    rows: pa.RecordBatch
    folders: Sequence[str]
    order: NDArray[np.int64]
    bounds: Sequence[int]

    def parts(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each folder with the numbers of its rows."""
        for name, (begin, end) in zip(self.folders, pairwise(self.bounds), strict=True):
            yield name, self.order[begin:end]

    def taken(self, numbers: NDArray[np.int64]) -> pa.RecordBatch:
        """The rows of some folders, by their numbers."""
        return self.rows if len(self.folders) == 1 else self.rows.take(pa.array(numbers))


def grouped(batch: pa.RecordBatch, keys: Sequence[str]) -> Grouped:
    """The rows of a batch by partition folder; without keys all are in one that has no name.

    Raises ValueUnwritable for a value that is no text; rows are counted in the batch.
    """
    rows = batch.num_rows
    if not keys or not rows:
        return Grouped(batch, [""] if rows else [], np.arange(rows), [0, rows] if rows else [0])
    columns = [_Coded.of(batch.column(key), key) for key in keys]
    order, bounds = _ordered(columns)
    firsts = order[bounds[:-1]].tolist()
    folders = [folder(keys, [column.text(row) for column in columns]) for row in firsts]
    return Grouped(batch.drop_columns(list(keys)), folders, order, bounds)


@dataclass(frozen=True)
class _Coded:
    """The folder values of one key: their texts, and the place of each row's among them."""

    texts: list[str | None]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, array: pa.Array, key: str) -> "_Coded":
        refuse_beyond_calendar(array, key, 1)
        values = _encoded(_utf8(array, key) if pat.is_binary(array.type) else array)
        texts = _encoded(_unless_empty(_partition_text(values.dictionary, key)))
        places = texts.indices.take(values.indices)  # two values may have one text
        codes = places.fill_null(len(texts.dictionary)).to_numpy().astype(np.int64)
        return cls([*texts.dictionary.to_pylist(), None], codes)

    def text(self, row: int) -> str | None:
        return self.texts[int(self.codes[row])]


def _encoded(array: pa.Array) -> pa.DictionaryArray:
    return array.dictionary_encode()


def _unless_empty(texts: pa.Array) -> pa.Array:
    """Texts, null for empty ones: both have one folder."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _ordered(columns: Sequence[_Coded]) -> tuple[NDArray[np.int64], list[int]]:
    """Row numbers ordered by combination of values, and where each combination begins and ends."""
    first, *others = columns
    codes = first.codes
    for column in others:
        codes = np.unique(codes * len(column.texts) + column.codes, return_inverse=True)[1]
    if codes.max() <= np.iinfo(np.uint16).max:
        codes = codes.astype(np.uint16)  # these are sorted in time that grows with their number alone
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return order, [0, *starts.tolist(), len(codes)]


def _partition_text(array: pa.Array, key: str) -> pa.Array:
    if pat.is_timestamp(array.type):
        return pa.array(
            [None if value is None else _spaced(value) for value in utc_datetimes(array)], pa.string()
        )
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
