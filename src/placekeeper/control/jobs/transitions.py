"""The transitions of job runs; each is a compare-and-set, and only launchers and supervisors make them."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from placekeeper.control.fence import job_of
from placekeeper.control.jobs.start import Randomness, digest
from placekeeper.model.jobs import OPEN_STATES, JobRun, JobRunState
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.jobs.lifecycle import RUNNING_STATES, end_of, leading_to, next_attempt

_CANDIDATES = 64
_KILLED = "The process that ran this job was killed. Run the job again: nothing is lost or doubled."


class Lifecycle:
    """Moves job runs from state to state (rules.jobs.lifecycle.TRANSITIONS)."""

    def __init__(self, store: Store, clock: Clock, random_hex: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._random_hex = random_hex

    def claim(self, launcher: str) -> tuple[JobRun, str] | None:
        """Take the oldest run that nobody has taken, and make a token for it; None if there is none.

        None also for a launcher that was given up for dead and has not come back yet. The claim renews the
        launcher's lease, so whoever holds it for dead notices (`record_lost`).
        """
        with self._store.read() as tx:
            candidates = tx.runs.unclaimed(limit=_CANDIDATES)
        for run in candidates:
            token = self._random_hex(32)
            with self._store.write() as tx:
                if not tx.launchers.renew(launcher):
                    return None
                if self._hand_over(tx, run, launcher, token):
                    return msgspec.structs.replace(run, launcher=launcher), token
        return None

    def promote(self) -> int:
        """WAITING → STARTING, oldest first, as far as MaxConcurrentRuns allows; returns how many.

        The run of a job that was deleted meanwhile ends in ERROR.
        """
        with self._store.read() as tx:  # mostly there is nothing to do, and reading takes no lock
            names = [name for name in tx.runs.waiting_jobs() if _free(tx, name) > 0]
        return sum(self._promote(name) for name in names)

    def _promote(self, job_name: str) -> int:
        with self._store.write() as tx:
            job = tx.jobs.get(job_name)
            waiting = tx.runs.waiting(job_name, limit=max(0, min(_free(tx, job_name), _CANDIDATES)))
            if job is not None:
                return sum(self._move(tx, run, JobRunState.STARTING) for run in waiting)
            for run in waiting:
                self._move(tx, run, JobRunState.ERROR, f"The job {job_name} was deleted.")
            return 0

    def move(
        self, run: JobRun, to: JobRunState, error_message: str | None = None, *, try_again: bool = True
    ) -> bool:
        """Move a run; False if its launcher (`run.launcher`) has lost it, or the transition is not allowed.

        A run that was to stop ends as STOPPED (`end_of`). One that has FAILED keeps its own reason. With
        `try_again`, a supervised one is retried while MaxRetries allows and its job exists: in the same
        transaction, so that a crash neither loses the retry nor makes two.
        """
        with self._store.write() as tx:
            return self._end(tx, run, to, error_message, try_again=try_again)

    def record_lost(self, run: JobRun, lost: Mapping[str, int | None]) -> bool:
        """Record the end of a run whose launcher has died, and its process with it (the lifeline).

        A run that had not begun goes to another supervisor; one that had ended well has succeeded. `lost` are
        launchers with their lease counts when they were held for dead. False if its launcher counts on.
        """
        with self._store.write() as tx:
            now = tx.runs.get(run.id)
            if now is None or run.launcher is None:
                return False
            if run.launcher in lost and tx.launchers.renewals(run.launcher) != lost[run.launcher]:
                return False
            if now.state is JobRunState.STARTING and now.is_supervised:
                return self._hand_over(tx, run, None, self._random_hex(32))
            to = JobRunState.SUCCEEDED if now.has_ended_well else JobRunState.FAILED
            return self._end(tx, run, to, None if now.has_ended_well else _KILLED)

    def claimed(self) -> Sequence[JobRun]:
        """Runs in progress that have a launcher."""
        with self._store.read() as tx:
            return tx.runs.claimed()

    def open_among(self, run_ids: Collection[str]) -> frozenset[str]:
        """Those of these runs that have not ended."""
        with self._store.read() as tx:
            found = (tx.runs.get(run_id) for run_id in run_ids)
            return frozenset(run.id for run in found if run is not None and not run.state.is_final)

    def open_runs(self) -> Sequence[JobRun]:
        """Runs that have not ended."""
        with self._store.read() as tx:
            return tx.runs.in_states(OPEN_STATES)

    def _end(
        self,
        tx: Transaction,
        run: JobRun,
        to: JobRunState,
        error_message: str | None,
        *,
        try_again: bool = True,
    ) -> bool:
        now = tx.runs.get(run.id)
        if now is None:
            return False
        to = end_of(now.state, to)
        if to is JobRunState.STOPPED:
            error_message = None
        elif to is JobRunState.FAILED:
            error_message = now.error_message or error_message
        if not self._move(tx, run, to, error_message):
            return False
        if to is JobRunState.FAILED and now.is_supervised and try_again and job_of(tx, run) is not None:
            again = next_attempt(now, now_ms=self._clock.now_ms())
            if again is not None:
                tx.runs.insert([(again, digest(self._random_hex(32)))])
        return True

    def _move(self, tx: Transaction, run: JobRun, to: JobRunState, error_message: str | None = None) -> bool:
        return tx.runs.move(
            run.id,
            from_states=leading_to(to),
            to=to,
            launcher=run.launcher,
            now_ms=self._clock.now_ms(),
            error_message=error_message,
        )

    def _hand_over(self, tx: Transaction, run: JobRun, to: str | None, token: str) -> bool:
        return tx.runs.hand_over(
            run.id, launcher=run.launcher, to=to, token_digest=digest(token), now_ms=self._clock.now_ms()
        )


def _free(tx: Transaction, job_name: str) -> int:
    """How many more runs of a job may start. All runs of a deleted job may, because they end at once."""
    job = tx.jobs.get(job_name)
    if job is None:
        return _CANDIDATES
    return job.max_concurrent_runs - sum(tx.runs.counts_of_job(job_name, RUNNING_STATES).values())
