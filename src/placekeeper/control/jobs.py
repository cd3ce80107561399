"""Job definitions: create, get, list, delete (glue-api.md §2.1)."""

from collections.abc import Sequence
from typing import Any

from placekeeper.control.publications import Publications
from placekeeper.model.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    IdempotentParameterMismatchException,
)
from placekeeper.model.jobs import Job
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store


class Jobs:
    """All that is done with job definitions."""

    def __init__(self, store: Store, clock: Clock, publications: Publications) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications

    def create(self, spec: dict[str, Any]) -> str:
        """Define a job; `spec` is CreateJob's input. The same definition again is the same job.

        Raises IdempotentParameterMismatchException when the name stands for another definition.
        """
        name = str(spec["Name"])
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            try:
                tx.jobs.insert(Job(name=name, spec=spec, created_ms=now_ms, modified_ms=now_ms))
            except AlreadyExistsException:
                existing = tx.jobs.get(name)
                if existing is None or existing.spec != spec:
                    raise IdempotentParameterMismatchException(
                        f"Job with name '{name}' already submitted with different configuration"
                    ) from None
        return name

    def get(self, name: str) -> Job:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            job = tx.jobs.get(name)
        if job is None:
            raise EntityNotFoundException(f"Job with name: {name} not found.")
        return job

    def page(self, *, after: str | None, limit: int) -> Sequence[Job]:
        """Jobs by name, those after `after`."""
        with self._store.read() as tx:
            return tx.jobs.page(after=after, limit=limit)

    def delete(self, name: str) -> None:
        """Delete a job and the bookmark of the same name; an unknown name is no error (glue-api.md §2.1).

        An unfinished publication is settled first, so that no committed output is lost with the name.
        """
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
        with self._store.write() if bookmark_id is None else self._publications.settled(bookmark_id) as tx:
            tx.jobs.delete(name)
            tx.bookmarks.entomb(name, now_ms=self._clock.now_ms())
