"""The Data Catalog's rows. Names are in lower case. Deleting a row deletes those below it, too."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from placekeeper.model.catalog import (
    ChangeState,
    ColumnStatistics,
    Database,
    KeyRange,
    PartitionIndex,
    Table,
    TablePartition,
    Undecided,
)
from placekeeper.model.page import Page

Where = Callable[[Sequence[str]], bool]
"""Whether a partition with these values is meant."""


class DatabaseRows(Protocol):
    """Databases of the catalog."""

    def insert(self, database: Database) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Database | None: ...

    def replace(self, database: Database) -> bool:
        """Whether there was one."""
        ...

    def delete(self, name: str) -> bool:
        """Delete a database and its tables; whether there was one."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Database]:
        """Databases by name, those after `after`, until the page is full."""
        ...


class TableRows(Protocol):
    """Tables."""

    def insert(self, table: Table) -> None:
        """Raises AlreadyExistsException. The database must exist."""
        ...

    def get(self, database: str, name: str) -> Table | None: ...

    def replace(self, table: Table) -> bool:
        """Replace the table whose version is one less; False if there is none."""
        ...

    def put_undecided(self, table: Table, undecided: Undecided | None) -> None:
        """Change what is undecided of a table, and nothing else."""
        ...

    def put_indexes(self, table: Table, indexes: Sequence[PartitionIndex]) -> None:
        """Change the indexes of a table, and nothing else."""
        ...

    def delete(self, database: str, name: str) -> bool:
        """Delete a table and its partitions; whether there was one."""
        ...

    def page(
        self, database: str, *, after: str | None, limit: int, among: Collection[str] | None = None
    ) -> Page[Table]:
        """Tables of a database by name, those after `after`, until the page is full; of those names only, if
        given."""
        ...

    def names(self, database: str, *, after: str | None, limit: int) -> Sequence[str]:
        """The first names after `after`, in their order."""
        ...

    def every(self, *, after: tuple[str, str] | None) -> Iterator[Table]:
        """All tables by the names of database and table, those after `after`, as they are read."""
        ...


class TableVersionRows(Protocol):
    """Older versions of tables."""

    def keep(self, table: Table) -> None:
        """Keep a table as it is, before it is replaced."""
        ...

    def get(self, table: Table, version: int) -> Table | None:
        """An older version."""
        ...

    def page(self, table: Table, *, before: int, limit: int) -> Page[Table]:
        """Older versions, the newest first, those below `before`, until the page is full."""
        ...

    def delete(self, table: Table, version: int) -> bool:
        """Whether there was one."""
        ...


class PartitionRows(Protocol):
    """Partitions of tables."""

    def insert(self, table: Table, partition: TablePartition) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, table: Table, values: Sequence[str]) -> TablePartition | None: ...

    def among(self, table: Table, wanted: Sequence[Sequence[str]]) -> Sequence[TablePartition]:
        """Those that exist among `wanted`, in no order."""
        ...

    def insert_all(self, table: Table, partitions: Sequence[TablePartition]) -> None:
        """Insert partitions of which none exists."""
        ...

    def replace(self, table: Table, values: Sequence[str], partition: TablePartition) -> bool:
        """Replace the partition with these values and keep its ordinal; whether there was one. Raises
        AlreadyExistsException if another has the new values."""
        ...

    def touch(self, table: Table, wanted: Sequence[Sequence[str]], *, now_ms: int) -> None:
        """Remember that those which exist among `wanted` were filled just now."""
        ...

    def delete(self, table: Table, values: Sequence[str]) -> bool:
        """Whether there was one."""
        ...

    def page(
        self,
        table: Table,
        *,
        after: int | None,
        limit: int,
        where: Where | None = None,
        ranges: Sequence[KeyRange] = (),
    ) -> Page[TablePartition]:
        """Partitions of a table in the order of creation, those after the ordinal `after` for which `where`
        is true, until the page is full. `ranges` narrow the search: it is true for none outside of them."""
        ...

    def all(
        self, table: Table, *, where: Where | None = None, ranges: Sequence[KeyRange] = ()
    ) -> Sequence[TablePartition]:
        """All partitions of a table for which `where` is true, in the order of creation."""
        ...

    def arrange(self, table: Table) -> None:
        """Make the partitions of a table be found by its keys, after the types of these have changed."""
        ...


class StatisticsRows(Protocol):
    """Statistics of columns: of a table, or of its partition with an ordinal."""

    def get(self, table: Table, ordinal: int | None, columns: Sequence[str]) -> Sequence[ColumnStatistics]:
        """Those that are there of some columns, in no order."""
        ...

    def put(self, table: Table, ordinal: int | None, statistics: ColumnStatistics) -> None: ...

    def delete(self, table: Table, ordinal: int | None, column: str) -> bool:
        """Whether there were some."""
        ...


class ChangeRows(Protocol):
    """Changes of the catalog by runs: which of them can still be taken back."""

    def make(self, id: str, *, now_ms: int) -> ChangeState:
        """The state of a change; one that is not known is made now."""
        ...

    def undecided(self, ids: Collection[str]) -> frozenset[str]:
        """Those among `ids` that may still be taken back."""
        ...

    def unsettled(self, ids: Collection[str], *, since_ms: int) -> frozenset[str]:
        """Those among `ids` that may still be taken back, or were made at `since_ms` or later."""
        ...

    def keep(self, ids: Collection[str]) -> None:
        """From now on these are never taken back."""
        ...

    def take_back(self, id: str, *, now_ms: int) -> bool:
        """From now on this one cannot be made any more, whether it was or not; False if it is kept."""
        ...
