"""Segments are merged at the end of a run, and kill -9 at any point of it costs nothing."""

from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption, BookmarkState
from placekeeper.model.element import FileElement
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import JobRunState
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.source import FileSource
from placekeeper.rules.ledger.compaction import WIDTH
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import Workspace


def _remember(local: Workspace, runs: int) -> None:
    """Commits of `runs` runs under the names that the copying script uses; quicker than the runs."""
    state = open_state(Settings.of({}, state=str(local.state)), {})
    ledger = SegmentFolder(local.state / "segments")
    for n in range(runs):
        run, _ = state.control.run_starter.register(
            "copy", script_location="/s", arguments={}, launcher="h:1:1"
        )
        opened = state.control.bookmarks.open(run, OpenRequest(name="copy", option=BookmarkOption.ENABLE))
        assert opened.version is not None
        version = opened.version + 1
        row = {
            "path": f"file:///gone/{n}",
            "last_modified_ms": 1,
            "size": 1,
            "e_tag": None,
            "bookmark_version": version,
            "run_id": run.id,
        }
        written = ledger.write(
            f"{run.id}/rows.parquet",
            [pa.RecordBatch.from_pylist([row], schema=LEDGER_SCHEMA)],
            versions=((version, version),),
        )
        before = opened.state["rows"].segments if opened.state else ()
        element = FileElement(
            source=FileSource(connection_type="s3", paths=(local.place.url("in"),), format="csv"),
            run=opened.run,
            watermark_ms=1,
            segments=(*before, written),
        )
        state.control.bookmarks.commit(
            run, CommitRequest(name="copy", version=version - 1, elements={"rows": element}, manifest=())
        )
        state.control.lifecycle.move(run, JobRunState.FAILED, "over")
    state.close()


def _state_of(local: Workspace) -> BookmarkState:
    state = open_state(Settings.of({}, state=str(local.state)), {})
    try:
        return state.control.bookmarks.state("copy")[1]
    finally:
        state.close()


def _paths(folder: Path, state: BookmarkState) -> set[str]:
    return {
        path.as_py().rpartition("/")[2]
        for batch in SegmentFolder(folder / "segments").rows(state["rows"].segments)
        for path in batch.column("path")
    }


@pytest.mark.parametrize("point", ["merge.written", "merge.recorded"])
def test_killed_while_merging(local: Workspace, point: str) -> None:
    _remember(local, WIDTH - 1)
    local.put_rows("1.csv", *range(10))

    killed = local.run(PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == -9, killed.error
    assert local.ids() == list(range(10)), "the run had ended"
    expected = {*map(str, range(WIDTH - 1)), "1.csv"}
    between = _state_of(local)
    assert _paths(local.state, between) == expected
    assert len(between["rows"].segments) == (WIDTH if point == "merge.written" else 1)

    local.put_rows("2.csv", *range(10, 20))
    again = local.run()
    assert again.code == 0, again.error
    assert local.counts(again) == {"new": 1, "done": 1}
    after = _state_of(local)
    assert _paths(local.state, after) == {*expected, "2.csv"}
    assert len(after["rows"].segments) <= 2
