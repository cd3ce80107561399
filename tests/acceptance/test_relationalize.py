"""Ids of a Relationalize go on across bookmarked runs, as state of its transformation_ctx."""

import io
import json

import pyarrow.parquet as pq

from workspace import S3_IN_SOAK, Ended, Workspace

SCRIPT = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import Relationalize
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
orders = glue.create_dynamic_frame.from_options(
    "s3", {"paths": [args["source"]]}, "json", transformation_ctx="orders"
)
tables = Relationalize.apply(
    frame=orders, staging_path=args["target"] + "/tmp", name="order", transformation_ctx="CTX"
)
for name in tables.keys():
    glue.write_dynamic_frame.from_options(
        tables.select(name), "s3", {"path": f"{args['target']}/{name}"}, "parquet"
    )
job.commit()
"""


def put(workspace: Workspace, name: str, *orders: dict[str, object]) -> None:
    workspace.place.put(f"in/{name}", "\n".join(map(json.dumps, orders)).encode())


def run(workspace: Workspace, *, context: str = "flat", option: str = "enable") -> Ended:
    ended = workspace.run(workspace.script(SCRIPT.replace("CTX", context)), option=option)
    assert ended.code == 0, ended.error
    return ended


def table(workspace: Workspace, name: str) -> list[tuple[object, ...]]:
    """The published rows of a table."""
    files = workspace.place.read_all(f"out/{name}").values()
    rows = [row for data in files for row in pq.ParquetFile(io.BytesIO(data)).read().to_pylist()]
    return sorted(tuple(row.values()) for row in rows)


def shown(workspace: Workspace) -> str:
    return workspace.inside("bookmark", "show", "copy").output


@S3_IN_SOAK
def test_ids_go_on_across_runs_and_begin_again_after_a_reset(workspace: Workspace) -> None:
    put(workspace, "1.json", {"n": 1, "items": [{"k": "a"}, {"k": "b"}]}, {"n": 2, "items": [{"k": "c"}]})
    run(workspace)
    assert table(workspace, "order") == [(1, 1), (2, 2)]
    assert table(workspace, "order_items") == [(1, 0, "a"), (1, 1, "b"), (2, 0, "c")]
    assert "flat: the next id is 3\n" in shown(workspace)

    put(workspace, "2.json", {"n": 3, "items": [{"k": "d"}]})
    run(workspace)
    run(workspace)  # finds nothing: the next id stays
    assert "flat: the next id is 4\n" in shown(workspace)

    put(workspace, "3.json", {"n": 4, "items": [{"k": "e"}]}, {"n": 5})
    run(workspace)
    assert table(workspace, "order_items") == [
        (1, 0, "a"),
        (1, 1, "b"),
        (2, 0, "c"),
        (3, 0, "d"),
        (4, 0, "e"),
    ]
    assert [row[:2] for row in table(workspace, "order")[:4]] == [(1, 1), (2, 2), (3, 3), (4, 4)]

    planned = json.loads(workspace.inside("plan", "copy", "--json").output)
    assert [source["context"] for source in planned["sources"]] == ["orders"]
    ids = json.loads(workspace.entry()["JobBookmark"])["flat"]
    assert ids == {"jsonClass": "PlacekeeperIdState", "nextId": "5", "run": "4"}

    assert workspace.inside("bookmark", "reset", "copy").code == 0
    assert "next id" not in shown(workspace)
    run(workspace)
    assert "flat: the next id is 5\n" in shown(workspace)


def test_without_a_context_or_a_bookmark_ids_begin_with_1(local: Workspace) -> None:
    for number, (context, option) in enumerate([("", "enable"), ("flat", "disable"), ("", "enable")], 1):
        put(local, f"{number}.json", {"n": number, "items": [{"k": str(number)}]})
        run(local, context=context, option=option)
    assert {row[0] for row in table(local, "order_items")} == {1, 2}  # disable reads both files
    assert "next id" not in shown(local)


def test_a_paused_run_goes_on_from_the_state_and_leaves_it(local: Workspace) -> None:
    put(local, "1.json", {"n": 1, "items": [{"k": "a"}]})
    run(local)
    put(local, "2.json", {"n": 2, "items": [{"k": "b"}]})
    for _ in range(2):
        run(local, option="pause")
    assert [row[0] for row in table(local, "order_items")] == [1, 2, 2]
    assert "flat: the next id is 2\n" in shown(local)


def test_a_context_that_a_source_has_is_refused(local: Workspace) -> None:
    put(local, "1.json", {"n": 1, "items": [{"k": "a"}]})
    ended = local.run(local.script(SCRIPT.replace("CTX", "orders")))
    assert ended.code != 0
    assert "transformation_ctx 'orders' was used for a source in this run: give each source" in ended.error


def test_a_context_that_becomes_that_of_a_source_forgets_its_ids(local: Workspace) -> None:
    put(local, "1.json", {"n": 1, "items": [{"k": "a"}]})
    run(local)
    turned = SCRIPT.replace('transformation_ctx="orders"', 'transformation_ctx="flat"').replace(
        "CTX", "orders"
    )
    ended = local.run(local.script(turned))
    assert ended.code == 0, ended.error
    assert "orders: the next id is 2\n" in shown(local)
    planned = json.loads(local.inside("plan", "copy", "--json").output)
    assert [source["context"] for source in planned["sources"]] == ["flat"]


def test_a_sample_of_spigot_is_output_of_the_run(local: Workspace) -> None:
    put(local, "1.json", *({"n": n, "items": []} for n in range(5)))
    sampled = SCRIPT.replace(
        "tables = ", 'orders.spigot(args["target"] + "/sample", {"topk": 2}, "sample")\ntables = '
    )
    failing = local.run(local.script(sampled.replace("CTX", "flat").replace("job.commit()", "1 / 0")))
    assert failing.code != 0
    assert local.place.read_all("out") == {}

    done = local.run(local.script(sampled.replace("CTX", "flat")))
    assert done.code == 0, done.error
    lines = b"".join(local.place.read_all("out/sample").values()).decode().splitlines()
    assert [json.loads(line)["n"] for line in lines] == [0, 1]


def test_a_relationalize_behind_the_commit_is_refused(local: Workspace) -> None:
    put(local, "1.json", {"n": 1, "items": [{"k": "a"}]})
    late = SCRIPT.replace("tables = ", "job.commit()\ntables = ").replace("CTX", "flat")
    ended = local.run(local.script(late))
    assert ended.code != 0
    assert "relationalize 'flat' is called after job.commit()" in ended.error
