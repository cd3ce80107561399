"""The lines of `placekeeper dev` about runs and crawls: one when each begins, one when it has ended."""

from collections.abc import Callable

from placekeeper.model.crawling import Crawl
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_ids import short


class RunLines:
    """Passes lines to `say`, and remembers which runs go on."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._going_on: dict[str, JobRun] = {}

    def tell(self, run: JobRun) -> None:
        """Tell of a run that begins, or has ended."""
        if run.state.is_final:
            self._going_on.pop(run.id, None)
            self._say(f"run {short(run.id)} of job {run.job_name}: {ending(run)}")
        else:
            self._going_on[run.id] = run
            self._say(f"run {short(run.id)} of job {run.job_name} begins")

    def tell_crawl(self, crawl: Crawl) -> None:
        """Tell of a crawl that begins, or has ended."""
        if not crawl.state.is_final:
            self._say(f"crawler {crawl.crawler} begins: crawl {short(crawl.id)}")
            return
        why = f": {crawl.error_message.partition(chr(10))[0]}" if crawl.error_message else ""
        self._say(f"crawler {crawl.crawler}: {crawl.state}{why}; placekeeper runs logs {short(crawl.id)}")

    def stopping(self) -> None:
        """Tell which runs end because the server does."""
        ids = [short(run_id) for run_id in list(self._going_on)]
        if ids:
            self._say(f"stopping {counted(len(ids), 'run')}: {', '.join(ids)}")


def ending(run: JobRun) -> str:
    """The end of a run in a line: `FAILED after 3 s: ValueError: boom; placekeeper runs logs jr_…`."""
    said = str(run.state)
    if run.completed_ms is not None:
        said += f" after {(run.completed_ms - run.started_ms) / 1000:.0f} s"
    if run.error_message:
        said += f": {run.error_message.partition(chr(10))[0]}"
    return said if run.state is JobRunState.SUCCEEDED else f"{said}; placekeeper runs logs {short(run.id)}"
