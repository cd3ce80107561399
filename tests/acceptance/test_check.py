"""`placekeeper check` says what will not work before any run, and a run is refused for the same reasons."""

import json
from pathlib import Path

import pytest

from workspace import COPY, Workspace

BAD = COPY.replace("job.commit()", "rows.withColumn('a', 1)\nglue.start_transaction(True)\njob.commit()")


def test_a_script_that_works_has_no_findings(local: Workspace) -> None:
    ended = local.command("check", local.script())
    assert (ended.code, ended.output, ended.error) == (0, "", "placekeeper: nothing found\n")


def test_a_finding_is_one_line_with_its_place(local: Workspace) -> None:
    local.script(BAD, "bad.py")
    ended = local.inside("check", "bad.py")
    assert ended.code == 1
    first, second = ended.output.splitlines()
    assert first.startswith("bad.py:30:6: unknown-member [error] a DynamicFrame has no withColumn")
    assert second.startswith("bad.py:31:6: not-there-yet [error] start_transaction")
    assert ended.error == "placekeeper: 2 errors\n"


def test_json_has_the_same_for_programs(local: Workspace) -> None:
    found = json.loads(local.inside("check", "--json", local.script(BAD)).output)
    assert [(one["line"], one["rule"], one["level"]) for one in found] == [
        (30, "unknown-member", "error"),
        (31, "not-there-yet", "error"),
    ]
    assert found[0].keys() == {"file", "line", "column", "rule", "level", "sentence"}


def test_folders_are_looked_through(local: Workspace) -> None:
    jobs = local.folder / "jobs"
    for name in ("a.py", "deep/b.py", ".hidden/c.py"):
        path = jobs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BAD)
    found = json.loads(local.inside("check", "--json", "jobs").output)
    assert {one["file"] for one in found} == {"jobs/a.py", "jobs/deep/b.py"}


def test_rules_can_be_left_out(local: Workspace) -> None:
    script = local.script(BAD)
    assert local.inside("check", script, "--ignore", "unknown-member").code == 1
    both = ("--ignore", "unknown-member", "--ignore", "not-there-yet")
    assert local.inside("check", script, *both).code == 0
    wrong = local.inside("check", script, "--ignore", "unknown-members")
    assert (wrong.code, wrong.error) == (
        2,
        "placekeeper: there is no rule 'unknown-members'. Did you mean unknown-member?\n",
    )


def test_warnings_alone_fail_only_if_asked(local: Workspace) -> None:
    script = local.script(COPY.replace('    transformation_ctx="rows",\n', ""))
    assert local.inside("check", script).code == 0
    assert local.inside("check", script, "--strict").code == 1


def test_a_script_that_needs_spark_where_there_is_none(local: Workspace) -> None:
    local.script(COPY.replace("job.commit()", "sc.broadcast([1])\njob.commit()"), "spark.py")
    ended = local.inside("check", "spark.py")
    assert ended.code == 1
    assert ended.output.startswith("spark.py:30:1: needs-spark [error] ")
    assert "[spark]" in ended.output
    assert local.inside("check", "spark.py", "--ignore", "needs-spark").code == 0


def test_a_module_of_the_job_is_looked_for_beside_the_script(local: Workspace) -> None:
    jobs = local.folder / "jobs"
    jobs.mkdir()
    (jobs / "a.py").write_text(COPY.replace("import sys", "import sys\nimport gs_lookup", 1))
    ended = local.inside("check", "jobs/a.py")
    assert ended.code == 0
    assert "not-there-yet [warning] unless the job brings it with --extra-py-files, the" in ended.output
    assert "the module gs_lookup is not there" in ended.output
    (jobs / "gs_lookup.py").write_text("")
    assert local.inside("check", "jobs/a.py").error == "placekeeper: nothing found\n"


def test_a_file_that_is_not_there(local: Workspace) -> None:
    ended = local.inside("check", "nowhere.py")
    assert (ended.code, ended.error) == (2, "placekeeper: there is no script at nowhere.py\n")


def test_a_run_is_refused_before_its_engine_starts(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2)
    ended = local.run(local.script(BAD))
    assert ended.code == 1
    message = ended.summary["error_message"]
    assert message.startswith("UnsupportedFeature: ")
    assert ["line 30:" in message, "line 31:" in message] == [True, True]
    assert message.removeprefix("UnsupportedFeature: ") in ended.error
    assert not ended.summary["summary"]["script_began"]
    assert local.place.read_all("in").keys() == {"1.csv"}


@pytest.mark.parametrize("visibility", ["commit", "immediate"])
def test_a_run_is_told_before_it_begins_that_its_output_is_not_visible(
    local: Workspace, visibility: str
) -> None:
    local.put_rows("1.csv", 1, 2)
    look = "import os\nprint('looked', os.path.exists(args['target']))\njob.commit()"
    script = local.script(COPY.replace("job.commit()", look))
    ended = local.run(script, arguments=("--output-visibility", visibility))
    assert ended.code == 0, ended.error
    said = "line 31: args['target'] was written in line 23"
    times = 1 if visibility == "commit" else 0
    assert ended.error.count(f"placekeeper: before the run: {said}") == ended.error.count(said) == times
    assert sum(note.startswith(said) for note in ended.summary["summary"]["notes"]) == times
    assert Path(local.place.url("out")).exists()
