"""`placekeeper runs list|logs`: what ran, how it ended, what it said."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from placekeeper.cli.opened import existing_state
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    instant,
    print_json,
    print_table,
    short,
)
from placekeeper.model.errors import EntityNotFoundException, UsageError
from placekeeper.model.jobs import JobRun
from placekeeper.wiring.state import State

_ERROR_WIDTH = 80

app = typer.Typer(help="Job runs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_runs(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Only the runs of this job.")] = None,
    limit: Annotated[int, typer.Option(help="How many at the most.", min=1)] = 50,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """List runs, newest first."""
    with existing_state(state, database) as opened:
        found = [run for _, run in opened.control.runs.page(job, before=None, limit=limit)]
    if as_json:
        print_json(found)
        return 0
    print_table(
        ("run id", "job", "state", "started", "seconds", "error"),
        [
            (short(run.id), run.job_name, run.state, instant(run.started_ms), _seconds(run), _first_line(run))
            for run in found
        ],
    )
    return 0


@app.command("logs")
def logs(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="The id, or enough of its beginning.")],
    error: Annotated[bool, typer.Option("--error", help="Only the error stream.")] = False,
    output: Annotated[bool, typer.Option("--output", help="Only the output.")] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Print what a run said: its error stream on stderr, its output on stdout."""
    with existing_state(state, database) as opened:
        kept = opened.logs(_whole_id(opened, run_id))
    if output or not error:
        _copy(kept.output, sys.stdout)
    if error or not output:
        _copy(kept.error, sys.stdout if error else sys.stderr)
    return 0


def _whole_id(state: State, beginning: str) -> str:
    matching = sorted(
        path.name for path in (state.folder / "logs").glob("*") if path.name.startswith(beginning)
    )
    if beginning in matching:
        return beginning
    if len(matching) > 1:
        raise UsageError(f"{beginning} is the beginning of {len(matching)} runs; give more of the id")
    if not matching:
        raise EntityNotFoundException(f"no run {beginning} has left logs: see placekeeper runs list")
    return matching[0]


def _copy(log: Path, stream: "object") -> None:
    if log.exists():
        stream.write(log.read_text(errors="replace"))  # type: ignore[attr-defined]


def _seconds(run: JobRun) -> str:
    return "" if run.completed_ms is None else f"{(run.completed_ms - run.started_ms) / 1000:.1f}"


def _first_line(run: JobRun) -> str:
    line = (run.error_message or "").partition("\n")[0]
    return line if len(line) <= _ERROR_WIDTH else f"{line[: _ERROR_WIDTH - 1]}…"
