"""A connector is one module and one row: with the one in tests/memory_connector.py, bookmarked runs work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from controls import control_over
from memory_connector import MemoryConnector
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model import kinds
from placekeeper.model.bookmark import BookmarkOption, BookmarkState
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.exchange import CommitRequest, Committed, Opened, OpenRequest
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import LISTED_CONNECTIONS, ObjectStores
from placekeeper.ports.effects import Effects
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.connectors import files
from placekeeper.runtime.connectors.registry import CONNECTIONS, Connection, source_for, target_for
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.session import JobSession
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore

NOW_MS = 1_000_000
ENABLE = {"job_bookmark_option": "job-bookmark-enable"}


@dataclass
class Server:
    """Keeps the state between runs, as JSON."""

    version: int = 0
    state: bytes = b"{}"
    published: list[Any] = field(default_factory=list)

    def open(self, name: str, option: BookmarkOption, range_: Any) -> Opened:
        self.version += 1
        state = kinds.decode(self.state, BookmarkState)
        return Opened(name=name, run=self.version, attempt=0, version=self.version, state=state)

    def commit(
        self,
        name: str,
        version: int,
        elements: BookmarkState,
        manifest: Any,
        mended: Sequence[str],
        ordinal: int = 0,
    ) -> Committed:
        self.version = version + 1
        self.state = msgspec.json.encode(kinds.decode(self.state, BookmarkState) | elements)
        return Committed(version=self.version)


class Runs:
    """Runs of one job that reads a shelf."""

    def __init__(self, engine: Any, folder: Path) -> None:
        self.memory = MemoryConnector()
        self.connections = {**CONNECTIONS, "memory": Connection(self.memory)}
        self.server = Server()
        self._ledger = SegmentFolder(folder)
        self._engine = engine

    def session(self) -> JobSession:
        context = RunContext(
            run_id=f"jr_{self.server.version}",
            options=RunOptions(),
            client=self.server,  # type: ignore[arg-type] - what a run without output asks of it
            objects=ObjectStores(),
            staging=OutputStaging(),
            effects=Effects({}),
            ledger=self._ledger,
            clock=SimpleNamespace(now_ms=lambda: NOW_MS),
            engine=self._engine,
            checkpoint=lambda _: None,
        )
        return JobSession(context, self.connections)

    def run(self, context: str = "shelf") -> tuple[dict[str, int], list[dict[str, Any]]]:
        """The reasons of a run that commits, and the rows that it read."""
        session = self.session()
        session.init("job", ENABLE)
        frame = session.read(
            connection_type="memory",
            connection_options={"shelf": "books"},
            format=None,
            format_options={},
            transformation_ctx=context,
        )
        rows = sorted((row.asDict() for row in frame.dataframe.collect()), key=repr)
        session.commit()
        session.finish()
        return dict(session.summary().sources[0].counts), rows


@pytest.fixture
def runs(engine: Any, tmp_path: Path) -> Runs:
    return Runs(engine, tmp_path)


def test_its_bookmarked_runs_read_what_no_run_before_has_read(runs: Runs) -> None:
    runs.memory.put("books", "a", 10, {"id": 1, "title": "A"}, {"id": 2, "title": None})
    runs.memory.put("books", "b", 20, {"id": 3, "title": "B"})
    runs.memory.put("others", "c", 20, {"id": 9})
    assert runs.run() == (
        {"new": 2},
        [{"id": 1, "title": "A"}, {"id": 2, "title": None}, {"id": 3, "title": "B"}],
    )

    runs.memory.put("books", "c", 30, {"id": 4, "title": "C"})
    runs.memory.put("books", "b", 40, {"id": 5, "title": "B, again"})
    runs.memory.put("books", "later", NOW_MS + 1, {"id": 6, "title": "D"})
    assert runs.run() == (
        {"changed": 1, "deferred": 1, "done": 1, "late": 1},
        [{"id": 4, "title": "C"}, {"id": 5, "title": "B, again"}],
    )
    assert runs.run() == ({"deferred": 1, "done": 3}, [])
    element = kinds.decode(runs.server.state, BookmarkState)["shelf"]
    assert element.source is not None
    assert (element.source.connection_type, element.source.paths) == ("memory", ("memory://books/",))
    assert [segment.rows for segment in element.segments] == [2, 2]


def test_without_a_context_it_is_read_whole(runs: Runs) -> None:
    runs.memory.put("books", "a", 10, {"id": 1})
    for _ in range(2):
        assert runs.run(context="") == ({"new": 1}, [{"id": 1}])


def test_a_plan_refuses_a_source_that_only_a_run_lists(runs: Runs, tmp_path: Path) -> None:
    runs.memory.put("books", "a", 10, {"id": 1})
    assert runs.run() == ({"new": 1}, [{"id": 1}])
    engine = sqlite_engine(tmp_path / "state.db")
    migrate(engine)
    store = SqlStore(engine)
    control = control_over(
        store=store,
        clock=SimpleNamespace(now_ms=lambda: NOW_MS),
        staging=None,
        random_hex=lambda length: "a" * length,
        ledger=SegmentFolder(tmp_path),
        objects=ObjectStores(),
    )
    run, _ = control.run_starter.register("job", script_location="/s.py", arguments={}, launcher="l")
    opened = control.bookmarks.open(run, OpenRequest(name="job", option=BookmarkOption.ENABLE))
    assert opened.version is not None
    elements = kinds.decode(runs.server.state, BookmarkState)
    control.bookmarks.commit(
        run, CommitRequest(name="job", version=opened.version, elements=elements, manifest=())
    )
    with pytest.raises(UnsupportedFeature, match=r"job cannot be planned: .*connection type 'memory'"):
        control.planner.plan("job")
    store.close()


def test_a_plan_lists_every_connection_that_is_read_as_files() -> None:
    assert {name for name, one in CONNECTIONS.items() if one.source is files} == LISTED_CONNECTIONS


def test_messages_know_it_by_its_row(runs: Runs) -> None:
    with pytest.raises(
        UnsupportedFeature, match=r"'opensearch' is not there yet: Placekeeper reads s3, file, .* and memory"
    ):
        source_for(runs.connections, "opensearch")
    with pytest.raises(UnsupportedFeature, match="'memory' is not there yet: Placekeeper writes s3, file, "):
        target_for(runs.connections, "memory")
    with pytest.raises(UnsupportedFeature, match="Placekeeper reads s3, file,"):
        source_for(CONNECTIONS, "catalog")
    for name in ("mongodb", "documentdb"):
        with pytest.raises(UnsupportedFeature, match=f"'{name}' is not there yet: .* with pymongo and wrap"):
            source_for(CONNECTIONS, name)
