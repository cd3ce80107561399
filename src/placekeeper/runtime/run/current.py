"""The one session of this process: how `awsglue`, whose signatures inject nothing, finds its run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from placekeeper.model.errors import UsageError
from placekeeper.rules.selection.samples import SampleSize
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.frame import Frame, SourceRows
from placekeeper.runtime.frames.functions import Call, RecordFunction
from placekeeper.runtime.run.nested import NestedTransforms


class Session(Protocol):
    """What `awsglue` calls of the run it works in: all of it, and nothing else. JobSession is one."""

    @property
    def spark(self) -> SparkSession:
        """The engine's session; the engine starts on first use."""
        ...

    @property
    def initialised(self) -> bool:
        """Whether Job.init was called."""
        ...

    def now_ms(self) -> int:
        """The time in epoch milliseconds."""
        ...

    def note(self, sentence: str) -> None:
        """Say something at the end of the run."""
        ...

    def warn(self, sentence: str) -> None:
        """The same of what is probably a mistake: it stands last in the summary."""
        ...

    @property
    def nested(self) -> NestedTransforms:
        """The transforms of nested records."""
        ...

    def call(self, kind: str, transformation_ctx: str, site: CallSite) -> Call:
        """The script's next call of a transform with a function."""
        ...

    def apply(self, frame: Frame, function: RecordFunction, call: Call) -> Frame:
        """What a function of the script makes of each record; it runs now."""
        ...

    def init(self, name: str, args: Mapping[str, Any]) -> None:
        """Job.init."""
        ...

    def commit(self) -> None:
        """Job.commit."""
        ...

    def read(
        self,
        *,
        connection_type: str,
        connection_options: Mapping[str, Any],
        format: str | None,
        format_options: Mapping[str, Any],
        transformation_ctx: str,
        push_down_predicate: str = "",
        sample: SampleSize | None = None,
    ) -> Frame:
        """Choose the objects of a source and read exactly these."""
        ...

    def read_table(
        self,
        name: tuple[str, str],
        predicate: str,
        options: Mapping[str, Any],
        transformation_ctx: str,
        sample: SampleSize | None = None,
    ) -> Frame:
        """The same of a catalog's table; `name` has its database, `predicate` is push_down_predicate."""
        ...

    def sample(
        self,
        num: object,
        options: Mapping[str, Any],
        transformation_ctx: str,
        read: Callable[[SampleSize], Frame],
    ) -> Frame:
        """At most `num` records of what `read` gives of a sample; sample_options say how many files."""
        ...

    def table_columns(self, database: str, table: str) -> Sequence[tuple[str, str]]:
        """The names and types of a catalog table's columns, partition keys too."""
        ...

    def purge_path(self, path: str, options: Mapping[str, Any]) -> None:
        """Delete the objects under a path when the output of the run is visible."""
        ...

    def purge_table(self, database: str, table: str, options: Mapping[str, Any]) -> None:
        """Delete the files of a table when the output of the run is visible."""
        ...

    def transition_path(self, path: str, to: object, options: Mapping[str, Any]) -> None:
        """Move the objects under a path to a storage class when the output of the run is visible."""
        ...

    def transition_table(self, database: str, table: str, to: object, options: Mapping[str, Any]) -> None:
        """The same of the files of a table."""
        ...

    def write(
        self,
        dataframe: DataFrame,
        *,
        connection_type: str,
        connection_options: Mapping[str, Any],
        format: str | None,
        format_options: Mapping[str, Any],
        transformation_ctx: str,
        table: tuple[str, str] | None = None,
        known: SourceRows | None = None,
    ) -> None:
        """Stage a frame's rows under a target; `table` is the catalog's table that they are of.

        `known` says how many rows there must be, None where nobody knows.
        """
        ...

    def table_names(self, database: str) -> list[str] | None:
        """The names of a database's tables, sorted; None for a database that the catalog does not have."""
        ...

    def for_each_batch(
        self, frame: object, function: Callable[[DataFrame, int], object], options: Mapping[str, Any]
    ) -> None:
        """Give each batch of a stream to a function; it returns when the stream ends."""
        ...

    def jdbc_conf(self, connection_name: str) -> dict[str, Any]:
        """What a connection of the catalog says about its database, with the password."""
        ...

    def table_schema(self, name: tuple[str, str]) -> StructType:
        """The columns and partition keys of a catalog's table."""
        ...


ENDED: Final = (
    "the session of awsglue has ended, and the rows of its frames are gone: placekeeper.deactivate() was "
    "called, or a test is over. Call placekeeper.activate() and make the frames again"
)

_current: list[Session] = []
_starter: list[Callable[[], Session]] = []


def activate(new: Session) -> None:
    """Make `new` the session that `awsglue` uses from now on."""
    _current[:] = [new]


@contextmanager
def instead(other: Session) -> Iterator[None]:
    """Have `awsglue` use another session for a while, and then the one it has used before."""
    before = list(_current)
    activate(other)
    try:
        yield
    finally:
        _current[:] = before


def deactivate() -> None:
    """Leave `awsglue` without a session, and without a way to one."""
    _current.clear()
    _starter.clear()


def start_with(starter: Callable[[], Session]) -> None:
    """Have `starter` make the session when `awsglue` first asks for one."""
    _current.clear()
    _starter[:] = [starter]


def session_of_frame() -> Session:
    """The session of this process, for a frame that was made in one. Raises UsageError if it has ended."""
    if not _current:
        raise UsageError(ENDED)
    return _current[0]


def session() -> Session:
    """The session of this process. Raises UsageError where nothing gives one."""
    if not _current and _starter:
        activate(_starter[0]())
    if not _current:
        raise UsageError(
            "awsglue works inside a job process: placekeeper run SCRIPT --JOB_NAME NAME "
            "(in one of the type pythonshell, awsglue.utils alone does). In a notebook, call "
            "placekeeper.activate() first. In pytest, ask for the fixture glue_context"
        )
    return _current[0]
