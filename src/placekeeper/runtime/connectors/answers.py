"""What connectors ask the server: the catalog, and which runs have ended."""

from collections.abc import Sequence
from typing import Any, Protocol

from placekeeper.model.catalog import TableDefinition, TableNames, TableRef, TableSnapshot
from placekeeper.model.connections import ConnectionTold


class Tables(Protocol):
    """The catalog, as the server answers for it."""

    def table(self, ref: TableRef) -> TableSnapshot:
        """A table and the partitions that are meant. Raises EntityNotFoundException."""

    def definition(self, ref: TableRef) -> TableDefinition:
        """The definition of a table, if there is one. Raises EntityNotFoundException for its database."""

    def definition_to_read(self, ref: TableRef) -> TableDefinition:
        """The same for a read, which is also answered where nothing may be written."""

    def table_names(self, database: str) -> TableNames:
        """The names of a database's tables, None in it for a database that is not there."""

    def connection(self, name: str) -> ConnectionTold:
        """A connection with all of its secrets. Raises EntityNotFoundException."""

    def ended_runs(self, beginnings: Sequence[str]) -> Sequence[str]:
        """The beginnings of ids whose runs have all ended, and publish nothing any more."""

    def glue(self, operation: str, **members: Any) -> dict[str, Any]:
        """What an operation of the Glue API answers to the run's script. Raises the operation's errors."""
