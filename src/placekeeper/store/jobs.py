"""Job definitions in SQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.jobs import Job
from placekeeper.store.schema import jobs


class SqlJobRows:
    """Implements ports.store.JobRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, job: Job) -> None:
        """Raises AlreadyExistsException."""
        row = msgspec.structs.asdict(job) | {"spec": msgspec.json.encode(job.spec).decode()}
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(jobs).values(**row))
        except IntegrityError:  # pk_jobs
            raise AlreadyExistsException(f"Job with name: {job.name} already exists.") from None

    def get(self, name: str) -> Job | None:
        """The job of that name."""
        row = self._connection.execute(select(jobs).where(jobs.c.name == name)).first()
        return None if row is None else _job(row)

    def page(self, *, after: str | None, limit: int) -> Sequence[Job]:
        """Jobs by name, those after `after`."""
        found = select(jobs).order_by(jobs.c.name).limit(limit)
        if after is not None:
            found = found.where(jobs.c.name > after)
        return [_job(row) for row in self._connection.execute(found)]

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        return self._connection.execute(delete(jobs).where(jobs.c.name == name)).rowcount > 0


def _job(row: Row[tuple[object, ...]]) -> Job:
    fields = row._mapping
    return Job(
        name=fields["name"],
        spec=msgspec.json.decode(fields["spec"]),
        created_ms=fields["created_ms"],
        modified_ms=fields["modified_ms"],
    )
