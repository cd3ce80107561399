"""Kill -9 at every named point between the first write and published: the next run leaves the right rows."""

import pytest

from workspace import Workspace

STORES = ["local", "s3"]

BEFORE_COMMIT = [
    "sink.announced",
    "sink.file-opened",
    "sink.file-staged",
    "sink.collected",
    "commit.called",
    "commit.segments-durable",
]
AFTER_COMMIT = [
    "commit.durable",
    "publish.before-first",
    "publish.after-first",
    "publish.half",
    "publish.all-visible",
    "publish.settled",
    "commit.returns",
]


POINTS = [*BEFORE_COMMIT, *AFTER_COMMIT]


def _matrix() -> list[object]:
    """Every point on every store; `make test` takes each point on one of the two, `make crash` all."""
    return [
        pytest.param(store, point, marks=() if store == STORES[i % 2] else pytest.mark.crash)
        for i, point in enumerate(POINTS)
        for store in STORES
    ]


@pytest.mark.parametrize(("workspace", "point"), _matrix(), indirect=["workspace"])
def test_killed_at(workspace: Workspace, point: str) -> None:
    workspace.put_rows("1.csv", *range(10))
    workspace.put_rows("2.csv", *range(10, 20))

    killed = workspace.run(PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1, killed.error
    assert killed.summary["state"] == "FAILED"
    assert "SIGKILL" in killed.summary["error_message"]
    expected = list(range(20)) if point in AFTER_COMMIT else []
    assert workspace.ids() == expected  # whoever launched the run has settled what it had decided

    workspace.put_rows("3.csv", *range(20, 25))
    again = workspace.run()
    assert again.code == 0, again.error
    assert workspace.ids() == list(range(25))
    assert workspace.counts(again) == ({"new": 1, "done": 2} if point in AFTER_COMMIT else {"new": 3})
    assert workspace.entry()["Run"] == (3 if point in AFTER_COMMIT else 2)
