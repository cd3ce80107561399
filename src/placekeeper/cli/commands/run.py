"""`placekeeper run SCRIPT …`: run a Glue script here and now, with a state that remembers what it read."""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from placekeeper.cli.exit_codes import CONFLICT, FAILED, INTERRUPTED, OK
from placekeeper.cli.interrupts import on_interrupt
from placekeeper.cli.output import DatabaseOption, StateOption, print_json, say
from placekeeper.cli.progress_display import echoing
from placekeeper.cli.run_table import visible_line
from placekeeper.host.run_script import ScriptRun, script_runner
from placekeeper.model.errors import PlacekeeperError, PlanStale, UsageError, VersionMismatchException
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.glue_versions import GLUE_VERSIONS, RUN_GLUE_VERSION
from placekeeper.rules.jobs.run_ids import short
from placekeeper.runtime.run.report import way_lines
from placekeeper.settings import DATABASE_SCHEMES, Settings
from placekeeper.wiring.state import open_state

CONTEXT_SETTINGS = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}

_OURS = {"--state": "FOLDER", "--glue-version": GLUE_VERSIONS[-1]}
"""Our options with a value that are understood after SCRIPT too, and a value to show."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("run", context_settings=CONTEXT_SETTINGS)
def run(
    context: typer.Context,
    script: Annotated[
        str, typer.Argument(help="A Glue script: a path, s3://, gs://, az:// or https://.", metavar="SCRIPT")
    ],
    state: StateOption = None,
    command: Annotated[
        CommandType | None,
        typer.Option("--type", help="The job's type (default: the job's own, else glueetl); before SCRIPT."),
    ] = None,
    database: DatabaseOption = None,
    plan: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Read what this plan says and nothing else (placekeeper plan NAME --json > FILE); "
            "before SCRIPT. A stale plan is refused.",
        ),
    ] = None,
    glue_version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="The version of Glue whose SQL semantics count: "
            f"{', '.join(GLUE_VERSIONS)} (default: the job's own, else {RUN_GLUE_VERSION}).",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run as JSON; the script's output goes to stderr.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Do not show how far the run has come; before SCRIPT.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say which reader reads each source, and why; before SCRIPT.")
    ] = False,
) -> int:
    """Run SCRIPT as a job run.

    All that follows SCRIPT are its arguments.

    --JOB_NAME names the job and its bookmark (default: the script's name). The bookmark follows the run with
    --job-bookmark-option job-bookmark-enable. --engine auto|sail|spark and
    --output-visibility commit|immediate are Placekeeper's own. --state, --json and --glue-version are
    understood after SCRIPT too, --database, --plan, --quiet and --verbose before it only: scripts have
    some of their own. After a lone -- all arguments are the script's.
    """
    ours, arguments = split_arguments(context.args)
    settings = Settings.of(os.environ, state=ours.get("--state") or state, database=database)
    _warn_of_misplaced(arguments)
    as_json = as_json or "--json" in ours
    glue_version = ours.get("--glue-version") or glue_version
    wanted = ScriptRun.of(script, arguments, command=command, plan=plan, glue_version=glue_version)
    with (
        closing(open_state(settings, os.environ)) as opened,
        script_runner(opened, os.environ, Path.cwd()) as runner,
        on_interrupt() as interrupted,
        echoing(as_json=as_json, quiet=quiet) as echo,
    ):
        ended = runner.run(wanted, note=_note, is_stopped=interrupted.is_set, echo=echo, spare=context.obj)
        visible = opened.control.runs.told_by_output([ended])
    if as_json:
        print_json(ended)
    _say_how_it_ended(ended, visible, verbose=verbose)
    return _exit_code(ended)


def split_arguments(argv: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Our own options among a script's arguments, and the rest."""
    ours: dict[str, str] = {}
    rest: list[str] = []
    tokens = iter(argv)
    for token in tokens:
        name, _, value = token.partition("=")
        if token == "--":
            rest.extend(tokens)
        elif name in _OURS:
            ours[name] = value or next(tokens, "")
            if not ours[name]:
                raise UsageError(f"{name} needs a value: {name} {_OURS[name]}")
        elif token == "--json":
            ours[token] = "true"
        else:
            rest.append(token)
    return ours, rest


def _exit_code(ended: JobRun) -> int:
    if ended.state is JobRunState.SUCCEEDED:
        return OK
    if ended.state is JobRunState.STOPPED:
        return INTERRUPTED
    return CONFLICT if _is_a(PlanStale, ended) else FAILED


def _is_a(error: type[PlacekeeperError], ended: JobRun) -> bool:
    """Tell if a run failed with an error of this class."""
    return (ended.error_message or "").startswith(f"{error.__name__}: ")


def _warn_of_misplaced(argv: Sequence[str]) -> None:
    for sentence in _misplaced(argv):
        _note(f"note: {sentence}")


def _misplaced(argv: Sequence[str]) -> list[str]:
    """A sentence for each option that looks like ours and went to the script because it came after it."""
    options = dict(pairwise(argv)) | dict(token.split("=", 1) for token in argv if "=" in token)
    found = []
    if options.get("--type") in tuple(CommandType):
        found.append("--type")
    if options.get("--database", "").partition("://")[0] in DATABASE_SCHEMES:
        found.append("--database")
    if options.get("--plan", "").endswith(".json"):
        found.append("--plan")
    return [
        f"{name} after the script is the script's argument; if it is meant for placekeeper, put it before: "
        f"placekeeper run {name} … SCRIPT"
        for name in found
    ]


def _say_how_it_ended(ended: JobRun, visible: Mapping[str, int], *, verbose: bool) -> None:
    for line in way_lines(ended.summary) if verbose and ended.summary is not None else ():
        say(line)
    if ended.state is JobRunState.SUCCEEDED:
        unrecorded = f", which could not be recorded: {ended.error_message}" if ended.error_message else ""
        say(f"placekeeper: run {short(ended.id)} SUCCEEDED{unrecorded}")
    elif ended.state is JobRunState.FAILED:
        say(f"placekeeper: run {short(ended.id)} FAILED: {_reason(ended)}")
    elif ended.state is JobRunState.STOPPED:
        say(f"placekeeper: run {short(ended.id)} STOPPED{_what_moved(ended)}")
    for rows in visible.values():
        _note(visible_line(rows))


def _note(text: str) -> None:
    say(f"placekeeper: {text}")


def _what_moved(ended: JobRun) -> str:
    if ended.summary is None:
        return ""
    committed = ended.summary.bookmark_versions[1]
    if committed is None:
        return "; the bookmark did not move"
    return f"; the bookmark had moved to version {committed} before, and its output is published"


def _reason(ended: JobRun) -> str:
    if ended.summary is not None and _is_a(VersionMismatchException, ended):
        name = ended.summary.bookmark_name
        return (
            f"another run, a reset or a rewind has moved the bookmark {name} since this run began. Nothing "
            "of this run is published or remembered. Run the job again. To see what moved it: "
            f"placekeeper bookmark history {name}"
        )
    if ended.summary is not None:  # the run has said it itself, right above
        return f"placekeeper runs logs {short(ended.id)} shows it again"
    return (ended.error_message or "").partition("\n")[0]
