"""The plugin of pytest, as a project of somebody else has it."""

import pytest

pytest_plugins = "pytester"

JOB = """\
import sys
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions


def adults(rows: DynamicFrame) -> DynamicFrame:
    return ApplyMapping.apply(
        rows.filter(lambda row: row["age"] >= 18), [("name", "string", "name", "string")]
    )


def main() -> None:
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(args["JOB_NAME"], args)
    rows = glue.create_dynamic_frame.from_options(
        "s3", {"paths": [args["source"]]}, "json", transformation_ctx="people"
    )
    glue.write_dynamic_frame.from_options(adults(rows), "s3", {"path": args["target"]}, "json")
    job.commit()


if __name__ == "__main__":
    main()
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a job, whose tests nothing else configures."""
    pytester.makepyfile(people=JOB)
    pytester.makeini("[pytest]\naddopts = -p no:randomly\npythonpath = .\nfilterwarnings = error")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


@pytest.mark.sail
def test_functions_of_a_script_are_tested_in_plain_pytest(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_people="""
        from awsglue.dynamicframe import DynamicFrame
        from people import adults

        def frame(glue, *rows):
            return DynamicFrame.fromDF(glue.createDataFrame(rows, "name string, age int"), glue, "people")

        def test_adults(glue_context):
            found = adults(frame(glue_context, ("Ann", 20), ("Bob", 10)))
            assert [row.name for row in found.toDF().collect()] == ["Ann"]

        def test_nobody(glue_context):
            assert adults(frame(glue_context, ("Bob", 10))).count() == 0
        """
    )
    result = run(project, "--durations=0", "-vv")
    result.assert_outcomes(passed=2)
    seconds = [
        float(line.split("s ", 1)[0])
        for line in result.outlines
        if "test_nobody" in line and "s call" in line
    ]
    assert seconds
    assert seconds[0] < 5, "a second on a machine of its own"


@pytest.mark.sail
def test_a_job_runs_twice_on_one_state(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_people="""
        def put(folder, name, text):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text)

        def test_each_run_reads_what_is_new(glue_job, bookmark, tmp_path):
            source, target = tmp_path / "in", tmp_path / "out"
            put(source, "1.json", '{"name": "Ann", "age": 20}')
            first = glue_job("people.py", source=source, target=target)
            assert (first.code, first.error) == (0, None), first.stderr
            assert first.output.rows() == [{"name": "Ann"}]
            assert bookmark.names == ("people",)
            assert bookmark.contexts() == ("people",)

            put(source, "2.json", '{"name": "Bob", "age": 30}')
            assert [path[-6:] for path in bookmark.files()["new"]] == ["2.json"]
            assert [path[-6:] for path in bookmark.files(context="people")["done"]] == ["1.json"]
            second = glue_job("people.py", source=source, target=target)
            assert (second.output.run_rows, second.summary.sources[0].counts) == (1, {"new": 1, "done": 1})
            assert sorted(row["name"] for row in second.output.rows()) == ["Ann", "Bob"]

            bookmark.rewind(first.run_id)
            assert len(bookmark.files()["new"]) == 1
            bookmark.reset()
            assert len(bookmark.files()["new"]) == 2

        def test_a_failure_says_why(glue_job, bookmark, tmp_path):
            assert bookmark.names == ()
            failed = glue_job("people.py", target=tmp_path / "out")
            assert failed.code == 1
            assert "the following arguments are required: --source" in failed.error

        def test_options_of_glue_take_underscores(glue_job, bookmark, tmp_path):
            put(tmp_path / "in", "1.json", '{"name": "Ann", "age": 20}')
            done = glue_job(
                "people.py",
                source=tmp_path / "in",
                target=tmp_path / "out",
                JOB_NAME="other",
                job_bookmark_option="job-bookmark-disable",
            )
            assert done.run.job_name == "other"
            assert bookmark.names == ()

        def test_folders_are_columns(glue_job, tmp_path):
            put(tmp_path / "in", "1.json", '{"name": "Ann", "age": 20}')
            with open("people.py") as source:
                parted = source.read().replace(
                    '{"path": args["target"]}', '{"path": args["target"], "partitionKeys": ["name"]}'
                ).replace('"name", "string")]', '"name", "string"), ("age", "long", "age", "long")]')
            (tmp_path / "parted.py").write_text(parted)
            done = glue_job(tmp_path / "parted.py", source=tmp_path / "in", target=tmp_path / "out")
            assert done.output.rows() == [{"age": 20, "name": "Ann"}], done.stderr
        """
    )
    run(project).assert_outcomes(passed=4)


@pytest.mark.sail
def test_the_catalog_of_the_client_is_that_of_the_context_and_the_job(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_tables="""
        import pytest
        from awsglue.context import GlueContext

        TABLE = {
            "Name": "people",
            "StorageDescriptor": {
                "Columns": [{"Name": "name", "Type": "string"}],
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
            },
        }

        @pytest.fixture
        def people(glue_client, tmp_path):
            (tmp_path / "people").mkdir()
            (tmp_path / "people" / "1.json").write_text('{"name": "Ann"}')
            TABLE["StorageDescriptor"]["Location"] = str(tmp_path / "people")
            glue_client.create_database(DatabaseInput={"Name": "town"})
            glue_client.create_table(DatabaseName="town", TableInput=TABLE)

        def test_read(people, glue_context):
            frame = glue_context.create_dynamic_frame.from_catalog("town", "people")
            assert [row.name for row in frame.toDF().collect()] == ["Ann"]

        def test_sql(people, glue_context):
            spark = glue_context.spark_session
            assert spark.sql("SELECT name FROM town.people").collect()[0].name == "Ann"
            assert spark.catalog.tableExists("town.people")
            assert not spark.catalog.tableExists("town.none")
            with pytest.raises(Exception, match="there is no catalog here.*glue_job"):
                spark.sql("DROP TABLE town.people")
            with pytest.raises(Exception, match="not written here"):
                spark.sql("INSERT INTO town.people SELECT name FROM town.people")

        def test_nothing_there(glue_context):
            with pytest.raises(Exception, match="Database nowhere not found") as refused:
                glue_context.create_dynamic_frame.from_catalog("nowhere", "people")
            assert "In a test, type glue_client.create_database(" in str(refused.value)

        def test_state_is_of_a_test(glue_client):
            assert glue_client.get_databases()["DatabaseList"] == []
        """
    )
    run(project).assert_outcomes(passed=4)


@pytest.mark.sail
def test_tests_do_not_see_each_others_views_and_settings(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_clean="""
        import pytest
        from people import SparkContext
        from awsglue.context import GlueContext
        from awsglue.job import Job

        @pytest.mark.parametrize("n", [1, 2])
        def test_clean(glue_context, n):
            spark = glue_context.spark_session
            assert spark.catalog.listTables() == []
            assert spark.conf.get("spark.sql.shuffle.partitions", "unset") != "3"
            spark.createDataFrame([(n,)], ["n"]).createOrReplaceTempView("view")
            spark.conf.set("spark.sql.shuffle.partitions", "3")

        def test_a_context_and_a_job_of_the_test_itself(glue_context, tmp_path):
            mine = GlueContext(SparkContext.getOrCreate())
            for _ in range(2):
                job = Job(mine)
                job.init("any", {"job_bookmark_option": "job-bookmark-enable"})
                job.commit()
        """
    )
    run(project).assert_outcomes(passed=3)


@pytest.mark.sail
def test_a_context_goes_on_when_the_output_of_a_job_was_read(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_both="""
        from awsglue.dynamicframe import DynamicFrame

        def test_both(glue_context, glue_job, tmp_path):
            (tmp_path / "in").mkdir()
            (tmp_path / "in" / "people.json").write_text('{"name": "Ann", "age": 20}')
            spark = glue_context.spark_session
            before = DynamicFrame.fromDF(spark.createDataFrame([("Bob",)], ["name"]), glue_context, "x")
            before.toDF().createOrReplaceTempView("names")
            done = glue_job("people.py", source=tmp_path / "in", target=tmp_path / "out")
            assert [row["name"] for row in done.output.rows()] == ["Ann"]
            assert before.count() == 1
            assert spark.sql("select * from names").count() == 1
            spark.table("names").write.json(str(tmp_path / "written"))
            read = glue_context.create_dynamic_frame.from_options(
                "s3", {"paths": [str(tmp_path / "written")]}, "json"
            )
            assert read.toDF().collect()[0].name == "Bob"
        """
    )
    run(project).assert_outcomes(passed=1)


def test_what_the_context_notes_stands_below_a_test_that_fails(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_fails="""
        from awsglue.dynamicframe import DynamicFrame

        def test_fails(glue_context):
            rows = glue_context.spark_session.createDataFrame([("Ann",)], ["name"])
            frame = DynamicFrame.fromDF(rows, glue_context, "x")
            assert frame.apply_mapping([("nam", "string", "name", "string")]).count() == 7
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*placekeeper*", "*'nam'*'name'*"])


def test_a_project_that_does_not_use_it_loads_nothing_of_it(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_other="""
        import sys

        def test_other():
            heavy = {"pyspark", "pysail", "pyarrow", "sqlalchemy", "boto3", "pandas", "awsglue"}
            assert not heavy & set(sys.modules)
        """
    )
    run(project).assert_outcomes(passed=1)


@pytest.mark.sail
def test_another_awsglue_is_left_alone_and_named_when_it_is_in_the_way(project: pytest.Pytester) -> None:
    project.mkpydir("awsglue")
    project.makepyfile(
        test_both="""
        import awsglue

        def test_theirs():
            assert "runtime/shim" not in awsglue.__file__

        def test_ours(glue_context):
            pass
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*another awsglue is at */awsglue/__init__.py and hides that of Placekeeper*"]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.mark.sail
def test_a_script_that_is_not_there_is_named(project: pytest.Pytester) -> None:
    project.makepyfile(test_no="def test_no(glue_job):\n    glue_job('nowhere.py')")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no script at *nowhere.py*"])
