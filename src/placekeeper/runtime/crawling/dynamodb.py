"""Targets in DynamoDB: a table by the items that it has now.

Source: docs/reference/crawlers.md#dynamodb-tables.
"""

from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import Any, Final

import msgspec

from placekeeper.dynamodb.opening import Table, TableSettings, open_table
from placekeeper.dynamodb.values import plain_item
from placekeeper.model.crawling import FoundTable
from placekeeper.model.wording import counted
from placekeeper.rules.crawling.dynamodb_targets import ItemsSeen, table_of_items
from placekeeper.rules.databases.dynamodb_options import READ_TABLE, scan_options
from placekeeper.runtime.crawling.hive_columns import hive_columns
from placekeeper.runtime.scan.dynamodb_items import kind_of
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

SAMPLE: Final = 1_000
"""How many items a sample has."""

_AT_ONCE: Final = 200


def found_items(target: Mapping[str, Any], crawler: str, say: Callable[[str], None]) -> FoundTable:
    """The table that a target means. Raises UsageError for a wrong Path, TableNotThere and DatabaseFailed."""
    place = scan_options({READ_TABLE: target.get("Path")}).place
    table = open_table(TableSettings(name=place.table, region=place.region))
    described = table.description()
    gatherer, items = _gathered(table, None if target.get("scanAll", True) else SAMPLE)
    said = "" if target.get("scanAll", True) else ", a sample"
    if target.get("scanRate") is not None:
        said += "; scanRate has no effect: DynamoDB is read as fast as it answers"
    say(f"{place.table}: {counted(items, 'item')} of DynamoDB{said}")
    return table_of_items(
        ItemsSeen(
            name=place.table,
            arn=described.arn,
            columns=hive_columns(gatherer.schema()),
            items=described.items,
            size=described.size,
        ),
        crawler,
    )


def _gathered(table: Table, most: int | None) -> tuple[SchemaGatherer, int]:
    """What items have, and how many of them were read."""
    gatherer, read = SchemaGatherer(kind_of), 0
    items = islice(chain.from_iterable(table.pages(0, 1, most)), most)
    while some := list(islice(items, _AT_ONCE)):
        # The API's JSON spells binary values as texts; the client has decoded them.
        gatherer.observe_records([plain_item(msgspec.json.decode(msgspec.json.encode(one))) for one in some])
        read += len(some)
    return gatherer, read
