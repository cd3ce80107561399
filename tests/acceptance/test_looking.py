"""Looking at a state changes nothing: it works where nothing may be written, and never migrates."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

import pytest

from placekeeper.cli.completion import candidates
from workspace import Ended, LocalPlace, Workspace

NOBODY = 65534
LOOKS = (
    ("runs", "list"),
    ("runs", "logs", "RUN"),
    ("plan", "copy", "--all"),
    ("bookmark", "show", "copy"),
    ("bookmark", "history", "copy"),
    ("bookmark", "bad", "copy"),
    ("bookmark", "compare", "copy"),
    ("bookmark", "export", "copy"),
    ("state", "check", "--digests"),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    """A state after a run, and the run's id. What it has read is where anybody may read it."""
    folder = Path(tempfile.mkdtemp(prefix="placekeeper-looking-"))
    folder.chmod(0o755)
    workspace = Workspace(folder, LocalPlace(folder), {})
    workspace.put_rows("1.csv", 1, 2)
    ended = workspace.run()
    assert ended.code == 0, ended.error
    yield workspace, ended.summary["id"]
    shutil.rmtree(folder)


@pytest.fixture
def used(kept: tuple[Workspace, str]) -> Iterator[Workspace]:
    """The state of `kept`, as one test may treat it."""
    copied = kept[0].folder / "copied"
    shutil.copytree(kept[0].state, copied)
    yield Workspace(kept[0].folder, kept[0].place, {"PLACEKEEPER_STATE": str(copied)})
    _each(copied, lambda path: path.chmod(0o700))
    shutil.rmtree(copied)


@pytest.fixture
def run_id(kept: tuple[Workspace, str]) -> str:
    return kept[1]


def state_of(workspace: Workspace) -> Path:
    return Path(workspace.environ["PLACEKEEPER_STATE"])


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's content and when it was written."""
    return {
        path.relative_to(folder).as_posix(): (
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mtime_ns,
        )
        for path in folder.rglob("*")
    }


@contextmanager
def who_may_not_write() -> Iterator[None]:
    """Be a user without root's rights."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def look(workspace: Workspace, *arguments: str) -> Ended:
    """A command of somebody who owns the state and may not write to it."""
    with who_may_not_write():
        return see(workspace, *arguments)


def see(workspace: Workspace, *arguments: str) -> Ended:
    with mock.patch.object(Workspace, "state", state_of(workspace)):
        return workspace.inside(*arguments)


def _each(folder: Path, do: Callable[[Path], object]) -> None:
    for path in (*folder.rglob("*"), folder):
        do(path)


def forbid_writing(folder: Path) -> None:
    if os.geteuid() == 0:
        _each(folder, lambda path: os.chown(path, NOBODY, NOBODY))
    _each(folder, lambda path: path.chmod(0o500 if path.is_dir() else 0o400))


def test_every_look_works_where_nothing_may_be_written(used: Workspace, run_id: str) -> None:
    forbid_writing(state_of(used))
    before = files(state_of(used))

    for arguments in LOOKS:
        seen = look(used, *(run_id if argument == "RUN" else argument for argument in arguments))
        assert seen.code == 0, (arguments, seen.error)
        assert "Traceback" not in seen.error
        assert "warning" not in seen.error
        allowed = see(used, *(run_id if argument == "RUN" else argument for argument in arguments))
        assert seen.output == allowed.output

    assert files(state_of(used)) == before


def test_what_would_be_changed_is_refused_there(used: Workspace) -> None:
    script = str(used.script("print(1)"))
    forbid_writing(state_of(used))
    before = files(state_of(used))

    refused = look(used, "bookmark", "reset", "copy")
    assert refused.code == 1
    assert "Let this user write" in refused.error
    ran = look(used, "run", "--type", "pythonshell", script)
    assert ran.code == 1
    assert "Let this user write" in ran.error
    assert files(state_of(used)) == before


def test_a_look_leaves_a_state_as_it_was_where_it_may_be_written(used: Workspace, run_id: str) -> None:
    before = files(state_of(used))
    for arguments in LOOKS:
        seen = see(used, *(run_id if argument == "RUN" else argument for argument in arguments))
        assert seen.code == 0, (arguments, seen.error)
        assert {name: data for name, (data, _) in files(state_of(used)).items()} == {
            name: data for name, (data, _) in before.items()
        }


def test_a_state_without_a_record_is_given_none_by_a_look(used: Workspace) -> None:
    """States of 0.1 had none: the next run makes it."""
    (state_of(used) / "record.jsonl").unlink()
    with closing(sqlite3.connect(state_of(used) / "placekeeper.db")) as database, database:
        database.execute("DELETE FROM identity")
    before = files(state_of(used))

    assert see(used, "bookmark", "show", "copy").code == 0
    assert files(state_of(used)).keys() == before.keys()


@pytest.mark.parametrize("arguments", LOOKS)
def test_a_look_never_migrates(arguments: tuple[str, ...], used: Workspace, run_id: str) -> None:
    with closing(sqlite3.connect(state_of(used) / "placekeeper.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0008'")
    before = (state_of(used) / "placekeeper.db").read_bytes()

    seen = see(used, *(run_id if argument == "RUN" else argument for argument in arguments))
    assert seen.code == 1
    assert "was written by an older Placekeeper (schema 0008" in seen.error
    assert "The next placekeeper run, or placekeeper dev, brings it up to date" in seen.error
    assert (state_of(used) / "placekeeper.db").read_bytes() == before
    assert not list(state_of(used).glob("placekeeper.db-*"))


def test_a_copy_of_a_state_in_use_that_may_not_be_written_says_what_to_do(used: Workspace) -> None:
    """Its log needs an index beside it, which nobody may make there."""
    database = state_of(used) / "placekeeper.db"
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE alembic_version SET version_num = version_num")
        writer.commit()
        log = database.with_name("placekeeper.db-wal").read_bytes()
    database.with_name("placekeeper.db-wal").write_bytes(log)
    forbid_writing(state_of(used))

    seen = look(used, "runs", "list")
    assert seen.code == 1
    assert "Let this user read it, or copy its folder to a place where this user may write" in seen.error


def test_a_look_at_a_state_in_use_sees_what_was_committed(used: Workspace) -> None:
    with closing(sqlite3.connect(state_of(used) / "placekeeper.db")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE job_runs SET job_name = 'renamed'")
        writer.commit()
        forbid_writing(state_of(used))
        assert "renamed" in look(used, "runs", "list").output


def kill_a_writer(database: Path) -> None:
    """Leave what a writer leaves that was killed after its commit: a log, and the index of it."""
    source = (
        "import os, sqlite3, sys; writer = sqlite3.connect(sys.argv[1]); "
        "writer.execute('PRAGMA journal_mode=WAL'); "
        "writer.execute(\"UPDATE job_runs SET job_name = 'renamed'\"); "
        "writer.execute(\"UPDATE jobs SET name = 'renamed'\"); writer.commit(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", source, database], check=False).returncode == 9


@pytest.mark.parametrize("has_index", [True, False])
def test_a_look_after_a_killed_writer_leaves_its_log(used: Workspace, run_id: str, has_index: bool) -> None:
    """Without the index, as in a copy of a state, a look makes one and leaves it."""
    kill_a_writer(state_of(used) / "placekeeper.db")
    index = state_of(used) / "placekeeper.db-shm"
    if not has_index:
        index.unlink()
    before = {name: data for name, (data, _) in files(state_of(used)).items() if name != index.name}
    assert before["placekeeper.db-wal"]

    assert "renamed" in see(used, "runs", "list").output
    assert see(used, "runs", "logs", run_id).code == 0
    assert {n: d for n, (d, _) in files(state_of(used)).items() if n != index.name} == before


def names(workspace: Workspace) -> list[str]:
    """The jobs that the shell offers."""
    with mock.patch.dict(os.environ, workspace.environ):
        return [word for word, _ in candidates(["runs", "list"], "") if not word.startswith("-")]


def test_completion_leaves_no_file(used: Workspace) -> None:
    before = files(state_of(used))
    assert names(used) == ["copy"]
    assert files(state_of(used)) == before

    kill_a_writer(state_of(used) / "placekeeper.db")
    before = files(state_of(used))
    assert names(used) == ["renamed"]
    after = files(state_of(used))
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in ("placekeeper.db", "placekeeper.db-wal"))

    (state_of(used) / "placekeeper.db-shm").unlink()
    before = files(state_of(used))
    assert names(used) == ["copy"]  # as it was before the log, which needs an index to be read
    assert files(state_of(used)) == before


def test_completion_sees_what_a_writer_has_committed(used: Workspace) -> None:
    with closing(sqlite3.connect(state_of(used) / "placekeeper.db")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE jobs SET name = 'renamed'")
        writer.commit()
        assert names(used) == ["renamed"]
