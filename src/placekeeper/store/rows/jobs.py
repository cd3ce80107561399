"""Job definitions in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.jobs import Job
from placekeeper.model.page import Page
from placekeeper.rules.tags import job_resource
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.prepared import Fields, Prepared
from placekeeper.store.schema import jobs, tags

_JOB = job_resource("")


class SqlJobRows:
    """Implements ports.rows.jobs.JobRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, job: Job) -> None:
        """Raises AlreadyExistsException."""
        if self.exists(job.name):
            raise AlreadyExistsException(f"Job with name: {job.name} already exists.")
        self._connection.execute(insert(jobs).values(**_row(job)))

    def get(self, name: str) -> Job | None:
        """The job of that name."""
        row = _BY_NAME.first(self._connection, {"name": name})
        return None if row is None else _job(row)

    def exists(self, name: str) -> bool:
        """True if there is a job of that name."""
        found = select(jobs.c.name).where(jobs.c.name == name)
        return self._connection.execute(found).first() is not None

    def replace(self, job: Job) -> bool:
        """Put a definition in the place of the one of that name; False when there is none."""
        changed = update(jobs).where(jobs.c.name == job.name).values(**_row(job))
        return self._connection.execute(changed).rowcount > 0

    def page(self, *, after: str | None, limit: int) -> Page[Job]:
        """Jobs by name, those after `after`, until the page is full."""
        found = select(jobs).order_by(jobs.c.name).limit(limit + 1).execution_options(**STREAMED)
        if after is not None:
            found = found.where(jobs.c.name > after)
        with self._connection.execute(found).mappings() as rows:
            return page_of(rows, limit, _job, "spec")

    def named(self, names: Sequence[str]) -> Page[Job]:
        """The jobs of these names, by name, until the page is full."""
        found = select(jobs).where(jobs.c.name.in_(names)).order_by(jobs.c.name)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, len(names), _job, "spec")

    def names(self, *, tagged: Mapping[str, str], after: str | None, limit: int) -> Sequence[str]:
        """Names of jobs in their order, those after `after`, of jobs that have all of these tags."""
        found = select(jobs.c.name).order_by(jobs.c.name).limit(limit)
        if after is not None:
            found = found.where(jobs.c.name > after)
        for key, value in tagged.items():
            carriers = select(func.substr(tags.c.resource, len(_JOB) + 1)).where(
                tags.c.key == key, tags.c.value == value, func.substr(tags.c.resource, 1, len(_JOB)) == _JOB
            )
            found = found.where(jobs.c.name.in_(carriers))
        return self._connection.execute(found).scalars().all()

    def delete(self, name: str) -> bool:
        """Delete a job; False if there is none of that name."""
        return self._connection.execute(delete(jobs).where(jobs.c.name == name)).rowcount > 0


def _row(job: Job) -> dict[str, object]:
    return msgspec.structs.asdict(job) | {"spec": msgspec.json.encode(job.spec).decode()}


_BY_NAME = Prepared(select(jobs).where(jobs.c.name == bindparam("name")))


def _job(fields: Fields) -> Job:
    return Job(
        name=fields["name"],
        spec=decoded(fields["spec"], dict[str, Any], "jobs", fields["name"]),
        created_ms=fields["created_ms"],
        modified_ms=fields["modified_ms"],
    )
