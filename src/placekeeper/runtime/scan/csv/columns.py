"""The fields of a block's rows as columns of strings."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.runtime.scan.csv.dialect import Dialect
from placekeeper.runtime.scan.csv.structure import Rows

_WELL_KNOWN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


class Columns:
    """The columns of rows that are right, and whose bytes are UTF-8."""

    def __init__(self, rows: Rows, dialect: Dialect) -> None:
        self._rows = rows
        self._dialect = dialect
        self._fields = _fields(rows)
        self._spelled = _columns_of(rows)

    def column(self, number: int, skip: int) -> pa.Array:
        """The field `number` of every row but the first `skip`; null where a row has fewer."""
        ordinals = (self._rows.first[skip:] + number) * 2
        missing = self._rows.counts[skip:] <= number
        if missing.any():
            texts = self._fields.take(pa.array(np.where(missing, 0, ordinals), mask=missing))
        else:
            texts = self._fields.take(pa.array(ordinals))
        return self._meant(texts) if number in self._spelled else texts

    def row(self, number: int) -> list[str]:
        """The fields of one row."""
        first, count = int(self._rows.first[number]), int(self._rows.counts[number])
        texts = self._fields.take(pa.array((np.arange(count) + first) * 2))
        return list((self._meant(texts) if self._spelled else texts).to_pylist())

    def _meant(self, texts: pa.Array) -> pa.Array:
        """What texts mean that hold doubled quotes or escapes."""
        quote, escape = self._dialect.quote, self._dialect.escape
        if escape is None:
            return pc.replace_substring(texts, f"{quote}{quote}", quote)
        escaped = f"{re.escape(escape)}(.)"
        doubled = f"|{re.escape(quote)}{{2}}" if quote else ""
        pattern = re.compile(escaped + doubled, re.DOTALL)

        def meant(found: re.Match[str]) -> str:
            return quote or "" if found[1] is None else _WELL_KNOWN.get(found[1], found[1])

        chosen = pc.match_substring(texts, escape)
        if quote:
            chosen = pc.or_(chosen, pc.match_substring(texts, quote))
        changed = [pattern.sub(meant, text) for text in texts.filter(chosen).to_pylist()]
        return pc.replace_with_mask(texts, pc.fill_null(chosen, False), pa.array(changed, pa.string()))


def _fields(rows: Rows) -> pa.Array:
    """Every field, and between two of them what parts them, as they stand in the block: nothing is copied."""
    buffers = [None, pa.py_buffer(rows.bounds), pa.py_buffer(rows.data)]
    return pa.Array.from_buffers(pa.string(), max(len(rows.bounds) - 1, 0), buffers)


def _columns_of(rows: Rows) -> frozenset[int]:
    """The numbers of the columns that have fields with doubled quotes or escapes."""
    row = np.searchsorted(rows.first, rows.spelled, side="right") - 1
    return frozenset(np.unique(rows.spelled - rows.first.take(row)).tolist()) if len(row) else frozenset()
