"""The table of marks: who writes must be able to use it, which is found out before rows are staged.

Source: docs/reference/database-writes.md#what-is-in-the-database.
"""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.mysql_account import account_of
from placekeeper.databases.writing.errors import may_pass, reason
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import DatabaseFailed
from placekeeper.rules.databases.staging_names import COMMITS


def check_marks(connection: sa.Connection, login: Login, target: DatabaseTable) -> None:
    """Raises DatabaseFailed if the table of marks is there and the user may not read, add and change marks.

    Each statement concerns no row.
    """
    schema = target.schema or None
    if not inspector_of(connection).has_table(COMMITS, schema=schema):
        return
    marks = sa.table(
        COMMITS,
        *(sa.column(name) for name in ("effect_id", "run_id", "written_table", "done")),
        schema=schema,
    )
    nothing = sa.select(*marks.c).where(sa.false())
    try:
        connection.execute(sa.insert(marks).from_select([column.name for column in marks.c], nothing))
        connection.execute(sa.update(marks).where(sa.false()).values(done=marks.c.done))
    except SQLAlchemyError as error:
        full = DatabaseTable(schema=target.schema, name=COMMITS).full
        raise DatabaseFailed(
            f"{login.place}: {login.user} cannot use the table {full}, which says what writes are done: "
            f"{reason(error)}. Let its owner say: GRANT SELECT, INSERT, UPDATE ON {full} TO "
            f"{account(connection, login)}",
            may_pass=may_pass(error),
        ) from error


def account(connection: sa.Connection, login: Login) -> str:
    """Whom a GRANT names."""
    return account_of(connection)[1] if connection.dialect.name == "mysql" else login.user
