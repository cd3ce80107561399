"""`placekeeper bookmark …`: look at what a job remembers, set it back, exchange it with AWS."""

from typing import Annotated

import typer

from placekeeper.cli.commands.marks import NameArgument, counted_kinds, print_marks
from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.key_output import key_elements, key_lines
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
from placekeeper.control.bookmarks.run_ends import no_run
from placekeeper.control.jobs.bookmark_runs import run_of_bookmark
from placekeeper.control.service import Control
from placekeeper.model.bookmark import BookmarkEntry, BookmarkState, source_elements
from placekeeper.model.element import SnapshotElement
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.marks import MarkKind
from placekeeper.model.source import SourceOfObjects, TableSource
from placekeeper.model.wording import counted
from placekeeper.rules.bookmarks import aws_string
from placekeeper.rules.jobs.run_ids import short

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RunIdOption = Annotated[str | None, typer.Option("--run-id", metavar="RUN_ID", help="A run of the job.")]


@app.command("list")
def list_bookmarks(
    state: StateOption = None, database: DatabaseOption = None, as_json: JsonOption = False
) -> int:
    """List the bookmarks of this state, by name."""
    with existing_state(state, database, only_shows=True) as opened:
        newest = opened.control.bookmarks.newest()
    if as_json:
        print_json([{"name": name, "newest": version} for name, version in newest.items()])
        return 0
    print_table(
        ("name", "version", "change", "run", "run id", "at"),
        [
            (name, v.version, v.change, v.run, short(v.run_id), instant(v.created_ms))
            for name, v in newest.items()
        ],
    )
    return 0


@app.command("show")
def show(
    name: NameArgument,
    run_id: RunIdOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show the newest entry, as GetJobBookmark answers it.

    With --run-id, show the one that this run committed.
    """
    with (
        existing_state(state, database, only_shows=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        bookmarks = opened.control.bookmarks
        entry = bookmarks.get(name, _whole_id(opened.control, name, run_id))
        elements = {} if run_id or as_json else bookmarks.state(name)[1]
        marks = opened.control.marks.of(name)
    if as_json:
        print_json(entry)
        return 0
    _print_entry(entry, elements)
    if run_id is None:
        print_table(
            ("context", "ledger rows", "segments", "format", "source"),
            [
                (
                    context,
                    f"{sum(segment.rows for segment in element.segments):,}",
                    len(element.segments),
                    element.source.format if element.source else "",
                    _where(element.source),
                )
                for context, element in sorted(source_elements(elements).items())
            ]
            + [
                (
                    context,
                    "",
                    "",
                    element.source.format,
                    f"{element.source.name}, snapshot {element.snapshot}",
                )
                for context, element in sorted(elements.items())
                if isinstance(element, SnapshotElement)
            ]
            + [
                (
                    context,
                    f"{sum(segment.rows for segment in element.segments):,}",
                    len(element.segments),
                    element.source.connection_type if element.source else "",
                    f"table {element.source.name}" if element.source else _where(None),
                )
                for context, element in key_elements(elements)
            ],
        )
        for context, element in key_elements(elements):
            for line in key_lines(context, element):
                print(line)
        if marks:
            print(f"left out: {counted_kinds(marks)} (placekeeper bookmark bad {name})")
    return 0


@app.command("history")
def history(
    name: NameArgument,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """List every version, and what appended it.

    Below it stands what happened to single objects.
    """
    with (
        existing_state(state, database, only_shows=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        versions = opened.control.bookmarks.history(name)
        marks = opened.control.marks.events(name)
    if as_json:
        print_json(versions)
        return 0
    print_table(
        ("version", "change", "run", "attempt", "run id", "at"),
        [(v.version, v.change, v.run, v.attempt, short(v.run_id), instant(v.created_ms)) for v in versions],
    )
    if marks:
        print()
        print_marks(marks[::-1])
    return 0


@app.command("reset")
def reset(
    name: NameArgument,
    run_id: RunIdOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Forget everything, so that the next run reads all.

    With --run-id, go back to the end of that run.

    Nothing is deleted: the history stays, and a reset can be undone by going back to a run before it. Output
    that was written stays too. What could not be read is tried again; what was skipped stays left out.
    """
    with existing_state(state, database) as opened, suggesting_bookmark(name, opened.control):
        entry = opened.control.bookmarks.reset(name, _whole_id(opened.control, name, run_id))
        skipped = [mark for mark in opened.control.marks.of(name) if mark.kind is MarkKind.SKIPPED]
    but = f" except skipped objects: placekeeper bookmark bad {name}" if skipped else ""
    if as_json:
        print_json(entry)
        return 0
    _print_entry(entry)
    if run_id is None:
        say(f"placekeeper: the next run of {name} reads everything{but}")
    else:
        say(f"placekeeper: see what the next run reads: placekeeper plan {name}")
    return 0


def _whole_id(control: Control, name: str, beginning: str | None) -> str | None:
    if beginning is None:
        return None
    found = run_of_bookmark(control.bookmarks, control.runs, name, beginning)
    if found is None:
        raise EntityNotFoundException(no_run(name, beginning))
    return found


def _where(source: SourceOfObjects | None) -> str:
    if source is None:
        return "imported, not read yet"
    return f"table {source.name}" if isinstance(source, TableSource) else ", ".join(source.paths)


def _print_entry(entry: BookmarkEntry, elements: BookmarkState | None = None) -> None:
    print(f"{entry.job_name}: version {entry.version}, run {entry.run}, attempt {entry.attempt}")
    if entry.run_id:
        print(f"committed by {entry.run_id}")
    if entry.previous_run_id:
        print(f"after        {entry.previous_run_id}")
    for context, timestamps in aws_string.decode(entry.job_bookmark).items():
        in_band = len([h for h in timestamps["INCLUDE_LIST"].split(",") if h]) // 2
        element = source_elements(elements or {}).get(context)
        more = f", {element.unlisted:,} more in the ledger only" if element and element.unlisted else ""
        started = timestamps["CURR_RUN_START_TIME"]
        print(f"{context}: read up to {started}, {counted(in_band, 'object')} in the window{more}")
    for context, next_id in aws_string.next_ids(entry.job_bookmark).items():
        print(f"{context}: the next id is {next_id:,}")
