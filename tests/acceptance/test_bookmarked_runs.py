"""Bookmarked runs as a user makes them, and the tricks meant to catch them lying. Local disk and S3."""

import json
import time

from workspace import COPY, S3_IN_SOAK, LocalPlace, Workspace


def test_the_summary_has_rows_bytes_and_seconds_of_each_source_and_sink(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2, 3)
    ended = local.run()
    (source,), (sink,) = (ended.summary["summary"][name] for name in ("sources", "sinks"))
    size = sum(len(data) for data in local.place.read_all("in").values())
    assert (source["objects_read"], source["bytes_read"], source["rows_read"]) == (1, size, 3)
    assert sink["rows"] == 3
    whole = ended.summary["summary"]["seconds"] + 0.01  # the clocks of tasks and run count differently
    assert 0 < source["reading_seconds"] < whole
    assert 0 < sink["seconds"] < whole

    (source,) = local.run().summary["summary"]["sources"]
    assert (source["rows_read"], source["reading_seconds"]) == (0, 0)


def test_each_run_reads_what_no_run_before_it_has_read(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1, 2)
    first = workspace.run()
    assert first.code == 0, first.error
    assert workspace.counts(first) == {"new": 1}
    assert workspace.ids() == [1, 2]
    entry = workspace.entry()
    assert (entry["Version"], entry["Run"], entry["Attempt"]) == (2, 2, 0)
    assert (entry["RunId"], "PreviousRunId" in entry) == (first.summary["id"], False)

    workspace.put_rows("2.csv", 3)
    second = workspace.run()
    assert workspace.counts(second) == {"new": 1, "done": 1}
    assert workspace.ids() == [1, 2, 3]
    entry = workspace.entry()
    assert (entry["Version"], entry["Run"], entry["Attempt"]) == (4, 3, 0)
    assert entry["PreviousRunId"] == first.summary["id"]

    before = workspace.place.read_all("out").keys()
    nothing_new = workspace.run()
    assert workspace.counts(nothing_new) == {"done": 2}
    assert workspace.place.read_all("out").keys() == before  # an empty frame writes no file
    assert workspace.entry()["Version"] == 6


def test_content_that_goes_a_b_a_is_read_three_times(workspace: Workspace) -> None:
    for ids in ([1], [2], [1]):
        workspace.put_rows("1.csv", *ids)
        _wait_for_another_second(workspace)
        assert workspace.run().code == 0
    assert workspace.ids() == [1, 1, 2]


def test_the_same_bytes_again_are_touched_where_the_store_can_tell(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    _wait_for_another_second(workspace)
    workspace.put_rows("1.csv", 1)

    again = workspace.run()
    # A local file has no e_tag: nobody can say that its content is the same.
    assert workspace.counts(again) == {"changed" if isinstance(workspace.place, LocalPlace) else "touched": 1}


def test_a_file_moved_into_the_past_is_read(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("1.csv", 2, modified=time.time() - 90_000)
    local.put_rows("2.csv", 3, modified=time.time() - 90_000)

    assert local.counts(local.run()) == {"changed": 1, "late": 1}
    assert local.ids() == [1, 2, 3]


def test_a_file_from_the_future_waits(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.put_rows("2.csv", 2, modified=time.time() + 3600)
    assert local.counts(local.run()) == {"new": 1, "deferred": 1}

    local.put_rows("2.csv", 2, modified=time.time() - 1)
    assert local.counts(local.run()) == {"new": 1, "done": 1}
    assert local.ids() == [1, 2]


@S3_IN_SOAK
def test_the_plan_says_beforehand_what_the_run_reads(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    workspace.put_rows("2.csv", 2)
    workspace.put_rows("_hidden.csv", 9)

    planned = workspace.command("plan", "copy", "--all", "--json")
    assert planned.code == 0, planned.error
    (source,) = json.loads(planned.output)["sources"]
    assert source["counts"] == {"done": 1, "new": 1, "hidden": 1}
    assert {d["object"][0].rpartition("/")[2]: d["reason"] for d in source["decisions"]} == {
        "1.csv": "done",
        "2.csv": "new",
        "_hidden.csv": "hidden",
    }
    again = json.loads(workspace.inside("plan", "copy", "--json").output)
    assert again["version"] == json.loads(planned.output)["version"]
    (shorter,) = again["sources"]
    assert shorter["counts"] == source["counts"]
    (read,) = shorter["decisions"]  # without --all, only what would be read
    assert (read["object"][0].rpartition("/")[2], read["reason"]) == ("2.csv", "new")
    assert workspace.counts(workspace.run()) == source["counts"]


def test_reset_and_rewind(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    first = local.run().summary["id"]
    local.put_rows("2.csv", 2)
    local.run()

    back = local.inside("bookmark", "reset", "copy", "--run-id", first, "--json")
    assert json.loads(back.output)["RunId"] == first
    assert local.counts(local.run()) == {"new": 1, "done": 1}

    assert local.command("bookmark", "reset", "copy").code == 0
    assert local.counts(local.run()) == {"new": 2}
    changes = json.loads(local.inside("bookmark", "history", "copy", "--json").output)
    assert [c["change"] for c in changes] == [
        *("commit", "open", "reset", "commit", "open", "rewind"),
        *("commit", "open", "commit", "open"),
    ]


def test_a_bookmark_that_was_reset_still_knows_what_it_read(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("2.csv", 2)
    local.inside("bookmark", "reset", "copy")

    planned = local.inside("plan", "copy", "--json")
    assert planned.code == 0, planned.error
    (source,) = json.loads(planned.output)["sources"]
    assert (source["context"], source["counts"]) == ("rows", {"new": 2})
    assert local.counts(local.run()) == {"new": 2}


def test_the_state_at_the_end_of_a_paused_run_can_be_gone_back_to(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    paused = local.run(option="pause").summary["id"]
    local.put_rows("2.csv", 2)
    local.run()

    back = local.inside("bookmark", "reset", "copy", "--run-id", paused[:15])
    assert back.code == 0, back.error
    assert local.counts(local.run()) == {"done": 1, "new": 1}
    unknown = local.inside("bookmark", "reset", "copy", "--run-id", "jr_x")
    assert unknown.code == 3
    assert "does not know the run jr_x" in unknown.error


def test_pause_reads_the_same_again_and_remembers_nothing(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("2.csv", 2)

    for _ in range(2):
        assert local.counts(local.run(option="pause")) == {"new": 1, "done": 1}
    assert local.ids() == [1, 2, 2]
    assert local.entry()["Version"] == 2


def test_disable_reads_everything_and_remembers_nothing(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()

    assert local.counts(local.run(option="disable")) == {"new": 1}
    assert local.ids() == [1, 1]
    assert local.entry()["Version"] == 2


@S3_IN_SOAK
def test_without_commit_the_output_is_there_and_the_bookmark_is_not(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    script = workspace.script(COPY.replace("job.commit()", ""))

    ended = workspace.run(script)
    assert ended.code == 0, ended.error
    assert "job.commit() was never called" in ended.error
    assert workspace.ids() == [1]
    shown = workspace.inside("bookmark", "show", "copy")
    assert shown.code == 3
    assert shown.error.startswith(
        "placekeeper: Continuation for job copy not found. There is no bookmark copy:"
    )


def test_without_init_everything_is_read_and_published(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    source = COPY.replace('job.init(args["JOB_NAME"], args)\n', "").replace("job.commit()", "")

    ended = local.run(local.script(source))
    assert ended.code == 0, ended.error
    assert "job.init() was never called" in ended.error
    assert "invalid" not in ended.error.lower()  # as its server calls a request that it cannot read
    assert "0 of 1 source tracked" in ended.error
    assert local.ids() == [1]


_TWO_PAIRS = COPY.replace(
    "job.commit()",
    """\
job.commit()
job.init(args["JOB_NAME"] + "_second", args)
again = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]], "recurse": True},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="rows",
)
again = ApplyMapping.apply(
    frame=again,
    mappings=[("id", "string", "id", "long"), ("part", "string", "part", "string")],
)
glue.write_dynamic_frame.from_options(
    frame=again, connection_type="s3", connection_options={"path": args["target"] + "_2"}, format="parquet"
)
END
""",
)


@S3_IN_SOAK
def test_a_script_that_commits_twice_keeps_two_bookmarks(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    first = workspace.run(workspace.script(_TWO_PAIRS.replace("END", "raise SystemExit('no luck')")))
    assert first.code == 1
    assert "bookmark copy committed as version 2, before job.init() was called again" in first.error
    assert (workspace.ids(), workspace.ids("out_2")) == ([1], [])

    workspace.put_rows("2.csv", 2)
    second = workspace.run(workspace.script(_TWO_PAIRS.replace("END", "job.commit()")))
    assert second.code == 0, second.error
    assert (workspace.ids(), workspace.ids("out_2")) == ([1, 2], [1, 2])
    third = workspace.run(workspace.script(_TWO_PAIRS.replace("END", "job.commit()")))
    assert third.code == 0, third.error
    assert (workspace.ids(), workspace.ids("out_2")) == ([1, 2], [1, 2])
    assert not workspace.place.left_staged("out")


def test_a_source_without_a_context_is_said_to_be_untracked(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    script = local.script(COPY.replace('    transformation_ctx="rows",\n', ""))

    for _ in range(2):
        ended = local.run(script)
    assert "0 of 1 source tracked" in ended.error
    assert "sources without a transformation_ctx are read whole" in ended.error
    assert local.ids() == [1, 1]
    assert json.loads(local.entry()["JobBookmark"]) == {}


@S3_IN_SOAK
def test_immediate_visibility_is_visible_at_once_and_says_what_it_costs(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    script = workspace.script(COPY.replace("job.commit()", "raise RuntimeError('after the write')"))

    ended = workspace.run(script, arguments=("--output-visibility", "immediate"))
    assert ended.code == 1
    assert workspace.ids() == [1]
    assert "delivered at least once" in ended.error


def test_a_run_that_finds_nothing_has_the_schema_last_seen(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    look = """
def with_length(record):
    record["length"] = len(record["part"])
    return record

print("columns", rows.toDF().columns)
mapped = rows.map(f=with_length).toDF()
print("mapped", mapped.columns, mapped.where("length > 0").count())
"""
    script = local.script(COPY.replace("rows = ApplyMapping", f"{look}\nrows = ApplyMapping"))
    local.run(script)

    for _ in range(2):  # what is remembered is remembered on
        again = local.run(script)
        assert again.code == 0, again.error
        assert "columns ['id', 'part']" in again.error
        assert "mapped ['id', 'part', 'length'] 0" in again.error


def test_an_object_that_changes_while_it_is_read_fails_the_run(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    path = workspace.place.url("in/1.csv")
    change = f"""
import os
if {path!r}.startswith("s3://"):
    import boto3
    bucket, _, key = {path!r}.removeprefix("s3://").partition("/")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"id,part\\n7,a\\n")
else:
    open({path!r}, "w").write("id,part\\n7,a\\n")
"""
    script = workspace.script(COPY.replace("rows = ApplyMapping", f"{change}\nrows = ApplyMapping"))

    ended = workspace.run(script)
    assert ended.code == 1
    assert ended.summary["error_message"].startswith("ObjectChanged: ")
    assert workspace.ids() == []
    assert workspace.inside("bookmark", "show", "copy").code == 3


def _wait_for_another_second(workspace: Workspace) -> None:
    """S3 stamps whole seconds; within one, an overwrite by other content is seen by its e_tag alone."""
    if not isinstance(workspace.place, LocalPlace):
        time.sleep(1.1)


JOIN = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import Join
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)


def read(folder, context):
    options = {"paths": [f"{args['source']}/{folder}/"]}
    return glue.create_dynamic_frame.from_options(
        "s3", options, "csv", {"withHeader": True}, transformation_ctx=context
    )


both = Join.apply(read("orders", "orders"), read("parts", "parts"), "part", "part")
print(f"{both.count()} rows")
job.commit()
"""


def test_a_joined_table_that_the_bookmark_leaves_empty_is_noted(local: Workspace) -> None:
    script = local.script(JOIN, "join.py")
    local.put_rows("parts/1.csv", 1)
    local.put_rows("orders/1.csv", 1)
    first = local.run(script)
    assert (first.code, "had nothing new" in first.error) == (0, False), first.error

    local.put_rows("orders/2.csv", 2)
    second = local.run(script)
    assert "0 rows" in second.error + second.output
    assert "parts had nothing new while orders had, and the script has a join" in second.error


def test_bookmarks_are_listed_with_their_newest_version(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    for _ in range(2):
        local.run()
    [row] = json.loads(local.inside("bookmark", "list", "--json").output)
    assert (row["name"], row["newest"]["version"], row["newest"]["change"]) == ("copy", 4, "commit")
    assert local.inside("bookmark", "list").output.splitlines()[1].split()[:3] == ["copy", "4", "commit"]
