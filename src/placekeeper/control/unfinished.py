"""Publications that do not come to their end: which writes to databases stay and wait, and what is said.

Source: docs/reference/database-writes.md#writes-that-wait.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.errors import PublicationPending
from placekeeper.model.publication import Effect, Publication, PublicationState, RowsWritten
from placekeeper.ports.effects import RowsFound, RowsLook
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.databases.waiting_rows import held
from placekeeper.rules.jobs.run_ids import short

STAYS = ". Not taken back: "
"""What stands in the error of a publication before the reasons of what stays."""


class Kept(Struct, frozen=True):
    """A publication that stays committed, and what to say of it. If it does not wait, it can go on now.

    With `repeats`, going on would repeat statements of the script that follow rows.
    """

    publication: Publication
    said: str
    waits: bool
    repeats: bool


class Unfinished:
    """Decides about publications that have failed, and finds the words."""

    def __init__(self, store: Store, rows: RowsLook) -> None:
        self._store = store
        self._rows = rows

    def kept(self, publication: Publication, why: str) -> Kept | None:
        """What becomes of a publication of which a write has failed for good; None if it is taken back.

        Rows in a table are not taken back. So if some are there, the other writes wait for a person, and all
        else stays. A write that somebody has given up is left out. Raises OSError if a database cannot say
        where the rows are, KeyMissing and MissingExtra.
        """
        with self._store.read() as tx:
            now = tx.publications.get(publication.run_id, publication.ordinal)
        if now is None or now.state is not PublicationState.PUBLISHING:
            return None
        if _given_up(now) != _given_up(publication):  # by somebody else, since it was loaded
            return Kept(now, "", waits=False, repeats=False)
        publication = now  # which may have another login
        writes = publication.writes
        found = {one.id: self._rows.look(one) for one in writes}
        there = [one for one in writes if found[one.id].is_marked]
        left = [one for one in writes if one not in there]
        rest = [one for one in there if found[one.id].is_unfinished]
        if not there or not (left or rest):
            return None
        given_up = [one for one in left if found[one.id].is_given_up]
        kept = replace(publication, manifest=without(publication, given_up), error=None if given_up else why)
        with self._store.write() as tx:
            is_kept = tx.publications.rewrite(publication, kept.manifest, error=kept.error)
            job_name = _job_of(tx, publication)
        if not is_kept:
            return None
        run = short(publication.run_id)
        said = held(publication, there, left=left, rest=rest, why=why, run=run, job_name=job_name)
        return Kept(kept, said, waits=not given_up, repeats=bool(rest))

    def pending(self, publication: Publication, cause: OSError, *, failed: str = "") -> PublicationPending:
        """The error that a store does not answer."""
        with self._store.read() as tx:
            job_name = _job_of(tx, publication)
        return PublicationPending(short(publication.run_id), cause, job_name=job_name, failed=failed)

    def stays(self, publication: Publication) -> str:
        """What could not be taken back, and what to do then; empty if all was."""
        with self._store.read() as tx:
            now = tx.publications.get(publication.run_id, publication.ordinal)
            again = _repeating(tx, publication)
        stays = "" if now is None else (now.error or "").partition(STAYS)[2]
        if not stays:
            return ""
        return (
            f"Not all of it could be taken back: {stays}. So the bookmark stays after this run, and the next "
            "run does not read the same again. Other output of this run was taken back. To repeat the run, "
            f"delete its rows from the table{again}"
        )


def is_held(publication: Publication) -> bool:
    """Whether a write of it has failed for good, and the rest stays."""
    return publication.state is PublicationState.PUBLISHING and publication.error is not None


def without(publication: Publication, given_up: Sequence[RowsWritten]) -> tuple[Effect, ...]:
    """The manifest in which these writes are given up."""
    return tuple(
        replace(one, given_up=True) if isinstance(one, RowsWritten) and one in given_up else one
        for one in publication.manifest
    )


def is_unfinished(found: RowsFound | str) -> bool:
    """Whether statements that follow the rows may not be done."""
    return isinstance(found, RowsFound) and found.is_unfinished


def is_marked(found: RowsFound | str) -> bool:
    """Whether rows are known to be in their table."""
    return isinstance(found, RowsFound) and found.is_marked


def _given_up(publication: Publication) -> frozenset[str]:
    return frozenset(one.id for one in publication.manifest if isinstance(one, RowsWritten) and one.given_up)


def _job_of(tx: Transaction, publication: Publication) -> str:
    run = tx.runs.get(publication.run_id)
    return "" if run is None else run.job_name


def _repeating(tx: Transaction, publication: Publication) -> str:
    """The command that brings the bookmark back to the state before a commit, as what follows a sentence."""
    bookmark_id, version = publication.bookmark_id, publication.version
    if bookmark_id is None or version is None:
        return ", and run it again"
    named = [name for name in tx.bookmarks.names() if tx.bookmarks.live_id(name) == bookmark_id]
    opening = tx.bookmarks.at(bookmark_id, version - 1)
    if not named:
        return ""
    before = None if opening is None else opening.previous_run_id
    from_run = f" --run-id {before}" if before else ""
    return f", and take the bookmark back: placekeeper bookmark reset {named[0]}{from_run}"
