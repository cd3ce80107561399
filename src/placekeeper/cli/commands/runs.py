"""`placekeeper runs list|logs|stop`: what ran, how it ended, what it said."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.exit_codes import INTERRUPTED
from placekeeper.cli.follow import follow, tails
from placekeeper.cli.interrupts import on_interrupt
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    print_json,
    say,
    terminal_width,
)
from placekeeper.cli.run_table import LOST, run_lines, visible_line
from placekeeper.cli.suggestions import suggesting_job
from placekeeper.control.jobs.bookmark_runs import NEWEST
from placekeeper.control.jobs.runs import Runs
from placekeeper.host.lease import Lease
from placekeeper.host.state import State
from placekeeper.model.crawling import Crawl
from placekeeper.model.errors import EntityNotFoundException, UsageError
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.run_ids import matching_run, short

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("list")
def list_runs(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Only the runs of this job.")] = None,
    limit: Annotated[int, typer.Option(help="The most runs to list.", min=1)] = 50,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """List runs, newest first."""
    with existing_state(state, database, only_shows=True) as opened:
        with suggesting_job(job or "", opened.control):
            found = _newest(opened.control.runs, job, limit)
        lost = set() if as_json else _lost(opened.observer(), found)
        visible = {} if as_json else opened.control.runs.told_by_output(found)
    if as_json:
        print_json(found)
        return 0
    print("\n".join(run_lines(found, lost, terminal_width(), visible=visible)))
    return 0


def _newest(runs: Runs, job: str | None, limit: int) -> list[JobRun]:
    """The newest runs, at most `limit`, from as many pages as that takes."""
    found: list[tuple[int, JobRun]] = []
    more = True
    while more and len(found) < limit:
        page = runs.page(job, before=found[-1][0] if found else None, limit=limit - len(found))
        found += page.items
        more = page.more
    return [run for _, run in found]


@app.command("logs")
def logs(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="The id, or enough of its beginning.")],
    error: Annotated[bool, typer.Option("--error", help="Only the error stream.")] = False,
    output: Annotated[bool, typer.Option("--output", help="Only the output.")] = False,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended; Ctrl-C ends it before.")
    ] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Print what a run said, then how it stands.

    Its error stream goes to stderr, its output to stdout, its state to stderr.
    """
    with existing_state(state, database, only_shows=True) as opened:
        whole_id = _whole_id(opened, run_id)
        kept = opened.folder.logs(whole_id)
        wanted = tails(
            kept.output if output or not error else None, kept.error if error or not output else None
        )
        crawl = _crawl(opened, whole_id)
        if following:
            observer = opened.observer()
            with on_interrupt() as stop:
                has_ended = follow(wanted, lambda: _has_ended(opened, observer, whole_id), stop)
            if not has_ended:
                return INTERRUPTED
        for tail in wanted:
            tail.write_rest()
        if crawl is not None:
            _say_how_a_crawl_stands(opened.control.crawls.find(crawl.id))
            return 0
        run = opened.control.runs.find(whole_id)
        _say_how_it_stands(run, was_followed=following, error_is_shown=error or not output)
        for rows in opened.control.runs.told_by_output([run]).values():
            say(f"placekeeper: {visible_line(rows)}")
    return 0


@app.command("stop")
def stop(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="The id, or enough of its beginning.")],
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """End a run, whoever runs it. What it has not committed is dropped."""
    with existing_state(state, database) as opened:
        whole_id = _whole_id(opened, run_id)
        crawl = _crawl(opened, whole_id)
        if crawl is not None:
            raise UsageError(
                f"{run_id} is a crawl. End it by its crawler: aws glue stop-crawler --name {crawl.crawler}"
            )
        run = opened.control.runs.find(whole_id)
        problem = opened.control.runs.stop(run.job_name, run.id)
        if problem is not None:
            raise UsageError(problem.message)
        say(f"placekeeper: run {short(run.id)} {opened.control.runs.find(run.id).state}")
    return 0


def _whole_id(state: State, beginning: str) -> str:
    runs = state.control.runs
    with suppress(EntityNotFoundException):
        return runs.find(beginning).id
    going_on = (run.id for run in state.control.lifecycle.open_runs())
    newest = (run.id for run in _newest(runs, None, NEWEST))  # one that never began has no logs
    other = _of_crawler(state, beginning) or _of_job(state, beginning)
    # A whole name says more than the beginning of an id: the crawler `c` is not the crawl c16adb27.
    found = None if other else matching_run(beginning, (*state.folder.runs_with_logs(), *going_on, *newest))
    if found is None:
        hint = other or "see placekeeper runs list"
        raise EntityNotFoundException(f"there is no run {beginning}: {hint}")
    return found


def _of_job(state: State, name: str) -> str:
    """Where the runs of a job are; nothing if there is no job of that name."""
    with suppress(EntityNotFoundException):
        newest = _newest(state.control.runs, name, 1) if name else None
        if newest is not None:
            run = f"placekeeper runs logs {short(newest[0].id)} shows its newest run. " if newest else ""
            return f"it is a job. {run}See placekeeper runs list {shlex.quote(name)}"
    return ""


def _of_crawler(state: State, name: str) -> str:
    """Where the crawls of a crawler are; nothing if there is no crawler of that name."""
    with suppress(EntityNotFoundException):
        last = state.control.crawlers.get(name).newest
        crawl = "" if last is None else f"placekeeper runs logs {last.id} shows its last crawl. "
        return f"it is a crawler. {crawl}See aws glue list-crawls --crawler-name {shlex.quote(name)}"
    return ""


def _crawl(state: State, id: str) -> Crawl | None:
    """The crawl of that id; its logs are where those of runs are."""
    with suppress(EntityNotFoundException):
        return state.control.crawls.find(id)
    return None


def _lost(observer: Lease, runs: Sequence[JobRun]) -> set[str]:
    """The ids of the runs whose launcher is dead."""
    launchers = {run.id: run.launcher for run in runs if run.launcher is not None and not run.state.is_final}
    dead = observer.lost(frozenset(launchers.values())) if launchers else {}
    return {run_id for run_id, launcher in launchers.items() if launcher in dead}


def _has_ended(state: State, observer: Lease, run_id: str) -> bool:
    """True when no more output can come: the run is over, or its launcher is dead."""
    crawl = _crawl(state, run_id)
    if crawl is not None:
        return crawl.state.is_final
    run = state.control.runs.find(run_id)
    return run.state.is_final or bool(_lost(observer, [run]))


def _say_how_a_crawl_stands(crawl: Crawl) -> None:
    reason = f": {crawl.error_message}" if crawl.error_message else ""
    say(f"placekeeper: crawl {short(crawl.id)} of the crawler {crawl.crawler} {crawl.state}{reason}")


def _say_how_it_stands(run: JobRun, *, was_followed: bool, error_is_shown: bool) -> None:
    if run.state.is_final or not was_followed:
        is_told = error_is_shown and run.state is JobRunState.FAILED and run.summary is not None
        reason = f": {run.error_message}" if run.error_message and not is_told else ""
        say(f"placekeeper: run {short(run.id)} {run.state}{reason}")
    else:
        say(f"placekeeper: run {short(run.id)} does not go on: {LOST}")
