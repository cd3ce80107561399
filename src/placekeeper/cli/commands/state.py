"""`placekeeper state check|accept`: check that a state is whole, or go on with one that is not."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer

from placekeeper.cli.exit_codes import FAILED, OK
from placekeeper.cli.output import DatabaseOption, JsonOption, StateOption, print_json, print_table, say
from placekeeper.control.state.acceptance import BookmarkStanding, Standing, Unread
from placekeeper.host.listening import is_owned
from placekeeper.model.errors import StateError, StateNotWhole
from placekeeper.model.wording import counted
from placekeeper.rules.wholeness import Finding, Lack, not_whole
from placekeeper.settings import Settings
from placekeeper.wiring.state import state_as_it_is

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("check")
def check(
    digests: Annotated[
        bool, typer.Option("--digests", help="Also read every segment in force and compare its digest.")
    ] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check the database against record and ledger.

    The exit code is 1 when something is missing.

    Nothing is changed by looking.
    """
    settings = Settings.of(os.environ, state=state, database=database)
    try:
        with closing(state_as_it_is(settings, os.environ, is_accepted=False)) as opened:
            standing = opened.control.acceptance.standing(digests=digests)
            described = opened.database
    except StateNotWhole as error:  # there is no database to look into
        if not as_json:
            raise
        missing = Finding(lack=Lack.DATABASE, said=str(error))
        print_json(Standing(state_id=None, bookmarks=(), unknown_runs=(), findings=(missing,)))
        return FAILED
    if as_json:
        print_json(standing)
    else:
        _print_standing(settings, described, standing)
    return FAILED if standing.findings else OK


@app.command("accept")
def accept(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Go on with a state that is not whole.

    Before that it shows what would be read again. What is there counts.

    Only what is lost is read again. The database that belonged to the state before is refused from then on.
    """
    settings = Settings.of(os.environ, state=state, database=database)
    if not settings.state.exists():
        raise StateError(f"there is no state in {settings.state}")
    with closing(state_as_it_is(settings, os.environ, is_accepted=True)) as opened:
        if is_owned(opened):
            raise StateError(f"a process serves the state in {settings.state}: end it first")
        standing = opened.control.acceptance.standing(digests=True)
        if not standing.findings:
            say(f"placekeeper: the state in {settings.state} is whole: there is nothing to accept")
            return OK
        for finding in standing.findings:
            print(finding.said)
        _print_unread(opened.control.acceptance.unread(), standing.unknown_runs)
        if not yes and not typer.confirm("Go on with what is there?", err=True):
            say("placekeeper: nothing was changed")
            return FAILED
        opened.control.acceptance.accept()
    say(f"placekeeper: the state in {settings.state} is whole again, with what is there")
    return OK


def _print_standing(settings: Settings, database: str, standing: Standing) -> None:
    print(f"state      {standing.state_id or 'has no id yet'}")
    print(f"folder     {settings.state}")
    print(f"database   {database}")
    if standing.bookmarks:
        print_table(
            ("bookmark", "version", "in the record", "segments", "ledger rows", "lost segments", "lost rows"),
            [_row(bookmark) for bookmark in standing.bookmarks],
        )
    left = "" if standing.findings else " (left over from before the state was accepted, and harmless)"
    for run in standing.unknown_runs:
        print(f"segments of a run that the database does not know: {run}{left}")
    if standing.findings:
        say(f"placekeeper: {not_whole(str(settings.state), standing.findings, is_checked=True)}")
    else:
        print("the state is whole")


def _row(bookmark: BookmarkStanding) -> tuple[object, ...]:
    return (
        bookmark.name,
        bookmark.version,
        "" if bookmark.recorded is None else bookmark.recorded,
        bookmark.segments,
        f"{bookmark.rows:,}",
        bookmark.lost_segments,
        f"{bookmark.lost_rows:,}",
    )


def _print_unread(unread: Sequence[Unread], unknown_runs: Sequence[str]) -> None:
    if not unread:
        print("Nothing would be read again.")
        return
    for one in unread:
        for key in one.unreadable:
            print(f"The damaged segment {key} cannot be read, and no version points to it.")
            print("Nobody can say which objects it names.")
        if not one.objects and not one.lost_rows:
            continue
        whose = f"the bookmark {one.bookmark}" if one.bookmark else "a bookmark whose name is lost"
        print(f"These objects of {whose} would be read again, if they still exist:")
        if one.lost_rows:
            print(f"  {counted(one.lost_rows, 'object')} of lost segments, whose names are lost too")
        if one.objects:
            print(f"  {counted(one.objects, 'object')} that the database does not know as read:")
        for path in one.paths:
            print(f"    {path}")
        if one.objects > len(one.paths):
            print(f"    … and {one.objects - len(one.paths):,} more")
    print(
        "The output of the lost runs is still in their targets. Remove it first, or its rows are there twice."
    )
    for run in unknown_runs:
        print(f"  files of {run[:15]} are called run-{run.removeprefix('jr_')[:12]}-…")
