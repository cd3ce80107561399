"""The partitions that a crawl has found, brought into the catalog, and what becomes of the others."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec

from placekeeper.control.catalog.spellings import partitions_at
from placekeeper.control.crawling.crawls import check_crawling
from placekeeper.control.crawling.meanwhile import Meanwhile
from placekeeper.model.catalog import Table, TablePartition
from placekeeper.model.crawling import Crawl, CrawlCounts, FoundTable
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.partition_places import other_place
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.rules.catalog.spellings import have_spellings, spelled_as, typed_values
from placekeeper.rules.crawling.changes import (
    PIECE,
    changed_partition,
    changes_of_partitions,
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

_BUSY: Final = "partitions that others have made or changed since the crawl began: {:,}; they stay"
_UNREAD: Final = "partitions whose files are there, but were not read"
_OUTSIDE: Final = "partitions outside of the table's location, where the crawl did not look"
_ELSEWHERE: Final = (
    "partitions with files in their folder, but registered at another: {:,}; they stay there. Say where they "
    "are (UpdatePartition), or move the files"
)


def change_partitions(
    tx: Transaction,
    crawl: Crawl,
    table: Table,
    found: FoundTable,
    options: CrawlOptions,
    said: list[str],
    *,
    now_ms: int,
    literal: Callable[[str], str],
) -> CrawlCounts:
    """Make and change the partitions of a piece of a table; `literal` is that of ports.objects.Objects."""
    if not have_same_keys(table.spec, found.spec):
        if found.partitions:
            said.append(
                f"its partitions were not added: the table has the partition keys {key_names(table.spec)}, "
                f"and the folders have {key_names(found.spec)}"
            )
        return CrawlCounts()
    wanted = {one.values: location_of(one.spec) for one in found.partitions}
    there = partitions_at(tx, table, wanted, literal)
    others = Meanwhile(tx, crawl, [one.undecided for one in there.values()])
    new: list[TablePartition] = []
    updated = busy = elsewhere = 0
    seen = []
    for one in found.partitions:
        spec = partition_of_table(table.spec, one.spec, options)
        known = there.get(one.values)
        if known is None:
            new.append(TablePartition(values=one.values, spec=spec, created_ms=now_ms))
        elif not found.adds_only:
            changed = changed_partition(known.spec, spec, options)
            if changed is not known.spec and other_place(known.spec, location_of(spec), literal):
                elsewhere += 1
                continue
            is_busy = changed is not known.spec and others.has_partition(known)
            busy += is_busy
            if changed is not known.spec and not is_busy:
                settled = msgspec.structs.replace(known, spec=changed, undecided=None)
                tx.partitions.replace(table, known.values, settled)
                updated += without_figures(changed) != without_figures(known.spec)
        seen.append((location_of(spec), columns_of(spec)))
    tx.partitions.insert_all(table, new)
    if busy:
        said.append(_BUSY.format(busy))
    if elsewhere:
        said.append(_ELSEWHERE.format(elsewhere))
    if found.into is None and not found.has_more:  # else the crawl says it of all pieces together
        said.extend(changes_of_partitions(len(new), updated))
        said.extend(differing_partitions(columns_of(table.spec), seen))
    return CrawlCounts(partitions_created=len(new), partitions_updated=updated)


class GonePartitions:
    """The partitions of a table in which a crawl has found nothing. The last piece of a table tells them."""

    def __init__(self, store: Store, clock: Clock, crawl: Crawl, behavior: Behavior) -> None:
        self._store = store
        self._clock = clock
        self._crawl = crawl
        self._behavior = behavior

    def settle(self, database: str, name: str, found: FoundTable, said: list[str]) -> CrawlCounts:
        """Do with them what DeleteBehavior says, a thousand in a transaction."""
        gone = self._of(database, name, found, said)
        total, busy = 0, 0
        for begin in range(0, len(gone), PIECE):
            piece = gone[begin : begin + PIECE]
            if self._behavior is not Behavior.LOG:
                done = self._piece(database, name, piece)
                total, busy = total + done, busy + len(piece) - done
        if busy:
            said.append(_BUSY.format(busy))
        if self._behavior is Behavior.LOG and gone:
            said.append(f"partitions without files: {len(gone):,}; they stay: LOG")
        elif total:
            how = "deleted" if self._behavior is Behavior.DELETE else "deprecated"
            said.append(f"partitions without files: {total:,}; {how}")
        if self._behavior is Behavior.DELETE:
            return CrawlCounts(partitions_deleted=total)
        return CrawlCounts(partitions_updated=total)

    def _of(self, database: str, name: str, found: FoundTable, said: list[str]) -> Sequence[TablePartition]:
        seen = {*found.seen, *(one.values for one in found.partitions)}
        with self._store.read() as tx:
            table = tx.tables.get(database, name)
            if table is None or not table.partition_keys or not have_same_keys(table.spec, found.spec):
                return ()
            left = tx.partitions.all(table, where=lambda values: tuple(values) not in seen)
            left = _not_seen(tx, table, left, seen)
        gone = _without_files(table, left, Unread(found.unread), said)
        if self._behavior is not Behavior.DEPRECATE:
            return gone
        return [one for one in gone if deprecated(one.spec, 0)["Parameters"] != one.spec.get("Parameters")]

    def _piece(self, database: str, name: str, piece: Sequence[TablePartition]) -> int:
        """How many were still there and nobody else's."""
        with self._store.write() as tx:
            now = check_crawling(tx, self._crawl)
            table = tx.tables.get(database, name)
            if table is None:
                return 0
            known = tx.partitions.among(table, [one.values for one in piece])
            others = Meanwhile(tx, self._crawl, [one.undecided for one in known])
            gone = [one for one in known if not others.has_partition(one)]
            for one in gone:
                if self._behavior is Behavior.DELETE:
                    tx.partitions.delete(table, one.values)
                else:
                    marked = deprecated(one.spec, self._clock.now_ms())
                    tx.partitions.replace(table, one.values, msgspec.structs.replace(one, spec=marked))
            deletes = self._behavior is Behavior.DELETE
            counts = CrawlCounts(
                partitions_deleted=len(gone) if deletes else 0,
                partitions_updated=0 if deletes else len(gone),
            )
            tx.crawls.put_counts(self._crawl.id, now.counts.plus(counts))
        return len(gone)


def _not_seen(
    tx: Transaction, table: Table, left: Sequence[TablePartition], seen: Collection[tuple[str, ...]]
) -> Sequence[TablePartition]:
    """Those of the partitions left that have not been seen in another spelling of their values either."""
    types = [type for _, type in table.partition_keys]
    if not left or not have_spellings(types):
        return left
    meant = spelled_as(list(seen), types)
    spelled = {one.values: meant.get(typed_values(one.values, types)) for one in left}
    own = {
        one.values for one in tx.partitions.among(table, [as_seen for as_seen in spelled.values() if as_seen])
    }
    return [one for one in left if spelled[one.values] is None or spelled[one.values] in own]


def _without_files(
    table: Table, left: Sequence[TablePartition], unread: Unread, said: list[str]
) -> Sequence[TablePartition]:
    """Those of the partitions that were not found where nothing is. Elsewhere the crawl has not looked."""
    outside = outside_of(table, left)
    away = {one.values for one in outside}
    inside = [one for one in left if one.values not in away]
    empty = [one for one in inside if not unread.touches(f"{location_of(one.spec)}/")]
    for count, why in ((len(inside) - len(empty), _UNREAD), (len(outside), _OUTSIDE)):
        if count:
            said.append(f"{why}: {count:,}; they stay")
    return empty


def outside_of(table: Table, partitions: Sequence[TablePartition]) -> Sequence[TablePartition]:
    """Those of a table's partitions that are not below its location."""
    home = f"{location_of(table.spec)}/"
    return [one for one in partitions if not f"{location_of(one.spec)}/".startswith(home)]


def why_keys_stay(table: Table, found: FoundTable, partitions: Sequence[TablePartition]) -> str:
    """Why a table keeps its keys and partitions while its folders have others; empty if it does not.

    New keys would take all partitions out, also those of which the crawl knows nothing.
    """
    unread = Unread(found.unread)
    places = [one.spec for one in partitions] if table.partition_keys else [table.spec]
    lost = [
        f"{why}: {count:,}"
        for count, why in (
            (
                sum(unread.touches(f"{location_of(spec)}/") for spec in places),
                _UNREAD if table.partition_keys else "tables whose files are there, but were not all read",
            ),
            (len(outside_of(table, partitions)), _OUTSIDE),
        )
        if count
    ]
    if not lost:
        return ""
    return (
        f"its folders have the partition keys {key_names(found.spec)}, and it keeps {key_names(table.spec)}; "
        f"{'; '.join(lost)}"
    )
