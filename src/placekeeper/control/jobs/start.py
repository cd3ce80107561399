"""Starting job runs (docs/reference/operations.md#startjobrun)."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from placekeeper.control.jobs.run_definitions import definition_for_run
from placekeeper.control.publications import Publications
from placekeeper.model.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    IdempotentParameterMismatchException,
    InvalidInputException,
    PlacekeeperError,
)
from placekeeper.model.jobs import OPEN_STATES, Job, JobRun, JobRunState
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.jobs.arguments import effective_arguments
from placekeeper.rules.jobs.definitions import DEFINED_BY_RUN, is_defined_by_run
from placekeeper.rules.jobs.glue_versions import RUN_GLUE_VERSION
from placekeeper.rules.jobs.lifecycle import RUNNING_STATES
from placekeeper.rules.jobs.locations import file_name

CLIENT_TOKEN = "--placekeeper-client-token"
"""The argument that makes a start idempotent: sent again because its answer was lost, it is the same run."""

CLIENT_TOKEN_CHARACTERS = 255
"""The most characters of a token, as for the client tokens in Glue's model (HashString)."""

Randomness = Callable[[int], str]
"""`n` random bytes in hex; for run ids and tokens."""


class RunStarter:
    """Makes job runs."""

    def __init__(
        self, store: Store, clock: Clock, publications: Publications, random_hex: Randomness
    ) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications
        self._random_hex = random_hex

    def start(self, request: dict[str, Any]) -> str:
        """StartJobRun: a run that a supervisor will take; its id.

        Over MaxConcurrentRuns it waits if the run, or else the job, has JobRunQueuingEnabled. Raises
        EntityNotFoundException for an unknown job or run to retry, ConcurrentRunsExceededException,
        InvalidInputException for a run to retry that is going on and for what the rules of definitions
        refuse, IdempotentParameterMismatchException for a client token that stands for another start.
        """
        [outcome] = self.start_all([request])
        if isinstance(outcome, PlacekeeperError):
            raise outcome
        return outcome

    def start_all(self, requests: Sequence[dict[str, Any]]) -> Sequence[str | PlacekeeperError]:
        """Several starts in one transaction, with one wait for the disk; returns the results in order.

        Each start gives what it would give alone: a refused one is refused before anything is written for it.
        """
        with self._store.write() as tx:
            group = _Group(tx)
            outcomes = [self._outcome(group, request) for request in requests]
            tx.runs.insert([(run, digest(self._random_hex(32))) for run in group.started])
        return outcomes

    def register(
        self,
        job_name: str,
        *,
        script_location: str,
        arguments: dict[str, str],
        launcher: str,
        command: str | None = None,
        glue_version: str | None = None,
    ) -> tuple[JobRun, str]:
        """Make a run that its caller launches itself (`placekeeper run`); returns the run and its token.

        If the job does not exist, this defines it. `command` overrides the command type of the job (glueetl
        by default), `glue_version` its version (RUN_GLUE_VERSION by default). Unfinished publications of
        earlier runs are settled.
        """
        now_ms = self._clock.now_ms()
        token = self._random_hex(32)
        spec = {
            "Name": job_name,
            "Role": "placekeeper",
            "Command": {
                "Name": command or "glueetl",
                "ScriptLocation": script_location,
                "PythonVersion": "3",
            },
            "GlueVersion": glue_version or RUN_GLUE_VERSION,
            "Description": f"{DEFINED_BY_RUN}{file_name(script_location)}",
        }
        self._publications.settle(job_name=job_name)
        with self._store.write() as tx:
            job = tx.jobs.get(job_name)
            if job is None:
                job = Job(name=job_name, spec=spec, created_ms=now_ms, modified_ms=now_ms)
                tx.jobs.insert(job)
            of_run = msgspec.structs.replace(job, spec=_spec_of_run(job, command, glue_version))
            run = msgspec.structs.replace(self._new(of_run, arguments), launcher=launcher)
            tx.runs.insert([(run, digest(token))])
        return run, token

    def _outcome(self, group: "_Group", request: dict[str, Any]) -> str | PlacekeeperError:
        try:
            return self._start(group, request)
        except PlacekeeperError as error:
            return error

    def _start(self, group: "_Group", request: dict[str, Any]) -> str:
        name = str(request["JobName"])
        arguments = request.get("Arguments")
        client_token = _client_token(arguments or {})
        job = group.job(name)
        if job is None:
            raise EntityNotFoundException("Failed to start job run due to missing metadata.")
        request_digest = None if client_token is None else _digest_of(request)
        if client_token is not None:
            before = group.by_client_token(job, client_token)
            if before is not None:
                return _same_start(before, client_token, request_digest)
        job = msgspec.structs.replace(job, spec=definition_for_run(group.tx, job, request))
        run = msgspec.structs.replace(
            self._new(job, arguments),
            previous_run_id=_retried(group.tx, name, request.get("JobRunId")),
            client_token=client_token,
            request_digest=request_digest,
        )
        if group.is_full(job):
            run = _waiting(run, job)
        group.started.append(run)
        return run.id

    def _new(self, job: Job, arguments: dict[str, str] | None) -> JobRun:
        now_ms = max(self._clock.now_ms(), job.created_ms)  # so that no clock makes a run older than its job
        return JobRun(
            id=f"jr_{self._random_hex(32)}",
            job_name=job.name,
            job_spec=job.spec,
            state=JobRunState.STARTING,
            started_ms=now_ms,
            modified_ms=now_ms,
            arguments=arguments,
        )


class _Group:
    """The starts of one transaction, inserted at its end. What several of them need is looked up once."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.started: list[JobRun] = []
        self._jobs: dict[str, Job | None] = {}
        self._before: dict[str, Mapping[JobRunState, int]] = {}

    def job(self, name: str) -> Job | None:
        """The job of that name."""
        if name not in self._jobs:
            self._jobs[name] = self.tx.jobs.get(name)
        return self._jobs[name]

    def is_full(self, job: Job) -> bool:
        """Whether a job has MaxConcurrentRuns runs in progress, or waiting runs, which come first."""
        if job.name not in self._before:
            self._before[job.name] = self.tx.runs.counts_of_job(job.name, OPEN_STATES)
        counts = Counter(self._before[job.name])
        counts.update(run.state for run in self.started if run.job_name == job.name)
        going_on = sum(counts[state] for state in RUNNING_STATES)
        return counts[JobRunState.WAITING] > 0 or going_on >= job.max_concurrent_runs

    def by_client_token(self, job: Job, client_token: str) -> JobRun | None:
        """The run that was started with that token; not one of a deleted job of the same name."""
        for run in self.started:
            if (run.job_name, run.client_token) == (job.name, client_token):
                return run
        found = self.tx.runs.by_client_token(job.name, client_token)
        return found if found is not None and found.started_ms >= job.created_ms else None


def _spec_of_run(job: Job, command: str | None, glue_version: str | None) -> dict[str, Any]:
    """The definition that `placekeeper run` runs: the job's, with what its command line overrides."""
    spec = dict(job.spec)
    if command is not None:
        spec["Command"] = {**spec.get("Command", {}), "Name": command}
    if glue_version is not None:
        spec["GlueVersion"] = glue_version
    elif is_defined_by_run(job):  # also one that an earlier version of Placekeeper has defined
        spec.setdefault("GlueVersion", RUN_GLUE_VERSION)
    return spec


def digest(token: str) -> str:
    """The digest of a token. Only digests are stored, so nobody who reads the state can act as a run."""
    return hashlib.sha256(token.encode()).hexdigest()


def no_run(run_id: str) -> EntityNotFoundException:
    """The error for a missing run."""
    return EntityNotFoundException(f"Job run {run_id} not found.")


def _client_token(arguments: Mapping[str, str]) -> str | None:
    token = effective_arguments(None, arguments, None).get(CLIENT_TOKEN)
    if token is not None and not 1 <= len(token) <= CLIENT_TOKEN_CHARACTERS:
        raise InvalidInputException(
            f"{CLIENT_TOKEN} has {len(token)} characters; it must have 1 to {CLIENT_TOKEN_CHARACTERS}."
        )
    return token


def _retried(tx: Transaction, job_name: str, run_id: str | None) -> str | None:
    if run_id is None:
        return None
    run = tx.runs.get(run_id)
    if run is None or run.job_name != job_name:
        raise no_run(run_id)
    if not run.state.is_final:
        raise InvalidInputException(
            f"Job run {run_id} is {run.state.value}: only a run that has ended can be retried."
        )
    return run_id


def _waiting(run: JobRun, job: Job) -> JobRun:
    if not job.spec.get("JobRunQueuingEnabled"):
        raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
    why = f"Concurrent runs exceeded for {job.name}: MaxConcurrentRuns is {job.max_concurrent_runs}."
    return msgspec.structs.replace(run, state=JobRunState.WAITING, state_detail=why)


def _digest_of(request: Mapping[str, Any]) -> str:
    """The digest of a start request. Jobs change, but a request that is sent again does not."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted")).hexdigest()


def _same_start(before: JobRun, client_token: str, request_digest: str | None) -> str:
    if before.request_digest != request_digest:
        raise IdempotentParameterMismatchException(
            f"The client token {client_token} was used for run {before.id} with other parameters. "
            "Use a new token."
        )
    return before.id
