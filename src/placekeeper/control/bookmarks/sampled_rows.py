"""Samples of rows that a run has read, and whether these are still there.

Source: docs/reference/database-bookmarks.md#tables-that-begin-anew.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from placekeeper.model.databases import IdRange, Key, KeyRange, Rows, RowSample
from placekeeper.model.errors import DatabaseFailed
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import of_numbers, whole_number
from placekeeper.rules.databases.row_samples import (
    NEWEST,
    OLDER,
    Compared,
    comparable,
    compared,
    digests_of,
    sample_of,
)

_NOTHING: Final = Compared("unknown")


def is_numbered(source: DatabaseSource, last: Key | None) -> bool:
    """Whether the keys of a table are whole numbers that may be given again."""
    return whole_number(last) is not None and source.keys.unique and not source.keys.descending


def look_again(
    session: DatabaseSession, source: DatabaseSource, sample: RowSample | None, *, ends_before: bool
) -> Compared:
    """Compares the rows of a sample with those that have their keys now."""
    if sample is None:
        return _NOTHING
    there = {column.name for column in session.shape(source.relation).columns}
    names = [name for name in sample.columns if name in there]
    if not names:
        return _NOTHING
    rows = _read(session, source, [row.key for row in sample.rows], names)
    if rows is None:
        return _NOTHING
    return compared(sample, digests_of(rows, source.keys.columns[0], sample.salt), ends_before=ends_before)


def taken(
    session: DatabaseSession, source: DatabaseSource, last: Key | None, *, salt: str
) -> RowSample | None:
    """A sample of the rows up to a key: the last ones, and some that are ever further behind.

    `salt` is random, as rules.databases.row_samples.sample_of wants it.
    """
    end = whole_number(last)
    if end is None or not is_numbered(source, last):
        return None
    names = comparable(session.schema(Rows(table=source.relation)), source.keys.columns[0])
    rows = _read(session, source, list(_chosen(session, source, end)), names) if names else None
    return None if rows is None else sample_of(rows, source.keys.columns[0], salt)


def _chosen(session: DatabaseSession, source: DatabaseSource, end: int) -> Iterator[int]:
    """The keys of the rows of a sample."""
    table, keys = source.relation, source.keys
    begin = session.key_back(table, keys, KeyRange(upto=of_numbers([end])), NEWEST)
    within = KeyRange(after=begin, upto=of_numbers([end]))
    name = keys.columns[0]
    for batch in session.read(Rows(table=table, keys=keys, ranges=(within,), columns=(name,))):
        yield from batch.column(0).to_pylist()
    behind, first = whole_number(begin), whole_number(session.first_key(table, keys, KeyRange()))
    for _ in range(OLDER):
        if behind is None or first is None:
            return
        yield behind
        middle = (first + behind) // 2
        behind = None if behind == first else whole_number(_upto(session, source, middle))


def _upto(session: DatabaseSession, source: DatabaseSource, number: int) -> Key | None:
    return session.last_key(source.relation, source.keys, KeyRange(upto=of_numbers([number])))


def _read(
    session: DatabaseSession, source: DatabaseSource, ids: Sequence[int], names: Sequence[str]
) -> pa.RecordBatch | None:
    """Rows by their keys, sorted, with these columns beside the key.

    A column with a value that nobody can read is left out: such rows may have changed since they were read.
    None if no column is left.
    """
    key, left = source.keys.columns[0], list(names)
    some = tuple(IdRange(one, one) for one in sorted(set(ids)))
    while left:
        rows = Rows(table=source.relation, keys=source.keys, ids=some, columns=(key, *left))
        try:
            found = pa.Table.from_batches(session.read(rows), session.schema(rows))
        except DatabaseFailed as error:
            if error.column not in left:
                raise
            left.remove(error.column)
        else:
            batches = found.combine_chunks().sort_by(key).to_batches()
            return batches[0] if batches else pa.RecordBatch.from_pylist([], found.schema)
    return None
