"""Seeing a run through: launch, watch, record how it ended. The launcher of a run alone moves it."""

from collections.abc import Callable
from contextlib import suppress

from placekeeper.control.publications import Publications
from placekeeper.control.runs import Runs
from placekeeper.model.errors import LaunchFailed, PublicationPending
from placekeeper.model.jobs import JobRun
from placekeeper.ports.launcher import Launcher, RunningJob

_LOOK_S = 0.1


class Execution:
    """Runs job runs, one at a time per call; several threads may call."""

    def __init__(self, runs: Runs, publications: Publications, launcher: Launcher) -> None:
        self._runs = runs
        self._publications = publications
        self._launcher = launcher

    def claim_and_execute(self, is_stopped: Callable[[], bool]) -> bool:
        """Take the oldest waiting run and see it through; False when there was none."""
        claimed = self._runs.claim(self._launcher.identity)
        if claimed is None:
            return False
        self.execute(*claimed, is_stopped=is_stopped)
        return True

    def execute(self, run: JobRun, token: str, *, is_stopped: Callable[[], bool]) -> JobRun:
        """Launch a run that is ours and see it through; the run as it ended.

        `is_stopped` is asked while it runs; once it says so, the whole process group is ended. Output whose
        publication was decided before the process died is settled before this returns.
        """
        try:
            process = self._launcher.launch(run, token)
        except LaunchFailed as error:
            self._runs.failed(run.id, str(error))
            return self._runs.find(run.id)
        self._runs.running(run.id)
        stopped, code = _watch(process, is_stopped)
        if stopped:
            self._runs.stopping(run.id)
            self._runs.stopped(run.id)
        elif code == 0 and self._runs.find(run.id).summary is None:
            self._runs.failed(
                run.id, "The job process ended itself (os._exit?) before its output could be published."
            )
        elif code == 0:
            self._runs.succeeded(run.id)
        else:
            last_words = f"Its last words: placekeeper runs logs {run.id[:15]} --error"
            self._runs.failed(run.id, f"{self._launcher.describe_exit(code)} {last_words}")
        self._settle(run)
        return self._runs.find(run.id)

    def reap(self) -> list[JobRun]:
        """Record the end of runs whose launcher has died: the job process died with it (the lifeline)."""
        reaped = []
        for run in self._runs.open_runs():
            if run.launcher is not None and not self._launcher.is_alive(run.launcher):
                if self._runs.failed(
                    run.id,
                    "The process that ran this job was killed. Run it again: nothing is lost or doubled.",
                ):
                    reaped.append(run)
                self._settle(run)
        return reaped

    def _settle(self, run: JobRun) -> None:
        with suppress(PublicationPending):  # the store does not answer now: the job's next run tries again
            self._publications.settle(job_name=run.job_name)


def _watch(process: RunningJob, is_stopped: Callable[[], bool]) -> tuple[bool, int]:
    while True:
        code = process.wait(_LOOK_S)
        if code is not None:
            return False, code
        if is_stopped():
            return True, process.stop()
