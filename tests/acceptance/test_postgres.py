"""A state whose database is PostgreSQL: the installed command, and several supervisors on one state."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import urllib3

from dev import Dev, running_dev, start_dev
from postgres import PostgresServer
from workspace import COPY, Workspace

# What a script can see must not have the way into the database.
WATCHFUL = (
    COPY + "\nimport os, pathlib\nseen = str(os.environ) + pathlib.Path('/proc/self/environ').read_text()\n"
)
WATCHFUL += "assert 'PLACEKEEPER_STATE' in seen\nassert 'PLACEKEEPER_DATABASE' not in seen\n"


@pytest.fixture
def shared(postgres_url: str, local: Workspace) -> Workspace:
    """A state whose database the environment names."""
    return Workspace(local.folder, local.place, {"PLACEKEEPER_DATABASE": postgres_url})


@pytest.mark.usefixtures("new_processes")  # the environment of a forked process is not in /proc
def test_each_object_is_read_once(postgres: PostgresServer, postgres_url: str, local: Workspace) -> None:
    named = ("--database", postgres_url)
    arguments = local.run_arguments(local.script(WATCHFUL))
    local.put_rows("1.csv", 1, 2)
    first = local.command("run", *named, *arguments[1:], PLACEKEEPER_DATABASE="postgresql://not.this.one/d")
    assert first.code == 0, first.error
    local.put_rows("2.csv", 3)
    second = local.command(*arguments, PLACEKEEPER_DATABASE=postgres_url)
    assert second.code == 0, second.error
    assert (local.counts(first), local.counts(second)) == ({"new": 1}, {"new": 1, "done": 1})
    assert local.ids() == [1, 2, 3]

    planned = local.inside("plan", "copy", *named, "--all")
    assert "would read 0; skipped 2: done" in planned.output
    shown = local.inside("bookmark", "show", "copy", *named)
    assert "version 4, run 3" in shown.output
    history = local.inside("bookmark", "history", "copy", *named)
    reset = local.inside("bookmark", "reset", "copy", *named)
    runs = local.inside("runs", "list", *named)
    assert runs.output.count("SUCCEEDED") == 2
    logs = local.inside("runs", "logs", second.summary["id"], *named)
    ended = (first, second, planned, shown, history, reset, runs, logs)
    assert [e.code for e in ended] == [0] * 8
    assert not (local.state / "placekeeper.db").exists()
    said = "".join(e.output + e.error for e in ended)
    kept = "".join(path.read_text(errors="replace") for path in local.state.rglob("*") if path.is_file())
    for word in (postgres.password, quote(postgres.password, safe="")):
        assert word not in said + kept


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("plan", "j", "--database", "{url}"), 1, "there is no state in"),
        (("plan", "j", "--database", "postgresql://u:s3cret@127.0.0.1:1/d"), 1, "Connection refused"),
        (("bookmark", "reset", "j", "--database", "{url}_absent"), 1, "Create it first"),
        (("runs", "list", "--database", "mysql://u:s3cret@h/d"), 2, "the database is a PostgreSQL"),
        (("runs", "list", "--database", "postgresql://u:s3@cret@h/d"), 2, "cannot be understood"),
        (("runs", "list", "--state", "postgresql://u:s3cret@h/d"), 2, "name the PostgreSQL"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    postgres: PostgresServer, local: Workspace, arguments: tuple[str, ...], code: int, said: str
) -> None:
    url = postgres.url(postgres.new_database())
    local.state.mkdir()
    ended = local.inside(*(argument.replace("{url}", url) for argument in arguments))
    assert (ended.code, ended.output) == (code, "")
    assert said in ended.error
    assert ended.error.count("\n") == 1
    assert not any(word in ended.error for word in ("cret", postgres.password, quote(postgres.password)))


def test_a_folder_that_is_not_there_is_said(shared: Workspace) -> None:
    ended = shared.inside("plan", "j")
    assert ended.code == 1
    assert f"there is no state in {shared.state}" in ended.error


def test_a_folder_remembers_that_its_database_is_a_postgresql(
    postgres: PostgresServer, shared: Workspace
) -> None:
    shared.put_rows("1.csv", 1)
    assert shared.run().code == 0
    forgetful = Workspace(shared.folder, shared.place, {})

    for ended in (forgetful.run(), *(forgetful.inside(*c) for c in (("runs", "list"), ("plan", "copy")))):
        assert ended.code == 1
        assert f"the state in {shared.state} has its database in postgresql://" in ended.error
        assert "set PLACEKEEPER_DATABASE or --database" in ended.error
        assert "first" not in ended.error
    assert not (shared.state / "placekeeper.db").exists()
    assert shared.ids() == [1]

    mistaken = shared.run(PLACEKEEPER_DATABASE=postgres.url(postgres.new_database()))
    assert mistaken.code == 1
    assert "is empty, and the state in" in mistaken.error
    assert shared.counts(shared.run()) == {"done": 1}


def test_a_folder_with_a_database_of_its_own_takes_no_second_one(postgres_url: str, local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    assert local.run().code == 0

    for ended in (
        local.run(PLACEKEEPER_DATABASE=postgres_url),
        local.inside("runs", "list", "--database", postgres_url),
    ):
        assert ended.code == 1
        assert f"has its database in {local.state}/placekeeper.db" in ended.error
    assert local.ids() == [1]


def test_a_database_in_which_nothing_is_does_not_stand_in_the_way(
    postgres_url: str, local: Workspace
) -> None:
    with running_dev(local):
        assert (local.state / "placekeeper.db").exists()
    local.put_rows("1.csv", 1)
    assert local.run(PLACEKEEPER_DATABASE=postgres_url).code == 0
    assert local.inside("runs", "list", "--database", postgres_url).output.count("SUCCEEDED") == 1


def test_a_database_that_is_away_is_two_lines_of_the_log(postgres: PostgresServer, shared: Workspace) -> None:
    log = shared.folder / "dev.log"

    def until(sign: str) -> None:
        deadline = time.monotonic() + 60
        while sign not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)

    with running_dev(shared) as dev:
        url = dev.glue.meta.endpoint_url
        postgres.stop()
        try:
            until("the database does not answer")
            figures = urllib3.request("GET", f"{url}/metrics", retries=False, timeout=60)
            assert (figures.status, b"cannot be used" in figures.data) == (503, True)
            assert urllib3.request("GET", f"{url}/health").status == 200
        finally:
            postgres.start()
        until("the database answers again")
        assert dev.glue.get_jobs()["Jobs"] == []
    said = [line for line in log.read_text().splitlines() if not line.startswith("placekeeper: ")]
    assert [("does not answer" in line, "answers again" in line) for line in said] == [
        (True, False),
        (False, True),
    ], said


@pytest.fixture
def two(shared: Workspace, tmp_path: Path) -> Iterator[tuple[Dev, Dev]]:
    """Two servers with their supervisors, each with room for one run, as on two machines."""
    other = Workspace(tmp_path / "other", shared.place, shared.environ)
    other.folder.mkdir()
    first = start_dev(other, "--state", str(shared.state), "--runs-at-once", "1")
    try:
        with running_dev(shared, "--runs-at-once", "1") as second:
            yield first, second
    finally:
        if first.process.poll() is None:
            first.kill()


def test_two_supervisors_share_the_runs_and_survive_each_other(
    shared: Workspace, two: tuple[Dev, Dev]
) -> None:
    script = "import time, sys\nprint('ran', flush=True)\ntime.sleep(60 if '--slowly' in sys.argv else 0)\n"
    first, second = two
    first.glue.create_job(
        Name="copy",
        Role="any",
        Command={"Name": "glueetl", "ScriptLocation": str(shared.script(script))},
        ExecutionProperty={"MaxConcurrentRuns": 9},
    )
    ids = [dev.glue.start_job_run(JobName="copy")["JobRunId"] for dev in (*two, *two)]
    assert [second.until(run_id)["JobRunState"] for run_id in ids] == ["SUCCEEDED"] * 4
    outputs = [(shared.state / "logs" / run_id / "output").read_text() for run_id in ids]
    assert outputs == ["ran\n"] * 4  # each once

    slow = {"JobName": "copy", "Arguments": {"--slowly": "true"}}
    ids = [dev.glue.start_job_run(**slow)["JobRunId"] for dev in two]
    for run_id in ids:  # so each has one
        second.until(run_id, "RUNNING")
    first.kill()
    deadline = time.monotonic() + 30
    while (
        states := {run_id: second.run(run_id)["JobRunState"] for run_id in ids}
    ) and time.monotonic() < deadline:
        if "FAILED" in states.values():
            break
        time.sleep(0.1)
    assert sorted(states.values()) == ["FAILED", "RUNNING"]
    (going,) = (run_id for run_id, state in states.items() if state == "RUNNING")
    second.glue.batch_stop_job_run(JobName="copy", JobRunIds=[going])
    assert second.until(going)["JobRunState"] == "STOPPED"
