"""Crawlers, classifiers and crawls, as values, and what a crawl's process says to the server."""

from enum import StrEnum
from typing import Any

import msgspec


class ScheduleState(StrEnum):
    """Whether the schedule of a crawler is in force."""

    SCHEDULED = "SCHEDULED"
    NOT_SCHEDULED = "NOT_SCHEDULED"


class CrawlState(StrEnum):
    """The state of one crawl. RUNNING begins when it is asked for; the last three are final."""

    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"

    @property
    def is_final(self) -> bool:
        """Whether the crawl has ended."""
        return self not in (CrawlState.RUNNING, CrawlState.STOPPING)


class Crawler(msgspec.Struct, frozen=True, kw_only=True):
    """A named program that looks at data and describes it in the catalog.

    `spec` has the members of CreateCrawler without Name, Schedule and Tags, with AWS's defaults. `schedule`
    is a cron expression, empty without one. `version` counts the updates, from 1.
    """

    name: str
    spec: dict[str, Any]
    schedule: str = ""
    schedule_state: ScheduleState = ScheduleState.NOT_SCHEDULED
    created_ms: int
    modified_ms: int
    version: int = 1


class Classifier(msgspec.Struct, frozen=True, kw_only=True):
    """How to recognise files that no built-in classifier knows.

    `kind` is the member of CreateClassifier that made it, `spec` is that member without Name.
    """

    name: str
    kind: str
    spec: dict[str, Any]
    created_ms: int
    modified_ms: int
    version: int = 1


class CrawlCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a crawl has changed in the catalog."""

    tables_created: int = 0
    tables_updated: int = 0
    tables_deleted: int = 0
    partitions_created: int = 0
    partitions_updated: int = 0
    partitions_deleted: int = 0

    def plus(self, other: "CrawlCounts") -> "CrawlCounts":
        """The sum of both."""
        names = self.__struct_fields__
        return CrawlCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Crawl(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a crawler. `spec` and `classifiers` are those at its start.

    `launcher` answers for it, None: nobody has taken it yet.
    """

    id: str
    crawler: str
    spec: dict[str, Any]
    classifiers: tuple[Classifier, ...]
    state: CrawlState
    started_ms: int
    ended_ms: int | None = None
    error_message: str | None = None
    launcher: str | None = None
    counts: CrawlCounts = CrawlCounts()
    has_ended_well: bool = False


class CrawledFolder(msgspec.Struct, frozen=True):
    """A folder with files as a crawl saw it: its URI, how many files, their bytes, the newest change."""

    folder: str
    files: int
    bytes: int
    newest_ms: int


class KnownTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that this crawler has made, or that it is to update."""

    database: str
    name: str
    spec: dict[str, Any]


class CrawlTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a crawl is to do.

    `folders` are those of the last crawl, for one that looks at new ones only. `tables` are those that this
    crawler has made, and `targets` those of its catalog targets. `connections` are those of its targets in
    databases by their names, as GetConnection answers them, with passwords.
    """

    crawler: str
    spec: dict[str, Any]
    classifiers: tuple[Classifier, ...]
    folders: tuple[CrawledFolder, ...] = ()
    tables: tuple[KnownTable, ...] = ()
    targets: tuple[KnownTable, ...] = ()
    connections: dict[str, dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"CrawlTask(crawler={self.crawler!r})"


class FoundPartition(msgspec.Struct, frozen=True, kw_only=True):
    """A partition that a crawl has found: its values, and PartitionInput without them."""

    values: tuple[str, ...]
    spec: dict[str, Any]


class FoundTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a crawl has found. `spec` is TableInput without a name.

    `name` is that of its folder, without the prefix. With `existing`, it is that table of a catalog target.
    With `adds_only`, the partitions are new ones, and there may be others. `unread` are folders with files
    that were not read.

    A table of many partitions comes in pieces. All but the last have `has_more`; all but the first go `into`
    a table that is there, and leave its definition. The last has `seen`, the values of all that were found.
    """

    name: str
    spec: dict[str, Any]
    partitions: tuple[FoundPartition, ...] = ()
    existing: tuple[str, str] | None = None
    adds_only: bool = False
    unread: tuple[str, ...] = ()
    has_more: bool = False
    into: tuple[str, str] | None = None
    seen: tuple[tuple[str, ...], ...] = ()


class CrawlOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the server has done with a table, in sentences for the log. `table` is its name, and `where`
    that of its database and its own, for the next piece."""

    table: str = ""
    where: tuple[str, str] | None = None
    said: tuple[str, ...] = ()
    counts: CrawlCounts = CrawlCounts()


class GoneTables(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of this crawler of which no file is there any more.

    `instead` says, by `database.table`, what is in the folder of a table instead. Of others nothing is.
    """

    tables: tuple[tuple[str, str], ...]
    instead: dict[str, str] = {}


class CrawlEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a crawl, as its process sees it: `folders` are all that it saw; an error, if it failed."""

    folders: tuple[CrawledFolder, ...] = ()
    error_message: str | None = None


class CrawlQuestion(msgspec.Struct, frozen=True):
    """Asks what the crawl is to do."""
