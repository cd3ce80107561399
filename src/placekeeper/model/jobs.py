"""Jobs and job runs, as values."""

from enum import StrEnum
from typing import Any

import msgspec


class JobRunState(StrEnum):
    """States of a job run. Only its launcher moves it.

    Source: docs/reference/operations.md#states-of-a-run.
    """

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    WAITING = "WAITING"
    EXPIRED = "EXPIRED"

    @property
    def is_final(self) -> bool:
        """Whether no transition leads out of this state."""
        return self not in _OPEN_STATES


_OPEN_STATES = frozenset(
    {JobRunState.STARTING, JobRunState.RUNNING, JobRunState.STOPPING, JobRunState.WAITING}
)
OPEN_STATES = tuple(sorted(_OPEN_STATES))

SUPERVISOR = "supervisor-"
"""The beginning of the ids of launchers that are supervisors."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A named definition. `spec` holds the members of CreateJob as the caller sent them (wire spelling)."""

    name: str
    spec: dict[str, Any]
    created_ms: int
    modified_ms: int

    @property
    def max_concurrent_runs(self) -> int:
        """ExecutionProperty.MaxConcurrentRuns; AWS's default is 1."""
        return int(self.spec.get("ExecutionProperty", {}).get("MaxConcurrentRuns") or 1)


class JobRun(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a job.

    `arguments` are those of the start call alone; `job_spec` is the job's definition when the run started.
    `started_ms`, `running_ms` (its process began), `modified_ms`, `completed_ms` are epoch milliseconds.
    `launcher` names the process that is responsible for the run, None while nobody has taken it.
    `state_detail` says why a run waits. `client_token` is the caller's: a start with the same token is the
    same run if its `request_digest` is the same.
    """

    id: str
    job_name: str
    job_spec: dict[str, Any]
    state: JobRunState
    started_ms: int
    modified_ms: int
    arguments: dict[str, str] | None = None
    attempt: int = 0
    previous_run_id: str | None = None
    completed_ms: int | None = None
    error_message: str | None = None
    launcher: str | None = None
    summary: "RunSummary | None" = None
    running_ms: int | None = None
    state_detail: str | None = None
    client_token: str | None = None
    request_digest: str | None = None

    @property
    def is_supervised(self) -> bool:
        """Whether a supervisor runs it, and not `placekeeper run`."""
        return self.launcher is None or self.launcher.startswith(SUPERVISOR)

    @property
    def has_ended_well(self) -> bool:
        """Whether the run has said that its script ended and its output is visible."""
        return self.summary is not None and self.error_message is None


class LauncherRow(msgspec.Struct, frozen=True):
    """A process that runs job processes: its host, and how often it has renewed its lease."""

    host: str
    renewals: int


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did with one source. `counts` is by Reason; a context of "" means untracked.

    `seconds` is from the begin of the listing to the known schema. `rows_read` and `reading_seconds` are what
    tasks have read, all evaluations of its frame together; None where no task of ours has counted. Where
    the engine's own reader reads, `rows_read` are all rows of the chosen objects, by their footers.
    `way` says which reader reads it, and why. `by_sql`: a statement of SQL has read it. `of_rows`: `counts`
    and `objects_read` are numbers of rows, which nobody has counted beforehand if no bookmark follows them.
    With `followable` false, no bookmark can follow such a source.
    """

    name: str
    context: str
    counts: dict[str, int]
    objects_read: int
    bytes_read: int
    seconds: float
    rows_read: int | None = None
    reading_seconds: float | None = None
    way: str = ""
    by_sql: bool = False
    of_rows: bool = False
    followable: bool = True

    @property
    def tracked(self) -> bool:
        """Whether the bookmark remembers this source."""
        return bool(self.context)


class SinkSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run wrote to one target; `context` is the sink's transformation_ctx, which keeps no state.

    `catalog` names the table of a write through the catalog, and says what the catalog is told; else it is
    empty.
    What the batches of a stream wrote was visible when each ended, whatever became of the run. `seconds` is
    from the call to the last staged file: reading and transforms that the engine puts off are among it.
    """

    path: str
    context: str = ""
    catalog: str = ""
    files: int
    rows: int
    bytes: int
    seconds: float = 0.0
    of_batches: bool = False


class StageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of one stage of a run: a function of the script, or a source.

    `errors` counts error records, `dropped` the records that an exception in a filter dropped. `sample` is
    what one of them says, `site` the place in the script.
    """

    stage: str
    site: str = ""
    errors: int = 0
    dropped: int = 0
    sample: str = ""


class OutputFate(StrEnum):
    """What becomes of output that was decided and is not published."""

    NONE = ""
    WAITS = "waits"
    TAKEN_BACK = "taken-back"
    STAYS_IN_PART = "stays-in-part"


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a run at its end: nothing is silent (invariant 9).

    `bookmark_versions` are (opened, committed); `restored_version` has the state before that commit, if that
    was taken back. `fate` says what became of output that was decided and not published. `bookmark_found` are
    the id and the newest version of a bookmark that the run only looked at, zeros where there was none.
    `earlier_commits` are name and version of each commit before the last Job.init; those without a version
    have None. `stages` are those that may have error records. `notes` are sentences about what was
    skipped, ignored or is without effect here, `warnings` about what is probably a mistake.
    A script has not begun whose process could not prepare it.
    """

    bookmark_name: str | None = None
    bookmark_option: str | None = None
    bookmark_versions: tuple[int | None, int | None] = (None, None)
    bookmark_found: tuple[int, int] | None = None
    earlier_commits: tuple[tuple[str, int | None], ...] = ()
    sources: tuple[SourceSummary, ...] = ()
    sinks: tuple[SinkSummary, ...] = ()
    stages: tuple[StageSummary, ...] = ()
    engine: str | None = None
    glue_version: str | None = None
    output_visibility: str = "commit"
    published: bool = False
    fate: OutputFate = OutputFate.NONE
    restored_version: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    script_began: bool = True
