"""A state that is not whole is refused; once accepted, what is lost is read again, and nothing else."""

import io
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from postgres import PostgresServer
from workspace import COPY, Ended, LocalPlace, Workspace

DATABASE, RECORD = "placekeeper.db", "record.jsonl"


def _at(folder: Path) -> Workspace:
    return Workspace(folder, LocalPlace(folder), {})


def _twice_run(folder: Path) -> Workspace:
    """A state after two runs, with a copy of its database from between them."""
    folder.mkdir()
    workspace = _at(folder)
    workspace.put_rows("1.csv", 1, 2)
    assert workspace.run().code == 0
    shutil.copy(workspace.state / DATABASE, folder / "between.db")
    workspace.put_rows("2.csv", 3, 4)
    assert workspace.run().code == 0
    return workspace


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What each test here begins with; a copy goes to the place where it was made."""
    workspace = _twice_run(tmp_path_factory.mktemp("whole") / "used")
    shutil.copytree(workspace.folder, workspace.folder.with_name("kept"))
    return workspace


@pytest.fixture
def used(kept: Workspace) -> Workspace:
    shutil.rmtree(kept.folder)
    shutil.copytree(kept.folder.with_name("kept"), kept.folder)
    return kept


@contextmanager
def _database(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(workspace.state / DATABASE)) as database, database:
        yield database


def _remove_database(workspace: Workspace) -> None:
    for file in workspace.state.glob(f"{DATABASE}*"):
        file.unlink()


def _empty_database(workspace: Workspace) -> None:
    (workspace.state / DATABASE).write_bytes(b"")


def _delete_rows(workspace: Workspace) -> None:
    with _database(workspace) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if name != "alembic_version":
                database.execute(f"DELETE FROM {name}")


def _put_back_older(workspace: Workspace) -> None:
    shutil.copy(workspace.folder / "between.db", workspace.state / DATABASE)


def _put_another_states(workspace: Workspace) -> None:
    other = _at(workspace.folder / "other")
    other.folder.mkdir()
    other.put_rows("1.csv", 1)
    assert other.run().code == 0
    shutil.copy(other.state / DATABASE, workspace.state / DATABASE)


def _remove_segments(workspace: Workspace) -> None:
    shutil.rmtree(workspace.state / "segments")


def _newest_segment(workspace: Workspace) -> Path:
    return max(workspace.state.glob("segments/jr_*/*.parquet"), key=lambda path: path.stat().st_mtime_ns)


def _remove_newest_segment(workspace: Workspace) -> None:
    _newest_segment(workspace).unlink()


def _remove_record(workspace: Workspace) -> None:
    (workspace.state / RECORD).unlink()


def _empty_record(workspace: Workspace) -> None:
    (workspace.state / RECORD).write_bytes(b"")


def _spoil_record(workspace: Workspace) -> None:
    first, *others = (workspace.state / RECORD).read_bytes().splitlines(keepends=True)
    (workspace.state / RECORD).write_bytes(b"".join([first, b"nonsense\n", *others]))


def _remove_record_and_database(workspace: Workspace) -> None:
    _remove_record(workspace)
    _remove_database(workspace)


LOSSES = [
    (_remove_database, "placekeeper.db is missing", [1, 2, 3, 4]),
    (_empty_database, "nothing is in its database", [1, 2, 3, 4]),
    (_delete_rows, "copy was at version 4.* the database has no version of it", [1, 2, 3, 4]),
    (_put_back_older, "copy was at version 4.* the newest version in the database is 2", [3, 4]),
    (_put_another_states, "the database belongs to the state", [1, 2, 3, 4]),
    (_remove_segments, "2 segments of the bookmark copy, with 2 rows, are missing", [1, 2, 3, 4]),
    (_remove_newest_segment, "1 segment of the bookmark copy, with 1 row, is missing", [3, 4]),
    (_remove_record, "the record of the state .* is missing", []),
    (_empty_record, "the record of the state, .* is empty", []),
    (_spoil_record, "the record of the state, .* is damaged", []),
    (_remove_record_and_database, "the ledger has segments", [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("lose", "said", "lost"), LOSSES, ids=[lose.__name__[1:] for lose, _, _ in LOSSES])
def test_what_is_lost_is_refused_and_once_accepted_read_again(
    used: Workspace,
    lose: Callable[[Workspace], None],
    said: str,
    lost: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lose(used)
    used.put_rows("3.csv", 5)

    # A segment is looked for when its bookmark is opened, all else when the state is.
    ask = used.run if "segment" in lose.__name__ else lambda: used.inside(*used.run_arguments(used.script()))
    refused = ask()
    assert refused.code == 1, refused.error
    assert re.search(said, refused.error), refused.error
    assert "placekeeper state accept" in refused.error
    assert used.ids() == [1, 2, 3, 4]
    planned = used.inside("plan", "copy")
    assert (planned.code, planned.output) == (1, "")
    checked = used.inside("state", "check")
    assert checked.code == 1
    assert re.search(said, checked.error), checked.error
    assert used.inside("state", "check").code == 1  # looking has changed nothing

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert used.inside("state", "accept").code == 1
    assert used.inside("plan", "copy").code == 1
    accepted = used.inside("state", "accept", "--yes")
    assert accepted.code == 0, accepted.error
    assert used.inside("state", "check").code == 0
    again = used.run()
    assert again.code == 0, again.error
    assert used.ids() == sorted([1, 2, 3, 4, *lost, 5])
    assert "would read 0; skipped 3: done" in used.inside("plan", "copy").output


@pytest.mark.parametrize("lose", [_put_back_older, _remove_newest_segment, _remove_database])
def test_what_would_be_read_again_is_shown(used: Workspace, lose: Callable[[Workspace], None]) -> None:
    lose(used)
    shown = used.inside("state", "accept", "--yes").output
    if lose is _remove_newest_segment:
        assert "1 object of lost segments" in shown
    else:
        assert "of the bookmark copy" in shown
        assert f"file://{used.folder}/data/in/2.csv" in shown
    assert (f"file://{used.folder}/data/in/1.csv" in shown) is (lose is _remove_database)


def test_the_database_from_before_is_refused_once_another_was_accepted(used: Workspace) -> None:
    shutil.copy(used.state / DATABASE, used.folder / "last.db")
    _put_back_older(used)
    assert used.inside("state", "accept", "--yes").code == 0
    shutil.copy(used.folder / "last.db", used.state / DATABASE)
    refused = used.inside("plan", "copy")
    assert (refused.code, "the database belongs to the state" in refused.error) == (1, True)


def test_a_lost_reset_is_noticed(used: Workspace) -> None:
    shutil.copy(used.state / DATABASE, used.folder / "last.db")
    assert used.inside("bookmark", "reset", "copy").code == 0
    shutil.copy(used.folder / "last.db", used.state / DATABASE)
    refused = used.inside("bookmark", "reset", "copy")
    assert (refused.code, "was at version 5" in refused.error) == (1, True), refused.error


@pytest.mark.parametrize("lost", ["skip", "retry"])
def test_a_lost_decision_about_an_object_is_noticed(used: Workspace, lost: str) -> None:
    def decide(what: str) -> Ended:
        return used.inside("bookmark", what, "copy", used.place.url("in/3.csv"))

    used.put_rows("3.csv", 5)
    if lost == "retry":
        assert decide("skip").code == 0
    shutil.copy(used.state / DATABASE, used.folder / "last.db")
    assert decide(lost).code == 0
    shutil.copy(used.folder / "last.db", used.state / DATABASE)
    refused = used.inside("plan", "copy")
    assert (refused.code, "last skip, retry or quarantine of the bookmark copy" in refused.error) == (1, True)
    assert used.inside("state", "accept", "--yes").code == 0
    assert used.inside("plan", "copy").code == 0


@pytest.mark.usefixtures("new_processes")  # the parent of a forked one is another
def test_a_wal_removed_after_a_kill_is_noticed(used: Workspace) -> None:
    """SQLite itself says nothing: what was committed since the last checkpoint is not there any more."""
    used.put_rows("3.csv", 5)
    script = used.script(COPY + "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n")
    killed = used.command(*used.run_arguments(script))  # its launcher dies, and leaves the WAL
    assert killed.code == -9
    assert (used.state / f"{DATABASE}-wal").stat().st_size > 0
    assert used.ids() == [1, 2, 3, 4, 5]
    for name in ("wal", "shm"):
        (used.state / f"{DATABASE}-{name}").unlink()

    refused = used.inside("plan", "copy")
    assert (refused.code, "copy was at version 6" in refused.error) == (1, True), refused.error
    assert used.inside("state", "accept", "--yes").code == 0
    assert used.run().code == 0
    assert used.ids() == [1, 2, 3, 4, 5, 5]


def test_commands_that_only_show_warn(used: Workspace) -> None:
    _put_back_older(used)
    for command in (("runs", "list"), ("bookmark", "show", "copy"), ("bookmark", "history", "copy")):
        shown = used.inside(*command)
        assert shown.code == 0
        assert shown.output
        assert "warning: the state in" in shown.error
    for command in (("bookmark", "reset", "copy"), ("bookmark", "export", "copy"), ("runs", "stop", "jr_1")):
        assert used.inside(*command).code == 1


_PUBLISHED_ONCE = (
    """
    CREATE TABLE once (
        run_id TEXT NOT NULL, bookmark_id INTEGER, version INTEGER, state VARCHAR(16) NOT NULL,
        manifest TEXT NOT NULL, error TEXT, created_ms BIGINT NOT NULL, settled_ms BIGINT,
        CONSTRAINT pk_publications PRIMARY KEY (run_id),
        CONSTRAINT fk_publications_bookmark_versions FOREIGN KEY (bookmark_id, version)
            REFERENCES bookmark_versions (bookmark_id, version)
    )
    """,
    """
    INSERT INTO once
    SELECT run_id, bookmark_id, version, state, manifest, error, created_ms, settled_ms FROM publications
    """,
    "DROP TABLE publications",
    "ALTER TABLE once RENAME TO publications",
    "CREATE INDEX ix_publications_state ON publications (state)",
)
"""Back to the publications of before 0010: one for each run."""


def test_a_state_from_before_there_were_records_gets_one_silently(used: Workspace) -> None:
    _remove_record(used)
    with _database(used) as database:
        database.execute("DROP TABLE identity")
        database.execute("DROP TABLE marks")
        database.execute("DROP TABLE overwrites")
        for name in ("crawled_folders", "crawls", "crawlers", "classifiers"):
            database.execute(f"DROP TABLE {name}")
        for name in ("connections", "functions", "settings"):
            database.execute(f"DROP TABLE catalog_{name}")
        database.execute("DROP TABLE catalog_changes")
        for name in ("partition_statistics", "table_statistics", "table_versions"):
            database.execute(f"DROP TABLE catalog_{name}")
        for key in ("key1", "key2", "key3"):
            database.execute(f"DROP INDEX ix_catalog_partitions_{key}")
        for key in ("key1", "key2", "key3"):
            database.execute(f"ALTER TABLE catalog_partitions DROP COLUMN {key}")
        database.execute("ALTER TABLE catalog_tables DROP COLUMN indexes")
        database.execute("ALTER TABLE catalog_tables DROP COLUMN undecided")
        database.execute("ALTER TABLE catalog_partitions DROP COLUMN undecided")
        database.execute("ALTER TABLE catalog_partitions DROP COLUMN modified_ms")
        for statement in _PUBLISHED_ONCE:
            database.execute(statement)
        database.execute("UPDATE alembic_version SET version_num = '0007'")
    assert "older Placekeeper (schema 0007" in used.inside("plan", "copy").error  # a look changes nothing
    ran = used.run()
    assert (ran.code, used.counts(ran)) == (0, {"done": 2}), ran.error
    assert "record" not in ran.error
    assert used.inside("state", "check").code == 0
    _put_back_older(used)
    assert used.inside("plan", "copy").code == 1


def test_a_record_that_a_crash_left_behind_is_completed_by_the_next_run(used: Workspace) -> None:
    lines = (used.state / RECORD).read_bytes().splitlines(keepends=True)
    (used.state / RECORD).write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    assert used.inside("plan", "copy").code == 0
    assert used.run().code == 0
    newest = (used.state / RECORD).read_text().splitlines()
    assert [line for line in newest if '"version":4' in line]


@pytest.mark.parametrize("point", ["record.behind", "record.written"])
def test_a_kill_between_database_and_record_is_no_loss(used: Workspace, point: str) -> None:
    used.put_rows("3.csv", 5)
    assert used.run(PLACEKEEPER_FAULT_POINT=point).code == -9
    assert used.inside("state", "check").code == 0
    again = used.run()
    assert used.counts(again) == {"done": 3}
    assert used.ids() == [1, 2, 3, 4, 5]
    assert '"version":6' in (used.state / RECORD).read_text()


def test_damage_is_said_in_our_words(used: Workspace) -> None:
    with _database(used) as database:
        database.execute("UPDATE bookmark_versions SET state = '{\"rows\":' WHERE version = 4")
    broken = used.inside("plan", "copy")
    assert (broken.code, broken.error.count("\n")) == (1, 1)
    assert "the state is damaged: bookmark 1, version 4 in the table bookmark_versions" in broken.error
    (used.state / DATABASE).write_bytes(b"nonsense" * 1000)
    unreadable = used.inside("plan", "copy")
    assert (unreadable.code, unreadable.error.count("\n")) == (1, 1)
    assert "It is not a database. Put a copy of it back" in unreadable.error
    _remove_database(used)  # as the message says, where there is no copy
    assert used.inside("state", "accept", "--yes").code == 0
    assert used.inside("state", "check").code == 0


def test_digests_are_compared_where_it_is_asked_for(used: Workspace) -> None:
    segment = _newest_segment(used)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    assert used.inside("state", "check").code == 0
    checked = used.inside("state", "check", "--digests", "--json")
    assert (checked.code, '"segments-lost"' in checked.output) == (1, True)


def test_an_emptied_postgresql_is_refused(
    postgres: PostgresServer, postgres_url: str, local: Workspace
) -> None:
    shared = Workspace(local.folder, local.place, {"PLACEKEEPER_DATABASE": postgres_url})
    shared.put_rows("1.csv", 1, 2)
    assert shared.run().code == 0
    name = postgres_url.rpartition("/")[2]
    with postgres.connected(name) as database:
        database.execute("DELETE FROM publications; DELETE FROM bookmark_versions; DELETE FROM bookmarks")
    refused = shared.inside("plan", "copy")
    assert (refused.code, "copy was at version 2" in refused.error) == (1, True), refused.error
    assert shared.inside("state", "accept", "--yes").code == 0
    assert shared.run().code == 0
    assert shared.ids() == [1, 1, 2, 2]


@pytest.fixture
def small(local: Workspace) -> Iterator[Workspace]:
    """A state on a disk of 4 MB, of which a run fills all that the test says."""
    local.state.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(local.state)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield local
    finally:
        subprocess.run(["umount", "--lazy", str(local.state)], check=True)


FILL = """
import os, contextlib
filler = open(os.environ["PLACEKEEPER_STATE"] + "/filler", "wb", buffering=0)
with contextlib.suppress(OSError):
    while filler.write(bytes(1024)):
        pass
filler.close()
"""


def test_a_full_disk_is_said_at_once_and_loses_nothing(small: Workspace) -> None:
    small.put_rows("1.csv", 1, 2)
    failed = small.run(small.script(COPY.replace("job.commit()", f"{FILL}\njob.commit()")))
    assert failed.code == 1
    assert "Make room on the disk" in failed.error
    assert "Traceback" not in failed.error.replace("Traceback (most recent call last):\n", "", 1)
    (small.state / "filler").unlink()
    assert small.run().code == 0
    assert small.ids() == [1, 2]


def test_a_run_that_has_committed_and_published_ends_well_on_a_full_disk(small: Workspace) -> None:
    small.put_rows("1.csv", 1, 2)
    ended = small.run(small.script(COPY + FILL))
    assert ended.code == 0, ended.error
    assert "SUCCEEDED, which could not be recorded" in ended.error
    assert small.ids() == [1, 2]
    (small.state / "filler").unlink()
    again = small.run()
    assert small.counts(again) == {"done": 1}
