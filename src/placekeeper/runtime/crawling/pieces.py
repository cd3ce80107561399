"""Tables of many partitions, which go to the server in pieces."""

from collections.abc import Iterator

from msgspec.structs import replace

from placekeeper.model.crawling import FoundTable
from placekeeper.rules.crawling.changes import PIECE


def pieces_of(table: FoundTable) -> Iterator[FoundTable]:
    """A table in pieces that are not too large. The last of several has no partitions, just their values.

    The first may change the table's keys, and the last tells what is gone: both say what was not read.
    """
    parts = table.partitions
    if len(parts) <= PIECE:
        yield table
        return
    for begin in range(0, len(parts), PIECE):
        yield replace(
            table,
            partitions=parts[begin : begin + PIECE],
            has_more=True,
            unread=() if begin else table.unread,
        )
    yield replace(table, partitions=(), seen=tuple(one.values for one in parts))
