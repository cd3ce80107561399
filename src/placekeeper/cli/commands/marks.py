"""`placekeeper bookmark bad|retry|skip`: objects that could not be read, and those that are left out."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    instant,
    print_json,
    print_table,
    say,
)
from placekeeper.cli.suggestions import suggesting_bookmark
from placekeeper.control.bookmarks.run_ends import no_bookmark
from placekeeper.host.state import State
from placekeeper.model.errors import EntityNotFoundException, UsageError
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.rules.jobs.run_ids import short

app = typer.Typer(add_completion=False, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name given to Job.init.")]
PathArgument = Annotated[
    str, typer.Argument(metavar="PATH", help="One object: s3://bucket/key, or a local path; no wildcard.")
]


@app.command("bad")
def bad(
    name: NameArgument,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """List the objects that runs of NAME leave out.

    They could not be read, or somebody skipped them.
    """
    with (
        existing_state(state, database, only_reads=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        marks = opened.control.marks.of(name)
        if not marks and not _is_known(opened, name):
            raise EntityNotFoundException(no_bookmark(name))
    if as_json:
        print_json(marks)
    elif marks:
        print_marks(marks)
    else:
        say(f"placekeeper: no object of {name} is quarantined or skipped")
    return 0


@app.command("retry")
def retry(
    name: NameArgument,
    path: PathArgument,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Read a quarantined or skipped object again.

    The next run of NAME does.
    """
    with existing_state(state, database) as opened, suggesting_bookmark(name, opened.control):
        before = opened.control.marks.retry(name, _object(opened, path))
    say(
        f"placekeeper: {before.path} is no longer {before.kind}. The next run of {name} that finds it "
        "reads it"
    )
    return 0


@app.command("skip")
def skip(
    name: NameArgument,
    path: PathArgument,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Leave an object out of every run of NAME for good.

    That holds whatever the object becomes, also before the first run.

    What was processed already stays processed. Undo it: placekeeper bookmark retry NAME PATH
    """
    with existing_state(state, database, create=True) as opened:
        uri = _object(opened, path)
        is_known = _is_known(opened, name)
        is_new = opened.control.marks.skip(name, uri)
    said = "is left out of" if is_new else "is already left out of"
    undo = f"placekeeper bookmark retry {shlex.quote(name)} {shlex.quote(uri)}"
    say(f"placekeeper: {uri} {said} every run of {name}. Undo it: {undo}")
    if not is_known:
        say(f"placekeeper: there is no job or bookmark {name} yet: this takes effect in its first run")
    return 0


def print_marks(marks: Sequence[Mark]) -> None:
    """A table of marks, newest last where they are a history."""
    print_table(
        ("what", "since", "run id", "context", "object", "error"),
        [
            (
                mark.kind,
                instant(mark.at_ms),
                short(mark.run_id),
                mark.context,
                mark.path,
                _one_line(mark.error),
            )
            for mark in marks
        ],
    )


def counted_kinds(marks: Sequence[Mark]) -> str:
    """`2 quarantined, 1 skipped`."""
    counts = ((kind, sum(mark.kind is kind for mark in marks)) for kind in MarkKind)
    return ", ".join(f"{count:,} {kind}" for kind, count in counts if count)


def _object(opened: State, path: str) -> str:
    uri = opened.uri_of(path)
    if uri.endswith("/") or Path(uri.removeprefix("file://")).is_dir():
        raise UsageError(f"{path} is a folder; name one object, as placekeeper plan shows it")
    return uri


def _is_known(opened: State, name: str) -> bool:
    """Whether there is a job of that name, or a run has opened such a bookmark."""
    return bool(opened.control.jobs.named([name])[0]) or opened.control.bookmarks.state(name)[0] is not None


def _one_line(text: str) -> str:
    return " ".join(text.split())
