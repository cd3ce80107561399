"""Job runs in SQL: a transition is an UPDATE … WHERE state IN …; no row changed: somebody was faster."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from placekeeper.model.jobs import JobRun, JobRunState, RunSummary
from placekeeper.model.page import Page
from placekeeper.store.connection import without_nul
from placekeeper.store.damage import row_of
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.prepared import Fields, Prepared
from placekeeper.store.schema import HAS_LAUNCHER, IS_TAKEN, run_staging
from placekeeper.store.schema import job_runs as runs

_T = TypeVar("_T")


class SqlRunRows:
    """Implements ports.store.RunRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, started: Sequence[tuple[JobRun, str]]) -> None:
        """Insert new runs, each with the digest of its token; their ordinals are in that order."""
        if started:
            self._connection.execute(_INSERT, [_row(run, digest) for run, digest in started])

    def get(self, run_id: str) -> JobRun | None:
        """The run of that id."""
        row = _BY_ID.first(self._connection, {"id": run_id})
        return None if row is None else _run(row)

    def states_of(self, beginning: str) -> Mapping[str, JobRunState]:
        """The states of the runs whose ids begin so, by id."""
        found = select(runs.c.id, runs.c.state).where(runs.c.id.startswith(beginning, autoescape=True))
        return {id: JobRunState(state) for id, state in self._connection.execute(found)}

    def by_token(self, token_digest: str) -> JobRun | None:
        """The run whose token has that digest, if somebody has taken it."""
        row = _BY_TOKEN.first(self._connection, {"token_digest": token_digest})
        return None if row is None else _run(row)

    def page(self, job_name: str | None, *, before: int | None, limit: int) -> Page[tuple[int, JobRun]]:
        """Runs newest first with their ordinals, those before the ordinal `before`; a full page ends them."""
        newest = select(runs).order_by(runs.c.ordinal.desc())
        found = newest.limit(limit + 1).execution_options(**STREAMED)
        if job_name is not None:
            found = found.where(runs.c.job_name == job_name)
        if before is not None:
            found = found.where(runs.c.ordinal < before)
        with self._connection.execute(found).mappings() as rows:
            return page_of(
                rows,
                limit,
                lambda row: (row["ordinal"], _run(row)),
                "job_spec",
                "arguments",
                "summary",
            )

    def in_states(self, states: Sequence[JobRunState]) -> Sequence[JobRun]:
        """Runs in any of the states, oldest first."""
        found = select(runs).where(runs.c.state.in_([s.value for s in states])).order_by(runs.c.ordinal)
        return [_run(row) for row in self._connection.execute(found).mappings()]

    def claimed(self) -> Sequence[JobRun]:
        """Runs that have not ended and have a launcher, oldest first."""
        found = select(runs).where(IS_TAKEN).order_by(runs.c.ordinal)
        return [_run(row) for row in self._connection.execute(found).mappings()]

    def counts(self, states: Sequence[JobRunState]) -> Mapping[JobRunState, int]:
        """The number of runs by state; states without a run are left out."""
        asked = runs.c.state.in_([s.value for s in states])
        found = select(runs.c.state, func.count()).where(asked).group_by(runs.c.state)
        return {JobRunState(state): count for state, count in self._connection.execute(found)}

    def counts_of_job(self, job_name: str, states: Sequence[JobRunState]) -> Mapping[JobRunState, int]:
        """The number of a job's runs by state; states without a run are left out."""
        asked = {"job_name": job_name, "states": [s.value for s in states]}
        found = self._connection.execute(_COUNTS_OF_JOB, asked)
        return {JobRunState(state): count for state, count in found}

    def move(
        self,
        run_id: str,
        *,
        from_states: Sequence[JobRunState],
        to: JobRunState,
        launcher: str | None,
        now_ms: int,
        error_message: str | None = None,
    ) -> bool:
        """Move a run from one of `from_states`; False when it is in none, or not `launcher`'s any more."""
        values: dict[str, object] = {"state": to.value, "modified_ms": now_ms}
        if to.is_final:
            values["completed_ms"] = now_ms
        if to is JobRunState.RUNNING:
            values["running_ms"] = now_ms
        if error_message is not None:
            values["error_message"] = without_nul(error_message)
        return self._update(run_id, from_states, launcher, values)

    def hand_over(
        self, run_id: str, *, launcher: str | None, to: str | None, token_digest: str, now_ms: int
    ) -> bool:
        """Give a STARTING run of `launcher` to another, with a new token; None: nobody."""
        values = {"launcher": to, "token_digest": token_digest, "modified_ms": now_ms}
        return self._update(run_id, [JobRunState.STARTING], launcher, values)

    def _update(
        self,
        run_id: str,
        from_states: Sequence[JobRunState],
        launcher: str | None,
        values: Mapping[str, object],
    ) -> bool:
        ours = runs.c.launcher.is_(None) if launcher is None else runs.c.launcher == launcher
        changed = update(runs).where(
            runs.c.id == run_id, runs.c.state.in_([s.value for s in from_states]), ours
        )
        return self._connection.execute(changed.values(**values)).rowcount == 1

    def unclaimed(self, *, limit: int) -> Sequence[JobRun]:
        """Of each job the oldest STARTING run that nobody has taken, oldest first."""
        waiting = (runs.c.state == JobRunState.STARTING.value) & runs.c.launcher.is_(None)
        oldest = select(func.min(runs.c.ordinal)).where(waiting).group_by(runs.c.job_name)
        found = select(runs).where(runs.c.ordinal.in_(oldest)).order_by(runs.c.ordinal).limit(limit)
        return [_run(row) for row in self._connection.execute(found).mappings()]

    def waiting_jobs(self) -> Sequence[str]:
        """Names of jobs that have WAITING runs."""
        found = self._connection.execute(_WAITING_JOBS, {"waiting": JobRunState.WAITING.value})
        return list(found.scalars())

    def waiting(self, job_name: str, *, limit: int) -> Sequence[JobRun]:
        """WAITING runs of a job, oldest first."""
        found = select(runs).where(runs.c.job_name == job_name, runs.c.state == JobRunState.WAITING.value)
        found = found.order_by(runs.c.ordinal).limit(limit)
        return [_run(row) for row in self._connection.execute(found).mappings()]

    def by_client_token(self, job_name: str, client_token: str) -> JobRun | None:
        """The newest run of a job that was started with that token."""
        asked = {"job_name": job_name, "client_token": client_token}
        row = _BY_CLIENT_TOKEN.first(self._connection, asked)
        return None if row is None else _run(row)

    def forget_client_tokens(self, job_name: str) -> None:
        """Let the tokens of a job's runs start others: the job has gone."""
        of_job = update(runs).where(runs.c.job_name == job_name, runs.c.client_token.is_not(None))
        self._connection.execute(of_job.values(client_token=None))

    def put_summary(self, run_id: str, summary: RunSummary, *, error_message: str | None) -> None:
        """Store the summary that a run reports."""
        self._connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(
                summary=_json(summary),
                error_message=func.coalesce(without_nul(error_message), runs.c.error_message),
            )
        )

    def add_staging(self, run_id: str, target: str) -> None:
        """Remember that a run stages under a target; twice is once."""
        if target not in self.staging_of(run_id):
            self._connection.execute(insert(run_staging).values(run_id=run_id, target=target))

    def staging_of(self, run_id: str) -> Sequence[str]:
        """The targets a run may have left something under."""
        found = select(run_staging.c.target).where(run_staging.c.run_id == run_id)
        return list(self._connection.execute(found).scalars())

    def drop_staging(self, run_id: str, target: str) -> None:
        """Forget a target: nothing is left there."""
        self._connection.execute(
            delete(run_staging).where(run_staging.c.run_id == run_id, run_staging.c.target == target)
        )

    def with_staging(self) -> Sequence[JobRun]:
        """Runs that have staging remembered."""
        found = select(runs).where(runs.c.id.in_(select(run_staging.c.run_id))).order_by(runs.c.ordinal)
        return [_run(row) for row in self._connection.execute(found).mappings()]


# Built once: composing them costs more than running them.
_BY_ID = Prepared(select(runs).where(runs.c.id == bindparam("id")))
_BY_TOKEN = Prepared(select(runs).where(runs.c.token_digest == bindparam("token_digest"), HAS_LAUNCHER))
_BY_CLIENT_TOKEN = Prepared(
    select(runs)
    .where(runs.c.job_name == bindparam("job_name"), runs.c.client_token == bindparam("client_token"))
    .order_by(runs.c.ordinal.desc())
    .limit(1)
)
_INSERT = insert(runs)
# DISTINCT would read every run that waits; this jumps from name to name in the index.
_WAITING_JOBS = text(
    """WITH RECURSIVE names(name) AS (
        SELECT min(job_name) FROM job_runs WHERE state = :waiting
        UNION ALL
        SELECT (SELECT min(job_name) FROM job_runs WHERE state = :waiting AND job_name > names.name)
        FROM names WHERE names.name IS NOT NULL
    ) SELECT name FROM names WHERE name IS NOT NULL"""
)
_COUNTS_OF_JOB = (
    select(runs.c.state, func.count())
    .where(runs.c.job_name == bindparam("job_name"), runs.c.state.in_(bindparam("states", expanding=True)))
    .group_by(runs.c.state)
)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _row(run: JobRun, token_digest: str) -> dict[str, object]:
    return msgspec.structs.asdict(run) | {
        "state": run.state.value,
        "job_spec": _json(run.job_spec),
        "arguments": None if run.arguments is None else _json(run.arguments),
        "summary": None if run.summary is None else _json(run.summary),
        "token_digest": token_digest,
    }


def _run(fields: Fields) -> JobRun:
    plain = {name: fields[name] for name in JobRun.__struct_fields__}
    with row_of("job_runs", plain["id"]):
        return JobRun(
            **(
                plain
                | {
                    "state": JobRunState(plain["state"]),
                    "job_spec": msgspec.json.decode(plain["job_spec"], type=dict[str, Any]),
                    "arguments": _decoded(plain["arguments"], dict[str, str]),
                    "summary": _decoded(plain["summary"], RunSummary),
                }
            )
        )


def _decoded(text: str | None, type: type[_T]) -> _T | None:
    return msgspec.json.decode(text, type=type) if text else None
