"""Samples of rows that a run has read: by them a later run sees that other rows stand in their places.

A sample has the digests of values, column by column. An UPDATE leaves some column as it was, even one of all
rows. Other rows differ in each column whose values tell rows apart.

Source: docs/reference/database-bookmarks.md#tables-that-begin-anew.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from placekeeper.model.databases import RowSample, SampledRow
from placekeeper.rules.databases.identities import row_texts

NEWEST: Final = 8
"""Rows before the last key that a sample has."""

OLDER: Final = 8
"""Rows further behind."""

_MOST_COLUMNS: Final = 8
_DIGEST_BYTES: Final = 4
_DIGITS: Final = re.compile(rb"\d+")
_LONG_NUMBER: Final = 3
"""Digits of a number that is hardly in a text by chance."""

_LONGEST_BYTES: Final = 1000
_LEAST_VALUES: Final = 5
"""Values that must be others before rows count as others."""

_LEAST_AT_AN_END: Final = 2
"""The same where the last rows are gone."""

Verdict = Literal["same", "others", "unknown"]


class Compared(Struct, frozen=True):
    """Whether the rows of a sample are still there.

    `is_whole` says that each column is as it was. `behind` is the highest key whose row is still the same.
    `columns` counts those that told.
    """

    verdict: Verdict
    is_whole: bool = False
    behind: int | None = None
    columns: int = 0


def sample_of(batch: pa.RecordBatch, key: str, salt: str) -> RowSample | None:
    """The sample of rows, which are sorted by `key`. None if no column tells them apart.

    `salt`, random for each sample and of at most 64 ASCII characters, makes the digests others in each.
    """
    numbers = batch.column(key).to_pylist()
    names = [name for name in batch.schema.names if name != key and _is_short(batch.column(name))]
    names = [name for name in names if not _repeats(_texts(batch, name), numbers)]
    cells = {name: _cells(batch, name, salt) for name in names}
    columns = [name for name, values in cells.items() if _tells(values)][:_MOST_COLUMNS]
    if not columns:
        return None
    rows = tuple(
        SampledRow(number, tuple(cells[name][place] for name in columns))
        for place, number in enumerate(numbers)
    )
    return RowSample(tuple(columns), rows, salt)


def digests_of(batch: pa.RecordBatch, key: str, salt: str) -> dict[int, Mapping[str, str]]:
    """The digests of rows as they are now, by their keys and columns, with the salt of a sample."""
    cells = {name: _cells(batch, name, salt) for name in batch.schema.names if name != key}
    return {
        number: {name: values[place] for name, values in cells.items()}
        for place, number in enumerate(batch.column(key).to_pylist())
    }


def compared(sample: RowSample, now: Mapping[int, Mapping[str, str]], *, ends_before: bool) -> Compared:
    """Compares a sample with the rows that have its keys now. A row that is gone tells nothing."""
    pairs = [(row.key, _matches(sample.columns, row, now[row.key])) for row in sample.rows if row.key in now]
    told = {name: [found[name] for _, found in pairs if name in found] for name in sample.columns}
    kept = [name for name, matches in told.items() if matches and sum(matches) * 2 >= len(matches)]
    seen = [name for name, matches in told.items() if matches]
    same = [key for key, found in pairs if any(found.values())]
    behind = max(same, default=None)
    least = _LEAST_AT_AN_END if ends_before else _LEAST_VALUES
    changed = sum(len(matches) - sum(matches) for matches in told.values())
    if seen and not kept:
        verdict: Verdict = "others" if changed >= least else "unknown"
        return Compared(verdict, behind=behind, columns=len(seen))
    if len(seen) > 1 and _are_newest_others([row.key for row in sample.rows], dict(pairs)):
        return Compared("others", behind=behind, columns=len(seen))
    is_whole = bool(kept) and kept == seen
    return Compared("same" if kept else "unknown", is_whole=is_whole, behind=behind, columns=len(seen))


def _are_newest_others(keys: Sequence[int], found: Mapping[int, Mapping[str, bool]]) -> bool:
    """Whether each of the newest rows is there, and differs in all columns, of which it has two or more.

    People update a few of the newest rows in all columns that tell rows apart, but seldom all of them.
    """
    newest = [found.get(key, {}) for key in sorted(keys)[-NEWEST:]]
    others = [len(matches) > 1 and not any(matches.values()) for matches in newest]
    return len(others) == NEWEST and all(others)


def _matches(columns: Sequence[str], row: SampledRow, now: Mapping[str, str]) -> dict[str, bool]:
    """Whether each value is as it was, of those that were there and whose column still is."""
    cells = zip(columns, row.cells, strict=True)
    return {name: now[name] == cell for name, cell in cells if cell and name in now}


def _repeats(texts: Sequence[bytes | None], numbers: Sequence[int]) -> bool:
    """Whether nearly all values are made from the key, such as INV-00017: other rows have the same ones."""
    found = [_has(text, number) for text, number in zip(texts, numbers, strict=True) if text is not None]
    return bool(found) and sum(found) * 10 >= len(found) * 9


def _has(text: bytes, number: int) -> bool:
    """Whether a text has a number: alone, with zeros before it, or among other digits if it is long."""
    digits = b"%d" % abs(number)
    if len(digits) >= _LONG_NUMBER:
        return digits in text
    return any((run.lstrip(b"0") or b"0") == digits for run in _DIGITS.findall(text))


def _tells(values: Sequence[str]) -> bool:
    """Whether values tell rows apart: most are there, and others than the rest."""
    there = [value for value in values if value]
    if len(there) * 2 < len(values):
        return False
    different = len(set(there))
    return different == len(there) or (different > 1 and different * 2 >= len(there))


def _is_short(values: pa.Array) -> bool:
    """Whether no value is a long text, which each run would have to read again."""
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        return True
    return (pc.max(pc.binary_length(values)).as_py() or 0) <= _LONGEST_BYTES


def _cells(batch: pa.RecordBatch, name: str, salt: str) -> list[str]:
    """The digest of each value; "" for null."""
    return ["" if text is None else _digest(text, salt) for text in _texts(batch, name)]


def _texts(batch: pa.RecordBatch, name: str) -> list[bytes | None]:
    """Each value as a text that only an equal one has; None for null."""
    texts = row_texts(batch.select([name])).to_pylist()
    nulls = batch.column(name).is_null().to_pylist()
    return [None if null else text for text, null in zip(texts, nulls, strict=True)]


def _digest(text: bytes, salt: str) -> str:
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES, key=salt.encode()).hexdigest()


def comparable(schema: pa.Schema, key: str) -> list[str]:
    """The columns of a table whose values may be in a sample: bytes and nested ones may be large."""
    return [
        field.name
        for field in schema
        if field.name != key
        and not pa.types.is_nested(field.type)
        and not pa.types.is_binary(field.type)
        and not pa.types.is_large_binary(field.type)
    ]
