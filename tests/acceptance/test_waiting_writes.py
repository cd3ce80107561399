"""Writes to databases that wait with a login that no longer works: another login, or they are given up.

The password stood in the script, and the database's has changed since.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from database_servers import Place, postgres_place
from database_writes import left_staged
from postgres import PostgresServer
from workspace import COPY, Ended, Workspace

_WRITES = """\
for table in args["tables"].split(","):
    glue.write_dynamic_frame.from_options(
        frame=rows,
        connection_type="postgresql",
        connection_options={
            "url": args["url"], "user": args["user"], "password": args["word"], "dbtable": table,
        },
    )
job.commit()
"""
SCRIPT = COPY.replace("job.commit()\n", _WRITES).replace(
    '"source", "target"]', '"source", "target", "url", "user", "word", "tables"]'
)
TO_SQLITE = COPY.replace(
    "job.commit()\n",
    """\
for url in args["urls"].split(","):
    glue.write_dynamic_frame.from_options(
        frame=rows,
        connection_type="sqlite",
        connection_options={"url": "jdbc:sqlite:" + url, "dbtable": "copies"},
    )
job.commit()
""",
).replace('"source", "target"]', '"source", "target", "urls"]')
FILES = 2


@pytest.fixture
def place(postgres: PostgresServer) -> Place:
    made = postgres_place(postgres)
    user = _clerk(made)
    made.run(
        "CREATE TABLE copies (id BIGINT PRIMARY KEY, part TEXT)",
        "CREATE TABLE more (id BIGINT PRIMARY KEY, part TEXT)",
        f"CREATE ROLE {user} LOGIN PASSWORD 'first word'",
        f"GRANT ALL ON SCHEMA public TO {user}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}",
    )
    return made


def test_a_new_password_finishes_the_write(local: Workspace, place: Place) -> None:
    said, run_id = _wait(local, place)
    assert f"placekeeper publication retry {run_id[:15]} --password-env" in said
    assert f"placekeeper publication give-up {run_id[:15]}" in said
    assert "first word" not in said
    wrong = local.command("publication", "retry", run_id[:15], "--password-env", "WORD", WORD="no word")
    assert (wrong.code, "authentication failed" in wrong.error) == (1, True), wrong.error
    assert "no word" not in wrong.error
    done = local.command("publication", "retry", run_id[:15], "--password-env", "WORD", WORD="new word")
    assert done.code == 0, done.error
    assert "all output of the run is visible" in done.error
    _has(local, place, range(10), range(10))
    _next_run(local, place, {"done": 1})
    _has(local, place, range(10), range(10))


def test_a_new_login_is_kept_before_it_is_used(local: Workspace, place: Place) -> None:
    _, run_id = _wait(local, place)
    killed = local.command(
        *("publication", "retry", run_id, "--password-env", "WORD"),
        WORD="new word",
        PLACEKEEPER_FAULT_POINT="publication.login-kept",
    )
    assert killed.code == -9
    _next_run(local, place, {"done": 1})
    _has(local, place, range(10), range(10))


def test_giving_up_needs_a_look_or_your_word_and_reads_again(local: Workspace, place: Place) -> None:
    _, run_id = _wait(local, place)
    unseen = local.inside("publication", "give-up", run_id)
    assert unseen.code == 2, unseen.error
    assert "SELECT done FROM" in unseen.error
    assert "--unseen" in unseen.error
    shown = local.inside("publication", "list", "--json")
    (waiting,) = json.loads(shown.output)
    assert (waiting["run_id"], waiting["job_name"], waiting["state"]) == (run_id, "copy", "publishing")
    assert (waiting["writes"][0]["visible"], waiting["visible"]) == (None, [])
    (row,) = waiting["writes"]
    assert (row["table"], row["rows"], row["user"]) == ("public.copies", 10, _clerk(place))
    assert "word" not in shown.output
    given = local.inside("publication", "give-up", run_id, "--unseen")
    assert given.code == 0, given.error
    assert "10 rows were not written to public.copies" in given.error
    assert f'DROP TABLE "public"."{row["staging"]}"' in given.error
    assert "the next run reads the same again" in given.error
    assert local.ids() == []
    assert local.inside("publication", "list").output.strip() == ""
    assert local.inside("publication", "give-up", run_id).code == 3
    _next_run(local, place, {"new": 1})
    _has(local, place, range(10), range(10))
    assert left_staged(place) == []


def test_with_a_login_giving_up_drops_the_rows(local: Workspace, place: Place) -> None:
    _, run_id = _wait(local, place)
    given = local.command("publication", "give-up", run_id, "--password-env", "WORD", WORD="new word")
    assert given.code == 0, given.error
    assert left_staged(place) == []
    _next_run(local, place, {"new": 1})
    _has(local, place, range(10), range(10))


@pytest.mark.parametrize("point", ["give-up.decided", "take-back.effect-1", f"take-back.effect-{FILES + 1}"])
def test_who_gives_up_is_killed(local: Workspace, place: Place, point: str) -> None:
    _, run_id = _wait(local, place)
    killed = local.command("publication", "give-up", run_id, "--unseen", PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == -9
    _next_run(local, place, {"new": 1})
    _has(local, place, range(10), range(10))


def test_rows_that_are_in_the_table_are_not_given_up(local: Workspace, place: Place) -> None:
    _, run_id = _wait(local, place, point=f"publish.before-first,settle.effect-{FILES + 1}")
    _refused(local.command("publication", "give-up", run_id, "--password-env", "WORD", WORD="new word"))
    _next_run(local, place, {"done": 1}, word="new word", settled_by="WORD")
    _has(local, place, range(10), range(10))


def test_of_two_tables_the_one_that_waits_is_given_up(local: Workspace, place: Place) -> None:
    """The other one has its rows, so all else stays, and the rows that wait can be moved by hand."""
    _, run_id = _wait(
        local, place, tables="copies,more", point=f"publish.before-first,settle.effect-{FILES + 1}"
    )
    given = local.command("publication", "give-up", run_id, "--password-env", "WORD", WORD="new word")
    assert given.code == 0, given.error
    assert "10 rows were not written to public.more" in given.error
    assert "rows of the same run are in public.copies" in given.error
    _has(local, place, range(10), range(10))
    assert place.fetch("SELECT count(*) FROM more") == [(0,)]
    _next_run(local, place, {"done": 1})  # which leaves the staging table alone
    (staging,) = left_staged(place)
    (move,) = [line.strip() for line in given.error.splitlines() if line.strip().startswith("INSERT INTO")]
    assert staging in move
    place.run(move.rstrip(";"))
    assert [id for (id,) in place.fetch("SELECT id FROM more ORDER BY id")] == list(range(10))


def test_each_later_run_says_that_rows_of_an_earlier_one_wait(local: Workspace, tmp_path: Path) -> None:
    """Of files and two databases, one database refuses the rows for good."""
    urls = [tmp_path / name for name in ("first.db", "second.db")]
    for url in urls:
        _sqlite(url, "CREATE TABLE copies (id INTEGER, part TEXT)")
    _sqlite(
        urls[1],
        "CREATE TRIGGER no BEFORE INSERT ON copies BEGIN SELECT RAISE(ABORT, 'no rows today'); END",
    )
    local.put_rows("1.csv", *range(10))

    def run() -> Ended:
        return local.run(local.script(TO_SQLITE), arguments=("--urls", ",".join(map(str, urls))))

    failed = run()
    assert (failed.code, failed.error.count("no rows today")) == (1, 1)
    (listed,) = json.loads(local.inside("publication", "list", "--json").output)
    name = listed["run_id"][:15]
    for said in (failed.error, run().error):
        assert f"placekeeper publication retry {name}" in said
        assert f"placekeeper publication give-up {name}" in said
        assert "NAME" not in said
    assert [Path(one["place"].partition(":")[2]).name for one in listed["writes"]] == ["second.db"]
    assert [one["rows"] for one in listed["visible"]] == [10]
    shown = local.inside("publication", "list")
    assert "no rows today" in shown.error
    assert ("second.db" in shown.output, "first.db" in shown.output) == (True, False)
    assert f"{name}: visible already: 10 rows for copies of sqlite:{urls[0]}" in shown.error
    planned = local.inside("plan", "copy")
    assert planned.code == 0
    assert "next run of copy ends with an error before it begins, unless" in planned.error
    assert f"placekeeper publication give-up {name}" in planned.error
    assert local.ids() == list(range(10))
    assert local.inside("runs", "list").output.splitlines()[1].split()[-1] != "0"
    _sqlite(urls[1], "DROP TRIGGER no")
    later = run()
    assert (later.code, local.counts(later)) == (0, {"done": 1})
    late = f"note: output of the earlier run {name}, which waited in part or whole, is visible now"
    assert late in later.error
    for url in urls:
        assert _sqlite(url, "SELECT count(*) FROM copies") == [(10,)]


def _sqlite(path: Path, statement: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(path)) as database:
        found = database.execute(statement).fetchall()
        database.commit()
    return found


def _wait(
    local: Workspace,
    place: Place,
    *,
    tables: str = "copies",
    point: str = "publish.before-first,settle.effect-1",
) -> tuple[str, str]:
    """A run is killed when it has committed, and the password changes: what the next run says, its id."""
    local.put_rows("1.csv", *range(10))
    assert _run(local, place, "first word", tables, PLACEKEEPER_FAULT_POINT=point).code == -9
    place.run(f"ALTER ROLE {_clerk(place)} PASSWORD 'new word'")
    (listed,) = json.loads(local.inside("publication", "list", "--json").output)
    said = _run(local, place, "new word", tables)
    assert said.code == 1
    return said.error, listed["run_id"]


def _refused(ended: Ended) -> None:
    assert ended.code == 2, ended.error
    assert "are in the table" in ended.error
    assert "publication retry" in ended.error


def _next_run(
    local: Workspace, place: Place, counts: dict[str, int], *, word: str = "new word", settled_by: str = ""
) -> None:
    if settled_by:
        (listed,) = json.loads(local.inside("publication", "list", "--json").output)
        command = ("publication", "retry", listed["run_id"], "--password-env", settled_by)
        assert local.command(*command, **{settled_by: word}).code == 0
    ended = _run(local, place, word, "copies")
    assert ended.code == 0, ended.error
    assert local.counts(ended) == counts


def _run(local: Workspace, place: Place, word: str, tables: str, **environ: str) -> Ended:
    login = place.login
    url = f"jdbc:postgresql://127.0.0.1:{login.port}/{login.database}"
    arguments = ("--url", url, "--user", _clerk(place), "--word", word, "--tables", tables)
    return local.run(local.script(SCRIPT), arguments=arguments, **environ)


def _clerk(place: Place) -> str:
    """A role of this test's own: roles belong to the server."""
    return f"clerk_{place.login.database}"


def _has(local: Workspace, place: Place, files: range, rows: range) -> None:
    assert local.ids() == list(files)
    assert [id for (id,) in place.fetch("SELECT id FROM copies ORDER BY id")] == list(rows)
