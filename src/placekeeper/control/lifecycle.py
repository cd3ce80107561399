"""The transitions of job runs; each is a compare-and-set, and only launchers and supervisors make them."""

from collections.abc import Sequence

from placekeeper.control.publications import Publications
from placekeeper.control.starting import Randomness, digest
from placekeeper.engine.lifecycle import RUNNING_STATES, leading_to, next_attempt
from placekeeper.model.errors import PublicationPending
from placekeeper.model.jobs import OPEN_STATES, JobRun, JobRunState
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction

_CANDIDATES = 64
_KILLED = "The process that ran this job was killed. Run it again: nothing is lost or doubled."


class Lifecycle:
    """Moves job runs (engine.lifecycle.TRANSITIONS)."""

    def __init__(
        self, store: Store, clock: Clock, publications: Publications, random_hex: Randomness
    ) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications
        self._random_hex = random_hex

    def claim(self, launcher: str) -> tuple[JobRun, str] | None:
        """Take the oldest run that nobody has taken, with a token for it; None when there is none."""
        with self._store.read() as tx:
            candidates = tx.runs.unclaimed(limit=_CANDIDATES)
        for run in candidates:
            try:
                self._publications.settle(job_name=run.job_name)
            except PublicationPending:  # its store does not answer: the runs of other jobs go first
                continue
            token = self._random_hex(32)
            with self._store.write() as tx:
                if tx.runs.claim(
                    run.id, launcher=launcher, token_digest=digest(token), now_ms=self._clock.now_ms()
                ):
                    return run, token
        return None

    def promote(self) -> int:
        """WAITING → STARTING, oldest first, where MaxConcurrentRuns lets it; how many.

        The run of a job that was deleted meanwhile ends in ERROR.
        """
        with self._store.read() as tx:  # almost always there is nothing to do, and reading does not lock
            names = [name for name in tx.runs.waiting_jobs() if _free(tx, name) > 0]
        return sum(self._promote(name) for name in names)

    def _promote(self, job_name: str) -> int:
        with self._store.write() as tx:
            job = tx.jobs.get(job_name)
            waiting = tx.runs.waiting(job_name, limit=max(0, min(_free(tx, job_name), _CANDIDATES)))
            if job is not None:
                return sum(self._move(tx, run.id, JobRunState.STARTING) for run in waiting)
            for run in waiting:
                self._move(tx, run.id, JobRunState.ERROR, f"The job {job_name} was deleted.")
            return 0

    def running(self, run_id: str) -> bool:
        """STARTING → RUNNING."""
        with self._store.write() as tx:
            return self._move(tx, run_id, JobRunState.RUNNING)

    def succeeded(self, run_id: str) -> bool:
        """RUNNING or STOPPING → SUCCEEDED."""
        with self._store.write() as tx:
            return self._move(tx, run_id, JobRunState.SUCCEEDED)

    def stopped(self, run_id: str, reason: str | None = None) -> bool:
        """Any state with a process → STOPPED."""
        with self._store.write() as tx:
            self._move(tx, run_id, JobRunState.STOPPING)
            return self._move(tx, run_id, JobRunState.STOPPED, reason)

    def timed_out(self, run_id: str, error_message: str) -> bool:
        """RUNNING → TIMEOUT; such a run is not retried."""
        with self._store.write() as tx:
            return self._move(tx, run_id, JobRunState.TIMEOUT, error_message)

    def failed(self, run_id: str, error_message: str) -> bool:
        """Any open state → FAILED; a reason that the run itself has given stands.

        A supervised run is tried again while its MaxRetries last: in the same transaction, so that no crash
        loses the retry or makes two.
        """
        with self._store.write() as tx:
            run = tx.runs.get(run_id)
            if run is None or not self._move(
                tx, run_id, JobRunState.FAILED, run.error_message or error_message
            ):
                return False
            again = next_attempt(run, now_ms=self._clock.now_ms()) if run.is_supervised else None
            if again is not None:
                tx.runs.insert([(again, digest(self._random_hex(32)))])
        return True

    def bereaved(self, run: JobRun) -> bool:
        """Record what became of a run whose launcher has died, and its process with it (the lifeline).

        One that had not begun goes to another supervisor; one that had ended well has succeeded.
        """
        if run.state is JobRunState.STARTING and run.is_supervised and run.launcher is not None:
            with self._store.write() as tx:
                return tx.runs.unclaim(run.id, launcher=run.launcher, now_ms=self._clock.now_ms())
        if run.has_ended_well:
            return self.succeeded(run.id)
        if run.state is JobRunState.STOPPING:
            return self.stopped(run.id)
        return self.failed(run.id, _KILLED)

    def open_runs(self) -> Sequence[JobRun]:
        """Runs that have not ended."""
        with self._store.read() as tx:
            return tx.runs.in_states(OPEN_STATES)

    def state_of(self, run_id: str) -> JobRunState | None:
        """Where a run is now."""
        with self._store.read() as tx:
            run = tx.runs.get(run_id)
        return None if run is None else run.state

    def _move(self, tx: Transaction, run_id: str, to: JobRunState, error_message: str | None = None) -> bool:
        return tx.runs.move(
            run_id, frm=leading_to(to), to=to, now_ms=self._clock.now_ms(), error_message=error_message
        )


def _free(tx: Transaction, job_name: str) -> int:
    """How many more runs of a job may start; all of them if it was deleted, for they end at once."""
    job = tx.jobs.get(job_name)
    if job is None:
        return _CANDIDATES
    return job.max_concurrent_runs - tx.runs.count_in_states(job_name, RUNNING_STATES)
