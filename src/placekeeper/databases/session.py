"""A session: one connection in one read-only transaction, whatever the product."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from placekeeper.databases import cuts, statements
from placekeeper.databases.columns import Relation, subquery
from placekeeper.databases.dialect import Dialect, schema_of
from placekeeper.databases.failures import answering
from placekeeper.databases.listing import listed_tables
from placekeeper.databases.reading import Reading
from placekeeper.databases.statements import selects, wanted
from placekeeper.databases.unfit import Unfit, naming_keys
from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    Key,
    KeyRange,
    KeyValue,
    ListedTable,
    Login,
    Moment,
    Part,
    Partitioning,
    Past,
    Rows,
    TableMark,
    TableShape,
)
from placekeeper.model.errors import DatabaseFailed, TableNotThere
from placekeeper.model.wording import counted, listed, nearest

_TABLES_NAMED = 5


class SqlSession:
    """Implements ports.databases.DatabaseSession on a connection whose transaction has begun."""

    def __init__(self, dialect: Dialect, login: Login, connection: Connection, moment: Moment) -> None:
        self._dialect = dialect
        self._login = login
        self._connection = connection
        self._moment = moment
        self._relations: dict[DatabaseTable | str, Relation] = {}
        self._idle: list[Any] = []

    def close(self) -> None:
        """Close what streams have left. The connection itself is its maker's."""
        for connection in self._idle:
            with suppress(*self._dialect.errors):  # the server may have gone away
                connection.close()
        self._idle.clear()

    @property
    def moment(self) -> Moment:
        """See ports.databases.DatabaseSession."""
        return self._moment

    def shape(self, table: DatabaseTable) -> TableShape:
        """See ports.databases.DatabaseSession."""
        return self._relation(table).shape

    def tables(self) -> Sequence[ListedTable]:
        """See ports.databases.DatabaseSession."""
        with self._answering():
            found = self._dialect.listed(self._connection)
            return listed_tables(self._connection, self._login.product, found)

    def schema(self, rows: Rows) -> pa.Schema:
        """See ports.databases.DatabaseSession."""
        return schema_of(wanted(self._of(rows), rows), self._login)

    def last_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        """See ports.databases.DatabaseSession."""
        return self._end_key(table, keys, within, last=True)

    def first_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        """See ports.databases.DatabaseSession."""
        return self._end_key(table, keys, within, last=False)

    def key_back(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange, rows: int) -> Key | None:
        """See ports.databases.DatabaseSession."""
        return self._end_key(table, keys, within, last=True, skip=rows)

    def next_number(self, table: DatabaseTable, column: str) -> int | None:
        """See ports.databases.DatabaseSession."""
        relation = self._relation(table)
        if relation.columns_by_name[column].key_type != "int":
            return None
        with self._answering():
            return self._dialect.next_number(self._connection, relation, column)

    def table_mark(self, table: DatabaseTable) -> TableMark | None:
        """See ports.databases.DatabaseSession."""
        relation = self._relation(table)
        with self._answering():
            return self._dialect.table_mark(self._connection, relation)

    def past(self, table: DatabaseTable, column: str, was: TableMark, now: TableMark) -> Past:
        """See ports.databases.DatabaseSession."""
        relation = self._relation(table)
        with self._answering():
            return self._dialect.past(self._connection, relation, column, was, now)

    def count(self, rows: Rows) -> int:
        """See ports.databases.DatabaseSession."""
        relation = self._of(rows)
        if rows.table is None and rows.part is None:
            found = [sa.select(sa.func.count()).select_from(subquery(rows.query))]
        else:
            found = [
                statement.with_only_columns(sa.func.count(), maintain_column_froms=True)
                for statement in selects(self._dialect, relation, rows, is_sorted=False)
            ]
        return sum(int(self._one(statement)[0]) for statement in found)

    def gaps(
        self, table: DatabaseTable, keys: BookmarkKeys, first: int, last: int, most: int
    ) -> Sequence[IdRange]:
        """See ports.databases.DatabaseSession."""
        if first > last or most < 1:
            return ()
        relation = self._relation(table)
        ascending = BookmarkKeys(columns=keys.columns)
        if len(keys.columns) != 1 or keys.columns[0] in _not_numbers(relation):
            raise DatabaseFailed(f"{table.full}: gaps are those of one whole-number key")
        bounds = KeyRange(after=_number(first - 1), upto=_number(last))
        highest = self._end_key(table, ascending, bounds, last=True)
        lowest = self._end_key(table, ascending, bounds, last=False)
        if highest is None or lowest is None:
            return (IdRange(first, last),)
        top, bottom = int(highest[0].text), int(lowest[0].text)
        found = [IdRange(top + 1, last)] if top < last else []
        with self._answering():
            pairs = self._connection.execute(
                statements.gaps(self._dialect, relation, ascending, bottom, top, most)
            ).all()
        found += [IdRange(int(below) + 1, int(above) - 1) for below, above in pairs]
        if bottom > first:
            found.append(IdRange(first, bottom - 1))
        return tuple(reversed(found[:most]))

    def parts(self, rows: Rows, wanted: int) -> Sequence[Part]:
        """See ports.databases.DatabaseSession."""
        if wanted < 2 or rows.table is None:
            return ()
        relation = self._of(rows)
        with self._answering():
            found = self._dialect.parts(self._connection, relation, rows, wanted)
        return found if len(found) > 1 else ()

    def cut(self, rows: Rows, by: Partitioning) -> Sequence[Part]:
        """See ports.databases.DatabaseSession."""
        relation = self._of(rows)
        found = cuts.cut(self._dialect, self._connection, relation, by)
        if len(found) < 2:
            return ()
        try:
            with self._answering():
                cuts.check(self._dialect, self._connection, relation, rows, found)
        except DatabaseFailed as error:
            by_what = f"hashexpression {by.expression!r}" if by.expression else f"hashfield {by.column!r}"
            raise DatabaseFailed(f"the database cannot cut rows by {by_what}: {error}") from error
        return found

    def read(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """See ports.databases.DatabaseSession."""
        return self.batches(rows, is_apart=False)

    def batches(self, rows: Rows, *, is_apart: bool) -> Iterator[pa.RecordBatch]:
        """The same; if it `is_apart`, in any order, and of no moment but that of a snapshot."""
        relation = self._of(rows)
        columns = wanted(relation, rows)
        reading = Reading(
            dialect=self._dialect,
            relation=relation,
            rows=rows,
            statements=selects(self._dialect, relation, rows, is_sorted=not is_apart),
            columns=columns,
            schema=schema_of(columns, self._login),
            moment=self._moment,
            is_apart=is_apart,
            idle=self._idle,
        )
        try:
            with self._answering():
                yield from self._dialect.stream(self._connection, self._login, reading)
        except Unfit as error:
            raise self._named(error, relation, rows, is_apart=is_apart) from None

    def _named(self, error: Unfit, relation: Relation, rows: Rows, *, is_apart: bool) -> DatabaseFailed:
        """A value that does not fit, with the keys of its row. If nobody has read them, it is read again."""
        keys = naming_keys(relation, rows)
        asked = tuple(dict.fromkeys((*keys, error.column.name)))
        if not error.row.keys() >= set(keys) and asked != rows.columns:
            try:
                for _ in self.batches(replace(rows, columns=asked), is_apart=is_apart):
                    pass
            except DatabaseFailed as named:
                if not named.may_pass:
                    return named
        return error.told(self._login, keys)

    def _end_key(
        self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange, *, last: bool, skip: int = 0
    ) -> Key | None:
        relation = self._relation(table)
        statement = statements.end_key(self._dialect, relation, keys, within, last=last, skip=skip)
        with self._answering():
            row = self._connection.execute(statement).one_or_none()
        return None if row is None else tuple(self._key(relation, keys, row))

    def _key(self, relation: Relation, keys: BookmarkKeys, row: Sequence[Any]) -> Iterator[KeyValue]:
        for name, value in zip(keys.columns, row, strict=True):
            try:
                yield self._dialect.key_value(relation.columns_by_name[name], value)
            except ValueError as error:
                raise DatabaseFailed(
                    f"{self._login.place}: the key {name} of {relation.table.full} has a value without a "
                    f"place in an order ({error}). Correct it, or choose other keys: jobBookmarkKeys."
                ) from None

    def _one(self, statement: sa.Select[Any]) -> Sequence[Any]:
        with self._answering():
            return self._connection.execute(statement).one()

    def _of(self, rows: Rows) -> Relation:
        if rows.table is not None:
            return self._relation(rows.table)
        if rows.query not in self._relations:
            with self._answering():
                columns = self._dialect.query_columns(self._connection, rows.query)
            self._relations[rows.query] = Relation(table=DatabaseTable("", ""), columns=columns)
        return self._relations[rows.query]

    def _relation(self, table: DatabaseTable) -> Relation:
        known = self._relations.get(table)
        if known is not None:
            return known
        with self._answering():
            found = self._dialect.relation(self._connection, table)
        if not isinstance(found, Relation):
            raise TableNotThere(_not_there(self._login, table, found))
        self._relations[table] = found
        return found

    def _answering(self) -> Any:
        return answering(self._login, self._dialect.errors, self._dialect.signs)


def _not_numbers(relation: Relation) -> set[str]:
    return {column.name for column in relation.columns if column.key_type != "int"}


def _number(value: int) -> Key:
    return (KeyValue("int", str(value)),)


def _not_there(login: Login, table: DatabaseTable, others: Sequence[DatabaseTable]) -> str:
    same = [other.full for other in others if other.name.lower() == table.name.lower()]
    names = {other.name: other for other in others}
    similar = nearest(table.name, names)
    if same:
        hint = f"There is {listed(same[:_TABLES_NAMED], 'or')}: spell it so (dbtable)"
    elif similar is not None:
        hint = f"Did you mean {names[similar].full}?"
    elif others:
        first = listed(sorted(other.full for other in others)[:_TABLES_NAMED])
        hint = f"It has {counted(len(others), 'table')}: {first}" + (
            ", …" if len(others) > _TABLES_NAMED else ""
        )
    else:
        hint = "It has no tables, or the user may see none"
    return f"{login.place} has no table {table.full}. {hint.rstrip('.?')}{'?' if hint.endswith('?') else '.'}"
