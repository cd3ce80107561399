"""The mark of an effect: made beside the rows in one transaction, it says that they are there.

Source: docs/reference/database-writes.md#what-is-in-the-database.
"""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.statements import commits_of
from placekeeper.model.publication import RowsWritten


def insert_mark(connection: sa.Connection, effect: RowsWritten, rest: int) -> None:
    """Directly before the rows: what commits the one commits the other."""
    values = {
        "effect_id": effect.id,
        "run_id": effect.run_id,
        "written_table": effect.table.full[:255],
        "done": rest,
    }
    try:
        connection.execute(sa.insert(commits_of(effect)).values(values))
    except IntegrityError as error:
        raise DoneMeanwhile from error


def change_mark(connection: sa.Connection, effect: RowsWritten, done: int) -> None:
    """Let the mark say something else."""
    marks = commits_of(effect)
    connection.execute(sa.update(marks).where(marks.c.effect_id == effect.id).values(done=done))


def marked_meanwhile(engine: sa.Engine, effect: RowsWritten) -> int | None:
    """The same by a connection of its own; None too if there is no answer."""
    try:
        with engine.connect() as connection:
            return mark_of(connection, effect)
    except SQLAlchemyError:
        return None


class DoneMeanwhile(Exception):
    """Another process has published the same effect."""


def ensure_marks(engine: sa.Engine, effect: RowsWritten) -> None:
    """Make the table of marks if it is not there; several may try at once."""
    marks = commits_of(effect)
    try:
        with engine.begin() as connection:
            if not _has(connection, marks):
                marks.create(connection)
    except SQLAlchemyError:
        with engine.connect() as connection:
            if not _has(connection, marks):
                raise


def _has(connection: sa.Connection, table: sa.Table) -> bool:
    return bool(inspector_of(connection).has_table(table.name, schema=table.schema))


def mark_of(connection: sa.Connection, effect: RowsWritten) -> int | None:
    """What the mark of an effect says; None if there is none."""
    marks = commits_of(effect)
    if not _has(connection, marks):
        return None
    found = connection.execute(sa.select(marks.c.done).where(marks.c.effect_id == effect.id)).scalar()
    return None if found is None else int(found)
