"""Publications in SQL."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.publication import Manifest, Publication, PublicationState
from placekeeper.model.record import Note
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.store.connection import without_nul
from placekeeper.store.damage import row_of
from placekeeper.store.schema import job_runs, publications
from placekeeper.store.sealed import at_rest, has_login, without_password

_UNSETTLED = (PublicationState.PUBLISHING.value, PublicationState.REVERTING.value)
_SETTLED = (PublicationState.PUBLISHED, PublicationState.REVERTED)


MANIFESTS = ManifestCodec()


class SqlPublicationRows:
    """Implements ports.rows.publications.PublicationRows."""

    def __init__(
        self,
        connection: Connection,
        notes: list[Note] | None = None,
        manifests: ManifestCodec = MANIFESTS,
        keys: Keys = NO_KEYS,
    ) -> None:
        """`notes` is given what the record has to say of this transaction once it has committed.

        With `keys`, the passwords in manifests are sealed.
        """
        self._keys = keys
        self._connection = connection
        self._manifests = manifests
        self._notes: list[Note] = [] if notes is None else notes

    def insert(
        self,
        run_id: str,
        manifest: Manifest,
        *,
        bookmark_id: int | None,
        version: int | None,
        now_ms: int,
        ordinal: int = 0,
    ) -> None:
        """Insert a publication of a run, in state publishing."""
        self._connection.execute(
            insert(publications).values(
                run_id=run_id,
                ordinal=ordinal,
                bookmark_id=bookmark_id,
                version=version,
                state=PublicationState.PUBLISHING.value,
                manifest=self._manifests.encode(tuple(at_rest(effect, self._keys) for effect in manifest)),
                created_ms=now_ms,
            )
        )
        if version is None:  # with one, the version is what is noted
            self._notes.append(Note(published=run_id))

    def get(self, run_id: str, ordinal: int = 0) -> Publication | None:
        """The publication of a run that has this ordinal."""
        found = select(publications).where(_is(run_id, ordinal))
        row = self._connection.execute(found).first()
        return None if row is None else self._publication(row)

    def of_run(self, run_id: str) -> Sequence[Publication]:
        """All publications of a run, by their ordinals."""
        found = select(publications).where(publications.c.run_id == run_id).order_by(publications.c.ordinal)
        return [self._publication(row) for row in self._connection.execute(found)]

    def unsettled(
        self, *, bookmark_id: int | None = None, job_name: str | None = None
    ) -> Sequence[Publication]:
        """Publications that have not come to an end, oldest first; of one bookmark or job if given."""
        found = select(publications).where(publications.c.state.in_(_UNSETTLED))
        if bookmark_id is not None:
            found = found.where(publications.c.bookmark_id == bookmark_id)
        if job_name is not None:
            of_job = select(job_runs.c.id).where(job_runs.c.job_name == job_name)
            found = found.where(publications.c.run_id.in_(of_job))
        return [
            self._publication(row)
            for row in self._connection.execute(
                found.order_by(publications.c.created_ms, publications.c.ordinal)
            )
        ]

    def settled_since(self, since_ms: int) -> Sequence[Publication]:
        """Publications that have come to an end since then."""
        found = select(publications).where(publications.c.settled_ms >= since_ms)
        return [self._publication(row) for row in self._connection.execute(found)]

    def ended_late(self, job_name: str, *, since_ms: int) -> Sequence[Publication]:
        """Publications of a job that came to an end since then, after their runs had ended; oldest first."""
        found = (
            select(publications)
            .join(job_runs, job_runs.c.id == publications.c.run_id)
            .where(
                job_runs.c.job_name == job_name,
                publications.c.settled_ms >= since_ms,
                publications.c.settled_ms > job_runs.c.completed_ms,
            )
            .order_by(publications.c.created_ms, publications.c.ordinal)
        )
        return [self._publication(row) for row in self._connection.execute(found)]

    def rewrite(self, publication: Publication, manifest: Manifest, *, error: str | None = None) -> bool:
        """Replace manifest and error of a publication; False if it has left its state meanwhile."""
        kept = self._manifests.encode(tuple(at_rest(effect, self._keys) for effect in manifest))
        changed = self._connection.execute(
            update(publications)
            .where(
                _is(publication.run_id, publication.ordinal),
                publications.c.state == publication.state.value,
            )
            .values(manifest=kept, error=error)
        )
        return changed.rowcount == 1

    def move(
        self,
        run_id: str,
        ordinal: int = 0,
        *,
        from_state: PublicationState,
        to: PublicationState,
        now_ms: int,
        error: str | None = None,
    ) -> bool:
        """Move a publication; False when it was not in `from_state`."""
        values: dict[str, object] = {"state": to.value}
        if to in _SETTLED:
            values["settled_ms"] = now_ms
            if (known := self.get(run_id, ordinal)) is not None and any(map(has_login, known.manifest)):
                values["manifest"] = self._manifests.encode(tuple(map(without_password, known.manifest)))
        if error is not None:
            values["error"] = without_nul(error)
        changed = self._connection.execute(
            update(publications)
            .where(_is(run_id, ordinal), publications.c.state == from_state.value)
            .values(**values)
        )
        return changed.rowcount == 1

    def _publication(self, row: Row[tuple[object, ...]]) -> Publication:
        fields = row._mapping
        with row_of("publications", f"run {fields['run_id']}"):
            return Publication(
                run_id=fields["run_id"],
                ordinal=fields["ordinal"],
                state=PublicationState(fields["state"]),
                manifest=self._manifests.decode(fields["manifest"]),
                bookmark_id=fields["bookmark_id"],
                version=fields["version"],
                error=fields["error"],
            )


def _is(run_id: str, ordinal: int) -> ColumnElement[bool]:
    return and_(publications.c.run_id == run_id, publications.c.ordinal == ordinal)
