"""The state's SQL: one transaction, rows of each kind. A constraint decides; the adapter names the error."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion
from placekeeper.model.jobs import Job
from placekeeper.model.page import Page
from placekeeper.model.publication import Manifest, Publication, PublicationState
from placekeeper.model.security import SecurityConfiguration
from placekeeper.ports.catalog_rows import DatabaseRows, PartitionRows, TableRows
from placekeeper.ports.mark_rows import MarkRows
from placekeeper.ports.merge_rows import MergeRows
from placekeeper.ports.record import RecordRows
from placekeeper.ports.run_rows import LauncherRows, RunRows


class BookmarkRows(Protocol):
    """The append-only history of bookmarks."""

    def live_id(self, name: str) -> int | None:
        """The id of the live bookmark of that name."""
        ...

    def create(self, name: str, *, now_ms: int) -> int:
        """The id of the live bookmark of that name, made if there is none."""
        ...

    def entomb(self, name: str, *, now_ms: int) -> None:
        """End the live bookmark of that name; its history stays."""
        ...

    def append(
        self,
        bookmark_id: int,
        version: BookmarkVersion,
        *,
        state: BookmarkState | None = None,
        job_bookmark: str | None = None,
        key: str | None = None,
    ) -> None:
        """Insert one version, with state and AWS's string when it is a commit; with `key`, both encrypted.

        Raises VersionMismatchException when that version exists: the primary key is the lock. Every method
        that answers a state, a string or segments raises KeyMissing when it cannot decrypt them.
        """
        ...

    def newest(self, bookmark_id: int) -> BookmarkVersion | None:
        """The newest version, whatever made it."""
        ...

    def at(self, bookmark_id: int, version: int) -> BookmarkVersion | None:
        """One version."""
        ...

    def newest_entry(self, name: str) -> tuple[BookmarkVersion, str] | None:
        """The newest version of the live bookmark that is no open, and AWS's string: one statement."""
        ...

    def entry_of_run(self, name: str, run_id: str) -> tuple[BookmarkVersion, str] | None:
        """The version that a run committed, and AWS's string; None if that was taken back."""
        ...

    def last_of_run(self, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
        """The newest version that a run made: its open, its commit, or the revert of its commit."""
        ...

    def has_commit_of(self, run_id: str) -> bool:
        """Whether a run has committed a version, of whatever bookmark."""
        ...

    def history(self, bookmark_id: int) -> Sequence[BookmarkVersion]:
        """All versions, newest first."""
        ...

    def state(self, bookmark_id: int, version: int | None) -> BookmarkState:
        """The state that the commit `version` stored, with the segments that merges have made of its own
        since; the empty state for None."""
        ...

    def stored_states(self, bookmark_id: int) -> Iterator[tuple[int, BookmarkState]]:
        """Every commit and the state that it stored, its segments as they were then."""
        ...

    def all(self) -> Mapping[int, int | None]:
        """Every bookmark by its id: when it was deleted, None while it lives."""
        ...

    def newest_versions(self) -> Mapping[int, int]:
        """The newest version of every live bookmark, by its id."""
        ...

    def turns(self, bookmark_id: int, between: tuple[int, int]) -> Sequence[int]:
        """Versions of a range at which the history took another way: all that are no open and no commit."""
        ...

    def newest_before(self, bookmark_id: int, ms: int) -> int:
        """The newest version that was made before an instant, 0 when there is none."""
        ...

    def segment_keys(self, *, dropped_before_ms: int) -> frozenset[str]:
        """The key of every segment that any version or merge points at, but for those dropped by then."""
        ...


class JobRows(Protocol):
    """Job definitions."""

    def insert(self, job: Job) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Job | None: ...

    def exists(self, name: str) -> bool: ...

    def replace(self, job: Job) -> bool:
        """Put a definition in the place of the one of that name; False when there is none."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Job]:
        """Jobs by name, those after `after`, until the page is full."""
        ...

    def named(self, names: Sequence[str]) -> Page[Job]:
        """The jobs of these names, by name, until the page is full."""
        ...

    def names(self, *, tagged: Mapping[str, str], after: str | None, limit: int) -> Sequence[str]:
        """Names of jobs in their order, those after `after`, of jobs that have all of these tags."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...


class PublicationRows(Protocol):
    """Publications, at most one per run."""

    def insert(
        self,
        run_id: str,
        manifest: Manifest,
        *,
        bookmark_id: int | None,
        version: int | None,
        now_ms: int,
    ) -> None: ...

    def get(self, run_id: str) -> Publication | None: ...

    def unsettled(
        self, *, bookmark_id: int | None = None, job_name: str | None = None
    ) -> Sequence[Publication]:
        """Publications that have not come to an end, oldest first; of one bookmark or job if given."""
        ...

    def move(
        self,
        run_id: str,
        *,
        frm: PublicationState,
        to: PublicationState,
        now_ms: int,
        error: str | None = None,
    ) -> bool: ...


class TagRows(Protocol):
    """Tags, by resource: the last part of its ARN."""

    def of(self, resource: str) -> dict[str, str]:
        """The tags of a resource."""
        ...

    def put(self, resource: str, added: Mapping[str, str]) -> None:
        """Add tags; one of the same key is replaced."""
        ...

    def remove(self, resource: str, keys: Collection[str]) -> None:
        """Remove tags; a key that is not there is no error."""
        ...

    def drop(self, resource: str) -> None:
        """Remove all tags of a resource."""
        ...


class SecurityConfigurationRows(Protocol):
    """Security configurations."""

    def insert(self, configuration: SecurityConfiguration) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> SecurityConfiguration | None: ...

    def page(self, *, after: str | None, limit: int) -> Sequence[SecurityConfiguration]:
        """Security configurations by name, those after `after`."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...


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
    def tags(self) -> TagRows: ...

    @property
    def security_configurations(self) -> SecurityConfigurationRows: ...

    @property
    def databases(self) -> DatabaseRows: ...

    @property
    def tables(self) -> TableRows: ...

    @property
    def partitions(self) -> PartitionRows: ...


class Store(Protocol):
    """The state's database."""

    def write(self, *, in_turn: bool = True) -> AbstractContextManager[Transaction]:
        """A transaction that may write; committed durably on leaving, rolled back on an exception.

        Writers go one at a time, so what is read in it holds until it commits. One that does not go
        `in_turn` waits for no other where the database can do that; it writes what nobody else writes.
        """
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads, one snapshot."""
        ...

    def look(self) -> AbstractContextManager[Transaction]:
        """What reads by one statement, and so needs no transaction: it costs half as much as `read`."""
        ...
