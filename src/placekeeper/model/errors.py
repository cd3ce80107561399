"""All errors Placekeeper raises on purpose, in one tree.

PlacekeeperError                        says what happened, why, and what to do next
├── GlueError                           answered on the wire; the class name is Glue's error code
├── UsageError                          bad arguments: one line and exit code 2
├── LaunchFailed                        a run could not be started; it ends FAILED with this reason
│   └── LaunchRefused                   and never can be, as it is defined; it is not tried again
├── ExtraUnavailable                    a file or module that a job asks for cannot be fetched or installed
├── KeyMissing                          a bookmark or password is encrypted with a key that is not configured
├── MissingExtra                        a heavy part is not installed; names the extra
├── UnsupportedFeature                  a feature that is missing, or that this engine would do differently
├── ObjectChanged                       an object is no longer what was listed
├── RecordUnreadable                    an object does not hold what its format promises; names the place
├── ErrorThresholdReached               a frame has as many error records as the script allows, or more
├── ValueUnwritable                     a value that an output format cannot hold; names column and row
├── ListingFailed                       a store could not be listed; never taken for "no objects"
├── ListingOutOfOrder                   a store does not list in key order; the caller sorts and joins again
├── DatabaseFailed                      a script's database does not answer, or refuses; says why
├── TableNotThere                       a database has no such table; names those with similar names
├── NoBookmarkKey                       a table has no column by which runs can read on; names candidates
│   └── TableBegunAnew                  it was emptied or restored, and nobody can say which rows were read
├── SegmentCorrupt                      a ledger segment is not what its commit recorded
├── StagedPathRead                      a run reads its own staged output, which is not visible yet
├── PlanStale                           a plan differs from what its run would read
├── PublicationPending                  output is committed but not visible yet; the next run finishes it
├── PublishFailed                       output could not be published, and was taken back
├── NotTakenBack                        a commit to a lake table stays: others have rewritten its rows
└── StateError                          the state directory cannot be used
    ├── DatabaseAway                    its database does not answer, or refuses; it may be back soon
    └── StateUnfit                      not before somebody mends it: a full disk, a damaged file
        └── StateNotWhole               its database lacks what the rest of the state says it had
"""

from placekeeper.model.databases import Key
from placekeeper.model.wording import counted


class PlacekeeperError(Exception):
    """Base of all errors that Placekeeper raises on purpose."""

    extra: str | None = None
    """The extra to install; the code that shows the error adds the command."""


class GlueError(PlacekeeperError):
    """An error with a place in Glue's API; `code` is what clients see in `__type`."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """Glue's error code: the name of the class."""
        return type(self).__name__

    @property
    def members(self) -> dict[str, str]:
        """What the error says beside its message, by the names in Glue's model."""
        return {}


class AccessDeniedException(GlueError):
    """The caller may not do this."""


class AlreadyExistsException(GlueError):
    """A resource of that name exists."""


class ConcurrentModificationException(GlueError):
    """Somebody else has changed the resource meanwhile."""


class ConditionCheckFailureException(GlueError):
    """A condition of a request does not hold."""


class ConcurrentRunsExceededException(GlueError):
    """The job already has MaxConcurrentRuns runs."""


class CrawlerNotRunningException(GlueError):
    """No crawl of the crawler goes on."""


class CrawlerRunningException(GlueError):
    """A crawl of the crawler goes on."""


class CrawlerStoppingException(GlueError):
    """The crawl is being stopped already."""


class EntityNotFoundException(GlueError):
    """The named entity does not exist."""


class IdempotentParameterMismatchException(GlueError):
    """The name was already submitted with a different configuration."""


class IncompleteSignatureException(GlueError):
    """A signature lacks a part, or is of a kind that is not accepted."""


class InternalServiceException(GlueError):
    """A fault of ours."""

    status = 500


class FederationSourceException(GlueError):
    """A data store that a connection leads to does not answer, or refuses.

    `reason` is a FederationSourceErrorCode, "" where none is known.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def members(self) -> dict[str, str]:
        """See GlueError."""
        return {"FederationSourceErrorCode": self.reason} if self.reason else {}


class InvalidInputException(GlueError):
    """The input is well formed and still cannot be accepted."""


class InvalidParameterException(GlueError):
    """CloudWatch Logs: a parameter has a value that is not supported."""


class InvalidSignatureException(GlueError):
    """A signature does not match the request, or has expired."""


class MissingAuthenticationTokenException(GlueError):
    """A request has no signature where one is needed."""


class NoScheduleException(GlueError):
    """The crawler has no schedule."""


class OperationTimeoutException(GlueError):
    """The operation took too long."""


class ResourceNotFoundException(GlueError):
    """CloudWatch Logs: no such group or stream."""


class ResourceNumberLimitExceededException(GlueError):
    """A limit on the number of resources was reached."""


class SchedulerNotRunningException(GlueError):
    """The schedule is not in force."""


class SchedulerRunningException(GlueError):
    """The schedule is in force already."""


class SerializationException(GlueError):
    """The request body is not what the protocol asks for."""


class ThrottlingException(GlueError):
    """There were too many requests at once; the same request may be sent again."""


class UnknownOperationException(GlueError):
    """The operation is not served."""


class UnrecognizedClientException(GlueError):
    """The access key of a signature is unknown."""


class ValidationException(GlueError):
    """Glue's service model forbids this input."""


class VersionMismatchException(GlueError):
    """A commit expected an older version than the newest (docs/reference/bookmarks.md#two-runs-at-once)."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            "Continuation update failed due to version mismatch. "
            f"Expected version {expected} but found version {found}"
        )
        self.expected, self.found = expected, found


class UsageError(PlacekeeperError):
    """The command line cannot be understood; one line says why."""


class LaunchFailed(PlacekeeperError):
    """A run could not be started."""


class LaunchRefused(LaunchFailed):
    """A run cannot be started as its job is defined, however often it is tried."""


class ExtraUnavailable(PlacekeeperError):
    """A file or module that a job asks for cannot be fetched or installed; the text names the parameter."""


class MissingExtra(PlacekeeperError):
    """A part that is not in the base install is needed."""

    def __init__(self, needed_for: str, extra: str) -> None:
        super().__init__(f"{needed_for} needs the extra '{extra}'")
        self.extra = extra


class KeyMissing(PlacekeeperError):
    """The key that encrypts a bookmark or a password is not configured."""

    def __init__(self, key: str, what: str = "the bookmark") -> None:
        super().__init__(
            f"{what} is encrypted with the key {key}, which is not configured. Put it into the file "
            "that PLACEKEEPER_ENCRYPTION_KEYS names, for the server and for its runs, and start both again"
        )
        self.key = key
        self._what = what

    def __reduce__(self) -> "tuple[type[KeyMissing], tuple[str, str]]":
        return (KeyMissing, (self.key, self._what))


class UnsupportedFeature(PlacekeeperError):
    """A feature is not available (yet), or this engine would do it differently."""

    def __init__(self, message: str, *, extra: str | None = None) -> None:
        super().__init__(message)
        self.extra = extra


class ObjectChanged(PlacekeeperError):
    """An object is no longer what was listed; nothing has been committed since, unless it `is_committed`.

    Then the commit of its read stays, and what was to be written after it was not published.
    """

    def __init__(self, path: str, found: str, advice: str = "", is_committed: bool = False) -> None:
        if is_committed:
            said = (
                f"{path} changed after job.commit() ({found}), and a write after it may have read the "
                "change. What was committed stays, and this write was not published. Write before "
                f"job.commit() what comes of this source.{advice}"
            )
        else:
            said = (
                f"{path} changed after this run listed it ({found}). Nothing was committed since then. "
                "Run again, and let writers use new names for new objects, or rename complete "
                f"files into place.{advice}"
            )
        super().__init__(said)
        self.path, self.found, self.advice, self.is_committed = path, found, advice, is_committed

    def __reduce__(self) -> "tuple[type[ObjectChanged], tuple[str, str, str, bool]]":
        return (ObjectChanged, (self.path, self.found, self.advice, self.is_committed))


class ChangeRefused(PlacekeeperError):
    """Objects changed under a source whose policy is `--bookmark-changed fail`; nothing was read."""

    def __init__(self, bookmark: str, context: str, count: int) -> None:
        super().__init__(
            f"{counted(count, 'object')} of '{context}' changed since an earlier run processed them, and "
            "--bookmark-changed is fail. Nothing was read. To see them: placekeeper plan "
            f"{bookmark} --reason changed --reason refused. Give --bookmark-changed read or ignore."
        )


class BackfillUndecided(PlacekeeperError):
    """A changed source brings many objects that AWS's window would skip; nothing was read."""

    def __init__(self, context: str, late: int, known: int) -> None:
        super().__init__(
            f"the source of '{context}' changed. It has {counted(late, 'unread object')} older than the last "
            f"run, which AWS would skip (the ledger has {known:,}). Nothing was read. Give "
            "--bookmark-backfill allow (read them) or seed (count them as processed without reading)."
        )


class SnapshotsForgotten(PlacekeeperError):
    """A table has forgotten the snapshot up to which its bookmark has read it; nothing was read."""

    def __init__(self, table: str, snapshot: int, deleted: str = "") -> None:
        """`deleted` is a data file up to `snapshot` that is not there any more."""
        why = (
            f"the table does not know snapshot {snapshot} any more, up to which the last run has read it. "
            "Its snapshots were expired, so nobody can tell what was added since"
        )
        if deleted:
            why = f"{deleted} was added up to snapshot {snapshot}, merged or replaced, and deleted (VACUUM)"
        super().__init__(
            f"{table}: {why}. Nothing was read. Give --bookmark-backfill allow (read all of the table again) "
            "or seed (go on from here, without reading what came in between), and keep snapshots and old "
            "files longer than the time between two runs"
        )
        self.table, self.snapshot, self.deleted = table, snapshot, deleted

    def __reduce__(self) -> "tuple[type[SnapshotsForgotten], tuple[str, int, str]]":
        return type(self), (self.table, self.snapshot, self.deleted)


class RecordUnreadable(PlacekeeperError):
    """A record of an object cannot be read; `path` and `place` (line, byte or row) say where it is."""

    def __init__(self, path: str, place: str, reason: str) -> None:
        super().__init__(f"{path}, {place}: {reason}")
        self.path, self.place, self.reason = path, place, reason

    def __reduce__(self) -> "tuple[type[RecordUnreadable], tuple[str, str, str]]":
        return (RecordUnreadable, (self.path, self.place, self.reason))


class ErrorThresholdReached(PlacekeeperError):
    """A frame has as many error records as the script allows, or more."""


class ValueUnwritable(PlacekeeperError):
    """The output format cannot hold a value; nothing of the write was published."""


class ListingFailed(PlacekeeperError):
    """A source could not be listed; the run stops and does not take it for empty."""


class ListingOutOfOrder(PlacekeeperError):
    """A listing was not in key order; sort it and join again."""


class DatabaseFailed(PlacekeeperError):
    """A database that a script reads or writes does not answer, or refuses what is asked.

    `may_pass` says that the same may succeed later: the database was away or busy. `cause` says in a word of
    Glue's FederationSourceErrorCode what it was, "" where nobody knows. `column` is the one that has a value
    which nobody can read, "" where it is something else.
    """

    def __init__(self, message: str, *, may_pass: bool = False, cause: str = "", column: str = "") -> None:
        super().__init__(message)
        self.may_pass = may_pass
        self.cause = cause
        self.column = column


class TableNotThere(PlacekeeperError):
    """A database has no table of that name."""


class NoBookmarkKey(PlacekeeperError):
    """A table of a database has no column by which the bookmark can read on."""


class TableBegunAnew(NoBookmarkKey):
    """Nobody can say which rows of a table, up to the key `upto`, were read: it was emptied or restored.

    `path` names the table and its transformation context.
    """

    def __init__(self, message: str, upto: Key | None = None, path: str = "") -> None:
        super().__init__(message)
        self.upto = upto
        self.path = path


class SegmentCorrupt(PlacekeeperError):
    """A ledger segment is missing or is not what its commit recorded."""


class StagedPathRead(PlacekeeperError):
    """A run reads a path to which it has staged output, which becomes visible only when it commits."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} has output of this run, which becomes visible only when the run commits. Read it in a "
            "later run, or start this one with --output-visibility immediate (delivered at least once)."
        )


class PlanStale(PlacekeeperError):
    """A plan is no longer what the next run would read; nothing was committed."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the plan is stale: {why}. Make a new one: placekeeper plan {name} --json > FILE")


class FinishPending(OSError):
    """Output is visible, and what comes after it (deletions, `_SUCCESS`) could not be done yet."""


class WriteWaits(OSError):
    """A write to a database cannot be finished now. `first` is what to try before all else, `last` the end.

    With `first` empty, mending the cause and running the job again is the first.
    """

    def __init__(self, why: str, *, first: str = "", last: str = "") -> None:
        super().__init__(why)
        self.first = first
        self.last = last


class PublicationPending(PlacekeeperError):
    """Output is committed and not all of it is done, because a store does not answer or refuses."""

    def __init__(self, run_id: str, cause: OSError, *, job_name: str = "", failed: str = "") -> None:
        """`job_name` is given where another run says so of this one.

        `failed` says why the output is taken back, if that is what is not done.
        """
        of_job, the_job = (f" of the job {job_name}", "that job") if job_name else ("", "the job")
        why = str(cause).rstrip(".")
        if failed:
            what = f"could not be published ({failed.rstrip('.')}), and not all of it is taken back: {why}"
            then = "takes it back first, and reads the same again"
        elif isinstance(cause, FinishPending):
            what = f"is committed and visible; the deletions that follow are not all done: {why}"
            then = "does the rest first"
        else:
            what = f"is committed but not visible yet: {why}"
            then = "publishes it first"
        again = f"run {the_job} again. That run {then}; placekeeper dev does so by itself."
        first, last = f"mend the cause and {again}", ""
        if isinstance(cause, WriteWaits):
            first = f"{cause.first}. Or {again}" if cause.first else first
            last = f" {cause.last}." if cause.last else ""
        super().__init__(f"the output of run {run_id}{of_job} {what}. Nothing is lost: {first}{last}")


class RowsHeld(PlacekeeperError):
    """Output is published in part: rows cannot come to their table, and others are in theirs already."""


class TargetBusy(PlacekeeperError):
    """Another run publishes or overwrites what a run is about to delete; nothing was deleted."""


class PublishFailed(PlacekeeperError):
    """Output could not be published: it was taken back, and the bookmark was restored."""


class NotTakenBack(PlacekeeperError):
    """A commit to a table of a lake format stays, because others have rewritten its rows since."""


class StateError(PlacekeeperError):
    """The state directory cannot be used as it is."""


class DatabaseAway(StateError):
    """The state's database does not answer, or refuses; a later try may succeed."""


class StateUnfit(StateError):
    """The state cannot be used before somebody mends it; trying again does not help."""


class StateNotWhole(StateUnfit):
    """The database lacks what the rest of the state says that it had; nothing was read or changed."""
