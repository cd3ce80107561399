"""`placekeeper.activate()`, as a notebook or a REPL uses it: each in a Python of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import sys, warnings
import placekeeper
"""
FRAME = """
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
glue = GlueContext(SparkContext.getOrCreate())
frame = DynamicFrame.fromDF(glue.createDataFrame([(1,)], "id int"), glue, "frame")
"""


def python(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + source],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.sail
def test_awsglue_works_from_activate_to_deactivate(tmp_path: Path) -> None:
    ended = python(
        f"""
placekeeper.deactivate()
placekeeper.activate()
placekeeper.activate()
{FRAME}
frame.show()
placekeeper.deactivate()
placekeeper.deactivate()
try:
    import awsglue
except ModuleNotFoundError:
    print("gone")
""",
        tmp_path,
    )
    assert (ended.returncode, ended.stdout) == (0, '{"id": 1}\ngone\n'), ended.stderr


@pytest.mark.sail
def test_nothing_starts_before_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_REMOTE", raising=False)  # an engine of other tests has set it
    ended = python("placekeeper.activate()\nimport os\nprint(os.environ.get('SPARK_REMOTE'))", tmp_path)
    assert ended.stdout == "None\n", ended.stderr


@pytest.mark.sail
def test_a_cell_with_a_whole_job_can_be_evaluated_again(tmp_path: Path) -> None:
    ended = python(
        f"""
with placekeeper.activate():
    {FRAME.replace(chr(10), chr(10) + "    ")}
    from awsglue.job import Job
    for _ in range(3):
        job = Job(glue)
        job.init("copy", {{"job_bookmark_option": "job-bookmark-enable"}})
        glue.write_dynamic_frame.from_options(frame, "s3", {{"path": "out"}}, "json")
        read = glue.create_dynamic_frame.from_options("s3", {{"paths": ["out"]}}, "json", {{}}, "rows")
        print(read.count())
        job.commit()
""",
        tmp_path,
    )
    assert ended.stdout.split() == ["1", "2", "3"], ended.stderr
    assert "placekeeper: no bookmark is kept here: every read reads all" in ended.stderr


@pytest.mark.sail
def test_from_pyspark_import_works_in_any_order(tmp_path: Path) -> None:
    for first in ("import pyspark\nplacekeeper.activate()", "placekeeper.activate()"):
        ended = python(
            f"{first}\nfrom pyspark import SparkConf, SparkContext\nprint(SparkContext().version)", tmp_path
        )
        assert ended.stdout[0].isdigit(), ended.stderr


@pytest.mark.sail
def test_another_awsglue_is_hidden_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "awsglue").mkdir()
    (tmp_path / "awsglue" / "__init__.py").write_text("")
    ended = python(
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    placekeeper.activate()\n"
        f"{FRAME}print(frame.count(), said[0].message)",
        tmp_path,
    )
    assert ended.stdout.startswith("1 another awsglue is at "), ended.stderr
    late = python("import awsglue\nplacekeeper.activate()", tmp_path)
    assert "start Python anew: it is imported already" in late.stderr


@pytest.mark.sail
def test_a_table_needs_a_state(tmp_path: Path) -> None:
    ended = python(
        f"placekeeper.activate()\n{FRAME}glue.create_dynamic_frame.from_catalog('db', 'people')", tmp_path
    )
    assert "there is no catalog here, so no table db.people" in ended.stderr


@pytest.mark.sail
def test_an_engine_that_is_not_installed_is_named(tmp_path: Path) -> None:
    ended = python(f"placekeeper.activate(engine='spark')\n{FRAME}", tmp_path)
    assert "--engine spark needs the extra 'spark': " in ended.stderr
    twice = python("placekeeper.activate()\nplacekeeper.activate(engine='spark')", tmp_path)
    assert "call placekeeper.deactivate() first" in twice.stderr
