"""Publications: committed output becomes visible, or is taken back.

The row in SQL decides, in this order, so that every step can be repeated after a crash:

    publishing ──(all effects visible)──▶ published
        └──(can no longer succeed)──▶ reverting ──(all effects taken back, state restored)──▶ reverted

If an effect stays, the state is not restored: the next run would make its rows a second time.
Source: docs/reference/bookmarks.md#publication.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from placekeeper.control.fence import check_going_on
from placekeeper.control.unfinished import STAYS, Kept, Unfinished, is_held
from placekeeper.model.bookmark import Change
from placekeeper.model.errors import (
    NotTakenBack,
    PlacekeeperError,
    PublishFailed,
    RowsHeld,
    StateUnfit,
)
from placekeeper.model.exchange import PublicationRequest, PublishFailure, Reverted
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import (
    CatalogEffect,
    Publication,
    PublicationState,
    SnapshotAdded,
    StagedFile,
)
from placekeeper.ports.clock import Clock
from placekeeper.ports.effects import Effects, RowsLook
from placekeeper.ports.rows.publications import PublicationRows
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.bookmarks import versions
from placekeeper.rules.jobs.run_ids import short

_PUBLISHING, _PUBLISHED = PublicationState.PUBLISHING, PublicationState.PUBLISHED
_REVERTING, _REVERTED = PublicationState.REVERTING, PublicationState.REVERTED


class Publications:
    """Follows a commit until its output is visible."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        effects: Effects,
        rows: RowsLook,
        checkpoint: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """`checkpoint` is called after each effect that is settled or taken back here."""
        self._store = store
        self._clock = clock
        self._effects = effects
        self._unfinished = Unfinished(store, rows)
        self._checkpoint = checkpoint

    def begin(self, run: JobRun, request: PublicationRequest) -> None:
        """Decide the publication of a run without a version (pause, disable, no init); twice is once.

        This and what follows raises AccessDeniedException when the run has ended meanwhile.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            if request.manifest and tx.publications.get(run.id, request.ordinal) is None:
                tx.publications.insert(
                    run.id,
                    request.manifest,
                    ordinal=request.ordinal,
                    bookmark_id=None,
                    version=None,
                    now_ms=self._clock.now_ms(),
                )

    def published(self, run: JobRun, ordinal: int = 0) -> None:
        """Record that all effects of a publication of the run are visible.

        Raises PublishFailed if they were taken back meanwhile.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            tx.overwrites.drop([run.id])
            publication = tx.publications.get(run.id, ordinal)
            if publication is None or publication.state is _PUBLISHED:
                return
            if not self._move(tx.publications, publication, _PUBLISHING, _PUBLISHED):
                raise PublishFailed(
                    f"the output of run {short(run.id)} was taken back meanwhile: {publication.error}"
                )
            _keep(tx, publication)

    def failed(self, run: JobRun, failure: PublishFailure) -> Reverted:
        """The run cannot publish: take back what is visible and restore the state before its commit.

        If rows of it are in a table of a database, other rows wait there, and nothing is taken back. A
        repeated call gives the same answer. Raises PublicationPending.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            publication = tx.publications.get(run.id, failure.ordinal)
        if publication is None:
            return Reverted()
        if kept := self._kept(publication, failure.error):
            return Reverted(waits=kept.said)
        with self._store.write() as tx:
            check_going_on(tx, run)
            self._move(tx.publications, publication, _PUBLISHING, _REVERTING, error=failure.error)
        self._revert(publication)
        if stays := self._unfinished.stays(publication):
            return Reverted(stays=stays)
        if publication.bookmark_id is None:
            return Reverted()
        with self._store.read() as tx:
            last = tx.bookmarks.last_of_run(publication.bookmark_id, run.id)
        return Reverted(version=last.version if last and last.change is Change.REVERT else None)

    def settle(self, *, bookmark_id: int | None = None, job_name: str | None = None) -> None:
        """Finish or take back what earlier runs left unfinished.

        Raises PublicationPending if a store does not answer; nothing is decided then. Raises PublishFailed
        once if something could not be taken back.
        """
        with self._store.read() as tx:
            unsettled = tx.publications.unsettled(bookmark_id=bookmark_id, job_name=job_name)
        for publication in unsettled:
            self.settle_one(publication)

    def settle_ended(self, *, job_name: str | None = None) -> Mapping[str, PlacekeeperError]:
        """Settle the unfinished publications of ended runs; returns the errors, by run.

        One that cannot be settled does not hold up the others, and is tried again later. One that waits for
        a person, or for the next run of its job, is left alone.
        """
        with self._store.read() as tx:
            unsettled = [
                publication
                for publication in tx.publications.unsettled(job_name=job_name)
                if (run := tx.runs.get(publication.run_id)) is None or run.state.is_final
                if not is_held(publication)
            ]
        failures: dict[str, PlacekeeperError] = {}
        for publication in unsettled:
            try:
                self.settle_one(publication)
            except PlacekeeperError as error:
                failures[publication.run_id] = error
        return failures

    def is_visible(self, run_id: str) -> bool:
        """Whether an ended run has committed or decided to publish, and all of its output is visible.

        To find out, this publishes again, which changes nothing if the output is visible.
        """
        with self._store.read() as tx:
            publications = tx.publications.of_run(run_id)
            if not publications:
                return tx.bookmarks.has_commit_of(run_id)
        return all(self._becomes_visible(publication) for publication in publications)

    def _becomes_visible(self, publication: Publication) -> bool:
        if publication.state is not _PUBLISHING:
            return publication.state is _PUBLISHED
        try:
            self._effects.publish_all(publication.manifest)
        except (OSError, PublishFailed, StateUnfit):  # settled or taken back with the other ended runs
            return False
        return True

    @contextmanager
    def settled(self, bookmark_id: int) -> Iterator[Transaction]:
        """A transaction in which the bookmark has no unfinished publication, so nothing builds upon one.

        If a commit comes between settling and the transaction, it is settled too. Raises
        PublicationPending.
        """
        while True:
            self.settle(bookmark_id=bookmark_id)
            with self._store.write() as tx:
                if not tx.publications.unsettled(bookmark_id=bookmark_id):
                    yield tx
                    return

    def settle_one(self, publication: Publication, *, by_person: bool = False) -> None:
        """Finish a publication of a run that has ended, or take it back.

        Raises PublicationPending, RowsHeld if some rows are in their table and others cannot come there, and
        PublishFailed if something could not be taken back. Statements that follow rows are repeated for a
        person only, once one of them has failed.
        """
        if is_held(publication) and not by_person:
            kept = self._kept(publication, publication.error or "")
            if kept is not None and kept.repeats:
                raise RowsHeld(kept.said)
            publication = publication if kept is None else kept.publication
        if publication.state is _PUBLISHING:
            try:
                for number, effect in enumerate(publication.manifest, 1):
                    self._effects.publish(effect)
                    self._checkpoint(f"settle.effect-{number}")
            except OSError as error:
                raise self._unfinished.pending(publication, error) from error
            except PublishFailed as error:
                if kept := self._kept(publication, str(error)):
                    if kept.waits:
                        raise RowsHeld(kept.said) from error
                    self.settle_one(kept.publication, by_person=by_person)
                    return
                with self._store.write() as tx:
                    self._move(tx.publications, publication, _PUBLISHING, _REVERTING, error=str(error))
            else:
                with self._store.write() as tx:
                    if self._move(tx.publications, publication, _PUBLISHING, _PUBLISHED):
                        tx.overwrites.drop([publication.run_id])
                        _keep(tx, publication)
                return
        if self._revert(publication) and (stays := self._unfinished.stays(publication)):
            run = short(publication.run_id)
            raise PublishFailed(f"the output of run {run} could not be published. {stays}")

    def _kept(self, publication: Publication, why: str) -> Kept | None:
        """The publication if it stays committed although a write has failed for good."""
        try:
            return self._unfinished.kept(publication, why)
        except OSError as error:
            raise self._unfinished.pending(publication, error) from error

    def _revert(self, publication: Publication) -> bool:
        """Take back every effect, then restore the state in the transaction that records it.

        False if somebody else has decided. If an effect stays, so do its files and the state.
        """
        with self._store.read() as tx:
            now = tx.publications.get(publication.run_id, publication.ordinal)
        if now is None or now.state is not _REVERTING:  # published after all, or reverted by somebody else
            return False
        try:
            stays = self._take_back(publication)
        except OSError as error:
            raise self._unfinished.pending(publication, error, failed=now.error or "") from error
        with self._store.write() as tx:
            why = f"{now.error or ''}{STAYS}{stays}" if stays else None
            if not self._move(tx.publications, publication, _REVERTING, _REVERTED, error=why):
                return False
            if not stays:
                self._restore(tx, publication)
        return True

    def _take_back(self, publication: Publication) -> str:
        """Take back the effects, the last one first; what is to be said of those that stay."""
        kept: set[str] = set()
        said: list[str] = []
        for number, effect in enumerate(reversed(publication.manifest), 1):
            if isinstance(effect, StagedFile) and effect.path in kept:
                continue
            try:
                self._effects.take_back_all((effect,))
            except NotTakenBack as error:
                said.append(str(error))
                kept |= set(effect.files) if isinstance(effect, SnapshotAdded) else set()
            self._checkpoint(f"take-back.effect-{number}")
        return ". ".join(said)

    def _restore(self, tx: Transaction, publication: Publication) -> None:
        """Restore the state before the commit of a publication, if it belonged to one."""
        if publication.bookmark_id is None or publication.version is None:
            return
        newest = tx.bookmarks.newest(publication.bookmark_id)
        opening = tx.bookmarks.at(publication.bookmark_id, publication.version - 1)
        assert newest is not None  # noqa: S101 - the foreign key holds them
        assert opening is not None  # noqa: S101
        version = versions.reverted(newest, opening, now_ms=self._clock.now_ms())
        tx.bookmarks.append(publication.bookmark_id, version)

    def _move(
        self,
        rows: PublicationRows,
        publication: Publication,
        from_state: PublicationState,
        to: PublicationState,
        *,
        error: str | None = None,
    ) -> bool:
        run_id, ordinal, now_ms = publication.run_id, publication.ordinal, self._clock.now_ms()
        return rows.move(run_id, ordinal, from_state=from_state, to=to, now_ms=now_ms, error=error)


def _keep(tx: Transaction, publication: Publication) -> None:
    """What the publication has changed in the catalog is never taken back any more."""
    tx.catalog_changes.keep(
        [effect.id for effect in publication.manifest if isinstance(effect, CatalogEffect)]
    )
