"""An engine in this process, joined to sessions that no state remembers: for notebooks and for tests."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from pyspark.sql import DataFrame

from placekeeper.databases.effects import RowsPublisher, login_of
from placekeeper.host.clock import SystemClock, random_hex
from placekeeper.keys.ring import keys_of
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import MissingExtra, UnsupportedFeature, UsageError
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.s3.client import engine_variables
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.success import SuccessMarks
from placekeeper.objects.transitions import ObjectTransitions
from placekeeper.rules.jobs.glue_versions import RUN_GLUE_VERSION, is_strict
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.runtime.engines.base import Additions, Engine
from placekeeper.runtime.engines.choice import AUTO, resolve_engine
from placekeeper.runtime.engines.frame_files import Fetched, FrameFiles, FrameRead, FrameWrite, LiteralPaths
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.engines.shim_folder import SHIM
from placekeeper.runtime.engines.sql_tables import Run, SqlTables
from placekeeper.runtime.engines.table_writer import TableWrite
from placekeeper.runtime.process.installing import line_of
from placekeeper.runtime.run.catalog_effects import (
    PartitionDropper,
    PartitionPublisher,
    SnapshotPublisher,
    TablePublisher,
)
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.current import Session
from placekeeper.runtime.run.read_places import literal_paths
from placekeeper.runtime.run.session import JobSession
from placekeeper.runtime.run.unremembered import NobodyAnswers, Tables, UnrememberedSession, no_tables
from placekeeper.runtime.scan.notices import Notices
from placekeeper.wiring.effects import effects_of

_LOCAL: Final = "local[2]"
"""Where Spark runs if nobody says otherwise."""

Note = Callable[[str], None]


class LocalEngine:
    """An engine that starts when it is first needed. `name` is auto, sail or spark."""

    def __init__(self, name: str = AUTO, *, script: str = "", note: Note = lambda _: None) -> None:
        self._name = name
        self._script = script
        self._note = note
        self._engine: Engine | None = None
        self._files = _FilesOfSession()
        self._tables = _TablesOfSession()
        self._folder = Path(tempfile.mkdtemp(prefix="placekeeper-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def is_started(self) -> bool:
        """Whether it runs."""
        return self._engine is not None

    @property
    def engine(self) -> Engine:
        """The engine, started. Raises UsageError, with the command to install one where there is none."""
        if self._engine is None:
            try:
                self._engine = self._started()
            except MissingExtra as missing:
                raise UsageError(line_of(missing)) from None
        return self._engine

    def session(self, *, note: Note, tables: Tables = no_tables) -> Session:
        """A new session of `awsglue` on it, to which `df.write` and `spark.read` go from now on.

        What should be known of a read or write goes to `note`.
        """
        made = self.session_beside(note=note, tables=tables)
        self._files.session = cast(FrameFiles, made)
        self._tables.session = None if tables is no_tables else made
        return made

    def session_beside(self, *, note: Note, tables: Tables = no_tables) -> Session:
        """A new session of `awsglue` on it, for reads and writes of a GlueContext alone."""
        engine = self.engine
        notes = _Aloud(note)
        return UnrememberedSession.of(lambda: JobSession(_context(engine, notes, tables, self._folder)))

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._engine is not None:
            self._engine.stop()
            self._engine = None

    def _started(self) -> Engine:
        has = installed()
        on_spark = has.spark and (self._name == "spark" or not has.sail)
        engine = resolve_engine(
            self._name,
            "",
            self._script,
            master=_LOCAL if on_spark else None,
            note=self._note,
            additions=Additions(
                python_path=(str(SHIM),),
                s3_variables=engine_variables(os.environ),
                ansi=is_strict(RUN_GLUE_VERSION),
            ),
            folder=self._folder,
        )
        engine.start()
        engine.pass_on(self._files, self._tables)
        return engine


class _FilesOfSession:
    """Implements engines.frame_files.FrameFiles by the session that was made last."""

    def __init__(self) -> None:
        self.session: FrameFiles | None = None

    def write_frame(self, write: FrameWrite) -> bool:
        return self.session is not None and self.session.write_frame(write)

    def check_read(self, paths: Sequence[str]) -> None:
        if self.session is not None:
            self.session.check_read(paths)

    def literal(self, read: FrameRead) -> LiteralPaths:
        return literal_paths(ObjectStores(), read) if self.session is None else self.session.literal(read)

    def read_database(self, options: Mapping[str, Any], predicates: Sequence[str] = ()) -> DataFrame:
        if self.session is None:
            raise UnsupportedFeature("spark.read of a database needs a run: make a GlueContext first")
        return self.session.read_database(options, predicates)

    def fetch(self, paths: Sequence[str]) -> Fetched:
        if self.session is None:
            raise UnsupportedFeature(f"Spark has no file system for {paths[0]}: make a GlueContext first")
        return self.session.fetch(paths)


class _TablesOfSession:
    """Implements engines.sql_tables.SqlTables by the session that was made last, if it has a catalog.

    Without one, the engine alone answers.
    """

    def __init__(self) -> None:
        self.session: Any = None
        self._calls: Mapping[str, Callable[..., Any]] = {}

    def join(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        self._calls = calls

    def sql(self, statement: str, run: Run) -> DataFrame:
        tables = self._of_session()
        return run(statement) if tables is None else tables.sql(statement, run)

    def table(self, name: str) -> DataFrame | None:
        tables = self._of_session()
        return None if tables is None else tables.table(name)

    def call(self, name: str, catalog: Any, *args: Any, **named: Any) -> Any:
        tables = self._of_session()
        if tables is None:
            return self._calls[name](catalog, *args, **named)
        return tables.call(name, catalog, *args, **named)

    def check_writer(self, method: str, name: str) -> None:
        tables = self._of_session()
        if tables is not None:
            tables.check_writer(method, name)

    def owns(self, name: str) -> bool:
        tables = self._of_session()
        return tables is not None and tables.owns(name)

    def write_to(self, write: TableWrite) -> None:
        tables = self._of_session()
        if tables is not None:
            tables.write_to(write)

    def write_table(self, write: FrameWrite, name: str, *, inserts: bool) -> bool:
        tables = self._of_session()
        return tables is not None and tables.write_table(write, name, inserts=inserts)

    def _of_session(self) -> SqlTables | None:
        if self.session is None:
            return None
        tables: SqlTables = self.session.sql_tables
        tables.join(self._calls)
        return tables


class _Aloud(list[str]):
    """Notes that are passed on as they come."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def append(self, sentence: str) -> None:
        super().append(sentence)
        self._note(sentence)


def _context(engine: Engine, notes: list[str], tables: Tables, folder: Path) -> RunContext:
    client, staging = NobodyAnswers(tables), OutputStaging.of(os.environ)

    def checkpoint(_name: str) -> None:
        """No faults are made here."""

    return RunContext(
        run_id=f"jr_{random_hex(32)}",
        options=RunOptions(output_visibility=Visibility.IMMEDIATE),
        client=client,
        objects=ObjectStores.of(os.environ),
        staging=staging,
        effects=effects_of(
            staging,
            TablePublisher(client, checkpoint),
            PartitionPublisher(client, checkpoint),
            SnapshotPublisher(client, checkpoint),
            RowsPublisher(login_of, checkpoint),
            PartitionDropper(client, checkpoint),
            ObjectRemoval.of(os.environ),
            ObjectTransitions.of(os.environ),
            SuccessMarks.of(os.environ),
        ),
        ledger=SegmentFolder(folder / "segments", keys_of(os.environ)),
        clock=SystemClock(),
        engine=engine,
        notices=Notices.below(folder),
        notes=notes,
        warnings=notes,
        folder=folder,
        checkpoint=checkpoint,
    )
