"""Writes to one database: staging tables are made, found and dropped here.

Source: docs/reference/database-writes.md.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.databases.writing.anew import check_replaceable, is_other, made_by
from placekeeper.databases.writing.checks import check_rows
from placekeeper.databases.writing.connections import transaction
from placekeeper.databases.writing.earlier import Earlier, as_made
from placekeeper.databases.writing.fit import Fit
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.load import TableLoader, qualified, quoted
from placekeeper.databases.writing.marks import check_marks
from placekeeper.databases.writing.new_columns import new_columns
from placekeeper.databases.writing.products import WrittenProduct, family, written_product
from placekeeper.databases.writing.storage import ENGINE, storage
from placekeeper.databases.writing.swaps import check_may_swap
from placekeeper.databases.writing.target import (
    Matched,
    TargetTable,
    checked_keys,
    described,
    find_table,
    matched,
)
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import DatabaseFailed, UnsupportedFeature, UsageError
from placekeeper.model.wording import listed
from placekeeper.ports.databases import StagedWrite, WriteAsked
from placekeeper.rules.databases.new_tables import TRANSACTIONAL
from placekeeper.rules.databases.staging_names import ATTEMPT, run_of


class Writing(Struct, frozen=True):
    """Implements ports.databases.DatabaseWriting."""

    login: Login

    def begin(self, asked: WriteAsked) -> StagedWrite:
        """See ports.databases.DatabaseWriting."""
        product = written_product(self.login.product)
        with transaction(self.login, f"writing to {asked.table.full}") as connection:
            table = find_table(inspector_of(connection), asked.table)
            if family(self.login.product) == "mysql":
                _refuse_quotes(connection, table or asked.table, asked)
                _try_to_drop(connection, table or asked.table, asked.staging)
            check_marks(connection, self.login, asked.table if table is None else table)
            if table is None or made_by(asked) is not None:
                return self._begun_anew(connection, product, asked)
            target = described(connection, table, family(self.login.product))
            if asked.new.replaces and is_other(asked, target.lower_names):
                check_replaceable(connection, self.login, table)
                return self._begun_anew(connection, product, replace(asked, table=table), there=target)
            if family(self.login.product) == "mysql":
                _refuse_without_transactions(connection, table)
            found = matched(target, asked)
            checked_keys(target, found, product)
            staging = DatabaseTable(schema=table.schema, name=asked.staging)
            _make_like(connection, family(self.login.product), product, staging, target, found)
        return Begun(
            login=self.login,
            asked=asked,
            staging=staging,
            table=table,
            fits=_keyed(found.fits, found.keys or (target.unique[0] if target.unique else ())),
            keys=found.keys,
            notes=(*found.notes, *_without_effect(asked, table)),
            target=target,
        )

    def _begun_anew(
        self,
        connection: sa.Connection,
        product: WrittenProduct,
        asked: WriteAsked,
        there: TargetTable | None = None,
    ) -> StagedWrite:
        """Begin a write that makes its table; one that is `there` is dropped for it."""
        made = new_columns(product, asked)
        earlier = Earlier.of(asked)
        first = None if there is not None else earlier.made
        before = frozenset(name.lower() for name, _ in first.made) if first is not None else frozenset()
        is_anew = there is not None or (asked.new.replaces and first is not None and is_other(asked, before))
        if first is not None and not is_anew and not earlier.is_unknown and not asked.may_change:
            made = as_made(first, asked)
        staging = DatabaseTable(schema=asked.table.schema, name=asked.staging)
        if asked.new.options:  # does the database take them?
            _make(connection, staging, made, asked.new.options)
            connection.exec_driver_sql(f"DROP TABLE {qualified(connection, staging)}")
        _make(connection, staging, [*made, (ATTEMPT, product.attempt)])
        if is_anew:
            check_may_swap(connection, self.login, staging, asked.table)
        fits = described(connection, staging, family(self.login.product)).fits
        by_name = {fit.name.lower(): fit for fit in fits}
        if changed := [name for name, _ in made if name.lower() not in by_name]:
            connection.exec_driver_sql(f"DROP TABLE {qualified(connection, staging)}")
            raise UsageError(
                f"{self.login.product} would give the columns {listed(changed)} of {asked.table.full} other "
                "names: it cuts long ones, or takes a sign for another. Rename them in the frame"
            )
        keys = {key.lower() for key in asked.keys}
        named = tuple(name for name, _ in made if name.lower() in keys)
        return Begun(
            login=self.login,
            asked=asked,
            staging=staging,
            table=asked.table,
            fits=_keyed([by_name[name.lower()] for name, _ in made], named),
            keys=named,
            made=() if first is not None and not is_anew else made,
            anew=is_anew,
            notes=() if there is None else (_DROPPED.format(listed(there.names)),),
        )

    def staging_tables(self, schema: str) -> Sequence[str]:
        """See ports.databases.DatabaseWriting."""
        with transaction(self.login, "looking for staging tables") as connection:
            names = inspector_of(connection).get_table_names(schema=schema or None)
        return [name for name in names if run_of(name) is not None]

    def drop_tables(self, schema: str, names: Sequence[str]) -> None:
        """See ports.databases.DatabaseWriting."""
        for name in names:
            drop_table(self.login, DatabaseTable(schema=schema, name=name))


def _keyed(fits: Sequence[Fit], keys: Sequence[str]) -> tuple[Fit, ...]:
    return tuple(replace(fit, is_key=True) if fit.name in keys else fit for fit in fits)


class Begun(Struct, frozen=True, kw_only=True):
    """Implements ports.databases.StagedWrite. `target` is None for a table that is not there yet."""

    login: Login
    asked: WriteAsked
    staging: DatabaseTable
    table: DatabaseTable
    fits: tuple[Fit, ...]
    keys: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    anew: bool = False
    notes: tuple[str, ...] = ()
    target: TargetTable | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """See ports.databases.StagedWrite."""
        return tuple(fit.name for fit in self.fits)

    @property
    def loader(self) -> TableLoader:
        """See ports.databases.StagedWrite."""
        return TableLoader(
            login=self.login, staging=self.staging, fits=self.fits, rows_at_once=self.asked.rows_at_once
        )

    def check(self, attempts: Sequence[int]) -> None:
        """See ports.databases.StagedWrite."""
        with transaction(self.login, f"looking at the rows for {self.table.full}") as connection:
            check_rows(connection, self.staging, attempts, self.asked, self.columns, self.keys, self.target)

    def drop(self) -> None:
        """See ports.databases.StagedWrite."""
        drop_table(self.login, self.staging)


_DROPPED: Final = (
    "the table had the columns {}, and the frame has others: it is dropped and made anew, as Spark does, "
    "without its indexes and rights. truncate=true keeps it"
)


def _without_effect(asked: WriteAsked, table: DatabaseTable) -> list[str]:
    said = {"createTableOptions": asked.new.options, "createTableColumnTypes": asked.new.columns}
    return [f"option {name} has no effect: {table.full} is there" for name, value in said.items() if value]


_ENGINE: Final = (
    "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name"
)


_QUOTED: Final = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name AND LOCATE(:quote, column_name) > 0
"""


def _try_to_drop(connection: sa.Connection, table: DatabaseTable, staging: str) -> None:
    """Raises the database's refusal where the user may make tables and not drop them. Nothing is dropped."""
    named = qualified(connection, DatabaseTable(schema=table.schema, name=staging))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {named}")


def _refuse_quotes(connection: sa.Connection, table: DatabaseTable, asked: WriteAsked) -> None:
    """Raises UnsupportedFeature for a name with a quote where ANSI_QUOTES is set: SQLAlchemy misreads it."""
    if not connection.exec_driver_sql("SELECT FIND_IN_SET('ANSI_QUOTES', @@sql_mode)").scalar():
        return
    named = {"schema": table.schema or None, "name": table.name, "quote": '"'}
    found = [name for name in asked.schema.names if '"' in name]
    found += connection.execute(sa.text(_QUOTED), named).scalars()
    if found:
        raise UnsupportedFeature(
            f"the column {found[0]} of {table.full} has a quote in its name, and the server has ANSI_QUOTES "
            "in its sql_mode. There such tables are read and not written: rename the column, or take "
            "ANSI_QUOTES from the sql_mode"
        )


_BELOW_VIEW: Final = (
    "SELECT t.table_name FROM information_schema.views v JOIN information_schema.tables t "
    "ON LOCATE(CONCAT('`', t.table_schema, '`.`', t.table_name, '`'), v.view_definition) > 0 "
    "WHERE v.table_schema = DATABASE() AND v.table_name = :name AND t.table_schema = DATABASE()"
)
"""The tables that the definition of a view names."""


def _refuse_without_transactions(connection: sa.Connection, table: DatabaseTable) -> None:
    """Raises UnsupportedFeature for a table of MySQL whose engine cannot undo what it has done."""
    waiting, seen = [table.name], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        engine = connection.execute(sa.text(_ENGINE), {"name": name}).scalar()
        if engine is not None and str(engine).lower() not in TRANSACTIONAL:
            below = "" if name == table.name else f", a view on {name}"
            raise UnsupportedFeature(
                f"the table {table.full}{below} has the engine {engine}, which has no transactions, so that "
                f"a write could be there in part or twice. Change it: ALTER TABLE {name} ENGINE = InnoDB"
            )
        if engine is None:
            found = connection.execute(sa.text(_BELOW_VIEW), {"name": name}).scalars()
            waiting += [one for one in found if one not in seen]


def drop_table(login: Login, table: DatabaseTable) -> None:
    """Drop a staging table if it is there. Raises DatabaseFailed."""
    try:
        with transaction(login, f"dropping {table.full}") as connection:
            if _is_there(connection, table):
                connection.exec_driver_sql(f"DROP TABLE {qualified(connection, table)}")
    except DatabaseFailed:
        with transaction(login, f"looking for {table.full}") as connection:
            if _is_there(connection, table):
                raise  # else somebody else has dropped it meanwhile


def _is_there(connection: sa.Connection, table: DatabaseTable) -> bool:
    return bool(inspector_of(connection).has_table(table.name, schema=table.schema or None))


def _make_like(
    connection: sa.Connection,
    product_name: str,
    product: WrittenProduct,
    staging: DatabaseTable,
    target: TargetTable,
    found: Matched,
) -> None:
    """Make a staging table whose columns have the types of the target's.

    SQLite's have none there: the target's own decide what becomes of a value.
    """
    if product_name == "sqlite" or not found.columns:
        _make(connection, staging, [*((name, "") for name in found.columns), (ATTEMPT, product.attempt)])
        return
    columns = ", ".join(quoted(connection, found.columns))
    name, source = qualified(connection, staging), qualified(connection, target.table)
    tagged = f"{columns}, CAST(0 AS {product.attempt}) AS {ATTEMPT}"
    if product_name == "sqlserver":
        statement = f"SELECT {tagged} INTO {name} FROM {source} WHERE 1 = 0"  # noqa: S608 - quoted names
    elif product_name == "mysql":  # which has no cast to BIGINT
        made = f"CREATE TABLE {name} ({ATTEMPT} {product.attempt}){ENGINE}"
        statement = f"{made} AS SELECT {columns} FROM {source} WHERE 1 = 0"  # noqa: S608
    else:
        statement = f"CREATE TABLE {name} AS SELECT {tagged} FROM {source} WHERE 1 = 0"  # noqa: S608
    connection.exec_driver_sql(statement)


def _make(
    connection: sa.Connection, table: DatabaseTable, columns: Sequence[tuple[str, str]], options: str = ""
) -> None:
    names = quoted(connection, [name for name, _ in columns])
    parts = ", ".join(
        f"{name} {sql_type}".rstrip() for name, (_, sql_type) in zip(names, columns, strict=True)
    )
    end = storage(connection, table.schema, options)
    connection.exec_driver_sql(f"CREATE TABLE {qualified(connection, table)} ({parts}){end}")
