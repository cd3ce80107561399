"""`df.write` in runs, on disk and on S3: published with the commit, or not at all."""

import re
from pathlib import Path

import pytest

from workspace import COPY, S3_IN_SOAK, LocalPlace, S3Place, Workspace

_SINK = COPY[COPY.index("glue.write_dynamic_frame") : COPY.index("job.commit()")]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def writing(*lines: str) -> str:
    """The copying script with other lines in place of its sink; `df` is the frame, `target` the folder."""
    begin = 'df, target = rows.toDF(), args["target"]\nspark = glue.spark_session\n'
    return COPY.replace(_SINK, begin + "".join(f"{line}\n" for line in lines))


APPEND = writing('df.coalesce(1).write.mode("append").partitionBy("part").parquet(target)')
OVERWRITE = writing('df.coalesce(1).write.mode("overwrite").parquet(target)')
DYNAMIC = writing(
    'spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")',
    'df.repartition(1).write.mode("overwrite").partitionBy("part").format("parquet").save(target)',
)


def names(workspace: Workspace) -> list[str]:
    """The names of the output; what a killed run has staged waits for housekeeping."""
    there = workspace.place.read_all("out")
    return sorted(UUID.sub("<id>", name) for name in there if "_placekeeper" not in name)


@S3_IN_SOAK
def test_three_runs_append(workspace: Workspace) -> None:
    script = workspace.script(APPEND)
    for number in range(3):
        workspace.put_rows(f"{number}.csv", 2 * number, 2 * number + 1)
        ran = workspace.run(script)
        assert ran.code == 0, ran.error
        assert workspace.ids() == list(range(2 * number + 2))
        (sink,) = ran.summary["summary"]["sinks"]
        assert (sink["files"], sink["rows"]) == (2, 2)
    file = "part-00000-<id>.c000.snappy.parquet"
    assert names(workspace) == sorted(["_SUCCESS", *[f"part=a/{file}"] * 3, *[f"part=b/{file}"] * 3])
    assert ran.summary["summary"]["engine"] == "sail"


def test_an_overwrite_takes_the_place_of_what_was_there(workspace: Workspace) -> None:
    script = workspace.script(OVERWRITE)
    for number in range(3):
        workspace.put_rows(f"{number}.csv", number)
        ran = workspace.run(script)
        assert ran.code == 0, ran.error
        assert workspace.ids() == [number]
        assert names(workspace) == ["_SUCCESS", "part-00000-<id>-c000.snappy.parquet"]
    assert "df.write overwrites 1 object, deleted once the output of the run is visible" in ran.error
    assert "nothing new" not in ran.error
    emptied = workspace.run(script)
    assert emptied.code == 0, emptied.error
    assert "/out: 'rows' had nothing new, so that df.write overwrites 1 object with no rows" in emptied.error
    assert workspace.ids() == []
    assert workspace.place.left_staged("out") == []


@S3_IN_SOAK
def test_a_dynamic_overwrite_replaces_the_partitions_that_it_writes(workspace: Workspace) -> None:
    script = workspace.script(DYNAMIC)
    workspace.put_rows("1.csv", 0, 1)
    assert workspace.run(script).code == 0
    workspace.put_rows("2.csv", 3, 5)
    ran = workspace.run(script)
    assert ran.code == 0, ran.error
    assert workspace.ids() == [0, 3, 5]
    assert ran.summary["summary"]["engine"] == "sail"


@pytest.mark.parametrize(
    ("workspace", "script"),
    [
        *(pytest.param("local", APPEND, id="local-append"), pytest.param("s3", OVERWRITE, id="s3-overwrite")),
        pytest.param("local", DYNAMIC, id="local-dynamic"),
        pytest.param("s3", APPEND, id="s3-append", marks=pytest.mark.soak),
        pytest.param("local", OVERWRITE, id="local-overwrite", marks=pytest.mark.soak),
        pytest.param("s3", DYNAMIC, id="s3-dynamic", marks=pytest.mark.soak),
    ],
    indirect=["workspace"],
)
def test_a_run_that_fails_after_its_write_changes_nothing(workspace: Workspace, script: str) -> None:
    workspace.put_rows("1.csv", 0, 1)
    first = workspace.run(workspace.script(script))
    assert first.code == 0, first.error
    before = workspace.place.read_all("out")
    workspace.put_rows("2.csv", 2, 3)
    failed = workspace.run(workspace.script(script.replace("job.commit()", 'raise ValueError("no")')))
    assert failed.code == 1
    assert workspace.place.read_all("out") == before
    assert workspace.place.left_staged("out") == []
    if isinstance(workspace.place, LocalPlace):
        assert not [path for path in (workspace.folder / "data").rglob("*") if _is_empty(path)]
    again = workspace.run(workspace.script(script))
    assert again.code == 0, again.error
    assert workspace.ids() == {APPEND: [0, 1, 2, 3], OVERWRITE: [2, 3], DYNAMIC: [2, 3]}[script]


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


@S3_IN_SOAK
def test_the_default_mode_fails_where_there_is_something(workspace: Workspace) -> None:
    script = workspace.script(writing("df.write.parquet(target)"))
    workspace.put_rows("1.csv", 1)
    assert workspace.run(script).code == 0
    workspace.put_rows("2.csv", 2)
    again = workspace.run(script)
    assert again.code == 1
    assert f"[PATH_ALREADY_EXISTS] Path {workspace.place.url('out')} already exists" in again.error
    assert workspace.ids() == [1]


FIRST = [("local", "commit.segments-durable", False), ("s3", "publish.after-first", True)]
OTHERS = [
    *(("s3", "sink.file-staged", False), ("local", "sink.collected", False)),
    *(("local", "commit.durable", True), ("s3", "publish.all-visible", True)),
]


@pytest.mark.parametrize(
    ("workspace", "point", "is_decided"),
    [*FIRST, *(pytest.param(*other, marks=pytest.mark.soak) for other in OTHERS)],
    indirect=["workspace"],
)
def test_a_kill_leaves_the_old_or_the_new(workspace: Workspace, point: str, is_decided: bool) -> None:
    script = workspace.script(OVERWRITE)
    workspace.put_rows("1.csv", 1)
    assert workspace.run(script).code == 0
    workspace.put_rows("2.csv", 2)
    killed = workspace.run(script, PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1, killed.error
    assert workspace.ids() == ([2] if is_decided else [1])  # whoever launched the run has settled it
    workspace.put_rows("3.csv", 3)
    assert workspace.run(script).code == 0
    assert workspace.ids() == ([3] if is_decided else [2, 3])
    assert names(workspace) == ["_SUCCESS", "part-00000-<id>-c000.snappy.parquet"]


@S3_IN_SOAK
def test_a_script_without_a_job_publishes_at_its_end(workspace: Workspace) -> None:
    source = (
        "import sys\nfrom awsglue.context import GlueContext\nfrom awsglue.utils import getResolvedOptions\n"
        "from pyspark.context import SparkContext\n"
        'args = getResolvedOptions(sys.argv, ["target"])\n'
        "spark = GlueContext(SparkContext()).spark_session\n"
        'spark.range(3).coalesce(1).write.csv(args["target"], header=True)\n'
    )
    ran = workspace.run(workspace.script(source), option="disable")
    assert ran.code == 0, ran.error
    assert names(workspace) == ["_SUCCESS", "part-00000-<id>-c000.csv"]
    assert b"id\n0\n1\n2\n" in workspace.place.read_all("out").values()


@S3_IN_SOAK
def test_what_is_read_back_is_said_before_the_run(workspace: Workspace) -> None:
    script = writing(
        "df.write.mode('append').parquet(target)",
        "assert spark.read.schema('id bigint').parquet(target).count() == 2",
    )
    workspace.put_rows("1.csv", 1, 2)
    refused = workspace.run(workspace.script(script))
    assert refused.code == 1
    assert "before the run: line" in refused.error
    assert "run with --output-visibility immediate" in refused.error
    assert "StagedPathRead" in refused.error
    ran = workspace.run(workspace.script(script), arguments=("--output-visibility", "immediate"))
    assert ran.code == 0, ran.error
    assert workspace.ids() == [1, 2]


def test_every_spelling_of_s3(tmp_path, s3) -> None:
    bucket = s3.new_bucket()
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    lines = [
        f'df.coalesce(1).write.mode("append").parquet("{scheme}://{bucket}/out/{scheme}/")'
        for scheme in ("s3", "s3a", "s3n")
    ]
    workspace.put_rows("1.csv", 1)
    ran = workspace.run(workspace.script(writing(*lines)))
    assert ran.code == 0, ran.error
    assert workspace.ids() == [1, 1, 1]
