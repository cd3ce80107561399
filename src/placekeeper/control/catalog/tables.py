"""The Data Catalog: databases and tables. Names are folded to lower case, as Glue does for Hive."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from placekeeper.control.catalog.lookup import (
    all_databases,
    check_there,
    database_of,
    matching_names,
    table_names,
    table_of,
)
from placekeeper.model.catalog import (
    Database,
    Databases,
    DatabaseTold,
    PartitionIndex,
    Table,
    TableDefinition,
    TableNames,
    TableRef,
    TableSnapshot,
    key_types,
)
from placekeeper.model.errors import (
    ConcurrentModificationException,
    EntityNotFoundException,
    InvalidInputException,
)
from placekeeper.model.page import Page
from placekeeper.model.wording import counted
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.rules.catalog.name_patterns import name_test
from placekeeper.rules.catalog.narrowing import narrowing_of
from placekeeper.rules.catalog.partition_indexes import check_keys, with_index
from placekeeper.rules.catalog.predicates import predicate_of
from placekeeper.rules.tags import (
    database_resource,
    resource_in_database,
    resources_of_database,
    with_tags,
)

Spec = dict[str, Any]
"""An input structure of the API, as it was sent."""


class Catalog:
    """The use cases of databases and tables."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create_database(self, spec: Spec, tags: Mapping[str, str] | None = None) -> None:
        """Raises AlreadyExistsException, and InvalidInputException for what the rules of tags refuse."""
        made = Database(name=spec["Name"].lower(), spec=spec, created_ms=self._clock.now_ms())
        checked = with_tags({}, tags or {})
        with self._store.write() as tx:
            tx.databases.insert(made)
            tx.tags.put(database_resource(made.name), checked)

    def database(self, name: str) -> Database:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            return database_of(tx, name)

    def databases(self, *, after: str | None, limit: int) -> Page[Database]:
        """Databases by name, those after `after`."""
        with self._store.read() as tx:
            return tx.databases.page(after=after, limit=limit)

    def all_databases(self) -> Databases:
        """All databases at this moment, by name."""
        with self._store.read() as tx:
            found = all_databases(tx)
        return Databases(
            databases=tuple(
                DatabaseTold(
                    name=one.name,
                    description=one.spec.get("Description"),
                    location=one.spec.get("LocationUri"),
                )
                for one in found
            )
        )

    def update_database(self, name: str, spec: Spec) -> None:
        """Overwrite a database's definition. Another name renames it, if nothing is in it.

        Raises EntityNotFoundException, AlreadyExistsException for a name that is taken, and
        InvalidInputException for another name of a database that has tables or functions.
        """
        with self._store.write() as tx:
            known = database_of(tx, name)
            changed = msgspec.structs.replace(known, name=spec["Name"].lower(), spec=spec)
            if changed.name == known.name:
                tx.databases.replace(changed)
            else:
                _rename(tx, known, changed)

    def delete_database(self, name: str) -> None:
        """Delete a database with its tables; no data. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            tx.databases.delete(database_of(tx, name).name)
            tx.tags.drop(database_resource(name))
            for begin in resources_of_database(name):
                tx.tags.drop_below(begin)

    def create_table(self, database: str, spec: Spec, indexes: Sequence[PartitionIndex] = ()) -> None:
        """Create a table. Raises EntityNotFoundException for the database, AlreadyExistsException,
        InvalidInputException for invalid partition keys, and what `with_index` does."""
        _check_keys(spec)
        now_ms = self._clock.now_ms()
        made_indexes: tuple[PartitionIndex, ...] = ()
        for index in indexes:
            made_indexes = with_index(made_indexes, index, key_types(spec))
        with self._store.write() as tx:
            made = Table(
                database=database_of(tx, database).name,
                name=spec["Name"].lower(),
                spec=spec,
                created_ms=now_ms,
                modified_ms=now_ms,
                indexes=made_indexes,
            )
            tx.tables.insert(made)

    def table(self, database: str, name: str) -> Table:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            return table_of(tx, database, name)

    def tables(self, database: str, *, expression: str, after: str | None, limit: int) -> Page[Table]:
        """Tables of a database by name, those after `after` whose names match `expression`, if there is one.

        Raises EntityNotFoundException, and InvalidInputException for an expression that is not understood.
        """
        matches = name_test(expression) if expression else None
        with self._store.read() as tx:
            name = database_of(tx, database).name
            among = None if matches is None else matching_names(tx, name, matches, after, limit + 1)
            return tx.tables.page(name, after=after, limit=limit, among=among)

    def table_names(self, database: str) -> TableNames:
        """The names of a database's tables at this moment, None in it for one that is not there."""
        with self._store.read() as tx:
            if tx.databases.get(database.lower()) is None:
                return TableNames()
            return TableNames(names=table_names(tx, database))

    def update_table(self, database: str, spec: Spec, *, version: str | None, archive: bool = True) -> None:
        """Overwrite a table's definition; its partitions stay. With `archive` the version before is kept.

        Raises EntityNotFoundException, ConcurrentModificationException if `version` is given and not the
        newest, and InvalidInputException for a version that is no number, for invalid partition keys, or for
        another number of them than the table's partitions have values (our inference).
        """
        expected = None if version is None else version_of(version)
        _check_keys(spec)
        with self._store.write() as tx:
            known = table_of(tx, database, spec["Name"])
            if expected is not None and expected != known.version:
                raise ConcurrentModificationException("Update table failed due to concurrent modifications.")
            changed = msgspec.structs.replace(
                known,
                spec=spec,
                modified_ms=self._clock.now_ms(),
                version=known.version + 1,
                undecided=None,  # what the caller says stays, whatever becomes of a run
            )
            types = [type for _, type in changed.partition_keys]
            has_partitions = bool(tx.partitions.page(known, after=None, limit=1).items)
            if has_partitions and len(types) != len(known.partition_keys):
                raise InvalidInputException(
                    f"Table {known.name} has partitions with {counted(len(known.partition_keys), 'value')} "
                    "each: give it as many PartitionKeys, or delete the partitions first."
                )
            for index in known.indexes:
                check_keys(index, changed.partition_keys)
            if archive:
                tx.table_versions.keep(known)
            tx.tables.replace(changed)
            if has_partitions and types != [type for _, type in known.partition_keys]:
                tx.partitions.arrange(changed)

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table with its partitions; no data. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            known = table_of(tx, database, name)
            tx.tables.delete(known.database, known.name)
            tx.tags.drop(resource_in_database("table", known.database, known.name))

    def delete_tables(
        self, database: str, names: Sequence[str]
    ) -> Sequence[tuple[str, EntityNotFoundException]]:
        """Delete tables independently; returns the names of missing tables, with the error.

        Raises EntityNotFoundException for the database.
        """
        self.database(database)
        failures = []
        for name in names:
            try:
                self.delete_table(database, name)
            except EntityNotFoundException as error:
                failures.append((name, error))
        return failures

    def definition(self, ref: TableRef) -> TableDefinition:
        """The definition of a table, without partitions. Raises EntityNotFoundException for a database that
        is not there; it says which there are."""
        with self._store.read() as tx:
            check_there(tx, ref.database)
            found = tx.tables.get(ref.database.lower(), ref.name.lower())
        return TableDefinition(spec=None if found is None else found.spec)

    def snapshot(self, ref: TableRef) -> TableSnapshot:
        """A table and the partitions that match the reference, at this moment.

        Raises EntityNotFoundException, which says what there is, and InvalidInputException for a predicate
        that is not understood or that the table has no partition keys for.
        """
        with self._store.read() as tx:
            check_there(tx, ref.database)
            table = tx.tables.get(ref.database.lower(), ref.name.lower())
            if table is None:
                raise missing_table(ref.database, ref.name, table_names(tx, ref.database))
            now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
            tests = [predicate_of(text, table.partition_keys, now=now) for text in ref.predicates]
            if not table.partition_keys:
                return TableSnapshot(ref=ref, spec=table.spec, partitions=None)
            meant = tx.partitions.all(
                table,
                where=(lambda values: all(test(values) for test in tests)) if tests else None,
                ranges=narrowing_of(ref.predicates, table.partition_keys, now=now),
            )
        return TableSnapshot(ref=ref, spec=table.spec, partitions=tuple(meant))


def version_of(text: str) -> int:
    """A VersionId as a number. Raises InvalidInputException for a text that is none."""
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputException(
            f"The VersionId {text!r} is not a number. GetTable shows the newest VersionId of a table."
        )
    return int(text)


def _rename(tx: Transaction, known: Database, changed: Database) -> None:
    tables = tx.tables.page(known.name, after=None, limit=1).items
    if tables or tx.functions.page(known.name, after=None, limit=1, where=lambda _: True).items:
        raise InvalidInputException(
            f"The database {known.name} has tables or functions, so it cannot be renamed to {changed.name}. "
            "Create a new database and move them there."
        )
    tx.databases.insert(changed)
    tx.databases.delete(known.name)
    tx.tags.put(database_resource(changed.name), tx.tags.of(database_resource(known.name)))
    tx.tags.drop(database_resource(known.name))


def _check_keys(spec: Spec) -> None:
    """Raises InvalidInputException for partition keys with parameters, and for two of one name."""
    keys = spec.get("PartitionKeys") or ()
    if any(key.get("Parameters") for key in keys):
        raise InvalidInputException("Parameters not supported for partition columns")
    names = [key["Name"].lower() for key in keys]
    if len(set(names)) != len(names):
        raise InvalidInputException(f"Two partition keys have the same name: {', '.join(sorted(names))}.")
