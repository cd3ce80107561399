"""The check that a state is whole, before anything is read from it (the rule is in rules/wholeness.py)."""

from collections.abc import Callable, Collection, Sequence

import msgspec
from msgspec import Struct

from placekeeper.control.jobs.start import Randomness
from placekeeper.model.bookmark import segments_of
from placekeeper.model.errors import StateNotWhole
from placekeeper.model.record import Known, Recorded, RecordHead, run_ids
from placekeeper.model.segments import SegmentRef
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.record import Record
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.wholeness import Finding, Lack, findings, lost_segments, not_whole

ID_BYTES = 16

Doubts = Callable[[str], None]
"""Takes the message on a state that is not whole, for commands that only show what is there."""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of record, database and ledger; `recorded` is None if there is no readable record."""

    recorded: Recorded | None
    known: Known
    unknown_runs: frozenset[str]
    found: Sequence[Finding]


class Wholeness(Struct, frozen=True):
    """Compares a state's database with the record and the ledger. `place` names the state in messages."""

    store: Store
    record: Record
    ledger: Ledger
    random_hex: Randomness
    place: str

    def inspect(self) -> Inspection:
        """Compare record, database and ledger. This changes nothing."""
        # The database first: its id was given to it after the record was made.
        with self.store.read() as tx:
            has_id = tx.record.state_id() is not None
        damage: list[Finding] = []
        try:
            recorded = self.record.read()
        except StateNotWhole as error:
            recorded, damage = None, [Finding(lack=Lack.RECORD, said=str(error))]
        folders = self.ledger.folders()
        # The database's knowledge last: it must have everything that was noted by then.
        with self.store.read() as tx:
            known = tx.record.known(recorded, run_ids(folders))
        if recorded is None and not has_id:
            known = msgspec.structs.replace(known, state_id=None)
        return Inspection(
            recorded=recorded,
            known=known,
            unknown_runs=run_ids(folders) - known.runs,
            found=damage or findings(recorded, known, folders),
        )

    def check(self, doubts: Doubts | None = None) -> None:
        """See that a state is whole; nothing is changed. Raises StateNotWhole; with `doubts`, it is told."""
        self._refuse(self.inspect().found, doubts)

    def ensure(self, doubts: Doubts | None = None) -> None:
        """Check the state, and give it a record if it has none yet.

        Raises StateNotWhole if it is not whole; with `doubts`, that gets the message instead.
        """
        inspection = self.inspect()
        if inspection.found:
            self._refuse(inspection.found, doubts)
            return
        recorded = inspection.recorded
        if recorded is None:
            with self.store.read() as tx:
                notes = tx.record.notes()
            recorded = self.record.create(
                RecordHead(state_id=inspection.known.state_id or self._new_id()), notes
            )
        if inspection.known.state_id is not None:
            return
        with self.store.write() as tx:
            state_id = tx.record.state_id()
            if state_id is None:
                tx.record.identify(recorded.head.state_id)
        if state_id not in (
            None,
            recorded.head.state_id,
        ):  # two processes made a state at once, in two folders
            self._refuse(self.inspect().found, doubts)

    def check_bookmark(self, name: str, commits: bool) -> None:
        """Check a bookmark. If the run `commits`, first complete the record after a crash.

        Raises StateNotWhole if the database lacks a version that the record has, or the ledger a segment that
        the state in force needs.
        """
        recorded = self.record.read()
        if recorded is None:
            self._refuse(self.inspect().found)
            return
        ours = Recorded(recorded.head, tuple(note for note in recorded.notes if note.name == name))
        with self.store.read() as tx:
            found = findings(ours, tx.record.known(ours, ()), ())
            bookmark_id = tx.bookmarks.live_id(name)
            newest = None if bookmark_id is None else tx.record.newest(bookmark_id)
            segments = [] if bookmark_id is None else segments_in_force(tx, bookmark_id)
        lost = self.ledger.lacking(segments)
        if lost:
            found.append(lost_segments(name, lost))
        self._refuse(found)
        before = None if newest is None or newest.bookmark_id is None else ours.newest.get(newest.bookmark_id)
        if (
            commits
            and newest is not None
            and (before is None or (before.version or 0) < (newest.version or 0))
        ):
            self.record.note([newest])

    def _refuse(self, found: Collection[Finding], doubts: Doubts | None = None) -> None:
        if not found:
            return
        said = not_whole(self.place, found)
        if doubts is None:
            raise StateNotWhole(f"nothing was read or changed: {said}")
        doubts(said)

    def _new_id(self) -> str:
        return self.random_hex(ID_BYTES)


def segments_in_force(tx: Transaction, bookmark_id: int) -> list[SegmentRef]:
    """The segments of a bookmark's newest state."""
    newest = tx.bookmarks.newest(bookmark_id)
    state = {} if newest is None else tx.bookmarks.state(bookmark_id, newest.state_version)
    return segments_of(state)
