"""Output that is committed and waits: who looks at it, gives it another login, or gives up its rows.

A person decides; the row in SQL keeps that before anything is done, so that every step can be repeated.
Source: docs/reference/database-writes.md#writes-that-wait.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.control.publications import Publications
from placekeeper.control.seen_output import SeenOutput, WaitingOutput, asked, seen_outputs
from placekeeper.control.unfinished import is_marked, is_unfinished, without
from placekeeper.model.errors import DatabaseFailed, EntityNotFoundException, UsageError
from placekeeper.model.publication import Effect, Publication, PublicationState, RowsWritten
from placekeeper.model.wording import listed
from placekeeper.ports.clock import Clock
from placekeeper.ports.effects import RowsFound, RowsLook
from placekeeper.ports.store import Store
from placekeeper.rules.databases.waiting_rows import giving_up, looking, retrying, with_login
from placekeeper.rules.jobs.run_ids import matching_run, short

_UNFINISHED = (PublicationState.PUBLISHING, PublicationState.REVERTING)
GIVEN_UP = "somebody has given it up: placekeeper publication give-up"
"""What stands in the error of such a publication."""


class NewLogin(Struct, frozen=True, kw_only=True):
    """Who asks the database from now on: by a connection of the catalog, a secret, or a password."""

    connection: str = ""
    secret: str = ""
    user: str = ""
    password: str = ""

    def of(self, effect: RowsWritten) -> RowsWritten:
        """A write by this login."""
        return with_login(
            effect,
            connection=self.connection,
            secret=self.secret,
            user=self.user,
            password=self.password,
        )


class GivenUp(Struct, frozen=True, kw_only=True):
    """What became of output that was given up: `left` did not come to their tables, and `there` had.

    Of `there`, the postactions of `rest` are not known to be done. `unseen` are those of `left` in whose
    database nobody could look. `version` is the one that the bookmark is back at, None if it stays, or if
    there is none.
    """

    run_id: str
    left: tuple[RowsWritten, ...]
    there: tuple[RowsWritten, ...]
    rest: tuple[RowsWritten, ...]
    unseen: tuple[RowsWritten, ...]
    version: int | None


class WaitingWrites:
    """What a person can do about output that waits."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        publications: Publications,
        rows: RowsLook,
        checkpoint: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """`checkpoint` is called when a decision is kept and before it is carried out."""
        self._store = store
        self._clock = clock
        self._publications = publications
        self._rows = rows
        self._checkpoint = checkpoint

    def waiting(self) -> Sequence[WaitingOutput]:
        """All output that waits, oldest first; that of a run that still goes on is not among it."""
        with self._store.read() as tx:
            found = []
            for publication in tx.publications.unsettled():
                run = tx.runs.get(publication.run_id)
                if run is None or run.state.is_final:
                    found.append(WaitingOutput(publication, "" if run is None else run.job_name))
        return found

    def seen(self) -> Sequence[SeenOutput]:
        """The same, with what is visible of it already. Each database is asked, and waited for once."""
        return seen_outputs(self.waiting(), self._rows)

    def before_next_run(self, name: str) -> Sequence[SeenOutput]:
        """What the next run of a job or with a bookmark of this name finishes first, or cannot."""
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
        of_bookmark = {bookmark_id} - {None}
        held = [
            one
            for one in self.waiting()
            if one.job_name == name or one.publication.bookmark_id in of_bookmark
        ]
        return seen_outputs(held, self._rows)

    def retry(self, given: str, login: NewLogin | None) -> tuple[Publication, ...]:
        """Finish what waits of a run; a write whose own login does not do is given the new one.

        Returns the publications as they stand then. Raises EntityNotFoundException, DatabaseFailed if the new
        login does not do either, UsageError if it leads to a database that has nothing of the write, or if
        several runs of a job wait, and what Publications.settle_one raises.
        """
        found = self._find(given)
        for publication in found:
            self._publications.settle_one(self._logged_in(publication, login), by_person=True)
        with self._store.read() as tx:
            return tuple(tx.publications.get(one.run_id, one.ordinal) or one for one in found)

    def give_up(self, given: str, login: NewLogin | None, *, unseen: bool) -> Sequence[GivenUp]:
        """Give up the rows that wait of a run.

        Where no row of it is in a table, all of its output is taken back, and so is its commit. Else the rest
        is published, and the rows that wait stay in their staging tables. With `unseen`, the word of who asks
        counts where the database cannot be asked.

        Raises EntityNotFoundException; UsageError if nothing waits for a database, or if one cannot be asked
        and `unseen` is not said; and what `retry` raises.
        """
        return [self._give_up(one, login, unseen=unseen) for one in self._find(given)]

    def _find(self, given: str) -> Sequence[Publication]:
        waiting = self.waiting()
        of_job = [one for one in waiting if one.job_name == given]
        if len(runs := dict.fromkeys(one.publication.run_id for one in of_job)) > 1:
            names = listed([short(one) for one in runs])
            raise UsageError(
                f"output of {len(runs)} runs of the job {given} waits: {names}. Name one of them, the first "
                "one first. To see what waits: placekeeper publication list"
            )
        if of_job:
            run_id: str | None = of_job[0].publication.run_id
        else:
            run_id = matching_run(given, {one.publication.run_id for one in waiting})
        if run_id is None:
            raise EntityNotFoundException(
                f"no output of a run {given} that has ended waits. To see what waits: placekeeper "
                "publication list. To see the runs that go on: placekeeper runs list"
            )
        return [one.publication for one in waiting if one.publication.run_id == run_id]

    def _logged_in(self, publication: Publication, login: NewLogin | None) -> Publication:
        """The publication with the new login where its own does not do, which is kept before it is used."""
        if login is None:
            return publication
        manifest: tuple[Effect, ...] = tuple(
            self._reached(effect, login) if isinstance(effect, RowsWritten) else effect
            for effect in publication.manifest
        )
        if manifest == publication.manifest:
            return publication
        with self._store.write() as tx:
            is_kept = tx.publications.rewrite(publication, manifest, error=publication.error)
        if not is_kept:
            raise UsageError(_finished_meanwhile(publication))
        self._checkpoint("publication.login-kept")
        return replace(publication, manifest=manifest)

    def _reached(self, effect: RowsWritten, login: NewLogin) -> RowsWritten:
        if effect.given_up or isinstance(self._look(effect), RowsFound):
            return effect
        changed = login.of(effect)
        found = self._look(changed)
        if isinstance(found, str):
            raise DatabaseFailed(f"the new login does not do: {found}")
        if not found.is_marked and not found.is_staged:
            raise UsageError(
                f"{changed.login.place} has no staging table {effect.staging} and no mark of the write to "
                f"{effect.table.full}: the new login leads to another database or schema, or the staging "
                "table was dropped. Nothing was changed"
            )
        return changed

    def _look(self, effect: RowsWritten) -> RowsFound | str:
        """Where the rows are, or why nobody can say."""
        return asked(self._rows.look, effect)

    def _give_up(self, publication: Publication, login: NewLogin | None, *, unseen: bool) -> GivenUp:
        publication = self._logged_in(publication, login)
        writes = publication.writes
        looks = {one.id: self._look(one) for one in writes}
        there, left, dark = _parted(writes, looks)
        given_before = any(isinstance(one, RowsWritten) and one.given_up for one in publication.manifest)
        rest = tuple(one for one in there if is_unfinished(looks[one.id]))
        if not (left or rest or given_before):
            raise UsageError(_nothing_to_give_up(publication, there))
        if dark and not unseen:
            raise UsageError(_cannot_look(publication, dark[0], str(looks[dark[0].id])))
        # The databases decide: who has begun to move the rows, or would from now on, meets the same mark.
        looks |= {one.id: asked(self._rows.give_up, one) for one in (*left, *rest) if one not in dark}
        there, left, dark = _parted(writes, looks)
        if not (left or rest or given_before):
            raise UsageError(_finished_meanwhile(publication))
        if dark and not unseen:
            raise UsageError(_cannot_look(publication, dark[0], str(looks[dark[0].id])))
        self._checkpoint("give-up.refused")
        goes_on = bool(there or given_before) and publication.state is PublicationState.PUBLISHING
        given_up = left if goes_on else dark
        manifest = without(publication, given_up)
        with self._store.write() as tx:
            is_kept = tx.publications.rewrite(publication, manifest)
            if is_kept and not goes_on:
                is_kept = tx.publications.move(
                    publication.run_id,
                    publication.ordinal,
                    from_state=PublicationState.PUBLISHING,
                    to=PublicationState.REVERTING,
                    now_ms=self._clock.now_ms(),
                    error=GIVEN_UP,
                )
            now = tx.publications.get(publication.run_id, publication.ordinal)
        if not is_kept:
            raise UsageError(_finished_meanwhile(publication))
        self._checkpoint("give-up.decided")
        if now is not None and now.state in _UNFINISHED:
            self._publications.settle_one(now)
        return GivenUp(
            run_id=publication.run_id,
            left=left,
            there=there,
            rest=rest,
            unseen=dark,
            version=None if goes_on else self._version(publication),
        )

    def _version(self, publication: Publication) -> int | None:
        if publication.bookmark_id is None:
            return None
        with self._store.read() as tx:
            newest = tx.bookmarks.newest(publication.bookmark_id)
        return None if newest is None else newest.version


def _parted(
    writes: Sequence[RowsWritten], looks: Mapping[str, RowsFound | str]
) -> tuple[tuple[RowsWritten, ...], ...]:
    """The writes that are in their tables, those that are not, and of these those that nobody can see."""
    there = tuple(one for one in writes if is_marked(looks[one.id]))
    left = tuple(one for one in writes if one not in there)
    return there, left, tuple(one for one in left if isinstance(looks[one.id], str))


def _finished_meanwhile(publication: Publication) -> str:
    run = short(publication.run_id)
    return (
        f"the output of the run {run} was finished by another process meanwhile: nothing was given up. To "
        f"see what it has written: placekeeper runs logs {run}"
    )


def _nothing_to_give_up(publication: Publication, there: Sequence[RowsWritten]) -> str:
    run = short(publication.run_id)
    finish = f"Finish the run instead: {retrying(run)}"
    if there:
        tables = listed([one.table.full for one in there])
        return f"the rows of run {run} are in the tables that it writes ({tables}). {finish}"
    return f"nothing of run {run} waits for a database, and other output is not given up. {finish}"


def _cannot_look(publication: Publication, effect: RowsWritten, why: str) -> str:
    run = short(publication.run_id)
    return (
        f"nobody can look whether the rows of run {run} are in {effect.table.full}: {why.rstrip('.')}. "
        "Log in anew: put the password into the environment variable NEW_PASSWORD, and type: "
        f"{giving_up(run, ' --password-env NEW_PASSWORD')}; or log in by --connection or --secret. "
        f"Or look yourself: {looking(effect)}. If that shows no row, or there is no such table: "
        f"{giving_up(run, ' --unseen')}. If it shows one, only a login ends the wait"
    )
