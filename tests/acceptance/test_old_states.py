"""A state of 0.1 goes on: it is opened and planned, and its next runs read what is new and nothing again."""

import json
from collections.abc import Iterator

import pytest

from old_state import old_state
from workspace import Ended, Workspace


@pytest.fixture
def old() -> Iterator[Workspace]:
    with old_state() as workspace:
        yield workspace


def run(old: Workspace, *more: str, name: str = "copy") -> Ended:
    ended = old.command(
        *(
            "run",
            old.folder / "script.py",
            "--JOB_NAME",
            name,
            "--job-bookmark-option",
            "job-bookmark-enable",
        ),
        *("--source", old.place.url("in"), "--target", old.place.url("out"), "--json", *more),
    )
    assert ended.code == 0, ended.error
    return ended


def counts(ended: Ended) -> dict[str, dict[str, int]]:
    """How many objects of each context had each reason."""
    return {source["context"]: source["counts"] for source in ended.summary["summary"]["sources"]}


def planned(old: Workspace, *, name: str = "copy") -> dict[str, dict[str, int]]:
    return {
        s["context"]: s["counts"] for s in json.loads(old.inside("plan", name, "--json").output)["sources"]
    }


def test_an_old_state_is_planned_and_its_runs_read_nothing_again(old: Workspace) -> None:
    looked = old.inside("plan", "copy", "--json")
    assert looked.code != 0
    assert "The next placekeeper run, or placekeeper dev, brings it up to date" in looked.error

    by_old_plan = run(old, "--bookmark-plan", str(old.folder / "plan.json"))
    assert counts(by_old_plan) == {
        "rows": {"done": 3, "excluded": 1},
        "bounded": {"done": 2, "new": 1, "unplanned": 1},
        "sales": {"done": 2},
    }
    assert planned(old) == {
        "rows": {"done": 3, "excluded": 1},
        "bounded": {"done": 3, "new": 1},
        "sales": {"done": 2},
    }

    old.place.put("rows/4.csv", b"id,part\n4,a\n")
    assert counts(run(old)) == {
        "rows": {"done": 3, "excluded": 1, "new": 1},
        "bounded": {"done": 3, "new": 1},
        "sales": {"done": 2},
    }
    assert counts(run(old)) == {
        "rows": {"done": 4, "excluded": 1},
        "bounded": {"done": 4},
        "sales": {"done": 2},
    }
    lines = [line for file in old.place.read_all("out").values() for line in file.decode().splitlines()]
    assert sorted(int(json.loads(line)["id"]) for line in lines) == [4, 13, 14]


def test_a_bookmark_of_awss_that_was_imported_then_goes_on(old: Workspace) -> None:
    assert counts(run(old, name="theirs"))["rows"] == {"assumed": 2, "excluded": 1, "new": 1}
    assert counts(run(old, name="theirs"))["rows"] == {"done": 3, "excluded": 1}
