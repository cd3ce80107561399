"""The protocol of a connector, and the values that it is given.

A connector is a module with four functions. A run calls them in this order for each read of its script:

discover    find the source that the script means; a state can keep it
select      choose what this run reads of it
read        load exactly that, as a frame
stage       say what the bookmark will remember, once the run commits

It has a row in connectors/registry.py. `Found` and `Chosen` are the connector's own values between its steps.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa
from msgspec import Struct, field
from pyspark.sql import DataFrame

from placekeeper.model.element import FileElement, StateElement
from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.exchange import Opened
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.publication import Manifest, RowsWritten
from placekeeper.model.source import ItemSource, Source
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects, Staging
from placekeeper.ports.progress import Progress
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.rules.selection.samples import SampleSize
from placekeeper.runtime.connectors.answers import Tables
from placekeeper.runtime.connectors.plan_follower import PlanFollower
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.registry import Formats
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.native_reads import NativeReads
from placekeeper.runtime.scan.notices import Notices

Survey = Callable[[], Sequence[RecordUnreadable]]
"""Finds all objects of a read that cannot be read."""

Watch = Callable[[str, Source, Selection, Survey], None]
"""Told of a read's context, source and selection before a connector reads objects: some may be bad."""


class Run(Protocol):
    """The run of a script, as far as a connector needs it."""

    @property
    def run_id(self) -> str:
        """Its id."""

    @property
    def options(self) -> RunOptions:
        """The options of its job."""

    @property
    def client(self) -> Tables:
        """The catalog."""

    @property
    def objects(self) -> Objects:
        """The stores of the objects that are read."""

    @property
    def formats(self) -> Formats:
        """Those that the script may read and write."""

    @property
    def staging(self) -> Staging:
        """The places where output waits to be published."""

    @property
    def ledger(self) -> Ledger:
        """The ledger of processed objects."""

    @property
    def clock(self) -> Clock:
        """The clock of the run."""

    @property
    def engine(self) -> Engine:
        """The engine that evaluates frames."""

    @property
    def checkpoint(self) -> Callable[[str], None]:
        """Called at the run's named points."""

    @property
    def plan(self) -> PlanFollower | None:
        """The plan that the run must follow, None without one."""

    @property
    def natives(self) -> NativeReads:
        """The native reads of the run, which are looked at again before it commits."""

    @property
    def notices(self) -> Notices:
        """The notices that tasks leave about objects that they cannot read."""

    @property
    def progress(self) -> Progress:
        """The receiver of the run's progress."""

    @property
    def folder(self) -> Path | None:
        """The run's own folder, None where it has none."""

    def at_end(self, close: Callable[[], object]) -> None:
        """Call something when the run has committed or failed, before anything is published."""

    def reads(self, place: str, what: str) -> None:
        """Say that a table, or a query, of a database is read until the run has committed or failed."""

    def read_of(self, place: str) -> Sequence[str]:
        """The tables and queries of a database that are read now."""

    def rows_waiting(self, place: str) -> Sequence[RowsWritten]:
        """What earlier writes of the run will publish to a database, by its place, in their order."""

    def keep_secret(self, text: str) -> None:
        """Know a password: the run prints and keeps it nowhere."""

    def note(self, sentence: str) -> None:
        """Say something at the end of the run."""

    def warn(self, sentence: str) -> None:
        """The same of what is probably a mistake."""


class Asked(Struct, frozen=True, kw_only=True):
    """A read or a write as the script asks for it; `options` are its connection_options.

    Of a catalog's table, `table` has its database and name, and `predicate` is push_down_predicate. With
    `sample`, a read takes that much of the source. `by_sql` says that a statement of SQL asks.
    """

    connection_type: str
    options: Mapping[str, Any]
    format: str | None = None
    format_options: Mapping[str, Any] = field(default_factory=dict)
    table: tuple[str, str] = ("", "")
    predicate: str = ""
    sample: SampleSize | None = None
    by_sql: bool = False


class Tracked(Struct, frozen=True, kw_only=True):
    """A read as the bookmark knows it, and the start of its run (epoch ms by our clock).

    `context` is the transformation context, "" where no bookmark follows the read. `opened` is None before
    Job.init, `element` where the context remembers nothing yet. `earlier` is a read of this run under it.
    """

    context: str = ""
    opened: Opened | None = None
    element: FileElement | None = None
    earlier: "Pending | None" = None
    start_ms: int = 0


class Found(Protocol):
    """The result of `discover`."""

    @property
    def source(self) -> Source | ItemSource:
        """The source, as a state keeps it where a bookmark can follow it."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about options without effect."""

    @property
    def locations(self) -> Sequence[str]:
        """URIs in which the run must not have staged anything itself."""
        ...


class Chosen(Protocol):
    """The result of `select`, as far as the run's summary tells it."""

    @property
    def counts(self) -> Mapping[Reason, int]:
        """The number of objects by reason."""
        ...

    @property
    def objects_read(self) -> int:
        """The number of objects that are read."""
        ...

    @property
    def bytes_read(self) -> int:
        """The size of these objects in bytes."""
        ...


class Commit(Struct, frozen=True, kw_only=True):
    """The commit that makes a read durable: its run, that run's number, and the version that it makes.

    `ordinal` counts the commits of the run, from 0.
    """

    ledger: Ledger
    run_id: str
    run: int
    version: int
    derived: Mapping[str, str]
    ordinal: int = 0


class Pending(Protocol):
    """A read that becomes a state element when the run commits."""

    @property
    def released(self) -> str:
        """The path of the mark of a held table about which this read has decided; "" where none held it."""

    def joined_with(self, earlier: "Pending") -> "Pending":
        """The same after an earlier read under the same context. Raises UsageError for another kind."""

    def element(self, context: str, known: StateElement | None, commit: Commit) -> StateElement:
        """The renewed element, after what it points at was made durable."""


_Found = TypeVar("_Found", bound=Found)
_Chosen = TypeVar("_Chosen", bound=Chosen)


class Connector(Protocol[_Found, _Chosen]):
    """Reads sources of one kind."""

    def discover(self, run: Run, asked: Asked) -> _Found:
        """Find the source that the script means. Raises UsageError and UnsupportedFeature."""

    def select(self, run: Run, found: _Found, tracked: Tracked) -> _Chosen:
        """Choose what this run reads of it; nothing is read before this returns."""

    def read(self, run: Run, found: _Found, chosen: _Chosen, tracked: Tracked, watch: Watch) -> Frame:
        """Load exactly what was chosen."""

    def stage(self, found: _Found, chosen: _Chosen, schema: pa.Schema, tracked: Tracked) -> Pending | None:
        """What the context will remember, given the frame's schema; None if no bookmark can follow it."""
        ...


class Destination(Protocol):
    """The place that a write goes to."""

    @property
    def uri(self) -> str:
        """The URI of the place."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about options without effect."""
        ...

    def told(self, effects: Manifest, /) -> str:
        """The table of the catalog and what the catalog is told of a write; empty without one."""
        ...


_Destination = TypeVar("_Destination", bound=Destination)


class Target(Protocol[_Destination]):
    """Writes to destinations of one kind."""

    def discover(self, run: Run, asked: Asked) -> _Destination:
        """Find where the script means to write. Raises UsageError and UnsupportedFeature."""
        ...

    def stage(
        self, run: Run, destination: _Destination, rows: DataFrame, *, number: int, immediate: bool
    ) -> Manifest:
        """Write rows as the run's write of that number; with `immediate`, they are visible at once."""
        ...
