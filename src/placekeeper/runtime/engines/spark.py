"""Apache Spark by classic PySpark: local threads, or a cluster by its master URL."""

import functools
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyspark
from py4j.protocol import Py4JError
from pyspark.core.context import SparkContext
from pyspark.errors import PySparkException
from pyspark.errors.exceptions import captured
from pyspark.sql import DataFrame, SparkSession, readwriter
from pyspark.sql.catalog import Catalog
from pyspark.sql.classic.dataframe import DataFrame as ClassicFrame
from pyspark.sql.context import SQLContext
from pyspark.sql.types import StructType

from placekeeper.model.errors import StateError
from placekeeper.runtime.engines import sql_tables
from placekeeper.runtime.engines.base import (
    ANSI,
    SESSION_TIME_ZONE,
    Additions,
    Engine,
    EngineRequest,
    SomeColumns,
)
from placekeeper.runtime.engines.classic_files import ClassicFiles
from placekeeper.runtime.engines.failures import Failures
from placekeeper.runtime.engines.frame_files import FrameFiles
from placekeeper.runtime.engines.gateway import SHORT_JOBS, Gateway, start_gateway
from placekeeper.runtime.engines.java import find_java
from placekeeper.runtime.engines.kept_rows import Task
from placekeeper.runtime.engines.parts import HandedOut, PartsFolder, hand_out_by_file, hand_out_by_rows
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.sql_tables import SqlTables

_LOCAL: Final = "local[*]"
_SETTINGS: Final = {
    "spark.app.name": "placekeeper",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": SESSION_TIME_ZONE,
}
_LOCAL_SETTINGS: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Spark's 200 are for a cluster: on one machine most of them are empty tasks.
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
}


_LOAD_OPTIONS: Final = {
    "ignoreCorruptFiles": "false",
    "ignoreMissingFiles": "false",
    "mergeSchema": "false",
    "recursiveFileLookup": "false",
    "datetimeRebaseMode": "CORRECTED",
    "int96RebaseMode": "CORRECTED",
    "parquet.page.verify-checksum.enabled": "true",
}
"""Options of a read, which win over the settings of the session."""


class SparkEngine:
    """A JVM beside this process, one session in it.

    Without a master in the request it uses all processors of this machine. Settings of the job's parameters
    win over the settings here.
    """

    name = "spark"

    def __init__(self, request: EngineRequest) -> None:
        self._master = request.master or _LOCAL
        self._additions = request.additions
        self._parts = PartsFolder(request.folder)
        self._patches = Patches()
        self._failures = Failures()
        self._gateway: Gateway | None = None
        self._session: SparkSession | None = None

    @property
    def session(self) -> SparkSession:
        """The session; a StateError before `start`."""
        if self._session is None:
            raise StateError("the engine has not been started")
        return self._session

    @property
    def parallelism(self) -> int:
        """Spark's default parallelism: the cores of the machine or the cluster."""
        return int(self.session.sparkContext.defaultParallelism)

    @property
    def failures(self) -> int:
        """How many evaluations may have failed."""
        return self._failures.count

    def keep(self, rows: DataFrame) -> DataFrame:
        """The same rows, computed once. Executors keep them, and Spark frees them with the DataFrame."""
        return rows.localCheckpoint()

    def hand_out(self, parts: Iterable[bytes]) -> HandedOut:
        """By a file where tasks run on this machine, else by rows."""
        if self._is_local:
            return hand_out_by_file(self.session, parts, self._parts.path())
        return hand_out_by_rows(self.session, parts)

    def offer_columns(self, rows: DataFrame, some: SomeColumns) -> None:
        """Without effect: the plans of Spark are not seen here."""
        del rows, some

    def keep_made(self, rows: DataFrame, task: Task, columns: str) -> DataFrame:
        """What a task makes of the rows, computed once."""
        return rows.mapInArrow(task, columns).localCheckpoint()

    def in_order(self, rows: DataFrame) -> None:
        """None: Spark's tasks get sorted rows in order."""
        del rows

    def unreachable(self, uri: str) -> str | None:
        """Why Hadoop has no file system for a URI; Spark from PyPI has none for S3."""
        session: Any = self.session
        try:
            with self._failures.expected():
                path = session._jvm.org.apache.hadoop.fs.Path(uri)
                path.getFileSystem(session._jsc.hadoopConfiguration())
        except Py4JError as error:
            thrown = getattr(error, "java_exception", None)
            return str(error if thrown is None else thrown.getMessage())
        return None

    def load(self, format: str, schema: StructType, paths: Sequence[str]) -> DataFrame:
        """Read by Spark's own reader, which checks pages and passes over nothing, whatever is set."""
        session: Any = self.session
        reader = session._jsparkSession.read().format(format)
        reader = reader.schema(session._jsparkSession.parseDataType(schema.json()))
        for key, value in _LOAD_OPTIONS.items():
            reader = reader.option(key, value)
        joined = session._jvm.org.apache.spark.api.python.PythonUtils.toSeq(list(paths))
        return DataFrame(reader.load(joined), session)

    def start(self) -> None:
        """Start the JVM and the session. Raises MissingExtra without Java, or StateError."""
        settings = {
            "spark.master": self._master,
            **_SETTINGS,
            **(_LOCAL_SETTINGS if self._is_local else {}),
            ANSI: str(self._additions.ansi).lower(),
            **_settings_of(self._additions),
        }
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers would take `python3` from the path
        self._gateway = start_gateway(
            find_java(), _spark_home(), jvm_options=SHORT_JOBS if self._is_local else (), settings=settings
        )
        self._session = self._connect(settings)
        for path in self._additions.py_files:
            self._session.sparkContext.addPyFile(str(path))
        for path in self._additions.files:
            self._session.sparkContext.addFile(str(path))
        _share_context(self._patches, SparkContext, self._session)
        self._failures.watch_java(self._patches, captured)

    def pass_on(self, files: FrameFiles, tables: SqlTables | None = None) -> None:
        """Pass writes, reads and SQL on. S3 is Spark's own where somebody has brought it a file system."""
        ClassicFiles(files, self._has_file_system, tables).install(self._patches, readwriter)
        if tables is not None:
            classes = sql_tables.Classes(
                SparkSession, readwriter.DataFrameReader, Catalog, ClassicFrame, SQLContext
            )
            sql_tables.install(self._patches, tables, classes)

    def _has_file_system(self, scheme: str) -> bool:
        context: Any = self.session.sparkContext
        try:
            with self._failures.expected():
                context._jvm.org.apache.hadoop.fs.FileSystem.getFileSystemClass(
                    scheme, context._jsc.hadoopConfiguration()
                )
        except Py4JError:
            return False
        return True

    @property
    def _is_local(self) -> bool:
        return self._master.startswith("local")

    def stop(self) -> None:
        """Stop the session and the JVM."""
        self._patches.undo()
        if self._session is not None and self._gateway is not None:
            self._gateway.let_stop(self._session.stop)
            _forget_gateway()
        self._session = None
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway = None
        self._parts.end()

    def _connect(self, settings: Mapping[str, str]) -> SparkSession:
        """PySpark finds a running JVM by two environment variables, which nobody else needs to see."""
        gateway = self._gateway
        if gateway is None:
            raise StateError("Spark's JVM is not running")
        os.environ["PYSPARK_GATEWAY_PORT"] = str(gateway.port)
        os.environ["PYSPARK_GATEWAY_SECRET"] = gateway.secret
        try:
            builder = SparkSession.builder
            for key, value in settings.items():
                builder = builder.config(key, value)
            return builder.getOrCreate()
        except (PySparkException, Py4JError) as error:
            thrown = getattr(error, "java_exception", None)  # whose text has no stack of Java in it
            said = error if thrown is None else thrown.toString()
            raise StateError(f"Spark did not start, perhaps because of a setting (--conf): {said}") from error
        finally:
            del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]


def create(request: EngineRequest) -> Engine:
    """The engine for a script, not started."""
    return SparkEngine(request)


def _settings_of(additions: Additions) -> dict[str, str]:
    """The settings of --conf, and what else of a job's parameters Spark takes as settings."""
    settings = dict(additions.settings)
    if additions.jars is not None:
        named = [settings["spark.jars"]] if "spark.jars" in settings else []
        settings["spark.jars"] = ",".join([*map(str, additions.jars()), *named])
    if additions.python_path:
        settings["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(additions.python_path)
    return settings | {f"spark.executorEnv.{name}": value for name, value in additions.variables.items()}


def _spark_home() -> Path:
    """SPARK_HOME if it is set, else where PySpark is installed."""
    if home := os.environ.get("SPARK_HOME"):
        return Path(home)
    return Path(pyspark.__file__).parent


def _share_context(patches: Patches, context_class: Any, session: SparkSession) -> None:
    """Let `SparkContext()` give the engine's context, where Spark would refuse a second one.

    On AWS the script makes the first context; here the engine has, before the script began. What the script's
    SparkConf sets for SQL goes to the session.
    """
    original = context_class.__init__
    original_get = context_class.getOrCreate

    @functools.wraps(original)
    def shared(self: Any, *args: Any, conf: Any = None, **kwargs: Any) -> None:
        active = context_class._active_spark_context
        if active is None:
            original(self, *args, conf=conf, **kwargs)
        else:
            _configure(session, conf)
            self.__dict__.update(active.__dict__)

    def get_or_create(_class: object, conf: Any = None) -> Any:
        _configure(session, conf)
        return original_get(conf)

    patches.attribute(context_class, "__init__", shared)
    patches.attribute(context_class, "getOrCreate", classmethod(get_or_create))


def _configure(session: SparkSession, conf: Any) -> None:
    for key, value in conf.getAll() if conf is not None else ():
        if key.startswith("spark.sql.") and session.conf.isModifiable(key):
            session.conf.set(key, value)


def _forget_gateway() -> None:
    """Make PySpark look for a new JVM the next time: the old one ends."""
    context_class: Any = SparkContext
    if context_class._gateway is not None:
        context_class._gateway.shutdown()
    context_class._gateway = None
    context_class._jvm = None
