"""purge_s3_path in runs: old output is deleted when the new one is visible, and not before."""

import time
from pathlib import Path

from dev import running_dev
from workspace import COPY, S3_IN_SOAK, LocalPlace, Workspace

WEEK_S = 7 * 24 * 3600
PURGE = COPY.replace(
    "glue.write_dynamic_frame",
    'glue.purge_s3_path(args["target"], OPTIONS)\nglue.write_dynamic_frame',
)


def test_the_new_output_takes_the_place_of_the_old_one(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1, 2)
    assert workspace.run().code == 0
    script = workspace.script(PURGE.replace("OPTIONS", '{"retentionPeriod": 0}'))

    workspace.put_rows("2.csv", 3)
    ran = workspace.run(script)
    assert ran.code == 0, ran.error
    assert "2 objects to be deleted when the output of the run is visible" in ran.error
    assert workspace.ids() == [3]
    nothing_new = workspace.run(script)
    assert nothing_new.code == 0, nothing_new.error
    assert workspace.ids() == []


@S3_IN_SOAK
def test_a_run_that_fails_deletes_nothing(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1, 2)
    assert workspace.run().code == 0
    failing = PURGE.replace("OPTIONS", '{"retentionPeriod": 0}').replace(
        "job.commit()", "raise SystemExit(3)"
    )
    assert workspace.run(workspace.script(failing)).code == 1
    assert workspace.ids() == [1, 2]


def test_what_is_younger_than_a_week_stays(local: Workspace) -> None:
    assert isinstance(local.place, LocalPlace)
    local.put_rows("1.csv", 1)
    local.place.put("out/old.parquet", b"x", modified=time.time() - WEEK_S - 60)
    local.place.put("out/young.parquet", b"x", modified=time.time() - WEEK_S + 60)
    ran = local.run(local.script(PURGE.replace("OPTIONS", "{}")))
    assert ran.code == 0, ran.error
    assert "1 object kept, younger than 168 hours (retentionPeriod)" in ran.error
    there = local.place.read_all("out")
    assert ("old.parquet" in there, "young.parquet" in there) == (False, True)


def test_what_a_run_deletes_cannot_be_read_in_it(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    assert local.run().code == 0
    reading = PURGE.replace("OPTIONS", '{"retentionPeriod": 0}').replace(
        "job.commit()",
        'glue.create_dynamic_frame.from_options("s3", {"paths": [args["target"]]}, "parquet")\njob.commit()',
    )
    ran = local.run(local.script(reading))
    assert "which becomes visible only when the run commits" in ran.error
    assert local.ids() == [1]


def test_a_folder_is_not_a_pattern_where_the_working_directory_has_brackets(tmp_path: Path) -> None:
    beside, here = tmp_path / "proj1" / "out", tmp_path / "proj[12]" / "out"
    for folder in (beside, here):
        folder.mkdir(parents=True)
        (folder / "old.parquet").write_bytes(b"x")
    workspace = Workspace(here.parent, LocalPlace(here.parent), {})
    script = tmp_path / "clean.py"
    script.write_text(
        "from awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\n"
        'GlueContext(SparkContext.getOrCreate()).purge_s3_path("out", {"retentionPeriod": 0})\n'
    )
    ran = workspace.inside("run", script, "--JOB_NAME", "clean")
    assert ran.code == 0, ran.error
    assert ((beside / "old.parquet").exists(), (here / "old.parquet").exists()) == (True, False)


def test_a_table_is_purged_by_its_partitions(local: Workspace) -> None:
    script = COPY.replace("rows = glue.create", "OPTIONS\nrows = glue.create", 1)
    purge = (
        """glue.purge_table("shop", "sales", {"partitionPredicate": "year=2023", "retentionPeriod": "0"})"""
    )
    with running_dev(local) as dev:
        dev.glue.create_database(DatabaseInput={"Name": "shop"})
        columns = {"Columns": [{"Name": "id", "Type": "bigint"}]}
        keys = [{"Name": "year", "Type": "int"}]
        table = {**columns, "Location": local.place.url("sales/")}
        of = {"DatabaseName": "shop"}
        dev.glue.create_table(
            **of, TableInput={"Name": "sales", "StorageDescriptor": table, "PartitionKeys": keys}
        )
        for year in (2023, 2024):
            local.place.put(f"sales/{year}/1.csv", b"1")
            storage = {**columns, "Location": local.place.url(f"sales/{year}/")}
            partition = {"Values": [str(year)], "StorageDescriptor": storage}
            dev.glue.create_partition(**of, TableName="sales", PartitionInput=partition)
        ran = local.run(local.script(script.replace("OPTIONS", purge)))
        assert ran.code == 0, ran.error
        assert "purge_table shop.sales: 1 partition to be dropped from the catalog" in ran.error
        left = dev.glue.get_partitions(**of, TableName="sales")["Partitions"]
        assert [found["Values"] for found in left] == [["2024"]]
        missing = local.run(local.script(script.replace("OPTIONS", purge.replace("sales", "sails"))))
        assert "EntityNotFoundException" in missing.error
    assert list(local.place.read_all("sales")) == ["2024/1.csv"]
