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
    first, counts = rows.first, rows.counts
    place = np.array(numbers, np.int32)[:, None]
    ordinals = first + place
    if int(counts.min(initial=width)) < width:
        missing = (counts <= place).ravel()
        indices = pa.array(np.where(missing, 0, ordinals.ravel() * 2), mask=missing)
    else:
        indices = pa.array(ordinals.ravel() * 2)
    texts = _fields(rows).take(
        indices
    )  # of all columns, one after the other: one call, however many there are
    columns = [texts.slice(at * len(first), len(first)) for at in range(len(numbers))]
    spelled = _spelled_columns(rows, width)
    for at, number in enumerate(numbers):
        if number in spelled:
            columns[at] = _meant(columns[at], _quoted(rows, first + np.int32(number)), dialect)
    return columns


def _quoted(rows: Rows, ordinals: Positions) -> pa.Array | None:
    """Which fields stand in quotes; None where those that do not hold no quotes."""
    return pa.array(rows.are_quoted(ordinals)) if rows.has_plain else None


def _fields(rows: Rows) -> pa.Array:
    """Every field, and between two of them what parts them, as they stand in the block: nothing is copied."""
    buffers = [None, pa.py_buffer(rows.bounds), pa.py_buffer(rows.data)]
    return pa.Array.from_buffers(pa.string(), max(len(rows.bounds) - 1, 0), buffers)


def _spelled_columns(rows: Rows, width: int) -> frozenset[int]:
    """The numbers of the columns that have fields with doubled quotes or escapes."""
    spelled = rows.spelled[rows.spelled < len(rows.bounds) // 2]
    if not len(spelled):
        return frozenset()
    if len(rows) * width * 2 == len(rows.bounds) and int(rows.counts.min()) == width:
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
