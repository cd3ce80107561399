"""Kill -9 at every named point between output and catalog: each partition has its data, and none is lost.

The runs grow the table: a column, a wider type, a partition. Those that settle or take back for a killed run
are killed too. The catalog and the files are looked at all the time.
"""

import json
from collections.abc import Collection
from typing import Any

import pytest

from catalog_watch import looking, watched
from fault_points import AFTER_COMMIT, DROPPED, POINTS, STORES
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import Ended, Workspace

SCRIPT = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    "s3", {"paths": [args["source"]]}, "json", transformation_ctx="rows"
)
PURGE

def write(table, target):
    sink = glue.getSink(
        path=target, connection_type="s3", partitionKeys=["part"], enableUpdateCatalog=True
    )
    sink.setCatalogInfo(catalogDatabase="shop", catalogTableName=table)
    sink.setFormat("glueparquet")
    sink.writeFrame(rows)


write("rows", args["target"])
MORE
job.commit()
"""
GROWS = SCRIPT.replace("PURGE\n", "").replace("MORE\n", "")
FAILS = SCRIPT.replace("PURGE\n", "").replace(
    "MORE\n",
    """\
write("other", args["target"] + "-other")
import boto3

boto3.client("glue", aws_access_key_id="any", aws_secret_access_key="any").update_table(
    DatabaseName="shop",
    TableInput={"Name": "other", "PartitionKeys": [{"Name": "hour"}], "StorageDescriptor": {}},
)
""",
)
"""The second table has other partition keys when the run publishes, so that all must be taken back."""

PURGES = SCRIPT.replace("MORE\n", "").replace(
    "PURGE\n", 'glue.purge_table("shop", "rows", {"retentionPeriod": 0})\n'
)

EFFECTS = 5
"""Of a run that grows the table: files of the partitions a, b and c, the table, its partitions."""
PURGE_EFFECTS = 6
"""Of a run that purges it: files of b and c, the table, partitions, those that go, the objects that go."""


def test_the_table_grows(workspace: Workspace) -> None:
    """Nobody is killed: what the others are compared with."""
    _begin(workspace)
    with watched(workspace, "rows") as look:
        grown = _grow(workspace)
        assert grown.code == 0, grown.error
        assert look.count > 3
    _is_grown(workspace, rows=7)


def _points() -> list[object]:
    """Every point on every store; `make test` takes three of them, `make crash` all."""
    taken = [("local", "publish.table-changed"), ("s3", "publish.half"), ("local", "sink.collected")]
    return [
        pytest.param(store, point, marks=() if (store, point) in taken else pytest.mark.crash)
        for point in POINTS
        for store in STORES
    ]


@pytest.mark.parametrize(("workspace", "point"), _points(), indirect=["workspace"])
def test_a_run_that_grows_the_table_is_killed(workspace: Workspace, point: str) -> None:
    _begin(workspace)
    with watched(workspace, "rows"):
        killed = _grow(workspace, PLACEKEEPER_FAULT_POINT=point)
        assert killed.code == 1, killed.error
        assert "SIGKILL" in killed.summary["error_message"]
        is_decided = point in AFTER_COMMIT
        if is_decided:
            _is_grown(workspace, rows=7)
        else:
            _is_as_before(workspace)
        _put(workspace, "3.json", {"id": 8, "part": "d"})
        again = workspace.run(workspace.script(GROWS))
        assert again.code == 0, again.error
    _is_grown(workspace, rows=8, parts={"a", "b", "c", "d"})


def _settling() -> list[object]:
    """Whoever settles for a killed run is killed after each effect; `make test` takes one on each store."""
    return [
        pytest.param(
            store, number, marks=() if (store, number) in [("local", 4), ("s3", 3)] else pytest.mark.crash
        )
        for number in range(1, EFFECTS + 1)
        for store in STORES
    ]


@pytest.mark.parametrize(("workspace", "number"), _settling(), indirect=["workspace"])
def test_who_settles_for_a_killed_run_is_killed(workspace: Workspace, number: int) -> None:
    _begin(workspace)
    with watched(workspace, "rows"):
        point = f"publish.before-first,settle.effect-{number}"
        assert _grow(workspace, PLACEKEEPER_FAULT_POINT=point).code == -9
        with looking(workspace, "rows") as look:
            look.check("out")
        again = workspace.run(workspace.script(GROWS))
        assert again.code == 0, again.error
        assert again.summary["summary"]["sources"][0]["counts"] == {"done": 2}
    _is_grown(workspace, rows=7)


def _purged_at() -> list[object]:
    """The points at which a purge is killed, and those at which what settles for it is."""
    settled = [f"publish.before-first,settle.effect-{number}" for number in range(1, PURGE_EFFECTS + 1)]
    taken = [("local", DROPPED), ("s3", settled[4])]
    return [
        pytest.param(store, point, marks=() if (store, point) in taken else pytest.mark.crash)
        for point in [*POINTS, DROPPED, *settled]
        if point != "publish.table-changed"
        for store in STORES
    ]


@pytest.mark.parametrize(("workspace", "point"), _purged_at(), indirect=["workspace"])
def test_a_run_that_purges_the_table_is_killed(workspace: Workspace, point: str) -> None:
    """Its partition a gets no new file, so that it goes; b does, and stays."""
    _begin(workspace)
    _put(workspace, "2.json", {"id": 8, "part": "b"}, {"id": 9, "part": "c"})
    with watched(workspace, "rows"):
        killed = workspace.run(workspace.script(PURGES), PLACEKEEPER_FAULT_POINT=point)
        assert killed.code == (-9 if "settle.effect" in point else 1), killed.error
        with looking(workspace, "rows") as look:
            look.check("out")
        if "settle.effect" not in point:
            if point in [*AFTER_COMMIT, DROPPED]:
                _is(workspace, rows=2, parts={"b", "c"}, columns={"id": "int"})
            else:
                _is_as_before(workspace)
        _put(workspace, "3.json", {"id": 10, "part": "d"})
        again = workspace.run(workspace.script(GROWS))
        assert again.code == 0, again.error
    if point in [*AFTER_COMMIT, DROPPED] or "settle.effect" in point:
        _is(workspace, rows=3, parts={"b", "c", "d"}, columns={"id": "int"})
    else:
        _is(workspace, rows=7, parts={"a", "b", "c", "d"}, columns={"id": "int"})


def _taking_back() -> list[object]:
    numbers = range(1, 2 * EFFECTS + 1)
    taken = [("local", 6), ("s3", 7)]
    return [
        pytest.param(store, number, marks=() if (store, number) in taken else pytest.mark.crash)
        for number in numbers
        for store in STORES
    ]


@pytest.mark.parametrize(("workspace", "number"), _taking_back(), indirect=["workspace"])
def test_who_takes_back_is_killed(workspace: Workspace, number: int) -> None:
    _begin(workspace)
    _make_other(workspace)
    with watched(workspace, "rows"):
        killed = _grow(workspace, FAILS, PLACEKEEPER_FAULT_POINT=f"take-back.effect-{number}")
        assert killed.code == -9, killed.error
        with looking(workspace, "rows") as look:
            look.check("out")
        again = workspace.run(workspace.script(GROWS))  # it takes the rest back first, and reads again
        assert again.code == 0, again.error
        assert again.summary["summary"]["sources"][0]["counts"] == {"new": 1, "done": 1}
    _is_grown(workspace, rows=7)
    assert not workspace.place.left_staged("out-other")
    assert not workspace.ids("out-other")


MANY = 1001
"""Partitions for two requests."""


@pytest.mark.crash
@pytest.mark.parametrize(
    "settler", ["publish.partitions-added", "publish.partitions-added,settle.effect-900"]
)
def test_a_run_is_killed_between_its_partitions(workspace: Workspace, settler: str) -> None:
    _create_database(workspace)
    _put(workspace, "1.json", *({"id": n, "part": f"p{n:04}"} for n in range(MANY)))
    killed = workspace.run(workspace.script(GROWS), PLACEKEEPER_FAULT_POINT=settler)
    assert killed.code in (1, -9), killed.error
    with looking(workspace, "rows") as look:
        look.check("out")
        assert len(look.partitions()) == (1000 if "settle" in settler else MANY)
    again = workspace.run(workspace.script(GROWS))
    assert again.code == 0, again.error
    _is(workspace, rows=MANY, parts={f"p{n:04}" for n in range(MANY)}, columns={"id": "int"})


def _create_database(workspace: Workspace) -> None:
    state = open_state(Settings(state=workspace.state), {})
    state.control.catalog.create_database({"Name": "shop"})
    state.close()


def _begin(workspace: Workspace) -> None:
    """The database, and a first run that makes the table."""
    _create_database(workspace)
    _put(workspace, "1.json", *({"id": n, "part": "ab"[n % 2]} for n in range(4)))
    ran = workspace.run(workspace.script(GROWS))
    assert ran.code == 0, ran.error
    _is_as_before(workspace)


def _make_other(workspace: Workspace) -> None:
    """A second table, which a run changes before it publishes."""
    state = open_state(Settings(state=workspace.state), {})
    storage = {
        "Location": workspace.place.url("out-other"),
        "SerdeInfo": {"SerializationLibrary": "ParquetHiveSerDe"},
    }
    table = {"Name": "other", "PartitionKeys": [{"Name": "part"}], "StorageDescriptor": storage}
    state.control.catalog.create_table("shop", table)
    state.close()


def _put(workspace: Workspace, name: str, *records: dict[str, Any]) -> None:
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    workspace.place.put(f"in/{name}", lines.encode())


def _grow(workspace: Workspace, source: str = GROWS, **environ: str) -> Ended:
    """A run with three more rows: a column, a wider type, a partition."""
    rows = ({"id": 3_000_000_000 + n, "more": 1.5, "part": part} for n, part in enumerate("abc"))
    _put(workspace, "2.json", *rows)
    return workspace.run(workspace.script(source), **environ)


def _is_as_before(workspace: Workspace) -> None:
    _is(workspace, rows=4, parts={"a", "b"}, columns={"id": "int"})


def _is_grown(workspace: Workspace, *, rows: int, parts: Collection[str] = "abc") -> None:
    _is(workspace, rows=rows, parts=set(parts), columns={"id": "bigint", "more": "double"})


def _is(workspace: Workspace, *, rows: int, parts: set[str], columns: dict[str, str]) -> None:
    """What there is, in the catalog and in files: nothing more, nothing less."""
    with looking(workspace, "rows") as look:
        shown = look.partitions()
        assert {values[0] for values in shown} == parts
        assert set(shown.values()) == look.folders("out")
        assert look.columns() == columns
    assert len(workspace.ids()) == rows
