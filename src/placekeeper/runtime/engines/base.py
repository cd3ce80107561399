"""The interface of an engine to the job process, and the request that makes one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa
from msgspec import Struct, field
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from placekeeper.runtime.engines.frame_files import FrameFiles
from placekeeper.runtime.engines.kept_rows import Task
from placekeeper.runtime.engines.parts import HandedOut
from placekeeper.runtime.engines.sql_tables import SqlTables

SESSION_TIME_ZONE = "UTC"
"""Sessions are in UTC on every engine, as on AWS Glue."""

ANSI: Final = "spark.sql.ansi.enabled"
"""The setting that makes Spark SQL raise where it would give null."""

OrderedRows = Iterator[tuple[int, pa.RecordBatch]]
"""Rows in their order, each batch with the number of the task whose files they belong to."""

SomeColumns = Callable[[frozenset[str]], DataFrame]
"""Makes rows with at least the columns of these names; with others where there are none."""


class Additions(Struct, frozen=True):
    """Settings, files and variables that a job's parameters add to an engine.

    `settings` are Spark's. Workers import from the folders and archives of `python_path`; those on other
    machines get `py_files`. `files` are found by `SparkFiles.get`. `jars` fetches the jars for a JVM, None
    without any; it raises ExtraUnavailable. `variables` are for the environment of tasks, `s3_variables` for
    an engine that has an S3 client of its own in this process. `ansi` is the mode of SQL, unless `settings`
    or the script say another: with it, a cast that fails raises.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[str, ...] = ()
    py_files: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    jars: Callable[[], tuple[Path, ...]] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    s3_variables: Mapping[str, str] = field(default_factory=dict)
    ansi: bool = True


class EngineRequest(Struct, frozen=True):
    """A request for an engine.

    `script` is the file name that the script's frames have, `master` a Spark master URL or None; `note` is
    told of settings without effect. In `folder`, which goes when the run ends, an engine may keep rows and
    what it hands to tasks.
    """

    script: str
    master: str | None
    note: Callable[[str], None]
    additions: Additions
    folder: Path | None = None


class Engine(Protocol):
    """Runs DataFrames. Starting and stopping are once each."""

    @property
    def name(self) -> str:
        """`sail` or `spark`."""
        ...

    @property
    def session(self) -> SparkSession:
        """The session that scripts get; there is none before `start`."""
        ...

    @property
    def parallelism(self) -> int:
        """The number of tasks that run at once."""
        ...

    @property
    def failures(self) -> int:
        """How many evaluations have failed, or may have, since the start; a script may have caught it."""
        ...

    def keep(self, rows: DataFrame) -> DataFrame:
        """The same rows in the same partitions, computed now and never again.

        They are on disk until nothing refers to the DataFrame, or to one that was made of it.
        """
        ...

    def hand_out(self, parts: Iterable[bytes]) -> HandedOut:
        """Give each part to a task of its own. What is sent to a task does not grow with the other parts."""
        ...

    def offer_columns(self, rows: DataFrame, some: SomeColumns) -> None:
        """Take note of a way to make only some columns of rows: a query may use no others."""
        ...

    def keep_made(self, rows: DataFrame, task: Task, columns: str) -> DataFrame:
        """What `task` makes of each partition of the rows, in `columns`: the same, computed now.

        Tasks get and make batches one by one. So do those that read what was made: memory does not grow.
        """
        ...

    def in_order(self, rows: DataFrame) -> OrderedRows | None:
        """Sorted rows as one stream, where tasks would not get them in order; None where they do."""
        ...

    def unreachable(self, uri: str) -> str | None:
        """Why the engine itself cannot work on files at a URI; None where it can."""
        ...

    def load(self, format: str, schema: StructType, paths: Sequence[str]) -> DataFrame:
        """The rows of files by the engine's own reader, in this schema; the run does not hear of it.

        A corrupt or absent file fails the evaluation, as far as the engine notices.
        """
        ...

    def start(self) -> None:
        """Start the engine and its session.

        Raises MissingExtra, UsageError, UnsupportedFeature or StateError.
        """
        ...

    def pass_on(self, files: FrameFiles, tables: SqlTables | None = None) -> None:
        """Pass `df.write` and `spark.read` of files on to the run. Once, after `start`.

        With `tables`, SQL and `spark.catalog` go there, and tables that are written.
        """
        ...

    def stop(self) -> None:
        """Stop what was started; it may have been stopped by the script already."""
        ...
