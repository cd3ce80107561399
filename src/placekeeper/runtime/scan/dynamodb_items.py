"""The reader of what a scan of DynamoDB has kept: items in the API's JSON, one a line.

Source: docs/reference/dynamodb.md#dynamodb-types.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO, Final

import msgspec
import pyarrow as pa

from placekeeper.dynamodb.values import plain_item
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

BLOCK_BYTES: Final = 1024 * 1024
"""How much of a file is decoded at once."""

_KINDS: Final[dict[type, str]] = {
    str: "string",
    int: "long",
    float: "double",
    Decimal: "decimal",
    bytes: "binary",
    bool: "boolean",
    dict: "struct",
    list: "array",
}
_ITEM: Final = msgspec.json.Decoder(dict[str, dict[str, object]])


def kind_of(value: object) -> str:
    """Glue's name of the type of an item's plain value that is not null."""
    return _KINDS[type(value)]


@dataclass(frozen=True)
class ItemsReader:
    """Reads the items of the table `name`, which errors name; a set is an array."""

    name: str
    block_bytes: int = BLOCK_BYTES

    @property
    def reads_all_for_schema(self) -> bool:
        """True: each item has attributes of its own."""
        return True

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The types of every attribute, and how often attributes occur.

        Raises UnsupportedFeature for numbers at one place that no decimal type holds together.
        """
        del path
        gatherer = SchemaGatherer(kind_of)
        for records in self._blocks(file):
            gatherer.observe_records(records)
        try:
            found = gatherer.schema()
        except ValueError as error:
            raise UnsupportedFeature(
                f"the table {self.name} of DynamoDB has numbers in one attribute that no decimal type of 38 "
                f"digits holds together ({error}). Write them as texts"
            ) from error
        check_depth(found, self.name)
        return found

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The items as batches of `schema`; an attribute that an item does not have is null."""
        return RecordColumns(kind=kind_of).batches(self._blocks(file), path, schema, cells=self.block_bytes)

    def _blocks(self, file: BinaryIO) -> Iterator[list[Record]]:
        while lines := file.readlines(self.block_bytes):
            yield [plain_item(_ITEM.decode(line)) for line in lines]
