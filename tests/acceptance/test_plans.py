"""`placekeeper plan`, then `placekeeper run --plan`: what was planned is what is read, or nothing is."""

import json
import shutil
import time
from pathlib import Path

import pytest

from workspace import COPY, Ended, Workspace

HOUR = 3600
VECTORS = Path(__file__).parents[1] / "vectors"


def planned(workspace: Workspace, *more: str) -> Path:
    """A plan in a file."""
    made = workspace.inside("plan", "copy", "--json", *more)
    assert made.code == 0, made.error
    file = workspace.folder / "plan.json"
    file.write_text(made.output)
    return file


def follow(workspace: Workspace, plan: Path, script: str = COPY, *, option: str = "enable") -> Ended:
    command, *arguments = workspace.run_arguments(workspace.script(script), option=option)
    return workspace.command(command, "--plan", plan, *arguments)


def runs(workspace: Workspace) -> int:
    return len(json.loads(workspace.inside("runs", "list", "--json").output))


def test_a_run_reads_what_was_planned_and_leaves_what_came_since(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    workspace.put_rows("2.csv", 2)
    plan = planned(workspace)
    workspace.put_rows("3.csv", 3)
    workspace.put_rows("late.csv", 4, modified=time.time() - 2 * HOUR)

    ended = follow(workspace, plan)
    assert ended.code == 0, ended.error
    assert workspace.counts(ended) == {"done": 1, "new": 1, "unplanned": 2}
    assert workspace.ids() == [1, 2]
    assert sum(workspace.counts(workspace.run()).values()) == 4
    assert workspace.ids() == [1, 2, 3, 4]


def test_aws_reads_from_the_bookmark_what_the_plan_had_left(local: Workspace) -> None:
    narrow = COPY.replace('"recurse": True', '"recurse": True, "maxBand": 1')
    local.put_rows("1.csv", 1)
    local.run(local.script(narrow))
    local.put_rows("2.csv", 2)
    plan = planned(local)
    local.put_rows("3.csv", 3)
    assert local.counts(follow(local, plan, narrow)) == {"done": 1, "new": 1, "unplanned": 1}

    window = local.inside("plan", "copy", "--policy", "window", "--reason", "new")
    assert "3.csv" in window.output
    assert local.inside("bookmark", "export", "copy").code == 0


def test_a_plan_after_a_reset_is_followed_too(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.inside("bookmark", "reset", "copy")
    plan = planned(local)
    local.put_rows("2.csv", 2)
    assert local.counts(follow(local, plan)) == {"new": 1, "unplanned": 1}
    assert local.ids() == [1, 1]


def test_a_plan_of_a_bookmark_that_has_moved_is_refused_before_there_is_a_run(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    plan = planned(local)
    local.put_rows("2.csv", 2)
    local.run()
    before = runs(local)

    refused = follow(local, plan)
    assert refused.code == 5
    assert "the plan is stale: it was made from version 2 of the bookmark, which is now at version 4" in (
        refused.error
    )
    assert runs(local) == before


@pytest.mark.parametrize("then", ["changed", "gone"])
def test_a_planned_object_that_is_not_there_any_more_fails_the_run(workspace: Workspace, then: str) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    workspace.put_rows("2.csv", 2)
    workspace.put_rows("3.csv", 3)
    plan = planned(workspace)
    entry = workspace.entry()
    if then == "changed":
        workspace.put_rows("2.csv", 22, modified=time.time() - 7)
    else:
        workspace.place.delete("in/2.csv")

    refused = follow(workspace, plan)
    assert refused.code == 5
    assert "PlanStale: the plan is stale: 1 object of 'rows' changed" in refused.error
    assert "in/2.csv" in refused.error
    assert workspace.ids() == [1]
    assert workspace.entry() == entry


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('[args["source"]]', '[args["source"], args["target"]]', "'rows' is made of other objects now"),
        ('ctx="rows"', 'ctx="lines"', "it does not know the source 'lines'"),
        ('ctx="rows"', 'ctx=""', "the script did not read the source 'rows' by its bookmark"),
    ],
)
def test_a_script_that_reads_something_else_than_was_planned(
    local: Workspace, old: str, new: str, why: str
) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("2.csv", 2)
    entry = local.entry()

    refused = follow(local, planned(local), COPY.replace(old, new))
    assert refused.code == 5
    assert why in refused.error
    assert local.ids() == [1]
    assert local.entry() == entry


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no file"),
        ("no JSON", "is not a plan (JSON is malformed"),
        ('{"name": "copy"}', "is not a plan (Object missing required field"),
    ],
)
def test_a_file_that_is_no_plan(local: Workspace, text: str | None, said: str) -> None:
    file = local.folder / "plan.json"
    if text is not None:
        file.write_text(text)
    refused = local.inside("run", "--plan", file, local.script())
    assert refused.code == 2
    assert said in refused.error
    assert "placekeeper plan JOB --json >" in refused.error


def test_a_plan_of_another_bookmark(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    other = COPY.replace('job.init(args["JOB_NAME"]', 'job.init("another"')
    refused = follow(local, planned(local), other)
    assert refused.code == 1
    assert "the plan is for the bookmark copy, and this run has the bookmark another" in refused.error


def test_plan_behind_the_script_is_the_scripts(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    ended = local.run(arguments=("--plan", "plan.json"))
    assert ended.code == 0
    assert "--plan after the script is the script's argument" in ended.error


def test_a_plan_names_paths_that_are_not_there(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    shutil.rmtree(local.place.url("in"))

    planned = local.inside("plan", "copy")

    assert planned.code == 0
    assert "/in: there is no such path" in planned.output


def test_by_the_window_what_was_planned_and_read_is_not_read_again(local: Workspace) -> None:
    """The watermark falls behind it, to what the run has left."""
    window = ("--bookmark-policy", "window")
    narrow = COPY.replace('"recurse": True', '"recurse": True, "maxBand": 1')
    local.put_rows("1.csv", 1)
    local.run(local.script(narrow), arguments=window)
    local.put_rows("2.csv", 2, modified=time.time() + 0.02)
    time.sleep(0.05)  # both belong to the past of the run that follows
    plan = planned(local)
    local.put_rows("3.csv", 3, modified=time.time() - 0.04)
    script, *arguments = local.run_arguments(local.script(narrow), arguments=window)

    followed = local.command(script, "--plan", plan, *arguments)
    assert local.counts(followed) == {"done": 1, "new": 1, "unplanned": 1}
    assert local.counts(local.run(local.script(narrow), arguments=window)) == {"done": 2, "new": 1}
    assert local.ids() == [1, 2, 3]


def test_where_nothing_can_be_planned_it_says_whether_there_is_a_bookmark_at_all(local: Workspace) -> None:
    local.run()
    missing = local.inside("plan", "copi")
    assert missing.code == 3
    assert "there is no such bookmark" in missing.error

    captured = json.loads((VECTORS / "captured_entries.json").read_text())["entries"][0]
    (local.folder / "entry.json").write_text(json.dumps({"JobBookmarkEntry": captured}))
    assert local.inside("bookmark", "import", "aws", "--file", str(local.folder / "entry.json")).code == 0
    imported = local.inside("plan", "aws")
    assert imported.code == 3
    assert "its bookmark remembers no source yet" in imported.error
