"""The partitions of a table that folders belong to, however their values are spelled."""

from collections.abc import Callable, Mapping

from placekeeper.model.catalog import Table, TablePartition
from placekeeper.ports.store import Transaction
from placekeeper.rules.catalog.partition_places import other_place
from placekeeper.rules.catalog.spellings import have_spellings, ranges_of, spelled_as, typed_values


def partitions_at(
    tx: Transaction, table: Table, wanted: Mapping[tuple[str, ...], str], literal: Callable[[str], str]
) -> Mapping[tuple[str, ...], TablePartition]:
    """The partitions that are there among `wanted`, values and their folders, by these values.

    It is the one with just these values; else one with the same values in another spelling, if it is at the
    folder. So no folder gets a second partition. `literal` is that of ports.objects.Objects.
    """
    found = {one.values: one for one in tx.partitions.among(table, list(wanted))}
    lacking = [values for values in wanted if values not in found]
    types = [type for _, type in table.partition_keys]
    if not lacking or not have_spellings(types):
        return found
    meant = spelled_as([values for values in lacking if len(values) == len(types)], types)
    alike = tx.partitions.all(
        table, where=lambda values: typed_values(values, types) in meant, ranges=ranges_of(lacking, types)
    )
    for one in alike:
        values = meant[typed_values(one.values, types)]
        if not other_place(one.spec, wanted[values], literal):
            found[values] = one
    return found
