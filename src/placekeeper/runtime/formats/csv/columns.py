"""The fields of a block's rows as columns of strings."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.places import Positions
from placekeeper.runtime.formats.csv.structure import Rows

_WELL_KNOWN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def row_of(rows: Rows, number: int, dialect: Dialect) -> list[str]:
    """The fields of one row that is right and in UTF-8."""
    begin = 2 * int(rows.first[number])
    bounds = rows.bounds[begin : begin + 2 * int(rows.counts[number])].tolist()
    texts = [rows.data[start:end].decode() for start, end in zip(bounds[0::2], bounds[1::2], strict=True)]
    if not len(rows.spelled):
        return texts
    ordinals = np.arange(begin // 2, begin // 2 + len(texts), dtype=np.int32)
    return list(_meant(pa.array(texts, pa.string()), _quoted(rows, ordinals), dialect).to_pylist())


def batch_of(rows: Rows, names: Sequence[str], schema: pa.Schema, dialect: Dialect) -> pa.RecordBatch:
    """The columns of `schema` alone are made, of fields with these `names`; one that is not there is null."""
    positions = {name: place for place, name in enumerate(names)}
    there = [name for name in schema.names if name in positions]
    columns = columns_of(rows, [positions[name] for name in there], len(names), dialect)
    made = dict(zip(there, columns, strict=True))
    lacking = pa.nulls(len(rows), pa.string())
    return pa.RecordBatch.from_arrays([made.get(name, lacking) for name in schema.names], schema=schema)


def columns_of(rows: Rows, numbers: Sequence[int], width: int, dialect: Dialect) -> list[pa.Array]:
    """The fields of all rows in the columns of these numbers; null where a row is shorter.

    The rows have to be right, in UTF-8, and no longer than `width`.
    """
    if not numbers:
        return []
    is_some = len(numbers) < width  # of all columns, the bounds are made in one go
    made = _of_table if is_some and _are_table(rows, width) else _of_any
    columns = made(rows, numbers, width)
    spelled = _spelled_columns(rows, width)
    for at, number in enumerate(numbers):
        if number in spelled:
            columns[at] = _meant(columns[at], _quoted(rows, rows.first + np.int32(number)), dialect)
    return columns


def _are_table(rows: Rows, width: int) -> bool:
    """Whether all rows have `width` fields, and nothing is between them."""
    count = len(rows)
    return (
        count > 0
        and int(rows.first[-1] - rows.first[0]) == (count - 1) * width
        and int(rows.counts.min()) == width
    )


def _of_table(rows: Rows, numbers: Sequence[int], width: int) -> list[pa.Array]:
    """Only the fields that are wanted are looked at."""
    count, rising = len(rows), sorted(set(numbers))
    bounds = rows.fields.of_columns(int(rows.first[0]), count, width, rising)
    begins = np.arange(0, 2 * count * len(rising), 2 * len(rising), dtype=np.int32)
    ordinals = np.arange(0, 2 * len(rising), 2, dtype=np.int32)[:, None] + begins
    columns = _taken(bounds, rows.data, pa.array(ordinals.ravel()), len(rising))
    return [columns[rising.index(number)] for number in numbers]


def _of_any(rows: Rows, numbers: Sequence[int], _width: int) -> list[pa.Array]:
    place = np.array(numbers, np.int32)[:, None]
    ordinals = rows.first + place
    missing = (rows.counts <= place).ravel()
    if missing.any():
        indices = pa.array(np.where(missing, 0, ordinals.ravel() * 2), mask=missing)
    else:
        indices = pa.array(ordinals.ravel() * 2)
    return _taken(rows.bounds, rows.data, indices, len(numbers))


def _taken(bounds: Positions, data: bytes, indices: pa.Array, count: int) -> list[pa.Array]:
    """So many columns of fields, one after the other: one call, however many there are.

    They are taken from an array that has every field, and between two of them what parts them, as they stand
    in the block.
    """
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    texts = pa.Array.from_buffers(pa.string(), max(len(bounds) - 1, 0), buffers).take(indices)
    size = len(indices) // count
    return [texts.slice(place * size, size) for place in range(count)]


def _quoted(rows: Rows, ordinals: Positions) -> pa.Array | None:
    """Which fields stand in quotes; None where those that do not hold no quotes."""
    return pa.array(rows.are_quoted(ordinals)) if rows.has_plain else None


def _spelled_columns(rows: Rows, width: int) -> frozenset[int]:
    """The numbers of the columns that have fields with doubled quotes or escapes."""
    spelled = rows.spelled[rows.spelled < len(rows.fields)]
    if not len(spelled):
        return frozenset()
    if len(rows) * width == len(rows.fields) and int(rows.counts.min()) == width:
        numbers = spelled % width
    else:
        numbers = spelled - rows.first.take(np.searchsorted(rows.first, spelled, side="right") - 1)
    there = np.zeros(width, bool)
    there[numbers] = True
    return frozenset(np.flatnonzero(there).tolist())


def _meant(texts: pa.Array, quoted: pa.Array | None, dialect: Dialect) -> pa.Array:
    """What texts mean that hold doubled quotes or escapes. Quotes are doubled in `quoted` fields only."""
    quote, escape = dialect.quote, dialect.escape
    if escape is None:
        undoubled = pc.replace_substring(texts, f"{quote}{quote}", quote)
        return undoubled if quoted is None else pc.if_else(quoted, undoubled, texts)
    meant = _unescaped(texts, escape, quote)
    return meant if quoted is None else pc.if_else(quoted, meant, _unescaped(texts, escape, None))


def _unescaped(texts: pa.Array, escape: str, quote: str | None) -> pa.Array:
    """Texts without their escapes, and without doubled quotes if there is a `quote`."""
    doubled = f"|{re.escape(quote)}{{2}}" if quote else ""
    pattern = re.compile(f"{re.escape(escape)}(.){doubled}", re.DOTALL)

    def meant(found: re.Match[str]) -> str:
        return quote or "" if found[1] is None else _WELL_KNOWN.get(found[1], found[1])

    chosen = pc.match_substring(texts, escape)
    if quote:
        chosen = pc.or_(chosen, pc.match_substring(texts, quote))
    changed = [pattern.sub(meant, text) for text in texts.filter(chosen).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(chosen, False), pa.array(changed, pa.string()))
