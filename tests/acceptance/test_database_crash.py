"""Kill -9 at every named point of a run that writes to a database: the next run leaves each row once.

The rows go to two tables and the files to a folder, so that all three agree. No staging table is left.
"""

import pytest

from database_servers import Place, postgres_place
from database_writes import left_staged
from postgres import PostgresServer
from workspace import COPY, Workspace

BEFORE = [
    "sink.announced",
    "sink.rows-begun",
    "sink.rows-loaded",
    "sink.rows-collected",
    "commit.called",
    "commit.segments-durable",
]
AFTER = [
    "commit.durable",
    "publish.before-first",
    "publish.after-first",
    "publish.half",
    "publish.rows-marked",
    "publish.rows-moved",
    "publish.rows-committed",
    "publish.all-visible",
    "publish.settled",
    "commit.returns",
]
IN_SHORT = {"sink.rows-loaded", "publish.rows-moved", "publish.rows-committed"}
EFFECTS = 4
"""Two files and two tables."""

_WRITES = """\
for table, options in (
    ("copies", {"mode": "append"}),
    ("newest", {"upsertKeys": ["id"], "postactions": "INSERT INTO log SELECT count(*) FROM newest"}),
):
    glue.write_dynamic_frame.from_options(
        frame=rows,
        connection_type="postgresql",
        connection_options={
            "url": args["url"],
            "user": "placekeeper",
            "password": args["password"],
            "dbtable": table,
            **options,
        },
    )
job.commit()
"""
SCRIPT = COPY.replace("job.commit()\n", _WRITES).replace(
    '["JOB_NAME", "source", "target"]', '["JOB_NAME", "source", "target", "url", "password"]'
)


@pytest.fixture
def place(postgres: PostgresServer) -> Place:
    made = postgres_place(postgres)
    made.run("CREATE TABLE log (rows_then INT)", "CREATE TABLE copies (id BIGINT PRIMARY KEY, part TEXT)")
    return made


def _points(points: list[str]) -> list[object]:
    """`make test` takes three of them, `make crash` all."""
    return [pytest.param(one, marks=() if one in IN_SHORT else pytest.mark.crash) for one in points]


@pytest.mark.parametrize("point", _points([*BEFORE, *AFTER]))
def test_killed_at(local: Workspace, place: Place, point: str) -> None:
    local.put_rows("1.csv", *range(10))
    local.put_rows("2.csv", *range(10, 20))
    killed = _run(local, place, PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1, killed.error
    assert "SIGKILL" in killed.summary["error_message"]
    if point in AFTER:  # whoever launched the run has settled what it had decided
        _has(local, place, range(20), log=[20])
        assert left_staged(place) == []

    local.put_rows("3.csv", *range(20, 25))
    again = _run(local, place)
    assert again.code == 0, again.error
    _has(local, place, range(25), log=[20, 25] if point in AFTER else [25])
    assert left_staged(place) == []
    if point in BEFORE and point != "sink.announced":
        notes = again.summary["summary"]["notes"]
        assert any("that ended runs had left" in note for note in notes), notes


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=() if n == 3 else pytest.mark.crash) for n in range(1, EFFECTS + 1)]
)
def test_who_settles_for_a_killed_run_is_killed(local: Workspace, place: Place, number: int) -> None:
    local.put_rows("1.csv", *range(10))
    point = f"publish.before-first,settle.effect-{number}"
    assert _run(local, place, PLACEKEEPER_FAULT_POINT=point).code == -9
    again = _run(local, place)
    assert again.code == 0, again.error
    assert again.summary["summary"]["sources"][0]["counts"] == {"done": 1}
    _has(local, place, range(10), log=[10, 10])
    assert left_staged(place) == []


def _run(local: Workspace, place: Place, **environ: str):
    login = place.login
    url = f"jdbc:postgresql://127.0.0.1:{login.port}/{login.database}"
    arguments = ("--url", url, "--password", login.password)
    return local.run(local.script(SCRIPT), arguments=arguments, **environ)


def _has(local: Workspace, place: Place, rows: range, log: list[int]) -> None:
    """What the source has is in the files and in both tables, each row once."""
    expected = list(rows)
    assert local.ids() == expected
    assert [id for (id,) in place.fetch("SELECT id FROM copies ORDER BY id")] == expected
    assert [id for (id,) in place.fetch("SELECT id FROM newest ORDER BY id")] == expected
    assert [count for (count,) in place.fetch("SELECT rows_then FROM log ORDER BY 1")] == log


def test_a_run_that_was_killed_after_its_commit_tells_what_is_visible(local: Workspace, place: Place) -> None:
    local.put_rows("1.csv", *range(10))
    killed = _run(local, place, PLACEKEEPER_FAULT_POINT="publish.half")
    said = "It had committed before: its output is visible (30 rows), and is not made again"
    assert said in killed.error
    listed = local.inside("runs", "list", "copy").output.splitlines()
    assert listed[1].split()[-1] == "30"
    assert said in listed[-1]


def test_a_write_that_fails_for_good_says_one_thing(local: Workspace, place: Place) -> None:
    place.run("ALTER TABLE copies ADD CHECK (id < 5)")
    local.put_rows("1.csv", *range(10))
    failed = _run(local, place)
    assert failed.code == 1
    (bookmark,) = [line for line in failed.error.splitlines() if "placekeeper: bookmark" in line]
    assert "committed as version 2" in bookmark
    assert bookmark.endswith(", and taken back: version 3 is the state before it")
    assert "none of this output was published" in failed.error
    assert "nothing is lost" not in failed.error
    assert failed.summary["summary"]["fate"] == "taken-back"
    shown = local.inside("runs", "list", "copy").output.splitlines()
    assert shown[1].split()[-1] == "0"


def test_rows_that_stay_are_not_said_to_be_unpublished(local: Workspace, place: Place) -> None:
    place.run("DROP TABLE log")
    local.put_rows("1.csv", *range(10))
    failed = _run(local, place)
    assert failed.code == 1
    assert " and 10 rows for public.copies of postgresql" in failed.error
    assert "Waiting: 10 rows for public.newest of postgresql" in failed.error
    assert "this output is committed, and not all of it is visible yet" in failed.error
    assert "none of this output" not in failed.error
