"""Commits to tables of lake formats, as effects: data files of a run become a snapshot of their table.

The commit itself is a file in the table's folder. It counts when our catalog names it, which is one
transaction that also says that the change was made. If another commit came first, it is done anew on top.
"""

from typing import Any, Final

import msgspec

from placekeeper.control.fence import check_going_on
from placekeeper.model.catalog import ChangeState, Table
from placekeeper.model.errors import PublicationPending, PublishFailed
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import SnapshotAdded
from placekeeper.ports.clock import Clock
from placekeeper.ports.lake import LakeCommits
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.jobs.run_ids import short

_TRIES: Final = 100


class LakeChanges:
    """Commits to tables of lake formats. Implements ports.effects.EffectKind."""

    def __init__(self, store: Store, clock: Clock, lakes: LakeCommits) -> None:
        self._store = store
        self._clock = clock
        self._lakes = lakes

    def publish(self, effect: SnapshotAdded, run: JobRun | None = None) -> None:
        """Commit to the table; `run` is the one that asks for it.

        Raises PublishFailed if the table is gone or another one, or if the commit was taken back, and
        AccessDeniedException if the run has ended. If the store does not answer, raises PublicationPending
        for a run, and else OSError. Raises MissingExtra without the format's library.
        """
        try:
            self._publish(effect, run)
        except OSError as error:
            if run is None:
                raise
            raise PublicationPending(short(run.id), error) from error

    def _publish(self, effect: SnapshotAdded, run: JobRun | None) -> None:
        for _ in range(_TRIES):
            with self._store.read() as tx:
                known = tx.tables.get(effect.database, effect.table)
            if known is None:
                raise PublishFailed(f"the table {_name(effect)} is gone. Make it again, and run again")
            with self._store.write() as tx:
                if not self._may_be_made(tx, effect, run):
                    return
            made = self._lakes.added(effect, known.spec)
            with self._store.write() as tx:
                if not self._may_be_made(tx, effect, run) or self._replaced(tx, known, made):
                    return
        raise OSError(f"{_name(effect)}: others commit to the table so often that this one never came first")

    def _may_be_made(self, tx: Transaction, effect: SnapshotAdded, run: JobRun | None) -> bool:
        """Whether the commit is still to be made, now or once more; False if it is there for good."""
        if run is not None:
            check_going_on(tx, run)
        if effect.at_once:
            return True
        state = tx.catalog_changes.make(effect.id, now_ms=self._clock.now_ms())
        if state is ChangeState.TAKEN_BACK:
            raise PublishFailed(f"the commit to {_name(effect)} was taken back meanwhile")
        return state is ChangeState.MADE

    def take_back(self, effect: SnapshotAdded, run: JobRun | None = None) -> None:
        """Take the commit out of the table, if it is there; `run` is the one that asks for it.

        Raises NotTakenBack if others have rewritten its rows since, and it stays. Raises
        AccessDeniedException if the run has ended, MissingExtra, and for a store that does not answer
        what `publish` raises.
        """
        try:
            self._take_back(effect, run)
        except OSError as error:
            if run is None:
                raise
            raise PublicationPending(short(run.id), error) from error

    def _take_back(self, effect: SnapshotAdded, run: JobRun | None) -> None:
        with self._store.write() as tx:
            if run is not None:
                check_going_on(tx, run)
            if not tx.catalog_changes.take_back(effect.id, now_ms=self._clock.now_ms()):
                return
        for _ in range(_TRIES):
            with self._store.read() as tx:
                known = tx.tables.get(effect.database, effect.table)
            left = None if known is None else self._lakes.taken_back(effect, known.spec)
            with self._store.write() as tx:
                if known is None or self._replaced(tx, known, left):
                    return
        raise OSError(f"{_name(effect)}: others commit to the table so often that this one never came first")

    def _replaced(self, tx: Transaction, known: Table, spec: dict[str, Any] | None) -> bool:
        """Give a table its new definition; False if it is not as it was any more. None changes nothing."""
        now = tx.tables.get(known.database, known.name)
        if now is None or (now.version, now.spec) != (known.version, known.spec):
            return False
        if spec is not None:
            changed = msgspec.structs.replace(
                now, spec=spec, modified_ms=self._clock.now_ms(), version=now.version + 1
            )
            tx.tables.replace(changed)
        return True


def _name(effect: SnapshotAdded) -> str:
    return f"{effect.database}.{effect.table}"
