"""Completion: commands, options, and the names that a state knows."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from placekeeper.cli.completion import candidates
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.exchange import OpenRequest
from placekeeper.rules.jobs.run_ids import short
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state


@pytest.fixture
def run_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The run of a state with the jobs copy and load, and the bookmark place."""
    monkeypatch.setenv("PLACEKEEPER_STATE", str(tmp_path))
    with closing(open_state(Settings.of({}, state=str(tmp_path)), {})) as state:
        run_starter = state.control.run_starter
        run_starter.register("load", script_location="/s.py", arguments={}, launcher="l")
        run, _ = run_starter.register("copy", script_location="/s.py", arguments={}, launcher="l")
        state.control.bookmarks.open(run, OpenRequest(name="place", option=BookmarkOption.ENABLE))
    return run.id


def words(line: str) -> Sequence[str]:
    """What may stand at the end of a line."""
    *before, incomplete = line.split(" ")
    return [word for word, _ in candidates(before, incomplete)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ["run", "dev", "check", "plan", "bookmark", "publication", "runs", "state"]),
        ("ru", ["run", "runs"]),
        ("runs ", ["list", "logs", "stop"]),
        ("bookmark re", ["reset", "retry"]),
        ("nothing ", ["run", "dev", "check", "plan", "bookmark", "publication", "runs", "state"]),
        ("bookmark show p", ["place"]),
        ("plan p", ["place"]),
        ("plan place p", []),
        ("runs list ", ["--limit", "--state", "--database", "--json", "--help", "copy", "load"]),
        ("runs list --limit 5 c", ["copy"]),
        ("runs list --limit c", []),
        ("run job.py --JOB_NAME ", ["copy", "load"]),
        ("run job.py --JOB_NAME = l", ["load"]),
        ("run --j", ["--json"]),
        ("run job.py --J", ["--JOB_NAME"]),
        ("state check --d", ["--database", "--digests"]),
        ("bookmark show --state /nowhere p", []),
        ("bookmark show --state nfs://x p", []),
        ("bookmark show --state=/nowhere p", []),
        ("bookmark show --state = /nowhere p", []),
        ("bookmark show --database=postgresql://u@127.0.0.1:1/x p", []),
        ("bookmark show --limit=5 p", ["place"]),
    ],
)
def test_words(line: str, expected: list[str], run_id: str) -> None:
    assert sorted(words(line)) == sorted(expected)


def test_runs(run_id: str) -> None:
    assert words("runs logs jr_")[0] == short(run_id)
    assert len(words("runs stop jr_")) == 2
    assert short(run_id) in words("bookmark show place --run-id jr_")


def test_a_state_that_cannot_be_read_has_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEKEEPER_STATE", str(tmp_path))
    assert words("plan x") == []
    (tmp_path / "placekeeper.db").write_bytes(b"no database" * 100)
    assert words("plan x") == []
    monkeypatch.setenv("PLACEKEEPER_DATABASE", "postgresql://u@127.0.0.1:1/x")
    assert words("plan x") == []
