"""Runs of the installed command read tables on while 64 writers write, and some are killed (kill -9).

Each row of the table is in the published output once. `make test` has a short storm on
PostgreSQL, `make crash` long ones.
"""

import time
from collections import Counter

import pytest

from database_servers import Place, mariadb_place, postgres_place
from fault_points import BEFORE_COMMIT
from stormy_database import Storm, make_table
from workspace import Workspace

KILLED_AT = ["commit.segments-durable", "commit.durable"]
LONG = ["", *BEFORE_COMMIT, "", "commit.durable", "publish.half", "commit.returns"] * 3
SCRIPT = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target", "url", "user", "password", "product"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    connection_type=args["product"],
    connection_options={
        "url": args["url"], "user": args["user"], "password": args["password"], "dbtable": "Orders"
    },
    transformation_ctx="orders",
)
glue.write_dynamic_frame.from_options(
    frame=rows, connection_type="s3", connection_options={"path": args["target"]}, format="parquet"
)
job.commit()
"""


@pytest.fixture(params=["postgresql", pytest.param("mysql", marks=pytest.mark.crash)])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "postgresql":
        place = postgres_place(request.getfixturevalue("postgres"))
    else:
        place = mariadb_place(request.getfixturevalue("mariadb"))
    make_table(place)
    return place


def _arguments(place: Place) -> tuple[str, ...]:
    login = place.login
    return (
        *("--url", f"jdbc:{login.product}://{login.host}:{login.port}/{login.database}"),
        *("--user", login.user, "--password", login.password, "--product", login.product),
    )


@pytest.mark.parametrize("workspace", ["local"], indirect=True)
@pytest.mark.parametrize(
    "points", [pytest.param(KILLED_AT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.crash)]
)
def test_every_row_is_in_the_output_once(workspace: Workspace, place: Place, points: list[str]) -> None:
    script, storm = workspace.script(SCRIPT), Storm(place, 64, most_delay=1.0)
    with storm.blowing():
        time.sleep(0.5)
        for point in points:
            faults = {"PLACEKEEPER_FAULT_POINT": point} if point else {}
            ended = workspace.run(script, arguments=_arguments(place), **faults)
            assert ended.code == (1 if point else 0), ended.error
    ended = workspace.run(script, arguments=_arguments(place))
    assert ended.code == 0, ended.error
    quote = '"' if place.product == "postgresql" else "`"
    there = Counter(id for (id,) in place.fetch(f"SELECT id FROM {quote}Orders{quote}"))
    assert sum(there.values()) > 100
    assert Counter(workspace.ids()) == there
