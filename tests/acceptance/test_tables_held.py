"""A table that has begun anew is held: no later run reads on, however it grows, until somebody decides."""

from pathlib import Path

import pytest

from database_servers import Place, sqlite_place
from workspace import Ended, Workspace

MADE = "CREATE TABLE orders (id integer PRIMARY KEY AUTOINCREMENT, note text)"
SCRIPT = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue = GlueContext(SparkContext())
job = Job(glue)
job.init(args["JOB_NAME"], args)
orders = glue.create_dynamic_frame.from_options(
    connection_type="sqlite",
    connection_options={"url": "jdbc:sqlite:THE_FILE", "dbtable": "orders"},
    transformation_ctx="orders",
)
print("ids", sorted(row["id"] for row in orders.toDF().collect()))
job.commit()
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = sqlite_place(tmp_path)
    made.run(MADE)
    return made


def add(place: Place, rows: int) -> None:
    place.run(*["INSERT INTO orders (note) VALUES ('one')"] * rows)


def begin_anew(place: Place) -> None:
    place.run("DELETE FROM orders", "DELETE FROM sqlite_sequence")


def run(local: Workspace, place: Place, *options: str) -> Ended:
    script = local.script(SCRIPT.replace("THE_FILE", place.login.database))
    return local.run(script, arguments=options)


def test_a_table_that_has_begun_anew_is_held_until_somebody_decides(local: Workspace, place: Place) -> None:
    add(place, 5)
    assert "ids [1, 2, 3, 4, 5]" in run(local, place).error
    begin_anew(place)
    add(place, 3)
    refused = run(local, place)
    assert refused.code == 1
    assert "seed (go on after 3)" in refused.error
    add(place, 4)  # the table has passed the last key
    again = run(local, place)
    assert again.code == 1
    assert "the rows up to 3 were read before" in again.error
    shown = local.command("bookmark", "show", "copy")
    assert "left out: 1 held" in shown.output
    (line,) = [
        one
        for one in local.command("bookmark", "history", "copy").output.splitlines()
        if one.startswith("held")
    ]
    assert "shop.db/orders (orders)" in line
    planned = local.command("plan", "copy")
    assert planned.code == 1
    assert "the rows up to 3 were read before" in planned.error
    assert "ids [4, 5, 6, 7]" in run(local, place, "--bookmark-backfill", "seed").error
    assert "ids []" in run(local, place).error
    add(place, 1)
    assert "ids [8]" in run(local, place).error


def test_a_reset_ends_what_holds_a_table(local: Workspace, place: Place) -> None:
    add(place, 5)
    run(local, place)
    begin_anew(place)
    add(place, 3)
    assert run(local, place).code == 1
    local.command("bookmark", "reset", "copy")
    assert "ids [1, 2, 3]" in run(local, place).error


def test_no_policy_releases_a_table_in_silence(local: Workspace, place: Place) -> None:
    add(place, 5)
    run(local, place)
    begin_anew(place)
    add(place, 3)
    assert run(local, place).code == 1
    add(place, 4)
    refused = run(local, place, "--bookmark-policy", "window")
    assert refused.code == 1
    assert "the rows up to 3 were read before" in refused.error
    assert "left out: 1 held" in local.command("bookmark", "show", "copy").output
    seeded = run(local, place, "--bookmark-policy", "window", "--bookmark-backfill", "seed")
    assert "ids [4, 5, 6, 7]" in seeded.error
    assert "held" not in local.command("bookmark", "show", "copy").output
    add(place, 1)
    assert "ids [8]" in run(local, place).error
