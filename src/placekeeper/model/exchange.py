"""The messages between a job process and the server (HTTP and JSON, one token per run).

POST open             OpenRequest        → Opened       Job.init
POST table            TableRef           → TableSnapshot   a catalog's table, before it is read
POST definition       TableRef           → TableDefinition   the same without partitions, before a write
POST table-names      TablesRequest      → TableNames   the tables of a database
POST databases        DatabasesRequest   → Databases    all databases
POST connection       ConnectionRequest  → ConnectionTold   how to log in, with its secrets
POST change-table     TableChange        → {}           publish one effect
POST add-snapshot     SnapshotAdded      → {}           the same of a lake format
POST take-back-snapshot  SnapshotAdded   → {}           take it back, before its files are deleted
POST add-partitions   PartitionsAdded    → {}           the same; some of its partitions at a time
POST bad-files        BadFilesRequest    → {}           objects that cannot be read: quarantine them
POST staging          StagingRequest     → {}           before the first file is staged under a target
POST ended-runs       RunsQuestion       → EndedRuns    whose staging tables nobody needs any more
POST replacing        ReplacingRequest   → Replaceable  before and after a listing of what is to be deleted
POST replaced         ReplacedRequest    → {}           folders are overwritten before Job.commit
POST commit           CommitRequest      → Committed    Job.commit: one transaction
POST publication      PublicationRequest → {}           without a version (pause, disable, no init)
POST published        PublishedRequest   → {}
POST publish-failed   PublishFailure     → Reverted     publishing can no longer succeed: take it back
POST summary          SummaryRequest     → SummaryKept   at the end of the run
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from placekeeper.model.bookmark import BookmarkOption, BookmarkState
from placekeeper.model.jobs import RunSummary
from placekeeper.model.marks import BadFile, Mark
from placekeeper.model.publication import Manifest

PREFIX = "/_placekeeper/v1"
"""Path prefix of this exchange on the server."""

MAX_BODY_BYTES = 256 * 1024 * 1024
"""The largest body of a job process: a manifest names every file that the run publishes or deletes."""

BEGIN_AGAIN = 75
"""The exit code of a job process that has quarantined bad files; its launcher starts the run again."""

GLUE_OF_A_RUN = PREFIX + "/glue"
"""The path prefix of the Glue API for a script without a key; the token of its run follows in the path."""


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Job.init: take the newest state of the bookmark `name`; with `range`, the states after two runs."""

    name: str
    option: BookmarkOption
    range: tuple[str, str] | None = None


class OpenedRange(msgspec.Struct, frozen=True, kw_only=True):
    """Where a range of runs begins: after the version `after`, whose state is `begin`."""

    after: int
    begin: BookmarkState = {}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The state a run starts from. `version` is None when the option makes no version (pause, disable).

    `state_version` is the commit that stored the state, None for the empty one. `found` are the id and the
    newest version of a bookmark to which the option appends nothing, zeros if there was none. They place the
    run in the bookmark's history, whatever the clocks say. `bookmark_key` names the key with which the
    segments of the run are encrypted, None if they are not. With a `range`, `state` is the one at its end.
    `marks` are those in force.
    """

    name: str
    run: int
    attempt: int
    version: int | None = None
    state_version: int | None = None
    state: BookmarkState = {}
    bookmark_key: str | None = None
    range: OpenedRange | None = None
    found: tuple[int, int] | None = None
    marks: tuple[Mark, ...] = ()


class StagingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run is about to stage files under the URI `target`."""

    target: str


class RunsQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Have all runs ended whose ids begin with any of `beginnings`?"""

    beginnings: tuple[str, ...]


class EndedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """The beginnings whose runs have all ended, and publish nothing any more; at least one run has each."""

    beginnings: tuple[str, ...] = ()


Prefix = Annotated[str, msgspec.Meta(min_length=1, max_length=4200, pattern=r"^[^\x00]*$")]
"""The beginning of URIs: at most the longest path of a local disk."""


class ReplacingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run is about to delete what is under `prefixes`, which are URIs.

    With `overwrites` it puts its own output in their place, and no other run may do so until it has
    published. `since_ms` is the `now_ms` of an earlier answer.
    """

    prefixes: tuple[Prefix, ...]
    overwrites: bool = False
    since_ms: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class ReplacedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The run has overwritten `folders`, and all of it is visible: other runs may do so."""

    folders: tuple[Prefix, ...]


class Replaceable(msgspec.Struct, frozen=True, kw_only=True):
    """The URIs of files that other runs publish under prefixes, by `<id of the run>/<ordinal>`.

    `unsettled` are those of runs in progress: all that ended runs had begun is settled. `settled` are those
    of publications that came to an end since the request's `since_ms`, and shortly before.
    """

    now_ms: int = 0
    settled: Mapping[str, tuple[str, ...]] = {}
    unsettled: Mapping[str, tuple[str, ...]] = {}


Version = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
"""The version of a bookmark, within the range of a database integer."""

Ordinal = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Which publication of a run is meant: each Job.init after a Job.commit begins the next one, from 0."""


class BadFilesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Objects that this run cannot read, to be quarantined; `version` is the one that `open` made."""

    name: str
    version: Version
    bad: tuple[BadFile, ...]


class CommitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The elements that this run renewed, and its output; `version` is the one that `open` made.

    `mended` are paths of quarantined objects that have changed, and that the run has read.
    """

    name: str
    version: Version
    elements: BookmarkState
    manifest: Manifest
    mended: tuple[str, ...] = ()
    ordinal: Ordinal = 0


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """The version that the commit made."""

    version: int


class PublicationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Output that is published without a version."""

    manifest: Manifest
    ordinal: Ordinal = 0


class PublishedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All effects of a publication are visible."""

    ordinal: Ordinal = 0


class PublishFailure(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why publishing can no longer succeed; the server takes back what is visible."""

    error: str
    ordinal: Ordinal = 0


class Reverted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The version that restored the state before the commit, if the publication belonged to one.

    `stays` says what could not be taken back; no state is restored then. `waits` says what stays committed
    and waits for a person; nothing is taken back then.
    """

    version: int | None = None
    stays: str = ""
    waits: str = ""


class SummaryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a run, and the reason if it failed."""

    summary: RunSummary
    error_message: str | None = None


class SummaryKept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What else is to be said at the end of the run: notes about output of earlier runs of the job."""

    notes: tuple[str, ...] = ()


class ExchangeError(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not 200: the error's class name and its text."""

    error: str
    message: str
    expected: int | None = None
    found: int | None = None
