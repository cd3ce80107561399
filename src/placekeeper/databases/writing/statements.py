"""The statements of a publication: the mark, the rows, and how they meet those that are there."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from placekeeper.databases.writing.load import qualified, quoted
from placekeeper.databases.writing.products import WrittenProduct, family
from placekeeper.databases.writing.storage import storage
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.publication import RowsWritten
from placekeeper.rules.databases.staging_names import ATTEMPT, COMMITS

DONE, REST, WITHIN, GIVEN_UP, SWAP = 1, 0, 2, 3, 4
"""All of an effect is done; or its rows are there, and statements that follow them are not known to be.

The third one is seen from outside only if a statement of postactions has ended the transaction. The next one
says that somebody has given the rows up: who would move them finds it, and does not. By the last one, the
rows are in a new table, which is not in the place of the old one yet."""


def commits_of(effect: RowsWritten) -> sa.Table:
    """The table of marks beside the table that an effect writes."""
    short = sa.String(255)
    digits = short.with_variant(mysql.VARCHAR(64, charset="ascii"), "mysql")
    return sa.Table(
        COMMITS,
        sa.MetaData(),
        sa.Column("effect_id", digits, primary_key=True),
        sa.Column("run_id", short, nullable=False),
        sa.Column("written_table", short, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("committed_at", sa.DateTime, nullable=False, server_default=sa.func.current_timestamp()),
        schema=effect.table.schema or None,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )


def staging_of(effect: RowsWritten) -> DatabaseTable:
    """The staging table of an effect."""
    return DatabaseTable(schema=effect.table.schema, name=effect.staging)


def creation(connection: sa.Connection, effect: RowsWritten) -> str:
    """Makes the table that an effect writes; the keys of an upsert become its primary key."""
    names = quoted(connection, [name for name, _ in effect.made])
    parts = []
    for name, (plain, sql_type) in zip(names, effect.made, strict=True):
        required = " NOT NULL" if plain in effect.keys else ""
        parts.append(f"{name} {sql_type}{required}")
    if effect.keys:
        parts.append(f"PRIMARY KEY ({', '.join(quoted(connection, effect.keys))})")
    end = storage(connection, effect.table.schema, effect.table_options)
    return f"CREATE TABLE {qualified(connection, effect.table)} ({', '.join(parts)}){end}"


def count_of_staged(effect: RowsWritten) -> sa.Select[int]:
    """How many rows wait that count."""
    staging = staging_of(effect)
    named = sa.table(staging.name, sa.column(ATTEMPT), schema=staging.schema or None)
    return sa.select(sa.func.count()).select_from(named).where(named.c[ATTEMPT].in_(list(effect.attempts)))


def moving(
    connection: sa.Connection, effect: RowsWritten, product: WrittenProduct, selection: str | None = None
) -> str:
    """Puts the rows that count into the table; `selection` selects them where names or types differ."""
    target, columns = qualified(connection, effect.table), quoted(connection, effect.columns)
    listed = ", ".join(columns)
    rows = selection or _rows(connection, effect, columns)
    if effect.mode != "upsert":
        return f"INSERT INTO {target} ({listed}) {rows}"
    keys = quoted(connection, effect.keys)
    others = [name for name in columns if name not in keys]
    if product.upsert == "merge":
        return _merge(
            target, rows, columns, keys, others, semicolon=family(effect.login.product) == "sqlserver"
        )
    insert = f"INSERT INTO {target} ({listed}) {rows}"
    if product.upsert == "duplicate":
        changes = (
            ", ".join(f"{name} = VALUES({name})" for name in others) or f"{keys[0]} = {target}.{keys[0]}"
        )
        return f"{insert} ON DUPLICATE KEY UPDATE {changes}"
    changes = ", ".join(f"{name} = excluded.{name}" for name in others)
    done = f"DO UPDATE SET {changes}" if others else "DO NOTHING"
    return f"{insert} ON CONFLICT ({', '.join(keys)}) {done}"


def _rows(connection: sa.Connection, effect: RowsWritten, columns: Sequence[str]) -> str:
    staging = qualified(connection, staging_of(effect))
    attempts = ", ".join(str(int(attempt)) for attempt in effect.attempts)
    counted = f"{ATTEMPT} IN ({attempts})" if attempts else "1 = 0"
    return f"SELECT {', '.join(columns)} FROM {staging} WHERE {counted}"  # noqa: S608 - names and numbers


def _merge(
    target: str,
    rows: str,
    columns: Sequence[str],
    keys: Sequence[str],
    others: Sequence[str],
    *,
    semicolon: bool,
) -> str:
    same = " AND ".join(f"there.{key} = staged.{key}" for key in keys)
    changes = ", ".join(f"{name} = staged.{name}" for name in others)
    update = f" WHEN MATCHED THEN UPDATE SET {changes}" if others else ""
    values = ", ".join(f"staged.{name}" for name in columns)
    return (
        f"MERGE INTO {target} there USING ({rows}) staged ON ({same}){update} "  # noqa: S608 - quoted names
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({values}){';' if semicolon else ''}"
    )
