"""Publications, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Sequence
from typing import Protocol

from placekeeper.model.publication import Manifest, Publication, PublicationState


class PublicationRows(Protocol):
    """Publications, at most one per run and ordinal."""

    def insert(
        self,
        run_id: str,
        manifest: Manifest,
        *,
        bookmark_id: int | None,
        version: int | None,
        now_ms: int,
        ordinal: int = 0,
    ) -> None: ...

    def get(self, run_id: str, ordinal: int = 0) -> Publication | None: ...

    def of_run(self, run_id: str) -> Sequence[Publication]:
        """All publications of a run, by their ordinals."""
        ...

    def unsettled(
        self, *, bookmark_id: int | None = None, job_name: str | None = None
    ) -> Sequence[Publication]:
        """Unfinished publications, oldest first; of one bookmark or job if given."""
        ...

    def settled_since(self, since_ms: int) -> Sequence[Publication]:
        """Publications that have come to an end since then."""
        ...

    def ended_late(self, job_name: str, *, since_ms: int) -> Sequence[Publication]:
        """Publications of a job that came to an end since then, after their runs had ended; oldest first."""
        ...

    def rewrite(self, publication: Publication, manifest: Manifest, *, error: str | None = None) -> bool:
        """Replace manifest and error of a publication; False if it has left its state meanwhile."""
        ...

    def move(
        self,
        run_id: str,
        ordinal: int = 0,
        *,
        from_state: PublicationState,
        to: PublicationState,
        now_ms: int,
        error: str | None = None,
    ) -> bool: ...
