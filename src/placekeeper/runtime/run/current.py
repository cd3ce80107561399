"""The one session of this process: how `awsglue`, whose signatures inject nothing, finds its run."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pyspark.sql import DataFrame, SparkSession

from placekeeper.model.errors import UsageError
from placekeeper.runtime.frames.frame import Frame


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

    def map(self, frame: Frame, function: Callable[[Any], Any], *, transformation_ctx: str) -> Frame:
        """What a function of the script makes of each record."""
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
    ) -> Frame:
        """Choose the objects of a source and read exactly these."""
        ...

    def read_table(
        self, name: tuple[str, str], predicate: str, options: Mapping[str, Any], transformation_ctx: str
    ) -> Frame:
        """The same of a catalog's table; `name` has its database, `predicate` is push_down_predicate."""
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
    ) -> None:
        """Stage a frame's rows under a target."""
        ...


_current: list[Session] = []


def activate(new: Session) -> None:
    """Make `new` the session that `awsglue` uses from now on."""
    _current[:] = [new]


def deactivate() -> None:
    """Leave `awsglue` without a session."""
    _current.clear()


def session() -> Session:
    """The session of this process. Raises UsageError outside a job process."""
    if not _current:
        raise UsageError(
            "awsglue works inside a job process: placekeeper run SCRIPT --JOB_NAME NAME "
            "(in one of the type pythonshell, awsglue.utils alone does)"
        )
    return _current[0]
