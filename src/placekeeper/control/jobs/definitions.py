"""Job definitions: create, get, list, update, delete (docs/reference/operations.md#jobs)."""

from collections.abc import Mapping, Sequence
from typing import Any

from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import configuration_of
from placekeeper.model.errors import (
    EntityNotFoundException,
    IdempotentParameterMismatchException,
    InvalidInputException,
)
from placekeeper.model.jobs import Job, JobRun
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.jobs.definition_defaults import glue_version
from placekeeper.rules.jobs.definitions import check_definition, is_defined_by_run, stated
from placekeeper.rules.tags import NUL, job_resource, with_tags

MAX_NAMES = 1000
"""The most jobs that one BatchGetJobs may name (ours; AWS documents no limit)."""


class Jobs:
    """The use cases of job definitions."""

    def __init__(self, store: Store, clock: Clock, publications: Publications) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications

    def create(self, request: Mapping[str, Any]) -> str:
        """Define a job; `request` is CreateJob's input. The same definition and tags again change nothing.

        Raises IdempotentParameterMismatchException if the name has another definition or other tags,
        InvalidInputException for what the rules of definitions, tags and security refuse.
        """
        name = str(request["Name"])
        spec = {member: value for member, value in stated(request).items() if member != "Tags"}
        tags = with_tags({}, request.get("Tags", {}))
        check_definition(spec)
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            configuration_of(tx, spec)
            existing = tx.jobs.get(name)
            if existing is None:
                tx.jobs.insert(Job(name=name, spec=spec, created_ms=now_ms, modified_ms=now_ms))
                tx.tags.put(job_resource(name), tags)
            elif existing.spec != spec or tx.tags.of(job_resource(name)) != tags:
                raise IdempotentParameterMismatchException(
                    f"Job with name '{name}' already submitted with different configuration"
                )
        return name

    def update(self, name: str, definition: Mapping[str, Any]) -> None:
        """Replace a job's whole definition with `definition` (a JobUpdate).

        GlueVersion alone is retained when the update has none (AWS, JobUpdate.GlueVersion); so are the tags
        and the time of creation. Raises EntityNotFoundException, and InvalidInputException as `create`.
        """
        with self._store.write() as tx:
            before = tx.jobs.get(name)
            if before is None:
                raise _no_job(name)
            spec = {"Name": name, "GlueVersion": glue_version(before.spec), **stated(definition)}
            check_definition(spec)
            configuration_of(tx, spec)
            tx.jobs.replace(
                Job(
                    name=name,
                    spec=spec,
                    created_ms=before.created_ms,
                    modified_ms=max(self._clock.now_ms(), before.modified_ms),
                )
            )

    def get(self, name: str) -> Job:
        """Raises EntityNotFoundException."""
        with self._store.read_once() as tx:
            found = tx.jobs.get(name)
        if found is None:
            raise _no_job(name)
        return found

    def named(self, names: Sequence[str]) -> tuple[list[Job], list[str]]:
        """The jobs of these names and the names that no job has, each once, in the order asked for.

        Raises InvalidInputException for more names, or larger definitions, than one answer holds.
        """
        asked = list(dict.fromkeys(names))
        if len(asked) > MAX_NAMES:
            raise InvalidInputException(
                f"At most {MAX_NAMES} jobs can be asked for at once, not {len(asked)}."
            )
        with self._store.read() as tx:
            page = tx.jobs.named(asked)
        if page.more:
            raise InvalidInputException(
                "The definitions of these jobs are too large for one answer: ask for fewer at once."
            )
        found = {job.name: job for job in page.items}
        return [found[name] for name in asked if name in found], [n for n in asked if n not in found]

    def page(self, *, after: str | None, limit: int) -> Page[Job]:
        """Jobs by name, those after `after`; a page ends by number or by size."""
        with self._store.read() as tx:
            return tx.jobs.page(after=after, limit=limit)

    def names(self, *, tags: Mapping[str, str], after: str | None, limit: int) -> Sequence[str]:
        """Names in their order, those after `after`, of jobs that have all of `tags`."""
        if any(NUL in key or NUL in value for key, value in tags.items()):
            return []
        with self._store.read() as tx:
            return tx.jobs.names(tagged=tags, after=after, limit=limit)

    def delete(self, name: str) -> None:
        """Delete a job, its tags, client tokens and the bookmark of its name. An unknown name is no error.

        An unfinished publication is settled first, so that no committed output is lost with the name.
        """
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
        with self._store.write() if bookmark_id is None else self._publications.settled(bookmark_id) as tx:
            _drop(tx, name)
            tx.bookmarks.mark_deleted(name, now_ms=self._clock.now_ms())

    def undefine(self, run: JobRun) -> None:
        """Take back the definition that a run made, where nothing else has come of the job.

        A job stays that has another run or a bookmark, or that somebody else has defined.
        """
        with self._store.write() as tx:
            job = tx.jobs.get(run.job_name)
            runs = tx.runs.page(run.job_name, before=None, limit=2).items
            is_only = [other.id for _, other in runs] == [run.id]
            has_bookmark = tx.bookmarks.live_id(run.job_name) is not None
            if job is not None and is_defined_by_run(job) and is_only and not has_bookmark:
                _drop(tx, run.job_name)


def _drop(tx: Transaction, name: str) -> None:
    """Delete a job and what hangs on its name, but for its bookmark."""
    tx.jobs.delete(name)
    tx.runs.forget_client_tokens(name)
    tx.tags.drop(job_resource(name))


def _no_job(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Job with name: {name} not found.")
