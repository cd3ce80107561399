"""The partitions that a crawl has found, brought into the catalog, and what becomes of the others."""

from collections.abc import Sequence

import msgspec

from placekeeper.control.crawling.meanwhile import Meanwhile
from placekeeper.model.catalog import Table, TablePartition
from placekeeper.model.crawling import Crawl, CrawlCounts, FoundTable
from placekeeper.ports.store import Transaction
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.rules.crawling.changes import (
    changed_partition,
    deprecated,
    differing_partitions,
    have_same_keys,
    key_names,
    location_of,
    partition_of_table,
    without_figures,
)
from placekeeper.rules.crawling.options import Behavior, CrawlOptions
from placekeeper.rules.crawling.unread import Unread


def change_partitions(
    tx: Transaction,
    crawl: Crawl,
    table: Table,
    found: FoundTable,
    options: CrawlOptions,
    said: list[str],
    *,
    now_ms: int,
) -> CrawlCounts:
    """Make and change the partitions of a table, and do with the others what DeleteBehavior says."""
    if not have_same_keys(table.spec, found.spec):
        if found.partitions:
            said.append(
                f"its {len(found.partitions):,} partitions were not added: the table has the partition keys "
                f"{key_names(table.spec)}, and the folders have {key_names(found.spec)}"
            )
        return CrawlCounts()
    there = {one.values: one for one in tx.partitions.all(table)} if table.partition_keys else {}
    others = Meanwhile(tx, crawl, [one.undecided for one in there.values()])
    new: list[TablePartition] = []
    updated = busy = 0
    seen = []
    for one in found.partitions:
        spec = partition_of_table(table.spec, one.spec, options)
        known = there.pop(one.values, None)
        if known is None:
            new.append(TablePartition(values=one.values, spec=spec, created_ms=now_ms))
        elif not found.adds_only:
            changed = changed_partition(known.spec, spec, options)
            is_busy = changed is not known.spec and others.has_partition(known)
            busy += is_busy
            if changed is not known.spec and not is_busy:
                settled = msgspec.structs.replace(known, spec=changed, undecided=None)
                tx.partitions.replace(table, known.values, settled)
                updated += without_figures(changed) != without_figures(known.spec)
        seen.append((location_of(spec), columns_of(spec)))
    tx.partitions.insert_all(table, new)
    if new:
        said.append(f"partitions created: {len(new):,}")
    if updated:
        said.append(f"partitions updated: {updated:,}")
    said.extend(differing_partitions(columns_of(table.spec), seen))
    counts = CrawlCounts(partitions_created=len(new), partitions_updated=updated)
    if found.adds_only:
        return counts
    left = _without_files(table, list(there.values()), Unread(found.unread), said)
    gone = [one for one in left if not others.has_partition(one)]
    busy += len(left) - len(gone)
    if busy:
        said.append(f"partitions that others have made or changed since the crawl began: {busy:,}; they stay")
    return counts.plus(_gone(tx, table, gone, options.deletes, said, now_ms=now_ms))


def _without_files(
    table: Table, left: Sequence[TablePartition], unread: Unread, said: list[str]
) -> Sequence[TablePartition]:
    """Those of the partitions that were not found where nothing is. Elsewhere the crawl has not looked."""
    home = f"{location_of(table.spec)}/"
    inside = [one for one in left if f"{location_of(one.spec)}/".startswith(home)]
    empty = [one for one in inside if not unread.touches(f"{location_of(one.spec)}/")]
    for count, why in (
        (len(inside) - len(empty), "partitions whose files are there, but were not read"),
        (len(left) - len(inside), "partitions outside of the table's location, where the crawl did not look"),
    ):
        if count:
            said.append(f"{why}: {count:,}; they stay")
    return empty


def _gone(
    tx: Transaction,
    table: Table,
    gone: Sequence[TablePartition],
    behavior: Behavior,
    said: list[str],
    *,
    now_ms: int,
) -> CrawlCounts:
    """What becomes of partitions in which nothing was found."""
    if behavior is Behavior.DEPRECATE:
        gone = [one for one in gone if deprecated(one.spec, 0)["Parameters"] != one.spec.get("Parameters")]
    if not gone:
        return CrawlCounts()
    how = {Behavior.LOG: "they stay: LOG", Behavior.DELETE: "deleted", Behavior.DEPRECATE: "deprecated"}
    said.append(f"partitions without files: {len(gone):,}; {how[behavior]}")
    for one in gone:
        if behavior is Behavior.DELETE:
            tx.partitions.delete(table, one.values)
        elif behavior is Behavior.DEPRECATE:
            marked = deprecated(one.spec, now_ms)
            tx.partitions.replace(table, one.values, msgspec.structs.replace(one, spec=marked))
    if behavior is Behavior.DELETE:
        return CrawlCounts(partitions_deleted=len(gone))
    return CrawlCounts(partitions_updated=len(gone) if behavior is Behavior.DEPRECATE else 0)
