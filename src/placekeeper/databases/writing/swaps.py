"""A table that MySQL makes under another name, and the one RENAME that puts it in the place of the old one.

MySQL commits at it, so that it is no part of the transaction of the rows. Their mark says that it is to come,
and whoever finds that mark repeats it. A lock of the server lets one process at a time do it, or give it up.
Source: docs/reference/database-writes.md#write-spark.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.writing.effect_marks import change_mark, mark_of
from placekeeper.databases.writing.errors import may_pass, reason
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.load import qualified
from placekeeper.databases.writing.marks import account
from placekeeper.databases.writing.products import family, written_product
from placekeeper.databases.writing.statements import DONE, GIVEN_UP, REST, SWAP
from placekeeper.databases.writing.target import find_table
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import DatabaseFailed
from placekeeper.model.publication import RowsWritten
from placekeeper.rules.databases.staging_names import staging_name

WAIT_S: Final = 60
"""So long somebody waits for another process that puts the table in place, or gives it up."""

_LOCK: Final = sa.text("SELECT GET_LOCK(:name, :seconds)")


def is_swapped(effect: RowsWritten) -> bool:
    """Whether the new table is made under another name, since the product commits when tables are made."""
    return effect.anew and written_product(effect.login.product).ddl_commits


def beside(effect: RowsWritten) -> RowsWritten:
    """The effect, to the table of another name: later writes drop one that is left behind."""
    return replace(effect, table=_new(effect))


def check_may_swap(
    connection: sa.Connection, login: Login, staging: DatabaseTable, target: DatabaseTable
) -> None:
    """Raises DatabaseFailed if the user may not rename tables of the schema; the staging table goes then.

    That table is renamed, and has its name again in the same statement.
    """
    if family(login.product) != "mysql":
        return
    name = qualified(connection, staging)
    other = qualified(connection, DatabaseTable(schema=staging.schema, name=f"{staging.name}_0"))
    try:
        connection.exec_driver_sql(f"RENAME TABLE {name} TO {other}, {other} TO {name}")
    except SQLAlchemyError as error:
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        schema = target.schema or login.database
        raise DatabaseFailed(
            f"{login.place}: {login.user} may not put a new table in the place of {target.full}, as mode "
            f"overwrite with other columns does: {reason(error)}. Let an administrator say: GRANT ALTER, "
            f"CREATE, DROP, INSERT ON {schema}.* TO {account(connection, login)}. Or give the frame "
            "the columns of the table and say truncate=true",
            may_pass=may_pass(error),
        ) from error


def is_pending(connection: sa.Connection, effect: RowsWritten, mark: int | None) -> bool:
    """Whether the rows are in the new table, and that is not in its place."""
    return is_swapped(effect) and mark in (SWAP, REST) and _is_there(connection, _new(effect))


def put_in_place(
    engine: sa.Engine, effect: RowsWritten, *, then: int, checkpoint: Callable[[str], None]
) -> int | None:
    """Do what the mark says is to come; what the mark says after that, `then` if this has done it.

    Repeating it changes nothing.
    """
    with _alone(engine, effect, WAIT_S) as connection:
        known = mark_of(connection, effect)
        if known in (SWAP, REST):
            _rename(connection, effect)
            checkpoint("publish.rows-renamed")
        if known == SWAP:
            change_mark(connection, effect, then)
            known = then
        if known != GIVEN_UP and _is_there(connection, old := _old(effect)):
            with suppress(SQLAlchemyError):  # the new table is there: a later write drops the old one
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {qualified(connection, old)}")
    return known


def give_up_pending(engine: sa.Engine, effect: RowsWritten, *, wait_s: int = WAIT_S) -> None:
    """Let a new table that is not in its place never get there. If it is there, the mark says so from now on.

    Raises OSError if another process decides in this moment.
    """
    if not is_swapped(effect):
        return
    new = _new(effect)
    with _alone(engine, effect, wait_s) as connection:
        known = mark_of(connection, effect)
        if is_pending(connection, effect, known):
            change_mark(connection, effect, GIVEN_UP)
        elif known == SWAP:  # a process has put it in place, and came no further
            change_mark(connection, effect, DONE)
        if _is_there(connection, new):
            with suppress(SQLAlchemyError):  # nobody puts it in place any more: a later write drops it
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {qualified(connection, new)}")


@contextmanager
def _alone(engine: sa.Engine, effect: RowsWritten, wait_s: int) -> Iterator[sa.Connection]:
    """A connection that has the server's lock, which goes with it. Each statement is its own transaction."""
    named = {"name": f"placekeeper {effect.id}"[:64], "seconds": wait_s}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.execute(_LOCK, named).scalar() != 1:
            raise OSError(
                f"{effect.login.place}: another process puts the new table {effect.table.full} in place, or "
                "gives it up"
            )
        yield connection


def _rename(connection: sa.Connection, effect: RowsWritten) -> None:
    new = _new(effect)
    if not _is_there(connection, new):  # it is in its place
        return
    names = [f"{qualified(connection, new)} TO {qualified(connection, effect.table)}"]
    if find_table(inspector_of(connection), effect.table) is not None:
        old = _old(effect)
        names.insert(0, f"{qualified(connection, effect.table)} TO {qualified(connection, old)}")
    connection.exec_driver_sql(f"RENAME TABLE {', '.join(names)}")


def _new(effect: RowsWritten) -> DatabaseTable:
    """The table with the rows, before it is in its place."""
    return _named(effect, 8)


def _old(effect: RowsWritten) -> DatabaseTable:
    """The table that was in that place, before it is dropped."""
    return _named(effect, 16)


def _named(effect: RowsWritten, first: int) -> DatabaseTable:
    return DatabaseTable(schema=effect.table.schema, name=staging_name(effect.run_id, effect.id[first:]))


def _is_there(connection: sa.Connection, table: DatabaseTable) -> bool:
    return bool(inspector_of(connection).has_table(table.name, schema=table.schema or None))
