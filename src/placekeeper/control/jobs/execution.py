"""The execution of a run: launch it, watch it, record how it ended. Only the launcher of a run ends it."""

import threading
from collections.abc import Callable, Sequence
from enum import Enum, auto

import msgspec

from placekeeper.control.bookmarks.marks import Marks
from placekeeper.control.jobs.runs import Runs
from placekeeper.control.jobs.transitions import Lifecycle
from placekeeper.control.publications import Publications
from placekeeper.model.errors import LaunchFailed, LaunchRefused, StateError, StateUnfit
from placekeeper.model.exchange import BEGIN_AGAIN
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.wording import counted
from placekeeper.ports.clock import Clock
from placekeeper.ports.launcher import Launcher, RunningJob
from placekeeper.rules.jobs.lifecycle import deadline_ms, timeout_minutes

_WAIT_S = 0.1
_WAITS_PER_LOOK = 5
_ENDED_ITSELF = (
    "The job process ended itself before its output could be published. Does the script call os._exit?"
)
_TROUBLE = "Placekeeper failed while it watched this run. Its own log says why."


class _End(Enum):
    """Why the watch over a process ended."""

    EXITED = auto()
    STOPPED = auto()
    TIMED_OUT = auto()
    TAKEN = auto()  # somebody gave us up for dead and has recorded the run's end


class Execution:
    """Runs job runs, one at a time per call; several threads may call."""

    def __init__(
        self,
        runs: Runs,
        lifecycle: Lifecycle,
        publications: Publications,
        marks: Marks,
        launcher: Launcher,
        clock: Clock,
    ) -> None:
        self._runs = runs
        self._lifecycle = lifecycle
        self._publications = publications
        self._marks = marks
        self._launcher = launcher
        self._clock = clock
        self._claiming = threading.Lock()
        self._mine: set[str] = set()

    def claim(self) -> tuple[JobRun, str] | None:
        """Let waiting runs start, and take the oldest run that nobody has taken; None if there is none."""
        self._lifecycle.promote()
        with self._claiming:  # until it is in the set, `reap` must not take it for a lost run
            claimed = self._lifecycle.claim(self._launcher.identity)
            if claimed is not None:
                self._mine.add(claimed[0].id)
        return claimed

    def execute(self, run: JobRun, token: str, *, is_stopped: Callable[[], bool]) -> JobRun:
        """Launch a run that is ours and watch it to its end; returns the run as it ended.

        The whole process group is ended when `is_stopped` (polled) is true, a stop was asked for, or the time
        is up. A process that has quarantined bad files is followed by another of the
        same run. Output whose publication was decided before the process died is settled before this returns.
        """
        self._mine.add(run.id)
        try:
            unrecorded = self._see_through(run, token, is_stopped)
        finally:
            self._mine.discard(run.id)
        if unrecorded is not None:
            return unrecorded
        self._publications.settle_ended(job_name=run.job_name)
        return self._runs.find(run.id)

    def _see_through(self, run: JobRun, token: str, is_stopped: Callable[[], bool]) -> JobRun | None:
        """Watch a run to its end. Returns the run if its end could not be recorded, else None."""
        # Before its script can begin: whoever finds a run STARTING may give it to another.
        if not self._lifecycle.move(run, JobRunState.RUNNING):
            self._lifecycle.move(run, JobRunState.STOPPED)  # unless another launcher has it by now
            return None
        is_over = False
        try:
            unrecorded = self._end_of(run, token, is_stopped)
            is_over = True
            return unrecorded
        finally:
            if not is_over:
                self._lifecycle.move(run, JobRunState.FAILED, _TROUBLE)

    def _end_of(self, run: JobRun, token: str, is_stopped: Callable[[], bool]) -> JobRun | None:
        """Launch processes of a run until one does not ask for another, and record how the run ended."""
        noted = self._marks.noted_by(run.id)
        while True:
            end = self._launched(run, token, is_stopped)
            if end is None:
                return None
            if end != (_End.EXITED, BEGIN_AGAIN):
                return self._record(run, *end)
            before, noted = noted, self._marks.noted_by(run.id)
            if noted == before:  # it found no more bad files: its exit code means something else
                return self._record(run, *end)

    def _launched(self, run: JobRun, token: str, is_stopped: Callable[[], bool]) -> tuple[_End, int] | None:
        """Launch a process and watch it to its end. None, and the run is FAILED, if it cannot be launched."""
        try:
            process = self._launcher.launch(run, token)
        except LaunchFailed as error:
            self._lifecycle.move(
                run, JobRunState.FAILED, str(error), try_again=not isinstance(error, LaunchRefused)
            )
            return None
        is_watched = True
        try:
            end = self._watch(run, process, is_stopped)
            is_watched = False
            return end
        finally:
            if is_watched:
                process.stop()

    def _watch(self, run: JobRun, process: RunningJob, is_stopped: Callable[[], bool]) -> tuple[_End, int]:
        deadline = deadline_ms(self._runs.find(run.id))
        waits = 0
        while (code := process.wait(_WAIT_S)) is None:
            waits += 1
            if is_stopped():
                return _End.STOPPED, process.stop()
            if waits % _WAITS_PER_LOOK:
                continue
            if deadline is not None and self._clock.now_ms() >= deadline:
                return _End.TIMED_OUT, process.stop()
            try:
                now = self._runs.find(run.id)
            except StateError:  # the database is away for a moment: the run goes on, we look again
                continue
            if now.state.is_final or now.launcher != run.launcher:
                return _End.TAKEN, process.stop()
            if now.state is JobRunState.STOPPING:
                return _End.STOPPED, process.stop()
        return _End.EXITED, code

    def _record(self, run: JobRun, end: _End, code: int) -> JobRun | None:
        """Record how a run ended. Returns the run if that could not be recorded, else None."""
        if end is not _End.TAKEN and code == 0 and self._has_ended_well(run):
            try:
                self._lifecycle.move(run, JobRunState.SUCCEEDED)
            except StateUnfit as error:  # its output is published: a full disk does not undo it
                found = self._runs.find(run.id)
                return msgspec.structs.replace(found, state=JobRunState.SUCCEEDED, error_message=str(error))
        elif end is _End.STOPPED:
            self._lifecycle.move(run, JobRunState.STOPPED)
        elif end is _End.TIMED_OUT:
            minutes = timeout_minutes(run.job_spec)
            why = f"The run was ended after its Timeout of {counted(minutes or 0, 'minute')}."
            self._lifecycle.move(run, JobRunState.TIMEOUT, why)
        elif end is _End.EXITED and code == 0:
            self._lifecycle.move(run, JobRunState.FAILED, _ENDED_ITSELF)
        elif end is _End.EXITED:
            how = self._launcher.describe_exit(run, code).rstrip(".")
            whole_log = f"To see its whole log: placekeeper runs logs {run.id} --error"
            self._lifecycle.move(run, JobRunState.FAILED, f"{how}. {whole_log}")
        return None

    def _has_ended_well(self, run: JobRun) -> bool:
        """Whether a run whose process exited with 0 has said so itself, or has published its output."""
        return self._runs.find(run.id).has_ended_well or self._publications.is_visible(run.id)

    def reap(self) -> Sequence[JobRun]:
        """Record the end of runs whose launcher has died: the job process died with it (the lifeline).

        These include our own runs that no thread here watches. Returns the runs that have a launcher, as they
        were before.
        """
        claimed = self._lifecycle.claimed()
        lost = self._launcher.lost(frozenset(run.launcher for run in claimed if run.launcher is not None))
        with self._claiming:
            mine = frozenset(self._mine)
        for run in claimed:
            is_forlorn = run.launcher == self._launcher.identity and run.id not in mine
            if (run.launcher in lost or is_forlorn) and self._lifecycle.record_lost(run, lost):
                self._publications.settle_ended(job_name=run.job_name)
        self._launcher.forget(lost)
        return claimed
