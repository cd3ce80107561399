"""What a crawl has found, brought into the catalog: one transaction for each piece of a table."""

from typing import Any

import msgspec

from placekeeper.control.crawling.crawls import check_crawling
from placekeeper.control.crawling.meanwhile import is_changed_meanwhile
from placekeeper.control.crawling.partition_changes import (
    GonePartitions,
    change_partitions,
    outside_of,
    why_keys_stay,
)
from placekeeper.model.catalog import PartitionIndex, Table
from placekeeper.model.crawling import (
    Crawl,
    CrawlCounts,
    CrawlOutcome,
    CrawlTask,
    FoundTable,
    GoneTables,
    KnownTable,
)
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.wording import counted
from placekeeper.ports.clock import Clock
from placekeeper.ports.objects import Objects
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.connection_secrets import with_all_secrets
from placekeeper.rules.crawling.changes import (
    UPDATED_BY,
    changed_table,
    deprecated,
    hashed_name,
    key_names,
    location_of,
    without_figures,
)
from placekeeper.rules.crawling.options import Behavior, CrawlOptions, options_of
from placekeeper.rules.tags import resource_in_database

_INDEX = "crawler_partition_index"
_LONGEST_NAME = 255
_MEANWHILE = "others have changed it since the crawl began; it stays as it is until the next crawl"
_MOST_INDEXED = 2
"""How many of the first keys the index of a crawler has (our choice)."""


class CrawlChanges:
    """Changes the catalog for crawls. Each method raises AccessDeniedException if the crawl has ended."""

    def __init__(self, store: Store, clock: Clock, objects: Objects) -> None:
        self._store = store
        self._clock = clock
        self._objects = objects

    def task(self, crawl: Crawl) -> CrawlTask:
        """What a crawl is to do, with what the catalog knows. Raises EntityNotFoundException for a database
        that is not there."""
        only_new = options_of(crawl.spec).only_new
        with self._store.read() as tx:
            targets = tuple(
                KnownTable(database=target["DatabaseName"].lower(), name=name.lower(), spec=table.spec)
                for target in crawl.spec["Targets"].get("CatalogTargets") or ()
                for name in target["Tables"]
                if (table := tx.tables.get(target["DatabaseName"].lower(), name.lower())) is not None
            )
            own = () if targets else _tables_of(tx, crawl)
            return CrawlTask(
                crawler=crawl.crawler,
                spec=crawl.spec,
                classifiers=crawl.classifiers,
                folders=tuple(tx.crawlers.folders(crawl.crawler)) if only_new else (),
                tables=tuple(own),
                targets=targets,
                connections=_connections(tx, crawl),
            )

    def apply(self, crawl: Crawl, found: FoundTable) -> CrawlOutcome:
        """Make a table or change it, with its partitions. Raises EntityNotFoundException for its database."""
        options = options_of(crawl.spec)
        with self._store.write() as tx:
            now = check_crawling(tx, crawl)
            known = _known(tx, crawl, found)
            said: list[str] = []
            if known is None:
                name = ".".join(found.into or found.existing or ())
                return CrawlOutcome(table=name, said=("it is gone: somebody has deleted it meanwhile",))
            if isinstance(known, str):
                table, counts = self._made(tx, crawl, found, known, options)
                said.append("created")
            elif found.adds_only or found.into is not None:
                table, counts = known, CrawlCounts()
            else:
                table, counts = self._changed(tx, crawl, known, found, options, said)
            counts = counts.plus(
                change_partitions(
                    tx,
                    crawl,
                    table,
                    found,
                    options,
                    said,
                    now_ms=self._clock.now_ms(),
                    literal=self._objects.literal,
                )
            )
            tx.crawls.put_counts(crawl.id, now.counts.plus(counts))
        if not found.has_more and not found.adds_only:
            gone = GonePartitions(self._store, self._clock, crawl, options.deletes)
            counts = counts.plus(gone.settle(table.database, table.name, found, said))
        where = (table.database, table.name)
        return CrawlOutcome(table=".".join(where), where=where, said=tuple(said), counts=counts)

    def gone(self, crawl: Crawl, gone: GoneTables) -> CrawlOutcome:
        """Do with tables of this crawler whose files are gone what its DeleteBehavior says."""
        behavior = options_of(crawl.spec).deletes
        said: list[str] = []
        total = CrawlCounts()
        for database, name in gone.tables:
            with self._store.write() as tx:
                now = check_crawling(tx, crawl)
                known = tx.tables.get(database, name)
                if known is None or (known.spec.get("Parameters") or {}).get(UPDATED_BY) != crawl.crawler:
                    continue
                if is_changed_meanwhile(tx, crawl, known, with_partitions=True):
                    said.append(f"table {database}.{name}: {_MEANWHILE}")
                    continue
                why = gone.instead.get(f"{database}.{name}") or _nothing_at(known)
                if outside := outside_of(known, tx.partitions.all(known)):
                    elsewhere = f"{counted(len(outside), 'partition')} of it elsewhere"
                    said.append(
                        f"table {database}.{name}: {why}, and {elsewhere}, where the crawl did not look; "
                        "it stays as it is"
                    )
                    continue
                counts = self._gone(tx, known, behavior, why, said)
                tx.crawls.put_counts(crawl.id, now.counts.plus(counts))
            total = total.plus(counts)
        return CrawlOutcome(said=tuple(said), counts=total)

    def _gone(
        self, tx: Transaction, known: Table, behavior: Behavior, why: str, said: list[str]
    ) -> CrawlCounts:
        where = f"table {known.database}.{known.name}: {why}"
        if behavior is Behavior.LOG:
            said.append(f"{where}; it stays as it is: LOG")
            return CrawlCounts()
        if behavior is Behavior.DELETE:
            tx.tables.delete(known.database, known.name)
            tx.tags.drop(resource_in_database("table", known.database, known.name))
            said.append(f"{where}; deleted")
            return CrawlCounts(tables_deleted=1)
        marked = deprecated(known.spec, self._clock.now_ms())
        if marked["Parameters"] == known.spec.get("Parameters"):
            return CrawlCounts()
        self._replace(tx, known, marked, archive=True)
        said.append(f"{where}; deprecated")
        return CrawlCounts(tables_updated=1)

    def _made(
        self, tx: Transaction, crawl: Crawl, found: FoundTable, name: str, options: CrawlOptions
    ) -> tuple[Table, CrawlCounts]:
        now_ms = self._clock.now_ms()
        spec = {"Name": name, **found.spec}
        keys = key_names(spec)
        indexes: tuple[PartitionIndex, ...] = ()
        if options.indexes and keys:
            indexes = (PartitionIndex(_INDEX, tuple(keys[:_MOST_INDEXED])),)
            spec["Parameters"] = {**spec["Parameters"], "partition_filtering.enabled": "true"}
        database = _database(tx, crawl)
        table = Table(
            database=database,
            name=name,
            spec=spec,
            created_ms=now_ms,
            modified_ms=now_ms,
            indexes=indexes,
        )
        tx.tables.insert(table)
        return table, CrawlCounts(tables_created=1)

    def _changed(
        self,
        tx: Transaction,
        crawl: Crawl,
        known: Table,
        found: FoundTable,
        options: CrawlOptions,
        said: list[str],
    ) -> tuple[Table, CrawlCounts]:
        wanted = found.spec
        if known.indexes:
            parameters = {**wanted["Parameters"], "partition_filtering.enabled": "true"}
            wanted = {**wanted, "Parameters": parameters}
        change = changed_table(known.spec, wanted, options, now_ms=self._clock.now_ms())
        has_other_keys = key_names(change.spec) != key_names(known.spec)
        if change.spec is not known.spec and is_changed_meanwhile(
            tx, crawl, known, with_partitions=has_other_keys
        ):
            said.append(_MEANWHILE)
            return known, CrawlCounts()
        partitions = tx.partitions.all(known) if has_other_keys else ()
        if has_other_keys and (why := why_keys_stay(known, found, partitions)):
            said.append(why)
            return known, CrawlCounts()
        said.extend(change.said)
        if change.spec is known.spec:
            return known, CrawlCounts()
        if has_other_keys:
            for partition in partitions:  # their values mean something else now
                tx.partitions.delete(known, partition.values)
            known = msgspec.structs.replace(known, indexes=())
            tx.tables.put_indexes(known, ())
        if partitions:
            said.append(f"partitions of the keys before: {len(partitions):,}; deleted")
        is_counted = without_figures(change.spec) != without_figures(known.spec)
        table = self._replace(tx, known, change.spec, archive=is_counted)
        return table, CrawlCounts(tables_updated=int(is_counted), partitions_deleted=len(partitions))

    def _replace(self, tx: Transaction, known: Table, spec: dict[str, object], *, archive: bool) -> Table:
        """Overwrite a table. What a run has done to it and could take back is settled by that."""
        changed = msgspec.structs.replace(
            known, spec=spec, modified_ms=self._clock.now_ms(), version=known.version + 1, undecided=None
        )
        if archive:
            tx.table_versions.keep(known)
        tx.tables.replace(changed)
        return changed


def _known(tx: Transaction, crawl: Crawl, found: FoundTable) -> Table | str | None:
    """The table that was found, if the catalog has it; else the name that it gets.

    None for a table of a catalog target that is gone: such crawls make none.
    """
    there = found.into or found.existing
    if there is not None:
        return tx.tables.get(*there)
    database = _database(tx, crawl)
    location = location_of(found.spec)
    name = f"{crawl.spec.get('TablePrefix') or ''}{found.name}".lower()[:_LONGEST_NAME]
    for candidate in (name, hashed_name(name, location)):
        known = tx.tables.get(database, candidate)
        if known is None:
            return candidate
        if location_of(known.spec) == location:
            return known
    return f"{hashed_name(name, location)}_{crawl.id.partition('-')[0]}"


def _database(tx: Transaction, crawl: Crawl) -> str:
    """The database of a crawler's tables. Raises EntityNotFoundException, which says what to do."""
    name = (crawl.spec.get("DatabaseName") or "default").lower()
    if tx.databases.get(name) is None:
        raise EntityNotFoundException(
            f"Database {name} not found. Create it (CreateDatabase), or give the crawler {crawl.crawler} "
            "another DatabaseName (UpdateCrawler), and start it again."
        )
    return name


def _connections(tx: Transaction, crawl: Crawl) -> dict[str, dict[str, Any]]:
    """The connections of its JDBC targets that there are. Raises KeyMissing."""
    names = {target.get("ConnectionName") for target in crawl.spec["Targets"].get("JdbcTargets") or ()}
    found = (tx.connections.get(name, with_secrets=True) for name in sorted(filter(None, names)))
    return {one.name: with_all_secrets(one.spec, one.secrets) for one in found if one is not None}


def _tables_of(tx: Transaction, crawl: Crawl) -> list[KnownTable]:
    """The tables that a crawler has made or changed last."""
    database = _database(tx, crawl)
    found: list[KnownTable] = []
    after: str | None = None
    while True:
        page = tx.tables.page(database, after=after, limit=1000)
        found += [
            KnownTable(database=database, name=table.name, spec=table.spec)
            for table in page.items
            if (table.spec.get("Parameters") or {}).get(UPDATED_BY) == crawl.crawler
        ]
        if not page.more:
            return found
        after = page.items[-1].name


def _nothing_at(known: Table) -> str:
    return f"there is nothing at {location_of(known.spec)} any more"
