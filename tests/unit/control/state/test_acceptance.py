"""Accepting a state: what other segments still have is not read again."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper.host.state import State
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement
from placekeeper.model.errors import StateNotWhole
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import JobRunState
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.source import FileSource
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state, state_as_it_is

SOURCE = FileSource(connection_type="file", paths=("file:///in",), format="csv")


def rows(run_id: str, version: int, paths: Iterable[str]) -> list[pa.RecordBatch]:
    facts = {"last_modified_ms": 1, "size": 1, "e_tag": "x", "bookmark_version": version, "run_id": run_id}
    return [pa.RecordBatch.from_pylist([facts | {"path": path} for path in paths], schema=LEDGER_SCHEMA)]


def run(state: State, *paths: str, contexts: tuple[str, ...] = ("in",)) -> None:
    """A run that reads these objects, of each context the same."""
    run, _ = state.control.run_starter.register("j", script_location="/s.py", arguments={}, launcher="l")
    opened = state.control.bookmarks.open(run, OpenRequest(name="j", option=BookmarkOption.ENABLE))
    assert opened.version is not None
    version, elements = opened.version + 1, {}
    for context in contexts:
        segment = state.control.compaction.ledger.write(
            f"{run.id}/{context}.parquet", rows(run.id, version, paths), versions=((version, version),)
        )
        known = opened.state.get(context)
        before = () if known is None else known.segments
        elements[context] = FileElement(source=SOURCE, run=1, watermark_ms=1, segments=(*before, segment))
    request = CommitRequest(name="j", version=opened.version, elements=elements, manifest=())
    state.control.bookmarks.commit(run, request)
    state.control.lifecycle.move(run, JobRunState.SUCCEEDED)


def known(state: State, context: str = "in") -> list[str]:
    _, found = state.control.bookmarks.state("j")
    ledger = state.control.compaction.ledger.rows(found[context].segments)
    return [path for batch in ledger for path in batch["path"].to_pylist()]


def settings(folder: Path) -> Settings:
    return Settings.of({}, state=str(folder))


@pytest.mark.parametrize("contexts", [("in",), ("in", "other")])
def test_rows_that_a_later_merge_has_are_found_again(tmp_path: Path, contexts: tuple[str, ...]) -> None:
    """An older database points at segments that were merged since, and deleted."""
    state = open_state(settings(tmp_path), {})
    for number in range(3):
        run(state, f"a{number}", contexts=contexts)
    state.close()
    shutil.copy(tmp_path / "placekeeper.db", tmp_path / "older.db")
    state = open_state(settings(tmp_path), {})
    for number in range(3, 9):
        run(state, f"a{number}", contexts=contexts)
    assert state.control.compaction.merge().into == len(contexts)
    _, merged = state.control.bookmarks.state("j")
    assert [len(element.segments) for element in merged.values()] == [1] * len(contexts)
    state.close()
    for folder in (tmp_path / "segments").glob("jr_*"):
        shutil.rmtree(folder)  # as housekeeping does after the grace period
    shutil.copy(tmp_path / "older.db", tmp_path / "placekeeper.db")

    with pytest.raises(StateNotWhole, match=r"version 18.*newest version in the database is 6"):
        open_state(settings(tmp_path), {})
    state = state_as_it_is(settings(tmp_path), {}, is_accepted=True)
    (unread,) = state.control.acceptance.unread()
    alone = len(contexts) == 1
    assert (unread.bookmark, unread.lost_rows) == ("j", 0 if alone else 6)
    assert unread.paths[-6:] == [f"a{number}" for number in range(3, 9)]
    state.control.acceptance.accept()
    state.close()

    state = open_state(settings(tmp_path), {})
    assert known(state) == (["a0", "a1", "a2"] if alone else [])
    run(state, "b", contexts=contexts)
    assert known(state) == (["a0", "a1", "a2", "b"] if alone else ["b"])
    for number in range(9):  # merging goes on over what was accepted
        run(state, f"c{number}", contexts=contexts)
    assert state.control.compaction.merge().into == len(contexts)
    assert len(known(state)) == (13 if alone else 10)
    state.close()


def test_a_damaged_segment_that_nobody_needs_stands_in_no_way(tmp_path: Path) -> None:
    state = open_state(settings(tmp_path), {})
    run(state, "a")
    state.close()
    for file in tmp_path.glob("placekeeper.db*"):
        file.unlink()
    (segment,) = (tmp_path / "segments").glob("jr_*/in.parquet")
    segment.write_bytes(b"nonsense")
    state = state_as_it_is(settings(tmp_path), {}, is_accepted=True)
    (unread,) = state.control.acceptance.unread()
    assert unread.unreadable == [segment.relative_to(tmp_path / "segments").as_posix()]
    state.control.acceptance.accept()
    state.close()
    open_state(settings(tmp_path), {}).close()
