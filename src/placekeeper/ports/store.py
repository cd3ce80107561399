"""The state's SQL: one transaction with rows of each kind. Violated constraints become our errors."""

from contextlib import AbstractContextManager
from typing import Protocol

from placekeeper.ports.record import RecordRows
from placekeeper.ports.rows.bookmarks import BookmarkRows
from placekeeper.ports.rows.catalog import (
    ChangeRows,
    DatabaseRows,
    PartitionRows,
    StatisticsRows,
    TableRows,
    TableVersionRows,
)
from placekeeper.ports.rows.catalog_settings import SettingRows
from placekeeper.ports.rows.connections import ConnectionRows
from placekeeper.ports.rows.crawling import ClassifierRows, CrawlerRows, CrawlRows
from placekeeper.ports.rows.functions import FunctionRows
from placekeeper.ports.rows.jobs import JobRows
from placekeeper.ports.rows.marks import MarkRows
from placekeeper.ports.rows.merges import MergeRows
from placekeeper.ports.rows.overwrites import OverwriteRows
from placekeeper.ports.rows.publications import PublicationRows
from placekeeper.ports.rows.runs import LauncherRows, RunRows
from placekeeper.ports.rows.security_configurations import SecurityConfigurationRows
from placekeeper.ports.rows.tags import TagRows


class Transaction(Protocol):
    """All rows, in one transaction."""

    @property
    def bookmarks(self) -> BookmarkRows: ...

    @property
    def merges(self) -> MergeRows: ...

    @property
    def marks(self) -> MarkRows: ...

    @property
    def record(self) -> RecordRows: ...

    @property
    def jobs(self) -> JobRows: ...

    @property
    def runs(self) -> RunRows: ...

    @property
    def launchers(self) -> LauncherRows: ...

    @property
    def publications(self) -> PublicationRows: ...

    @property
    def overwrites(self) -> OverwriteRows: ...

    @property
    def tags(self) -> TagRows: ...

    @property
    def security_configurations(self) -> SecurityConfigurationRows: ...

    @property
    def connections(self) -> ConnectionRows: ...

    @property
    def functions(self) -> FunctionRows: ...

    @property
    def catalog_settings(self) -> SettingRows: ...

    @property
    def crawlers(self) -> CrawlerRows: ...

    @property
    def classifiers(self) -> ClassifierRows: ...

    @property
    def crawls(self) -> CrawlRows: ...

    @property
    def databases(self) -> DatabaseRows: ...

    @property
    def tables(self) -> TableRows: ...

    @property
    def table_versions(self) -> TableVersionRows: ...

    @property
    def partitions(self) -> PartitionRows: ...

    @property
    def column_statistics(self) -> StatisticsRows: ...

    @property
    def catalog_changes(self) -> ChangeRows: ...


class Store(Protocol):
    """The state's database."""

    def write(self, *, in_turn: bool = True) -> AbstractContextManager[Transaction]:
        """A transaction that may write; committed durably on leaving, rolled back on an exception.

        Writers go one at a time, so what is read in it holds until it commits. Without `in_turn` it waits for
        no other writer, if the database can do that; it must write rows that nobody else writes.
        """
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads, one snapshot."""
        ...

    def read_once(self) -> AbstractContextManager[Transaction]:
        """Rows to read with one statement, without a transaction, at half the cost of `read`."""
        ...

    @property
    def is_on_this_machine(self) -> bool:
        """Whether reading a row waits for no network and for nobody."""
        ...

    def close(self) -> None:
        """Close the connections to the database."""
        ...
