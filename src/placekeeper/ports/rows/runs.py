"""Job runs and launchers, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from placekeeper.model.jobs import JobRun, JobRunState, LauncherRow, RunSummary
from placekeeper.model.page import Page


class LauncherRows(Protocol):
    """Launchers of job processes. A launcher renews its lease, a count, while it lives."""

    def insert(self, launcher: str, *, host: str) -> None: ...

    def renew(self, launcher: str) -> bool:
        """Renew a lease; False if the launcher was given up for dead."""
        ...

    def renewals(self, launcher: str) -> int | None:
        """The count of renewals; None if the launcher was given up for dead."""
        ...

    def all(self) -> Mapping[str, LauncherRow]:
        """Every launcher by its id."""
        ...

    def delete(self, launcher: str, *, renewals: int) -> bool:
        """Give a launcher up for dead; False if it has renewed since that count, or does not exist."""
        ...


class RunRows(Protocol):
    """Job runs. Every transition is a compare-and-set."""

    def insert(self, started: Sequence[tuple[JobRun, str]]) -> None:
        """New runs in the order of starting, each with the digest of its token."""
        ...

    def get(self, run_id: str) -> JobRun | None: ...

    def states_of(self, beginning: str) -> Mapping[str, JobRunState]:
        """The states of the runs whose ids begin so, by id."""
        ...

    def by_token(self, token_digest: str) -> JobRun | None:
        """The run whose token has that digest, if somebody has taken it."""
        ...

    def page(self, job_name: str | None, *, before: int | None, limit: int) -> Page[tuple[int, JobRun]]:
        """Runs newest first with their ordinals, those before the ordinal `before`; a full page ends them."""
        ...

    def in_states(self, states: Sequence[JobRunState]) -> Sequence[JobRun]: ...

    def claimed(self) -> Sequence[JobRun]:
        """Runs that have not ended and have a launcher, oldest first."""
        ...

    def counts(self, states: Sequence[JobRunState]) -> Mapping[JobRunState, int]:
        """How many runs are in each of the states, where there are any."""
        ...

    def counts_of_job(self, job_name: str, states: Sequence[JobRunState]) -> Mapping[JobRunState, int]:
        """How many runs of a job are in each of the states, where there are any."""
        ...

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
        """Move a run from one of `from_states`; False when it is in none, or not `launcher`'s any more.

        `launcher` is None for a run that nobody has taken.
        """
        ...

    def hand_over(
        self, run_id: str, *, launcher: str | None, to: str | None, token_digest: str, now_ms: int
    ) -> bool:
        """Give a STARTING run of `launcher` to another, or nobody, with a new token. False as in `move`."""
        ...

    def unclaimed(self, *, limit: int) -> Sequence[JobRun]:
        """Of each job the oldest STARTING run that nobody has taken, oldest first."""
        ...

    def waiting_jobs(self) -> Sequence[str]:
        """Names of jobs that have WAITING runs."""
        ...

    def waiting(self, job_name: str, *, limit: int) -> Sequence[JobRun]:
        """WAITING runs of a job, oldest first."""
        ...

    def by_client_token(self, job_name: str, client_token: str) -> JobRun | None:
        """The newest run of a job that was started with a client token."""
        ...

    def forget_client_tokens(self, job_name: str) -> None:
        """Forget the client tokens of a deleted job's runs, so that they can start new runs."""
        ...

    def put_summary(self, run_id: str, summary: RunSummary, *, error_message: str | None) -> None: ...

    def add_staging(self, run_id: str, target: str) -> None:
        """Remember that a run stages under a target, so that leftovers can be collected."""
        ...

    def staging_of(self, run_id: str) -> Sequence[str]: ...

    def drop_staging(self, run_id: str, target: str) -> None: ...

    def with_staging(self) -> Sequence[JobRun]:
        """Runs that have staging remembered."""
        ...
