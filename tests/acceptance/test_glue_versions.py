"""The version of Glue decides what SQL does with a value that does not fit."""

import json

from dev import running_dev
from workspace import Workspace

CASTS = """\
import sys
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

print(sorted(name for name in getResolvedOptions(sys.argv, ["JOB_NAME"]) if name == "JOB_NAME"))
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
print("ansi", spark.conf.get("spark.sql.ansi.enabled"))
for statement in ("cast(v as int)", "cast(v as double)", "1 / length(v)"):
    try:
        rows = spark.sql(f"SELECT {statement} FROM VALUES ('x'), ('7'), ('') AS t(v)").collect()
        print(statement, [row[0] for row in rows])
    except Exception as error:
        print(statement, "raises")
"""
OLD = [
    "ansi false",
    "cast(v as int) [None, 7, None]",
    "cast(v as double) [None, 7.0, None]",
    "1 / length(v) [1.0, 1.0, None]",
]
NEW = ["ansi true", "cast(v as int) raises", "cast(v as double) raises", "1 / length(v) raises"]
OWN = "spark.conf.set('spark.sql.ansi.enabled', 'true')\nprint("


def said(workspace: Workspace, *arguments: str, source: str = CASTS) -> list[str]:
    script = workspace.script(source)
    ended = workspace.inside("run", str(script), "--JOB_NAME", "casts", *arguments)
    assert ended.code == 0, ended.error
    return ended.output.splitlines()[1:]


def test_one_script_under_two_versions(local: Workspace) -> None:
    assert said(local) == OLD
    assert said(local, "--glue-version", "6.0") == NEW
    assert said(local, "--glue-version=5.0") == OLD
    conf = ("--conf", "spark.sql.ansi.enabled=false")
    assert said(local, "--glue-version", "6.0", *conf) == OLD, "--conf wins"
    by_script = CASTS.replace(
        'print("ansi"', 'spark.conf.set("spark.sql.ansi.enabled", "true")\nprint("ansi"'
    )
    assert said(local, source=by_script) == NEW, "the script wins"


def test_the_version_is_shown(local: Workspace) -> None:
    script = local.script("print(1)\n")
    for arguments, version in [((), "5.1"), (("--glue-version", "6.0"), "6.0")]:
        ended = local.inside("run", *arguments, "--json", str(script), "--JOB_NAME", "shown")
        run = json.loads(ended.output)
        assert run["summary"]["glue_version"] == version
        assert run["job_spec"]["GlueVersion"] == version


def test_the_line_of_the_commit_names_one_that_is_not_the_usual(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2)
    assert " s on sail as Glue 6.0\n" in local.run(arguments=("--glue-version", "6.0")).error
    local.put_rows("2.csv", 3)
    assert " s on sail as Glue 6.0\n" in local.run().error, "the job's own"
    local.put_rows("3.csv", 4)
    assert " s on sail\n" in local.run(arguments=("--glue-version", "5.1")).error


def test_a_wrong_version_is_refused_with_the_list(local: Workspace) -> None:
    ended = local.inside("run", "--glue-version", "2.0", str(local.script("")))
    assert ended.code == 2
    assert "--glue-version must be 3.0, 4.0, 5.0, 5.1 or 6.0, not '2.0'" in ended.error


def test_names_are_abbreviated_below_6(local: Workspace) -> None:
    asks = "import sys\nfrom awsglue.utils import getResolvedOptions\n"
    script = local.script(f"{asks}print(getResolvedOptions(sys.argv, ['target'])['target'])\n")
    assert local.inside("run", str(script), "--targ", "out").output == "out\n"
    ended = local.inside("run", "--glue-version", "6.0", str(script), "--targ", "out")
    assert ended.code != 0
    assert "the following arguments are required: --target" in ended.error


def test_the_definition_decides_for_jobs_of_the_service(local: Workspace) -> None:
    """A job without a version has the one that AWS's API documents as its default."""
    script = str(local.script(CASTS))
    with running_dev(local) as dev:
        for name, version in [("old", {"GlueVersion": "4.0"}), ("new", {"GlueVersion": "6.0"}), ("none", {})]:
            dev.glue.create_job(
                Name=name, Role="r", Command={"Name": "glueetl", "ScriptLocation": script}, **version
            )
            run_id = dev.glue.start_job_run(JobName=name)["JobRunId"]
            assert dev.until(run_id, job=name)["JobRunState"] == "SUCCEEDED"
            logs = local.inside("runs", "logs", run_id, "--output").output
            assert ("ansi false" if name == "old" else "ansi true") in logs
