"""The state's SQL: one transaction, rows of each kind. A constraint decides; the adapter names the error."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion
from placekeeper.model.jobs import Job, JobRun, JobRunState, RunSummary
from placekeeper.model.publication import Manifest, Publication, PublicationState


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
    ) -> None:
        """Insert one version, with state and AWS's string when it is a commit.

        Raises VersionMismatchException when that version exists: the primary key is the lock.
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

    def history(self, bookmark_id: int) -> Sequence[BookmarkVersion]:
        """All versions, newest first."""
        ...

    def state(self, bookmark_id: int, version: int | None) -> BookmarkState:
        """The state that the commit `version` stored; the empty state for None."""
        ...

    def segment_keys(self) -> frozenset[str]:
        """The key of every segment that any version points at."""
        ...


class JobRows(Protocol):
    """Job definitions."""

    def insert(self, job: Job) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Job | None: ...

    def page(self, *, after: str | None, limit: int) -> Sequence[Job]:
        """Jobs by name, those after `after`."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...


class LauncherRows(Protocol):
    """Who runs job processes; a launcher counts up while it lives."""

    def insert(self, launcher: str, *, host: str, pid: int) -> None: ...

    def renew(self, launcher: str) -> bool:
        """False when the launcher was given up for dead."""
        ...

    def renewals(self) -> Mapping[str, int]:
        """The count of every launcher."""
        ...

    def delete(self, launcher: str) -> None: ...


class RunRows(Protocol):
    """Job runs. Every transition is a compare-and-set."""

    def insert(self, run: JobRun, *, token_digest: str) -> None: ...

    def get(self, run_id: str) -> JobRun | None: ...

    def by_token(self, token_digest: str) -> JobRun | None: ...

    def page(self, job_name: str | None, *, before: int | None, limit: int) -> Sequence[tuple[int, JobRun]]:
        """Runs newest first with their ordinals, those before the ordinal `before`."""
        ...

    def in_states(self, states: Sequence[JobRunState]) -> Sequence[JobRun]: ...

    def count_in_states(self, job_name: str, states: Sequence[JobRunState]) -> int: ...

    def move(
        self,
        run_id: str,
        *,
        frm: Sequence[JobRunState],
        to: JobRunState,
        now_ms: int,
        error_message: str | None = None,
        unclaimed: bool = False,
    ) -> bool:
        """Move a run from one of the states `frm`; False when somebody else has moved it.

        With `unclaimed`, also False when a launcher has taken it.
        """
        ...

    def claim(self, run_id: str, *, launcher: str, token_digest: str, now_ms: int) -> bool:
        """Take a STARTING run that nobody has taken; False when somebody was faster."""
        ...

    def unclaim(self, run_id: str, *, launcher: str, now_ms: int) -> bool:
        """Take a STARTING run from its launcher, so that another takes it; False when it has moved on."""
        ...

    def unclaimed(self, *, limit: int) -> Sequence[JobRun]:
        """Of each job the oldest STARTING run that nobody has taken, oldest first."""
        ...

    def waiting_jobs(self) -> Sequence[str]:
        """Names of jobs that have WAITING runs."""
        ...

    def waiting(self, job_name: str, *, limit: int) -> Sequence[JobRun]:
        """WAITING runs of a job, oldest first."""
        ...

    def by_client_token(self, job_name: str, client_token: str) -> JobRun | None: ...

    def put_summary(self, run_id: str, summary: RunSummary, *, error_message: str | None) -> None: ...

    def add_staging(self, run_id: str, target: str) -> None:
        """Remember that a run stages under a target, for the collection of what it may leave."""
        ...

    def staging_of(self, run_id: str) -> Sequence[str]: ...

    def drop_staging(self, run_id: str, target: str) -> None: ...

    def with_staging(self) -> Sequence[JobRun]:
        """Runs that have staging remembered."""
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


class Transaction(Protocol):
    """All rows, in one transaction."""

    @property
    def bookmarks(self) -> BookmarkRows: ...

    @property
    def jobs(self) -> JobRows: ...

    @property
    def runs(self) -> RunRows: ...

    @property
    def launchers(self) -> LauncherRows: ...

    @property
    def publications(self) -> PublicationRows: ...


class Store(Protocol):
    """The state's database."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that may write; committed durably on leaving, rolled back on an exception."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads."""
        ...
