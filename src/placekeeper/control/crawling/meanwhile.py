"""What others do to the catalog while a crawl goes on: the crawl saw the files before, so that stays."""

from collections.abc import Iterable

from placekeeper.model.catalog import Table, TablePartition, Undecided
from placekeeper.model.crawling import Crawl
from placekeeper.ports.store import Transaction


class Meanwhile:
    """Tells what was made or changed since a crawl was asked for, or belongs to a run that goes on."""

    def __init__(self, tx: Transaction, crawl: Crawl, undecided: Iterable[Undecided | None]) -> None:
        self._since_ms = crawl.started_ms
        ids = {id for one in undecided if one is not None for id in one.needed_by}
        self._unsettled = tx.catalog_changes.unsettled(ids, since_ms=self._since_ms)

    def has_table(self, table: Table) -> bool:
        """Whether a table is such a one."""
        newest_ms = max(table.created_ms, table.modified_ms)
        return newest_ms >= self._since_ms or self._is_unsettled(table.undecided)

    def has_partition(self, partition: TablePartition) -> bool:
        """Whether a partition is such a one."""
        newest_ms = max(partition.created_ms, partition.modified_ms)
        return newest_ms >= self._since_ms or self._is_unsettled(partition.undecided)

    def _is_unsettled(self, undecided: Undecided | None) -> bool:
        return undecided is not None and not self._unsettled.isdisjoint(undecided.needed_by)


def is_changed_meanwhile(tx: Transaction, crawl: Crawl, table: Table, *, with_partitions: bool) -> bool:
    """Whether others have changed a table since a crawl began, or one of its partitions."""
    partitions = tx.partitions.all(table) if with_partitions and table.partition_keys else ()
    others = Meanwhile(tx, crawl, [table.undecided, *(one.undecided for one in partitions)])
    return others.has_table(table) or any(map(others.has_partition, partitions))
