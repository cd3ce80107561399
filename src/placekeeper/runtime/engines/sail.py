"""Sail: Spark Connect in Rust, inside this process; no JVM."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyspark
import pyspark.sql.functions
import pyspark.sql.functions.builtin
from pysail.spark import SparkConnectServer
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import context as sql_context
from pyspark.sql.connect import catalog as connect_catalog
from pyspark.sql.connect import conf as connect_conf
from pyspark.sql.connect import dataframe as connect_dataframe
from pyspark.sql.connect import readwriter as connect_readwriter
from pyspark.sql.connect import session as connect_session
from pyspark.sql.connect.client.core import SparkConnectClient
from pyspark.sql.connect.column import Column as ConnectColumn
from pyspark.sql.connect.functions import builtin as connect_functions
from pyspark.sql.connect.plan import DataSource, LogicalPlan
from pyspark.sql.types import StructType

from placekeeper.model.errors import StateError, UsageError
from placekeeper.runtime.engines import (
    corrections,
    error_translation,
    frame_columns,
    local_rows,
    plan_references,
    sql_tables,
    stand_in,
    true_schemas,
)
from placekeeper.runtime.engines.base import (
    ANSI,
    SESSION_TIME_ZONE,
    Engine,
    EngineRequest,
    OrderedRows,
    SomeColumns,
)
from placekeeper.runtime.engines.checkpoints import Checkpoints
from placekeeper.runtime.engines.client_imports import client_imports
from placekeeper.runtime.engines.connect_files import ConnectFiles
from placekeeper.runtime.engines.failures import Failures
from placekeeper.runtime.engines.frame_files import FrameFiles
from placekeeper.runtime.engines.freed_memory import keep_freed_memory
from placekeeper.runtime.engines.guards import ConnectModules, Guards
from placekeeper.runtime.engines.kept_rows import Task
from placekeeper.runtime.engines.lenient_casts import LenientCasts
from placekeeper.runtime.engines.parts import HandedOut, PartsFolder, hand_out_by_file
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.rdd_calls import RddCalls
from placekeeper.runtime.engines.row_order import RowOrder
from placekeeper.runtime.engines.session_calls import SessionCalls
from placekeeper.runtime.engines.sql_tables import SqlTables
from placekeeper.runtime.engines.unused_columns import UnusedColumns

_REMOTE: Final = "SPARK_REMOTE"
_STACK_VARIABLE: Final = "SAIL_RUNTIME__STACK_SIZE"
_STACK_BYTES: Final = 128 * 1024 * 1024
"""The stack of a thread of Sail's, taken as it is needed. With its default, a plan of 300 steps kills us."""

_IDLE_VARIABLE: Final = "SAIL_SPARK__SESSION_TIMEOUT_SECS"
_IDLE_SECONDS: Final = 10 * 365 * 24 * 3600
"""Ten years. By default Sail forgets a session that asks nothing for 15 minutes, as a script may well do."""

_EXTENSIONS: Final = ("spark.sql.extensions", "spark.sql.catalog.")
_TOLD: Final = (".warehouse", ".catalog-impl", ".type")


class SailEngine:
    """A Sail server on a loopback port, one session on it, the stand-ins and the guards for the script."""

    name = "sail"

    def __init__(self, request: EngineRequest) -> None:
        self._script = request.script
        self._note = request.note
        self._additions = request.additions
        self._checkpoints = Checkpoints(request.folder)
        self._parts = PartsFolder(request.folder)
        self._patches = Patches()
        self._unused_columns = UnusedColumns()
        self._failures = Failures()
        self._server: Any = None
        self._session: SparkSession | None = None
        self._order: RowOrder | None = None

    @property
    def session(self) -> SparkSession:
        """The session; a StateError before `start`."""
        if self._session is None:
            raise StateError("the engine has not been started")
        return self._session

    @property
    def parallelism(self) -> int:
        """The processors that this process may use."""
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    @property
    def failures(self) -> int:
        """How many evaluations may have failed."""
        return self._failures.count

    def keep(self, rows: DataFrame) -> DataFrame:
        """The same rows, computed once. They are files, which go with the DataFrame."""
        return self._checkpoints.keep(rows)

    def hand_out(self, parts: Iterable[bytes]) -> HandedOut:
        """By a file: tasks run in this process."""
        return hand_out_by_file(self.session, parts, self._parts.path())

    def offer_columns(self, rows: DataFrame, some: SomeColumns) -> None:
        """Queries that use fewer columns of the rows have no others made."""
        self._unused_columns.offer(rows, some)

    def keep_made(self, rows: DataFrame, task: Task, columns: str) -> DataFrame:
        """What a task makes of the rows, computed once."""
        return self._checkpoints.keep_made(rows, task, columns)

    def in_order(self, rows: DataFrame) -> OrderedRows | None:
        """The rows of a sorted frame: Sail's tasks do not get them in order."""
        return None if self._order is None else self._order.batches(rows)

    def unreachable(self, uri: str) -> str | None:
        """None: Sail has clients for all stores that it knows."""
        del uri
        return None

    def load(self, format: str, schema: StructType, paths: Sequence[str]) -> DataFrame:
        """Read by Sail's own reader. It passes over a file that is gone."""
        plan = DataSource(format=format, schema=schema.json(), paths=list(paths))
        session: Any = self.session
        frame: DataFrame = connect_dataframe.DataFrame(plan, session)
        return frame

    def start(self) -> None:
        """Start the server and its session, and put stand-ins and guards in place.

        Raises UsageError or UnsupportedFeature for a setting that Sail refuses.
        """
        keep_freed_memory()  # tasks run in this process
        os.environ.setdefault("RUST_LOG", "error")  # read once, when the server starts
        self._patches.variable(_STACK_VARIABLE, str(_STACK_BYTES))
        self._patches.variable(_IDLE_VARIABLE, str(_IDLE_SECONDS))
        self._checkpoints.begin(self._patches)
        for name, value in self._additions.s3_variables.items():  # read when a bucket is first used
            self._patches.variable(name, value)
        self._server = SparkConnectServer(ip="127.0.0.1", port=0)
        self._server.start(background=True)
        host, port = self._server.listening_address
        with client_imports(self._script):
            remote = f"sc://{host}:{port}"
            self._session = SparkSession.builder.remote(remote).getOrCreate()
            os.environ[_REMOTE] = remote  # a script's own builder gets the same session by it
            self._session.conf.set("spark.sql.session.timeZone", SESSION_TIME_ZONE)
            self._session.conf.set(ANSI, str(self._additions.ansi).lower())
            self._put_in_place(self._session)
            self._add(self._session)

    def pass_on(self, files: FrameFiles, tables: SqlTables | None = None) -> None:
        """Pass writes, reads and SQL on, before the guards look at them."""
        ConnectFiles(files, connect_dataframe.DataFrame, tables).install(self._patches, connect_readwriter)
        if tables is not None:
            classes = sql_tables.Classes(
                connect_session.SparkSession,
                connect_readwriter.DataFrameReader,
                connect_catalog.Catalog,
                connect_dataframe.DataFrame,
            )
            sql_tables.install(self._patches, tables, classes)

    def stop(self) -> None:
        """Stop the session and the server, and put back what the stand-ins and guards replaced."""
        self._patches.undo()
        os.environ.pop(_REMOTE, None)
        if self._session is not None:
            self._session.stop()
            self._session = None
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._checkpoints.end()
        self._parts.end()

    def _configure(self, key: str, value: str) -> None:
        """Set a key of a script's SparkConf: SQL settings go to the session, through the guards."""
        if key.startswith("spark.sql."):
            self.session.conf.set(key, value)
        elif key not in ("spark.app.name", "spark.master"):
            self._note(f"SparkConf.set({key!r}, …) has no effect on Sail")

    def _add(self, session: SparkSession) -> None:
        """Add what the job's parameters ask for. Tasks run in this process and have its path and files."""
        for key, value in self._additions.settings.items():
            if key.startswith(_EXTENSIONS) and key.endswith(_TOLD):
                session.conf.set(key, value)  # where new Iceberg tables are, and whose catalog it is
            elif key.startswith(_EXTENSIONS):
                self._note(
                    f"--conf {key} has no effect on Sail: it loads no extensions or catalogs of Spark's"
                )
            elif key.startswith("spark.sql."):
                session.conf.set(key, value)
            elif key != "spark.app.name":
                self._note(f"--conf {key} has no effect on Sail")
        if self._additions.settings:
            _try(session)
        if self._additions.jars is not None:
            self._note("--extra-jars has no effect on Sail: there is no JVM")
        for name, value in self._additions.variables.items():
            if os.environ.setdefault(name, value) != value:
                self._note(f"{name} is the driver's value in tasks too: on Sail they run in one process")

    def _put_in_place(self, session: Any) -> None:
        functions = (pyspark.sql.functions, pyspark.sql.functions.builtin, connect_functions)
        connect = ConnectModules(
            conf=connect_conf,
            session=connect_session,
            dataframe=connect_dataframe,
            readwriter=connect_readwriter,
            column=ConnectColumn,
            functions=functions,
        )
        context = stand_in.context_class(
            application_id=f"sail-{session.session_id}",
            version=session.version,
            parallelism=self.parallelism,
            script=self._script,
            note=self._note,
            configure=self._configure,
        )
        stand_in.install_files(self._patches, pyspark, self._additions.files)
        stand_in.install(self._patches, pyspark, connect_session.SparkSession, context)
        corrections.install(self._patches, connect_session.SparkSession)
        LenientCasts(session, self._note).install(self._patches, connect_session.SparkSession)
        true_schemas.install(self._patches)
        frame_columns.install(self._patches)
        plan_references.install(self._patches, SparkConnectClient, LogicalPlan._fresh_plan_id)
        self._unused_columns.install(self._patches, SparkConnectClient)
        local_rows.install(self._patches)
        self._order = RowOrder(session, self._note)
        self._order.install(self._patches)
        RddCalls(session, self.parallelism, self._script).install(
            self._patches, connect_session.SparkSession, context
        )
        SessionCalls(session, context).install(self._patches, pyspark.sql, sql_context)
        Guards(self._script).install(self._patches, connect)
        error_translation.install(
            self._patches,
            SparkConnectClient,
            connect_dataframe.DataFrame,
            connect_session.SparkSession,
            self._failures.add,
        )


def create(request: EngineRequest) -> Engine:
    """The engine for a script, not started."""
    return SailEngine(request)


def _try(session: SparkSession) -> None:
    """Sail looks at the values of settings when something runs; in the script nobody would know whose."""
    try:
        session.sql("SELECT 1").collect()
    except PySparkException as error:
        raise UsageError(f"--conf has a setting that Sail refuses: {error}") from error
