"""Targets in databases: the tables of a connection, as its database describes them now."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.crawling import FoundTable, KnownTable
from placekeeper.model.databases import DatabaseTable, ListedTable, Login, Rows
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.wording import counted
from placekeeper.ports.databases import Databases, DatabaseSession
from placekeeper.rules.crawling.changes import location_of
from placekeeper.rules.crawling.jdbc_targets import (
    DatabaseTableFound,
    TargetPath,
    excluded,
    table_found,
    target_path,
)
from placekeeper.rules.databases.connection_properties import connection_facts
from placekeeper.rules.databases.logins import login_from
from placekeeper.rules.databases.table_names import has_schemas, name_parts, shown_name
from placekeeper.runtime.connectors.database_secrets import secret_of
from placekeeper.runtime.crawling.hive_columns import hive_columns

Say = Callable[[str], None]

_IN_A_FILE: Final = "sqlite"


class _Place(Struct, frozen=True):
    """A database that a target means, and its name in the names of tables."""

    login: Login
    name: str
    path: TargetPath


class DatabaseCrawl:
    """The part of one crawl that looks into databases. `connections` are those of its targets, as
    GetConnection answers them; `known` are the tables that the crawler has made."""

    def __init__(
        self,
        databases: Databases,
        crawler: str,
        connections: Mapping[str, Mapping[str, Any]],
        known: Sequence[KnownTable],
        say: Say,
    ) -> None:
        self._databases = databases
        self._crawler = crawler
        self._connections = connections
        self._known = known
        self._say = say
        self._looked_at: list[tuple[str, TargetPath, int]] = []
        self._there: set[str] = set()

    def found(self, targets: Sequence[Mapping[str, Any]]) -> list[FoundTable]:
        """The tables that targets mean, each once."""
        tables = [table for target in targets for table in self.tables(target)]
        return [*{(location_of(table.spec), _connection_of(table.spec)): table for table in tables}.values()]

    def tables(self, target: Mapping[str, Any]) -> list[FoundTable]:
        """The tables that a target means.

        Raises UsageError for a connection or a Path that is wrong, and what a database raises: then nothing
        of it counts as gone.
        """
        connection = str(target.get("ConnectionName") or "")
        place = self._place(connection, str(target.get("Path") or "%"))
        exclusions = target.get("Exclusions") or ()
        with self._databases.at(place.login).session() as session:
            there = [one for one in session.tables() if self._is_meant(place, one)]
            left = [
                one for one in there if not excluded(exclusions, place.name, one.table.schema, one.table.name)
            ]
            self._say(
                f"{connection}: {counted(len(left), 'table')} of {place.login.place} for the Path "
                f"{target.get('Path')}; {len(there) - len(left):,} excluded by Exclusions"
            )
            found = [self._found(session, place, connection, one) for one in left]
        self._there.update(_location(place, one.table) for one in there)
        self._looked_at.append((connection, place.path, len(_prefix(place))))
        return [table for table in found if table is not None]

    def gone(self) -> list[tuple[str, str]]:
        """Tables of this crawler that targets mean, and that the databases have no more. One that is excluded
        or cannot be read is still there."""
        return [
            (known.database, known.name)
            for known in self._known
            if location_of(known.spec) not in self._there and self._is_looked_at(known)
        ]

    def _is_looked_at(self, known: KnownTable) -> bool:
        connection = _connection_of(known.spec)
        try:
            parts = name_parts(location_of(known.spec), "the location")
        except UsageError:
            return False
        for name, path, least in self._looked_at:
            if name == connection and len(parts) > least:
                database = parts[0] if least else ""
                schema = parts[-2] if len(parts) > least + 1 else ""
                if path.means(database or path.database, schema, parts[-1]):
                    return True
        return False

    def _place(self, connection: str, path: str) -> _Place:
        """The database of a target. Raises UsageError for a connection that is not there."""
        if connection not in self._connections:
            raise UsageError(
                f"the connection {connection} of a JDBC target is not in the Data Catalog: make it "
                "(CreateConnection), or name another one (UpdateCrawler)"
            )
        facts = connection_facts(self._connections[connection])
        secret = secret_of(facts.secret) if facts.secret else None
        login = login_from({}, "jdbc", connection=facts, secret=secret, parameters={}, needs_database=False)
        if login.product == _IN_A_FILE:
            last = path.rstrip("/").rpartition("/")[2]
            return _Place(login, PurePath(login.database).stem, TargetPath("", "", last or "%"))
        meant = target_path(path, has_schemas=has_schemas(login.product))
        database = meant.one_database or login.database
        if not database:
            raise UsageError(f"the Path '{path}' of a JDBC target on {connection} names no database")
        return _Place(replace(login, database=database), database, meant)

    def _is_meant(self, place: _Place, one: ListedTable) -> bool:
        return place.path.means(place.name, one.table.schema, one.table.name)

    def _found(
        self, session: DatabaseSession, place: _Place, connection: str, one: ListedTable
    ) -> FoundTable | None:
        """A table for the catalog; None of one whose columns cannot be read, which is said."""
        try:
            columns = hive_columns(session.schema(Rows(table=one.table)))
        except UnsupportedFeature as error:
            self._say(f"{one.table.full} is left out: {error}")
            return None
        location = _location(place, one.table)
        found = DatabaseTableFound(
            database=place.name,
            schema=one.table.schema,
            name=one.table.name,
            location=location,
            columns=columns,
            is_view=one.is_view,
        )
        known = next((known.spec for known in self._known if location_of(known.spec) == location), None)
        return table_found(
            found,
            crawler=self._crawler,
            connection=connection,
            classification=place.login.product,
            known=known,
        )


def _connection_of(spec: Mapping[str, Any]) -> str:
    return str((spec.get("Parameters") or {}).get("connectionName") or "")


def _prefix(place: _Place) -> list[str]:
    """The database, where locations name it: in a file it is the file of the connection."""
    return [] if place.login.product == _IN_A_FILE else [place.login.database]


def _location(place: _Place, table: DatabaseTable) -> str:
    """The whole name of a table, as the catalog keeps it."""
    return shown_name([*_prefix(place), *([table.schema] if table.schema else []), table.name])
