"""A state that is not whole is refused before anything is read; accepted, it reads what is lost and no more."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from workspace import LocalPlace, Workspace

DATABASE = "placekeeper.db"
RECORD = "record.jsonl"


@pytest.fixture
def used(local: Workspace) -> Workspace:
    """A state after two runs, with a copy of its database from between them in `between`."""
    return _used(local)


def _used(workspace: Workspace) -> Workspace:
    workspace.put_rows("1.csv", 1, 2)
    assert workspace.run().code == 0
    if (workspace.state / DATABASE).exists():
        shutil.copy(workspace.state / DATABASE, workspace.folder / "between.db")
    workspace.put_rows("2.csv", 3, 4)
    assert workspace.run().code == 0
    return workspace


def _remove_database(workspace: Workspace) -> None:
    for file in workspace.state.glob(f"{DATABASE}*"):
        file.unlink()


def _empty_database(workspace: Workspace) -> None:
    (workspace.state / DATABASE).write_bytes(b"")


def _delete_rows(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.state / DATABASE)) as database, database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            if name != "alembic_version":
                database.execute(f"DELETE FROM {name}")


def _put_back_older(workspace: Workspace) -> None:
    _remove_database(workspace)
    shutil.copy(workspace.folder / "between.db", workspace.state / DATABASE)


def _put_another_states(workspace: Workspace) -> None:
    other = Workspace(workspace.folder / "other", LocalPlace(workspace.folder / "other"), {})
    other.folder.mkdir()
    _used(other)
    shutil.copy(other.state / DATABASE, workspace.state / DATABASE)


def _remove_segments(workspace: Workspace) -> None:
    shutil.rmtree(workspace.state / "segments")


def _remove_newest_segment(workspace: Workspace) -> None:
    max(workspace.state.glob("segments/jr_*/*.parquet"), key=lambda path: path.stat().st_mtime_ns).unlink()


def _remove_record(workspace: Workspace) -> None:
    (workspace.state / RECORD).unlink()


def _empty_record(workspace: Workspace) -> None:
    (workspace.state / RECORD).write_bytes(b"")


def _spoil_record(workspace: Workspace) -> None:
    lines = (workspace.state / RECORD).read_bytes().splitlines(keepends=True)
    (workspace.state / RECORD).write_bytes(lines[0] + b"nonsense\n" + b"".join(lines[1:]))


LOSSES = [
    (_remove_database, "placekeeper.db is missing", [1, 2, 3, 4]),
    (_empty_database, "nothing is in its database", [1, 2, 3, 4]),
    (_delete_rows, "the bookmark copy has come to version 4.* the database has none", [1, 2, 3, 4]),
    (_put_back_older, "the bookmark copy has come to version 4.* newest in the database is 2", [3, 4]),
    (_put_another_states, "the database belongs to the state", [1, 2, 3, 4]),
    (_remove_segments, "2 segments of the bookmark copy, with 2 rows, are missing", [1, 2, 3, 4]),
    (_remove_newest_segment, "a segment of the bookmark copy, with 1 rows, is missing", [3, 4]),
    (_remove_record, "the record of the state .* is missing", []),
    (_empty_record, "the record of the state, .* is empty", []),
    (_spoil_record, "the record of the state, .* is damaged", []),
]


@pytest.mark.parametrize(("lose", "said", "lost"), LOSSES, ids=[lose.__name__[1:] for lose, _, _ in LOSSES])
def test_what_is_lost_is_refused_and_once_accepted_read_again(
    used: Workspace, lose: Callable[[Workspace], None], said: str, lost: list[int]
) -> None:
    lose(used)
    used.put_rows("3.csv", 5)

    refused = used.run()
    assert refused.code == 1, refused.error
    assert re.search(said, refused.error), refused.error
    assert "placekeeper state accept" in refused.error
    assert used.ids() == [1, 2, 3, 4]
    planned = used.command("plan", "copy")
    assert (planned.code, planned.output) == (1, "")
    checked = used.command("state", "check")
    assert checked.code == 1
    assert re.search(said, checked.error), checked.error
    assert used.run().code == 1  # looking has changed nothing

    accepted = used.command("state", "accept", "--yes")
    assert accepted.code == 0, accepted.error
    assert used.command("state", "check").code == 0
    again = used.run()
    assert again.code == 0, again.error
    assert used.ids() == sorted([1, 2, 3, 4, *lost, 5])
    assert used.counts(used.run()) == {"done": 3}
