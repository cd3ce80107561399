"""`placekeeper publication list|retry|give-up`: output that is committed and not visible yet."""

import os
from collections.abc import Iterator
from typing import Annotated

import typer
from msgspec import Struct

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    print_json,
    print_table,
    say,
)
from placekeeper.control.seen_output import SeenOutput, still_waiting
from placekeeper.control.waiting_writes import GivenUp, NewLogin
from placekeeper.model.errors import UsageError
from placekeeper.model.publication import Publication, PublicationState, RowsWritten
from placekeeper.model.wording import listed
from placekeeper.rules.databases.waiting_rows import (
    actions_behind,
    by_hand,
    dropping,
    looking,
    not_written,
    rows_in,
)
from placekeeper.rules.jobs.run_ids import short

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN_ID", help="The id, or enough of its beginning; or the job's name.")
]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", metavar="NAME", help="Log in as this connection of the catalog.")
]
SecretOption = Annotated[str | None, typer.Option("--secret", metavar="NAME", help="Log in by this secret.")]
WordOption = Annotated[
    str | None,
    typer.Option("--password-env", metavar="VARIABLE", help="The environment variable with the password."),
]
UserOption = Annotated[
    str | None, typer.Option("--user", metavar="USER", help="The user, if it is another one.")
]


class _Write(Struct, frozen=True, kw_only=True):
    """One write, as JSON has it; `visible` is None if nobody can look, `postactions` may not be done."""

    place: str
    table: str
    rows: int
    mode: str
    user: str
    staging: str
    visible: bool | None
    postactions: int = 0


class _Waiting(Struct, frozen=True, kw_only=True):
    """Output of one run that waits, as JSON has it: what is done of it is in `visible` only."""

    run_id: str
    job_name: str
    state: str
    error: str | None
    files: int
    writes: tuple[_Write, ...]
    visible: tuple[_Write, ...]


@app.command("list")
def list_waiting(
    state: StateOption = None, database: DatabaseOption = None, as_json: JsonOption = False
) -> int:
    """List output that is committed and waits.

    The runs that made it have ended. Databases are asked what is visible of it already.
    """
    with existing_state(state, database, only_shows=True) as opened:
        found = opened.control.waiting_writes.seen()
    if as_json:
        print_json([_told(one) for one in found])
    elif found:
        print_table(("run id", "job", "state", "what waits"), [_row(one) for one in found])
        for one in found:
            for line in _lines(one):
                say(f"placekeeper: {short(one.output.publication.run_id)}: {line}")
    else:
        say("placekeeper: no output waits")
    return 0


@app.command("retry")
def retry(
    run_id: RunArgument,
    connection: ConnectionOption = None,
    secret: SecretOption = None,
    password_env: WordOption = None,
    user: UserOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Finish output that waits, with another login if need be.

    A new login counts for the writes whose own login does not do. It is kept until the rows are visible.
    """
    login = _login(connection, secret, password_env, user)
    with existing_state(state, database) as opened:
        ended = opened.control.waiting_writes.retry(run_id, login)
    for publication in ended:
        say(f"placekeeper: run {short(publication.run_id)}: {_ended(publication)}")
    return 0 if all(one.state is PublicationState.PUBLISHED for one in ended) else 1


@app.command("give-up")
def give_up(
    run_id: RunArgument,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="You have looked yourself: the rows are not in the table.")
    ] = False,
    connection: ConnectionOption = None,
    secret: SecretOption = None,
    password_env: WordOption = None,
    user: UserOption = None,
    state: StateOption = None,
    database: DatabaseOption = None,
) -> int:
    """Give up rows that wait for a database.

    If none of the run's rows is in a table, all of its output is taken back, and the next run reads the same
    again. Otherwise the rest is published, and you are told where the rows are.
    """
    login = _login(connection, secret, password_env, user)
    with existing_state(state, database) as opened:
        given_up = opened.control.waiting_writes.give_up(run_id, login, unseen=unseen)
    for one in given_up:
        _say_given_up(one)
    return 0


def _login(
    connection: str | None, secret: str | None, password_env: str | None, user: str | None
) -> NewLogin | None:
    ways = [one for one in (connection, secret, password_env) if one is not None]
    if len(ways) > 1 or (user is not None and (not ways or connection is not None)):
        raise UsageError(
            "a new login is one of --connection, --secret and --password-env; --user goes with the last two"
        )
    if not ways:
        return None
    password = ""
    if password_env is not None:
        if password_env not in os.environ:
            raise UsageError(f"there is no environment variable {password_env}: put the password there")
        password = os.environ[password_env]
    return NewLogin(connection=connection or "", secret=secret or "", user=user or "", password=password)


def _told(seen: SeenOutput) -> _Waiting:
    publication = seen.output.publication
    rest = [_write(one, visible=True, postactions=len(one.postactions)) for one in seen.rest]
    unseen = [_write(one.effect, visible=None) for one in seen.unseen]
    return _Waiting(
        run_id=publication.run_id,
        job_name=seen.output.job_name,
        state=publication.state,
        error=publication.error,
        files=seen.files,
        writes=(*(_write(one, visible=False) for one in seen.waiting), *unseen, *rest),
        visible=tuple(_write(one, visible=True) for one in seen.visible if one not in seen.rest),
    )


def _write(one: RowsWritten, *, visible: bool | None, postactions: int = 0) -> _Write:
    return _Write(
        place=one.login.place,
        table=one.table.full,
        rows=one.rows,
        mode=one.mode,
        user=one.login.user,
        staging=one.staging,
        visible=visible,
        postactions=postactions,
    )


def _row(seen: SeenOutput) -> tuple[str, ...]:
    publication = seen.output.publication
    return short(publication.run_id), seen.output.job_name, publication.state, ", ".join(still_waiting(seen))


def _lines(seen: SeenOutput) -> Iterator[str]:
    """What else there is to know: why it waits, what is visible, and where nobody can look."""
    if seen.output.publication.error:
        yield seen.output.publication.error
    if seen.visible:
        yield f"visible already: {listed([rows_in(one) for one in seen.visible])}"
    for one in seen.unseen:
        yield (
            f"nobody can look whether {rows_in(one.effect)} are visible: {one.why.rstrip('.')}. They are "
            f"if this shows a row: {looking(one.effect)}"
        )


def _ended(publication: Publication) -> str:
    if publication.state is PublicationState.PUBLISHED:
        return "all output of the run is visible"
    why = (publication.error or "").rstrip(".")
    return f"its output was taken back, and the next run reads the same again: {why}"


def _say_given_up(one: GivenUp) -> None:
    run = short(one.run_id)
    for effect in one.left:
        say(f"placekeeper: {not_written(effect)}")
    for effect in one.rest:
        say(f"placekeeper: given up: {actions_behind(effect)}. Look which of them are done")
    if one.version is not None:
        say(
            f"placekeeper: all else that run {run} wrote was taken back. The bookmark is back to the state "
            f"before it (version {one.version}): the next run reads the same again"
        )
    elif one.there:
        tables = listed([effect.table.full for effect in one.there])
        say(
            f"placekeeper: rows of the same run are in {tables}. So the rest of its output is visible too, "
            "and the bookmark stays: no run reads the same again"
        )
        for effect in one.left:
            _say_by_hand(effect)
        for effect in one.unseen:
            say(
                "placekeeper: a process that had begun to publish may still put the rows there. Look once "
                f"more when the database answers. If this shows a row, they are there:\n  {looking(effect)};"
            )
        return
    else:
        say(f"placekeeper: all else that run {run} wrote was taken back. It has no bookmark: run it again")
    for effect in one.unseen:
        say(
            "placekeeper: the staging table may be left. The next write to that schema drops it, or you do:\n"
            f"  {dropping(effect)};\n"
            "placekeeper: look once more when the database answers. If this shows a row, the write was done "
            f"after all, and the next run writes the same rows again:\n  {looking(effect)};"
        )


def _say_by_hand(effect: RowsWritten) -> None:
    what = "merge" if effect.mode == "upsert" else "put"
    statements = "".join(f"\n  {one};" for one in (*by_hand(effect), dropping(effect)))
    table = effect.table.full
    say(f"placekeeper: to {what} them into {table} yourself, once and in a transaction:{statements}")
