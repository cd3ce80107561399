"""`placekeeper run SCRIPT …`: run a Glue script here and now, with a state that remembers what it read."""

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from placekeeper.cli.exit_codes import CONFLICT, FAILED, INTERRUPTED, OK
from placekeeper.cli.interrupts import on_interrupt
from placekeeper.cli.output import DatabaseOption, StateOption, print_json, say
from placekeeper.cli.progress_display import echoing
from placekeeper.cli.run_ids import of_bookmark, short
from placekeeper.launch.process import WaitingProcess
from placekeeper.model.errors import (
    EntityNotFoundException,
    PlacekeeperError,
    PlanStale,
    StateUnfit,
    UsageError,
    VersionMismatchException,
)
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.arguments import from_argv
from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.extras import Extras
from placekeeper.rules.jobs.locations import file_name, has_scheme
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.settings import Settings
from placekeeper.store.postgres import SCHEMES
from placekeeper.wiring.launcher import LocalLauncher
from placekeeper.wiring.server import is_owned, serving_or_joined
from placekeeper.wiring.state import State, open_state

CONTEXT_SETTINGS = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}

_KIND = "run-"
"""What the ids of launchers begin with that are this command."""

_MOST_ROWS = 2_000_000
"""How many rows are merged at the end of a run: a few seconds' worth. More is left to `placekeeper dev`."""

_MOST_NAMES = 1000
_SIMILAR = 0.8


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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run as JSON; the script's output goes to stderr.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Do not show how far the run has come; before SCRIPT.")
    ] = False,
) -> int:
    """Run SCRIPT as a job run; all that follows SCRIPT are its arguments.

    --JOB_NAME names the job and its bookmark (default: the script's name). The bookmark follows the run with
    --job-bookmark-option job-bookmark-enable. --engine auto|sail|spark and
    --output-visibility commit|immediate are Placekeeper's own. --state and --json are understood after SCRIPT
    too, --database, --plan and --quiet before it only: scripts have some of their own. What follows a
    lone -- goes to the script untouched.
    """
    ours, arguments = split_arguments(context.args)
    settings = Settings.of(os.environ, state=ours.get("--state") or state, database=database)
    for note in _misplaced(arguments):
        say(f"placekeeper: note: {note}")
    spare: list[WaitingProcess] = context.obj or []
    as_json = as_json or "--json" in ours
    ended = _run(script, arguments, settings, spare, command=command, plan=plan, as_json=as_json, quiet=quiet)
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
        elif name == "--state":
            ours[name] = value or next(tokens, "")
            if not ours[name]:
                raise UsageError("--state needs a folder")
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
    """Whether a run has failed by such an error."""
    return (ended.error_message or "").startswith(f"{error.__name__}: ")


def _misplaced(argv: Sequence[str]) -> list[str]:
    """Sentences about options of ours that went to the script because they stand behind it."""
    options = dict(pairwise(argv)) | dict(token.split("=", 1) for token in argv if "=" in token)
    found = []
    if options.get("--type") in tuple(CommandType):
        found.append("--type")
    if options.get("--database", "").partition("://")[0] in SCHEMES:
        found.append("--database")
    if options.get("--plan", "").endswith(".json"):
        found.append("--plan")
    return [
        f"{name} after the script is the script's argument; if it is meant for placekeeper, put it before: "
        f"placekeeper run {name} … SCRIPT"
        for name in found
    ]


def _run(
    script: str,
    argv: Sequence[str],
    settings: Settings,
    spare: list[WaitingProcess],
    *,
    command: CommandType | None,
    plan: str | None,
    as_json: bool,
    quiet: bool,
) -> JobRun:
    location = _location(script)
    arguments = _checked(argv)
    if plan is not None:
        arguments["--bookmark-plan"] = plan if "://" in plan else str(Path(plan).absolute())
    name = arguments.pop("--JOB_NAME", "") or Path(file_name(script)).stem
    with (
        closing(open_state(settings, os.environ)) as state,
        serving_or_joined(state) as url,
        state.present(_KIND) as presence,
        on_interrupt() as interrupted,
        echoing(as_json=as_json, quiet=quiet) as echo,
    ):
        _complete_range(state, name, arguments)
        _tell_if_new(state, name)
        if plan is not None:
            state.planner.check(arguments["--bookmark-plan"])
        launcher = LocalLauncher(
            state,
            presence,
            url,
            os.environ,
            Path.cwd(),
            echo=echo,
            waiting=spare.pop() if spare else None,
        )
        execution = state.execution(launcher)
        execution.reap()
        run, token = state.control.starting.register(
            name,
            script_location=location,
            arguments={"--scriptLocation": location, **arguments},
            launcher=launcher.identity,
            command=command,
        )
        ended = execution.execute(run, token, is_stopped=interrupted.is_set)
        _look_after(state, ended)
    if as_json:
        print_json(ended)
    if ended.state is JobRunState.SUCCEEDED:
        unrecorded = f", which could not be recorded: {ended.error_message}" if ended.error_message else ""
        say(f"placekeeper: run {short(ended.id)} SUCCEEDED{unrecorded}")
    elif ended.state is JobRunState.FAILED:
        say(f"placekeeper: run {short(ended.id)} FAILED: {_reason(ended)}")
    elif ended.state is JobRunState.STOPPED:
        say(f"placekeeper: run {short(ended.id)} STOPPED{_what_moved(ended)}")
    return ended


def _complete_range(state: State, name: str, arguments: dict[str, str]) -> None:
    """Give --job-bookmark-from and -to whole run ids, where they are shortened as tables show them."""
    for key in ("--job-bookmark-from", "--job-bookmark-to"):
        if given := arguments.get(key):
            # The job's bookmark may have another name: then the run says what is wrong.
            with suppress(EntityNotFoundException):
                arguments[key] = of_bookmark(state.control, name, given) or given


def _tell_if_new(state: State, name: str) -> None:
    """Say that a job is defined now, if that looks like a slip: the new job reads everything."""
    jobs = state.control.jobs
    if jobs.named([name])[0]:
        return
    names = jobs.names(tags={}, after=None, limit=_MOST_NAMES)
    similar = get_close_matches(name, names, n=1, cutoff=_SIMILAR)
    if similar:
        say(
            f"placekeeper: there was no job {name}: it is defined now, and reads everything. "
            f"Did you mean --JOB_NAME {similar[0]}?"
        )


def _look_after(state: State, ended: JobRun) -> None:
    """Remove garbage and merge; that it cannot be done changes nothing of how the run has ended."""
    try:
        state.tidy()
        if not is_owned(state):  # whoever owns it merges too, and has more time
            _merge(state, ended)
    except (OSError, StateUnfit) as error:
        say(f"placekeeper: garbage and segments are looked after by a later run: {error}")


def _merge(state: State, ended: JobRun) -> None:
    name = ended.summary.bookmark_name if ended.summary else None
    if name is not None:
        merged = state.compaction.merge(only=name, most_rows=_MOST_ROWS)
        for trouble in merged.troubles:
            say(f"placekeeper: segments of the bookmark {name} were not merged: {trouble}")


def _checked(argv: Sequence[str]) -> dict[str, str]:
    """The script's arguments, if they can be handed over and ours among them have a meaning."""
    for token in argv:
        if not token.isprintable() and any(0xDC80 <= ord(character) <= 0xDCFF for character in token):
            raise UsageError(f"the argument {os.fsencode(token)!r} is no UTF-8 text")
    arguments = from_argv(argv)
    RunOptions.of(arguments)
    Extras.of(arguments)
    return arguments


def _location(script: str) -> str:
    if script.startswith("-"):
        raise UsageError(f"'{script}' stands where the script should: placekeeper run SCRIPT {script} …")
    if has_scheme(script):
        return script
    path = Path(script).absolute()
    if path.is_dir():
        raise UsageError(f"{script} is a folder; name the script in it")
    if not path.is_file():
        raise UsageError(f"there is no script at {script}")
    return str(path)


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
            f"the bookmark {name} has moved since it began, by another run, a reset or a rewind. Nothing of "
            f"it is published or remembered: see placekeeper bookmark history {name}, and run it again"
        )
    if ended.summary is not None:  # the run has said it itself, right above
        return f"placekeeper runs logs {short(ended.id)} shows it again"
    return (ended.error_message or "").partition("\n")[0]
