"""The job process's side of the exchange with the server."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import urllib3
from urllib3.util import Retry

from placekeeper.model import errors, kinds
from placekeeper.model.bookmark import BookmarkOption, BookmarkState
from placekeeper.model.catalog import (
    Databases,
    DatabasesRequest,
    TableDefinition,
    TableNames,
    TableRef,
    TableSnapshot,
    TablesRequest,
)
from placekeeper.model.connections import ConnectionRequest, ConnectionTold
from placekeeper.model.crawling import (
    CrawlEnd,
    CrawlOutcome,
    CrawlQuestion,
    CrawlTask,
    FoundTable,
    GoneTables,
)
from placekeeper.model.exchange import (
    GLUE_OF_A_RUN,
    PREFIX,
    BadFilesRequest,
    CommitRequest,
    Committed,
    EndedRuns,
    Opened,
    OpenRequest,
    PublicationRequest,
    PublishedRequest,
    PublishFailure,
    Replaceable,
    ReplacedRequest,
    ReplacingRequest,
    Reverted,
    RunsQuestion,
    StagingRequest,
    SummaryKept,
    SummaryRequest,
)
from placekeeper.model.jobs import RunSummary
from placekeeper.model.marks import BadFile
from placekeeper.model.publication import (
    Manifest,
    PartitionsAdded,
    PartitionsDropped,
    SnapshotAdded,
    TableChange,
)
from placekeeper.runtime.run.answered_errors import NOT_OURS, error_in, not_understood, raised_there

_T = TypeVar("_T")

# Every call may be repeated: the server answers a second one as the first. So a server that restarts
# under a run, its database (503), or a machine that slept while it sent (408) costs a wait, not the run.
_RETRY = Retry(
    total=8,
    backoff_factor=0.25,
    backoff_max=10,
    allowed_methods=None,
    status_forcelist=[408, 503],
    raise_on_status=False,
)
_TIMEOUT_S = 600.0


class Nothing(msgspec.Struct, frozen=True):
    """The empty answer."""


class Client:
    """Calls the server that this run's token is for."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._http = urllib3.PoolManager(
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"}, retries=_RETRY
        )

    def open(self, name: str, option: BookmarkOption, range_: tuple[str, str] | None = None) -> Opened:
        """Job.init; `range_` are the runs of --job-bookmark-from and -to."""
        return self._call("open", OpenRequest(name=name, option=option, range=range_), Opened)

    def table(self, ref: TableRef) -> TableSnapshot:
        """A catalog's table and the partitions that are meant. Raises EntityNotFoundException."""
        return self._call("table", ref, TableSnapshot)

    def definition(self, ref: TableRef) -> TableDefinition:
        """The definition of a table, None in it if the database has no such table.

        Raises EntityNotFoundException for a database that is not there.
        """
        return self._call("definition", ref, TableDefinition)

    def definition_to_read(self, ref: TableRef) -> TableDefinition:
        """The same for a read. Raises EntityNotFoundException."""
        return self.definition(ref)

    def table_names(self, database: str) -> TableNames:
        """The names of a database's tables, None in it for a database that is not there."""
        return self._call("table-names", TablesRequest(database=database), TableNames)

    def databases(self) -> Databases:
        """All databases of the catalog."""
        return self._call("databases", DatabasesRequest(), Databases)

    def connection(self, name: str) -> ConnectionTold:
        """A connection with all of its secrets. Raises EntityNotFoundException, KeyMissing."""
        return self._call("connection", ConnectionRequest(name=name), ConnectionTold)

    def glue(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation of the Glue API with the rights of this run's script; what it answers.

        Raises the operation's own errors, and AccessDeniedException where scripts may not do it.
        """
        url = f"{self._url}{GLUE_OF_A_RUN}/{self._token}/"
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"AWSGlue.{operation}"}
        response = self._post(url, _encoded(members), headers)
        try:
            said = msgspec.json.decode(response.data or b"{}", type=dict[str, Any])
        except NOT_OURS:
            raise not_understood(f"{self._url}{GLUE_OF_A_RUN}/…", response.status, response.data) from None
        if response.status == 200:
            return said
        kind = getattr(errors, str(said.get("__type", "")).rpartition("#")[2], errors.StateError)
        raise raised_there(kind, str(said.get("Message") or said.get("message") or said))

    def change_table(self, effect: TableChange) -> None:
        """Publish the change of a table. Raises PublishFailed."""
        self._call("change-table", effect, Nothing)

    def add_partitions(self, effect: PartitionsAdded) -> None:
        """Publish partitions. Raises PublishFailed."""
        self._call("add-partitions", effect, Nothing)

    def add_snapshot(self, effect: SnapshotAdded) -> None:
        """Commit to a table of a lake format. Raises PublishFailed, PublicationPending."""
        self._call("add-snapshot", effect, Nothing)

    def drop_partitions(self, effect: PartitionsDropped) -> None:
        """Drop partitions that have no other files. Raises ListingFailed."""
        self._call("drop-partitions", effect, Nothing)

    def take_back_snapshot(self, effect: SnapshotAdded) -> None:
        """Take a commit out of such a table. Raises PublicationPending."""
        self._call("take-back-snapshot", effect, Nothing)

    def add_staging(self, target: str) -> None:
        """Say that files will be staged under a target."""
        self._call("staging", StagingRequest(target=target), Nothing)

    def ended_runs(self, beginnings: Sequence[str]) -> Sequence[str]:
        """The beginnings of ids whose runs have all ended, and publish nothing any more."""
        return self._call("ended-runs", RunsQuestion(beginnings=tuple(beginnings)), EndedRuns).beginnings

    def replacing(
        self, prefixes: Sequence[str], *, overwrites: bool = False, since_ms: int | None = None
    ) -> Replaceable:
        """Settle what ended runs have begun to publish under prefixes; what others publish there.

        Raises TargetBusy if it is to be overwritten and another run does so, PublicationPending.
        """
        request = ReplacingRequest(prefixes=tuple(prefixes), overwrites=overwrites, since_ms=since_ms)
        return self._call("replacing", request, Replaceable)

    def replaced(self, folders: Sequence[str]) -> None:
        """Say that folders are overwritten, so that other runs may do so."""
        self._call("replaced", ReplacedRequest(folders=tuple(folders)), Nothing)

    def note_bad(self, name: str, version: int, bad: Sequence[BadFile]) -> None:
        """Quarantine objects that cannot be read. Raises VersionMismatchException."""
        self._call("bad-files", BadFilesRequest(name=name, version=version, bad=tuple(bad)), Nothing)

    def commit(
        self,
        name: str,
        version: int,
        elements: BookmarkState,
        manifest: Manifest,
        mended: Sequence[str] = (),
        ordinal: int = 0,
    ) -> Committed:
        """Job.commit. Raises VersionMismatchException."""
        request = CommitRequest(
            name=name,
            version=version,
            elements=elements,
            manifest=manifest,
            mended=tuple(mended),
            ordinal=ordinal,
        )
        return self._call("commit", request, Committed)

    def begin_publication(self, manifest: Manifest, ordinal: int = 0) -> None:
        """Decide a publication without a version."""
        self._call("publication", PublicationRequest(manifest=manifest, ordinal=ordinal), Nothing)

    def published(self, ordinal: int = 0) -> None:
        """Say that all is visible. Raises PublishFailed when it was taken back meanwhile."""
        self._call("published", PublishedRequest(ordinal=ordinal), Nothing)

    def publish_failed(self, error: str, ordinal: int = 0) -> Reverted:
        """Say that publishing can no longer succeed."""
        return self._call("publish-failed", PublishFailure(error=error, ordinal=ordinal), Reverted)

    def put_summary(self, summary: RunSummary, error_message: str | None) -> Sequence[str]:
        """Say what the run did; what else is to be said at its end."""
        request = SummaryRequest(summary=summary, error_message=error_message)
        return self._call("summary", request, SummaryKept).notes

    def crawl_task(self) -> CrawlTask:
        """What a crawl is to do. Raises EntityNotFoundException for a database that is not there."""
        return self._call("crawl-task", CrawlQuestion(), CrawlTask)

    def crawl_table(self, found: FoundTable) -> CrawlOutcome:
        """Make a table that a crawl has found, or change it. Raises EntityNotFoundException as above."""
        return self._call("crawl-table", found, CrawlOutcome)

    def crawl_gone(self, gone: GoneTables) -> CrawlOutcome:
        """Say which tables of a crawler have no files any more."""
        return self._call("crawl-gone", gone, CrawlOutcome)

    def crawl_end(self, end: CrawlEnd) -> None:
        """Say how a crawl has ended."""
        self._call("crawl-end", end, Nothing)

    def _call(self, name: str, request: msgspec.Struct, answer: type[_T]) -> _T:
        url = f"{self._url}{PREFIX}/{name}"
        response = self._post(url, _encoded(request), {})
        if response.status != 200:
            raise error_in(url, response.status, response.data)
        try:
            return kinds.decode(response.data, answer)
        except NOT_OURS:
            raise not_understood(url, response.status, response.data) from None

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        said = {**self._http.headers, **headers}
        try:
            return self._http.request("POST", url, body=body, headers=said, timeout=_TIMEOUT_S)
        except urllib3.exceptions.HTTPError as error:
            raise errors.StateError(
                f"the Placekeeper server at {self._url} does not answer. Nothing was lost: "
                "start it again (placekeeper dev) and run the job again."
            ) from error


def _encoded(request: object) -> bytes:
    """Raises UsageError for a text that is none: half a character of two (a lone surrogate)."""
    try:
        return msgspec.json.encode(request)
    except UnicodeEncodeError as error:
        raise errors.UsageError(
            f"the text {error.object[:100]!r} has half a character (a lone surrogate) and cannot be kept: "
            "give another name"
        ) from None
