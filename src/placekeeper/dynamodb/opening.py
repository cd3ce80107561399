"""The door to DynamoDB: its client is loaded when a script uses a table."""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

Item = dict[str, Any]
"""An item as the API writes it: each value with its type around it."""

MOST_PUTS: Final = 25
"""The most items of one request that puts."""


class TableSettings(Struct, frozen=True, kw_only=True):
    """Which table, and as whom. Without an endpoint, a region, keys or a role, those of the process count.

    `keys` are an access key, its secret and its token ("" without one). `units` are capacity units a second
    that may be used; 0 is no bound.
    """

    name: str
    region: str = ""
    role: str = ""
    role_session: str = "placekeeper"
    endpoint: str = ""
    keys: tuple[str, str, str] | None = None
    units: float = 0.0

    def __repr__(self) -> str:
        return f"TableSettings({self.name})"


class KeyAttribute(Struct, frozen=True):
    """An attribute of the primary key, and its type: S, N or B."""

    name: str
    type: str


class Description(Struct, frozen=True, kw_only=True):
    """What DynamoDB says of a table; `items` and `size` (bytes) are brought up to date every six hours.

    `reads` and `writes` are its capacity units a second, 0 for a table that is paid by request.
    """

    arn: str
    keys: tuple[KeyAttribute, ...]
    items: int
    size: int
    reads: int = 0
    writes: int = 0


class Table(Protocol):
    """A table with a client of its own. Methods raise DatabaseFailed if DynamoDB refuses or is away."""

    @property
    def settings(self) -> TableSettings:
        """The settings with what was resolved in this process, so that tasks in others need not.

        Keys that expire are left out: each process gets its own.
        """
        ...

    def description(self) -> Description:
        """The description of the table. Raises TableNotThere, which names similar tables."""
        ...

    def reads(self) -> int:
        """The capacity units a second of its reads. Raises TableNotThere.

        0 for a table that is paid by request, and where these credentials may scan it and not look at it.
        """
        ...

    def pages(self, segment: int, of: int, most: int | None = None) -> Iterator[Sequence[Item]]:
        """The items of one of `of` segments, page by page; all segments together have each item once.

        With `most`, a page has at most so many items.
        """
        ...

    def put(self, items: Sequence[Item], keys: Sequence[str], retries: int) -> None:
        """Put up to 25 items of different keys. What DynamoDB leaves is put again, `retries` times at most.

        Raises DatabaseFailed, which names keys of items that were not written.
        """
        ...


def open_table(settings: TableSettings) -> Table:
    """A table. Raises DatabaseFailed without a region or credentials."""
    opened: Table = importlib.import_module("placekeeper.dynamodb.tables").DynamoTable(settings)
    return opened
