"""Job runs: start, look, and the transitions that only the launcher of a run makes (bookmarks.md §10)."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from placekeeper.control.publications import Publications
from placekeeper.model.errors import (
    AccessDeniedException,
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    PublicationPending,
)
from placekeeper.model.exchange import SummaryRequest
from placekeeper.model.jobs import OPEN_STATES, Job, JobRun, JobRunState
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store

_NOT_OF_THE_JOB = {"JobName", "JobRunId", "Arguments"}
"""Members of StartJobRun that are the run's own; all others override the job's for this run."""

Randomness = Callable[[int], str]
"""`n` random bytes in hex; for run ids and tokens."""


class Runs:
    """All that is done with job runs."""

    def __init__(
        self, store: Store, clock: Clock, publications: Publications, random_hex: Randomness
    ) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications
        self._random_hex = random_hex

    def start(self, request: dict[str, Any]) -> str:
        """StartJobRun: a run in STARTING that a supervisor will take; its id.

        Raises EntityNotFoundException for an unknown job, ConcurrentRunsExceededException over the limit.
        """
        name = str(request["JobName"])
        with self._store.write() as tx:
            job = tx.jobs.get(name)
            if job is None:
                raise EntityNotFoundException("Failed to start job run due to missing metadata.")
            if tx.runs.count_in_states(name, OPEN_STATES) >= job.max_concurrent_runs:
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {name}")
            overrides = {name: value for name, value in request.items() if name not in _NOT_OF_THE_JOB}
            run = self._new_run(
                msgspec.structs.replace(job, spec=job.spec | overrides),
                request.get("Arguments") or None,
                previous_run_id=request.get("JobRunId"),
            )
            tx.runs.insert(run, token_digest=_digest(self._random_hex(32)))
        return run.id

    def register(
        self, job_name: str, *, script_location: str, arguments: dict[str, str], launcher: str
    ) -> tuple[JobRun, str]:
        """A run that its caller launches itself (`placekeeper run`), and its token.

        A job that does not exist is defined by it. What earlier runs of the job left unfinished is settled.
        """
        now_ms = self._clock.now_ms()
        token = self._random_hex(32)
        spec = {
            "Name": job_name,
            "Role": "placekeeper",
            "Command": {"Name": "glueetl", "ScriptLocation": script_location, "PythonVersion": "3"},
            "Description": f"Defined by: placekeeper run {PurePath(script_location).name}",
        }
        self._publications.settle(job_name=job_name)
        with self._store.write() as tx:
            job = tx.jobs.get(job_name)
            if job is None:
                job = Job(name=job_name, spec=spec, created_ms=now_ms, modified_ms=now_ms)
                tx.jobs.insert(job)
            run = self._new_run(job, arguments, launcher=launcher)
            tx.runs.insert(run, token_digest=_digest(token))
        return run, token

    def _new_run(
        self,
        job: Job,
        arguments: dict[str, str] | None,
        *,
        launcher: str | None = None,
        previous_run_id: str | None = None,
    ) -> JobRun:
        now_ms = self._clock.now_ms()
        return JobRun(
            id=f"jr_{self._random_hex(32)}",
            job_name=job.name,
            job_spec=job.spec,
            state=JobRunState.STARTING,
            started_ms=now_ms,
            modified_ms=now_ms,
            arguments=arguments,
            launcher=launcher,
            previous_run_id=previous_run_id,
        )

    def get(self, job_name: str, run_id: str) -> JobRun:
        """Raises EntityNotFoundException."""
        run = self.find(run_id)
        if run.job_name != job_name:
            raise _no_run(run_id)
        return run

    def find(self, run_id: str) -> JobRun:
        """A run by its id alone. Raises EntityNotFoundException."""
        with self._store.read() as tx:
            run = tx.runs.get(run_id)
        if run is None:
            raise _no_run(run_id)
        return run

    def page(self, job_name: str | None, *, before: int | None, limit: int) -> Sequence[tuple[int, JobRun]]:
        """Runs newest first with their ordinals, those before the ordinal `before`; of one job if named.

        Raises EntityNotFoundException for a job that neither exists nor ever ran.
        """
        with self._store.read() as tx:
            found = tx.runs.page(job_name, before=before, limit=limit)
            if not found and job_name is not None and before is None and tx.jobs.get(job_name) is None:
                raise EntityNotFoundException(f"Job with name: {job_name} not found.")
        return found

    def by_token(self, token: str) -> JobRun:
        """The run that holds a token. Raises AccessDeniedException."""
        with self._store.read() as tx:
            run = tx.runs.by_token(_digest(token))
        if run is None or run.state.is_final:
            raise AccessDeniedException("this token belongs to no run that is going on")
        return run

    def put_summary(self, run: JobRun, request: SummaryRequest) -> None:
        """Keep what a run says of itself."""
        with self._store.write() as tx:
            tx.runs.put_summary(run.id, request.summary, error_message=request.error_message)

    def add_staging(self, run: JobRun, target: str) -> None:
        """Remember where a run stages, so that what it may leave is found."""
        with self._store.write() as tx:
            tx.runs.add_staging(run.id, target)

    def claim(self, launcher: str) -> tuple[JobRun, str] | None:
        """Take the oldest run that nobody has taken, with a token for it; None when there is none."""
        with self._store.read() as tx:
            waiting = [run for run in tx.runs.in_states([JobRunState.STARTING]) if run.launcher is None]
        for run in waiting:
            try:
                self._publications.settle(job_name=run.job_name)
            except PublicationPending:  # its store does not answer: the runs of other jobs go first
                continue
            token = self._random_hex(32)
            with self._store.write() as tx:
                if tx.runs.claim(
                    run.id, launcher=launcher, token_digest=_digest(token), now_ms=self._clock.now_ms()
                ):
                    return run, token
        return None

    def running(self, run_id: str) -> bool:
        """STARTING → RUNNING."""
        return self._move(run_id, [JobRunState.STARTING], JobRunState.RUNNING)

    def stopping(self, run_id: str) -> bool:
        """STARTING or RUNNING → STOPPING."""
        return self._move(run_id, [JobRunState.STARTING, JobRunState.RUNNING], JobRunState.STOPPING)

    def succeeded(self, run_id: str) -> bool:
        """RUNNING → SUCCEEDED."""
        return self._move(run_id, [JobRunState.RUNNING], JobRunState.SUCCEEDED)

    def failed(self, run_id: str, error_message: str) -> bool:
        """Any open state → FAILED; a reason that the run itself has given stands."""
        with self._store.read() as tx:
            run = tx.runs.get(run_id)
        said = None if run is None else run.error_message
        return self._move(run_id, OPEN_STATES, JobRunState.FAILED, said or error_message)

    def stopped(self, run_id: str) -> bool:
        """STOPPING → STOPPED."""
        return self._move(run_id, [JobRunState.STOPPING], JobRunState.STOPPED)

    def open_runs(self) -> Sequence[JobRun]:
        """Runs that have not ended."""
        with self._store.read() as tx:
            return tx.runs.in_states(OPEN_STATES)

    def _move(
        self,
        run_id: str,
        frm: Sequence[JobRunState],
        to: JobRunState,
        error_message: str | None = None,
    ) -> bool:
        with self._store.write() as tx:
            return tx.runs.move(
                run_id, frm=frm, to=to, now_ms=self._clock.now_ms(), error_message=error_message
            )


def _digest(token: str) -> str:
    """Tokens are kept as digests: who reads the state cannot act as a run."""
    return hashlib.sha256(token.encode()).hexdigest()


def _no_run(run_id: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Job run {run_id} not found.")
