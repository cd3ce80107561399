"""How a run publishes its effects: which of them at the same time, and which one after the other."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby

from placekeeper.model.errors import NotTakenBack
from placekeeper.model.publication import Effect, RowsWritten, SnapshotAdded
from placekeeper.ports.effects import Effects

_THREADS = 8
_IN_TURN = (RowsWritten, SnapshotAdded)


def publish_in_order(kinds: Effects, effects: Sequence[Effect]) -> None:
    """Neighbours of one kind at the same time, and what comes behind them when they are visible.

    Rows of databases, and commits to tables, come one write after the other, as the script wrote them.
    Raises what the kinds raise.
    """
    with ThreadPoolExecutor(_THREADS) as threads:
        for kind, alike in groupby(effects, type):
            if kind in _IN_TURN:
                kinds.publish_all(tuple(alike))
            else:
                list(threads.map(kinds.publish, alike))


def drop_rows(kinds: Effects, effects: Iterable[Effect]) -> None:
    """Drop rows that wait in databases; where that fails, a later write to the database does it."""
    for effect in effects:
        if isinstance(effect, RowsWritten):
            with suppress(OSError, NotTakenBack):
                kinds.take_back_all((effect,))
