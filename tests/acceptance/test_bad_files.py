"""A file that cannot be read: the run fails and says the ways out, or goes on without it and remembers."""

import json
import os
import shlex
import urllib.request
from typing import Any

import pytest

from dev import running_dev
from workspace import COPY, S3_IN_SOAK, Ended, Workspace

QUARANTINE = ("--on-bad-file", "quarantine")
BAD = b"id,part\n1,a\n2,b,c,d\n"
"""The third line has more fields than the header."""

WRITE = "glue.write_dynamic_frame.from_options(\n    frame=rows,\n"
CATCH = """\
try:
    rows.count()
except Exception:
    print("went on")
rows = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"] + "-other"]},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="other",
)
"""
CAUGHT = COPY.replace(WRITE, CATCH + WRITE)
"""A script that catches what reading raises, writes something else, and commits."""


def put_bad(workspace: Workspace, name: str) -> str:
    """A file that cannot be read; its path as people write it."""
    workspace.place.put(f"in/{name}", BAD)
    return workspace.place.url(f"in/{name}")


def marks(workspace: Workspace) -> list[dict[str, Any]]:
    return json.loads(workspace.inside("bookmark", "bad", "copy", "--json").output)


def uri(path: str) -> str:
    return path if "://" in path else f"file://{path}"


def done(ended: Ended) -> Ended:
    assert ended.code == 0, ended.error
    return ended


def test_a_bad_file_fails_the_run_which_says_the_ways_out(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    path = put_bad(local, "it's bad.csv")

    failed = local.run()
    assert failed.code == 1
    message = failed.summary["error_message"]
    assert message.startswith(f"RecordUnreadable: {uri(path)}, ")
    assert "--on-bad-file quarantine" in message
    skip = message[message.index("placekeeper bookmark skip") :]
    assert local.ids() == []
    assert marks(local) == []

    said = done(local.inside(*shlex.split(skip)[1:]))
    assert "bookmark retry copy" in said.error
    assert local.counts(done(local.run())) == {"new": 1, "left-out": 1}
    assert local.ids() == [1]


@S3_IN_SOAK
def test_bad_files_are_quarantined_at_once_and_the_run_begins_again(workspace: Workspace) -> None:
    for number in range(30):
        workspace.put_rows(f"{number:02}.csv", number)
    paths = [put_bad(workspace, f"bad{number}.csv") for number in range(2)]

    run = done(workspace.run(arguments=QUARANTINE))
    assert workspace.counts(run) == {"new": 30, "quarantined": 2}
    assert workspace.ids() == list(range(30))
    assert run.error.count("the run begins again without the quarantined objects") == 1
    assert run.summary["attempt"] == 0
    assert any("2 objects could not be read" in note for note in run.summary["summary"]["notes"])
    assert [mark["path"] for mark in marks(workspace)] == [uri(path) for path in paths]
    assert all("context" in mark and mark["run_id"] == run.summary["id"] for mark in marks(workspace))
    assert not workspace.place.left_staged("out")

    planned = done(workspace.inside("plan", "copy"))
    assert "would read 0; skipped 32: 30 done, 2 quarantined" in planned.output
    assert planned.output.count("quarantined since") == 2
    # Without the argument, what was quarantined stays so; a file that is bad anew fails the run.
    assert workspace.counts(done(workspace.run())) == {"done": 30, "quarantined": 2}

    workspace.put_rows("bad0.csv", 100)
    assert workspace.counts(done(workspace.run())) == {"new": 1, "done": 30, "quarantined": 1}
    assert [mark["path"] for mark in marks(workspace)] == [uri(paths[1])]
    assert "quarantined" in workspace.inside("bookmark", "history", "copy").output
    assert "left out: 1 quarantined" in workspace.inside("bookmark", "show", "copy").output

    done(workspace.inside("bookmark", "retry", "copy", paths[1]))
    assert marks(workspace) == []
    assert workspace.run().code == 1
    workspace.place.put("in/bad1.csv", b"id,part\n200,a\n")
    done(workspace.run())
    assert workspace.ids() == [*range(30), 100, 200]


def test_a_script_that_catches_the_error_commits_nothing_without_the_rows(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.place.put("in-other/2.csv", b"id,part\n2,a\n")
    path = put_bad(local, "bad.csv")
    script = local.script(CAUGHT)

    failed = local.run(script)
    assert (failed.code, "went on" in failed.error) == (1, True)
    assert failed.summary["error_message"].startswith(f"RecordUnreadable: {uri(path)}, ")
    assert failed.summary["summary"]["bookmark_versions"] == [1, None]

    run = done(local.run(script, arguments=QUARANTINE))
    assert [source["counts"] for source in run.summary["summary"]["sources"]] == [
        {"new": 1, "quarantined": 1},
        {"new": 1},
    ]


def test_too_many_bad_files_fail_the_run_and_none_is_quarantined(local: Workspace) -> None:
    for number in range(4):
        local.put_rows(f"{number}.csv", number)
    paths = [put_bad(local, f"bad{number}.csv") for number in range(2)]

    failed = local.run(arguments=QUARANTINE)
    assert failed.code == 1
    message = failed.summary["error_message"]
    assert "2 of 6 objects chosen of 'rows' cannot be read, and --bad-file-share 0.1 allows 1" in message
    assert all(uri(path) in message for path in paths)
    assert marks(local) == []
    assert local.ids() == []

    allowed = local.run(arguments=(*QUARANTINE, "--bad-file-share", "0.5"))
    assert local.counts(done(allowed)) == {"new": 4, "quarantined": 2}
    assert local.ids() == [0, 1, 2, 3]


def test_a_planned_run_goes_on_without_what_it_found_to_be_bad_itself(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    done(local.run())
    local.put_rows("2.csv", 2)
    path = put_bad(local, "bad.csv")
    plan = local.folder / "plan.json"
    plan.write_text(local.inside("plan", "copy", "--json").output)

    arguments = local.run_arguments(local.script(), arguments=QUARANTINE)
    run = done(local.command("run", "--plan", plan, *arguments[1:]))
    assert local.counts(run) == {"new": 1, "done": 1, "quarantined": 1}
    assert local.ids() == [1, 2]

    done(local.inside("bookmark", "retry", "copy", path))
    plan.write_text(local.inside("plan", "copy", "--json").output)
    done(local.inside("bookmark", "skip", "copy", path))
    stale = local.command("run", "--plan", plan, *arguments[1:])
    assert stale.code == 5, "somebody else has decided about it since"


@pytest.mark.parametrize("point", ["quarantine.found", "quarantine.noted"])
def test_killed_while_it_quarantines(local: Workspace, point: str) -> None:
    local.put_rows("1.csv", 1)
    put_bad(local, "bad.csv")

    killed = local.run(arguments=QUARANTINE, PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1
    assert "SIGKILL" in killed.summary["error_message"]
    assert len(marks(local)) == (point == "quarantine.noted")
    assert local.ids() == []
    assert local.counts(done(local.run(arguments=QUARANTINE))) == {"new": 1, "quarantined": 1}
    assert local.ids() == [1]


def test_what_cannot_be_had_is_no_bad_file(local: Workspace) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    local.put_rows("1.csv", 1)
    (local.folder / "data" / "in" / "1.csv").chmod(0)
    failed = local.run(arguments=QUARANTINE)
    assert failed.code == 1
    assert marks(local) == []


def test_what_no_bookmark_follows_cannot_be_quarantined(local: Workspace) -> None:
    put_bad(local, "bad.csv")
    failed = local.run(option="disable", arguments=QUARANTINE)
    assert failed.code == 1
    assert "no bookmark follows this source" in failed.summary["error_message"]
    assert "--on-bad-file quarantine" not in failed.summary["error_message"]


def test_skip_before_the_first_run_and_words_that_fit_nothing(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    path = put_bad(local, "a[1].csv")

    said = done(local.inside("bookmark", "skip", "copy", path))
    assert "no job or bookmark copy yet" in said.error
    assert "is already left out" in done(local.inside("bookmark", "skip", "copy", path)).error
    assert local.counts(done(local.run())) == {"new": 1, "left-out": 1}
    assert local.counts(done(local.run())) == {"done": 1, "left-out": 1}
    assert "except skipped objects" in done(local.inside("bookmark", "reset", "copy")).error
    for command in ("bad", "retry"):
        unknown = local.inside("bookmark", command, "nobody", *([path] if command == "retry" else []))
        assert (unknown.code, "nobody" in unknown.error) == (3, True)
    never = local.inside("bookmark", "retry", "copy", local.place.url("in/1.csv"))
    assert (never.code, "neither quarantined nor skipped" in never.error) == (3, True)
    folder = local.inside("bookmark", "skip", "copy", local.place.url("in/"))
    assert (folder.code, "name one object" in folder.error) == (2, True)


@S3_IN_SOAK
def test_a_job_that_boto3_started_quarantines_and_metrics_say_so(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    put_bad(workspace, "bad.csv")
    with running_dev(workspace) as dev:
        dev.glue.create_job(
            Name="copy",
            Role="any",
            Command={"Name": "glueetl", "ScriptLocation": str(workspace.script())},
            DefaultArguments={
                "--job-bookmark-option": "job-bookmark-enable",
                "--on-bad-file": "quarantine",
                "--source": workspace.place.url("in"),
                "--target": workspace.place.url("out"),
            },
            MaxRetries=1,
        )
        run_id = dev.glue.start_job_run(JobName="copy")["JobRunId"]
        ended = dev.until(run_id)
        assert (ended["JobRunState"], ended["Attempt"]) == ("SUCCEEDED", 0), ended
        assert len(dev.glue.get_job_runs(JobName="copy")["JobRuns"]) == 1
        with urllib.request.urlopen(f"{dev.glue.meta.endpoint_url}/metrics") as answer:
            figures = answer.read().decode()
        assert 'placekeeper_quarantined_objects{bookmark="copy"} 1.0' in figures
        assert "placekeeper_quarantines_total 1.0" in figures
        assert len(marks(workspace)) == 1  # while the server goes on
        done(workspace.inside("bookmark", "retry", "copy", marks(workspace)[0]["path"]))
    assert marks(workspace) == []
    assert workspace.ids() == [1]
