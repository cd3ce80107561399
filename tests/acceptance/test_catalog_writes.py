"""Tables of the catalog, written by scripts: made, widened, with partitions; in the commit, or not at all."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dev import Dev, running_dev
from workspace import S3_IN_SOAK, Ended, Workspace

HEAD = """\
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
rows = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]], "recurse": True},
    format="json",
    transformation_ctx="rows",
)
"""

STUDIO = """\
sink = glueContext.getSink(
    path=args["target"],
    connection_type="s3",
    updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=["day"],
    compression="snappy",
    enableUpdateCatalog=True,
    transformation_ctx="sink",
)
sink.setCatalogInfo(catalogDatabase="shop", catalogTableName="Sales")
sink.setFormat("glueparquet")
sink.writeFrame(rows)
job.commit()
"""
"""What Glue Studio generates for a target that updates the Data Catalog."""

READ = """\
rows = glueContext.create_dynamic_frame.from_catalog(
    database="shop", table_name="sales", transformation_ctx="read" OPTIONS
)
for row in rows.toDF().collect():
    print("row", dict(sorted(row.asDict(recursive=True).items())))
job.commit()
"""


class Shop:
    """The database `shop` in a state, and the input of a job."""

    def __init__(self, dev: Dev, workspace: Workspace) -> None:
        self.glue = dev.glue
        self.workspace = workspace
        self.glue.create_database(DatabaseInput={"Name": "shop"})

    def put(self, name: str, *records: dict[str, Any]) -> None:
        lines = "".join(f"{json.dumps(record)}\n" for record in records)
        self.workspace.place.put(f"in/{name}", lines.encode())

    def run(self, body: str = STUDIO, *arguments: str, head: str = HEAD, **environ: str) -> Ended:
        return self.workspace.run(self.workspace.script(head + body), arguments=arguments, **environ)

    def ran(self, body: str = STUDIO, *arguments: str, head: str = HEAD) -> dict[str, Any]:
        """The summary of a run that ends well."""
        ended = self.run(body, *arguments, head=head)
        assert ended.code == 0, ended.error + ended.output
        return ended.summary["summary"]

    def refused(self, body: str, *arguments: str) -> str:
        """The error of a run that fails."""
        ended = self.run(body, *arguments)
        assert ended.code == 1, ended.error
        return ended.summary["error_message"]

    def table(self, name: str = "sales") -> dict[str, Any]:
        return self.glue.get_table(DatabaseName="shop", Name=name)["Table"]

    def tables(self) -> list[str]:
        return [table["Name"] for table in self.glue.get_tables(DatabaseName="shop")["TableList"]]

    def columns(self, name: str = "sales") -> dict[str, str]:
        return {c["Name"]: c["Type"] for c in self.table(name)["StorageDescriptor"]["Columns"]}

    def partitions(self, name: str = "sales") -> dict[tuple[str, ...], str]:
        """The locations of the partitions, by values."""
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName="shop", TableName=name)
        return {
            tuple(found["Values"]): found["StorageDescriptor"]["Location"]
            for page in pages
            for found in page["Partitions"]
        }

    def folders(self) -> set[str]:
        """The partition folders that have files."""
        names = self.workspace.place.read_all("out")
        return {name.rpartition("/")[0] for name in names if "_placekeeper" not in name}

    def rows(self, options: str = "", name: str = "reads") -> list[dict[str, Any]]:
        """What a second job reads of the table, with a bookmark of its own."""
        place = self.workspace.place
        script = self.workspace.script(
            HEAD[: HEAD.index("rows =")].replace('args["JOB_NAME"], args', f'"{name}", args')
            + READ.replace("OPTIONS", options),
            name=f"{name}.py",
        )
        ended = self.workspace.inside(
            *("run", script, "--JOB_NAME", name, "--job-bookmark-option", "job-bookmark-enable"),
            *("--source", place.url("in"), "--target", place.url("out"), "--json"),
        )
        assert ended.code == 0, ended.error + ended.output
        lines = [line.partition("row ")[2] for line in ended.error.splitlines() if line.startswith("row ")]
        return sorted((eval(line) for line in lines), key=repr)


def told(summary: dict[str, Any]) -> str:
    """What the summary says of the catalog."""
    (sink,) = summary["sinks"]
    return str(sink["catalog"])


@S3_IN_SOAK
def test_three_runs_through_the_studio_block_then_a_job_that_reads_the_table(workspace: Workspace) -> None:
    with running_dev(workspace) as dev:
        shop = Shop(dev, workspace)
        shop.put("1.json", {"id": 1, "Name": "a", "day": "mon"}, {"id": 2, "Name": "b", "day": "tue"})
        assert told(shop.ran()) == "table shop.sales: created; 2 partitions in the catalog"
        assert shop.columns() == {"id": "int", "name": "string"}
        table = shop.table()
        assert table["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
        assert table["Parameters"]["classification"] == "parquet"
        assert table["TableType"] == "EXTERNAL_TABLE"
        assert "ParquetHiveSerDe" in table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
        assert sorted(shop.partitions()) == [("mon",), ("tue",)]
        assert {f"day={values[0]}" for values in shop.partitions()} == shop.folders()
        first = [{"Name": "a", "day": "mon", "id": 1}, {"Name": "b", "day": "tue", "id": 2}]
        assert shop.rows(", push_down_predicate=\"day in ('mon', 'tue')\"") == first

        shop.put("2.json", {"id": 3_000_000_000, "Name": "c", "more": 1.5, "day": "wed"})
        widened = "columns added: more, columns changed: id (int to bigint); 1 partition in the catalog"
        assert told(shop.ran()) == f"table shop.sales: {widened}"
        assert shop.columns() == {"id": "bigint", "name": "string", "more": "double"}
        shop.put("3.json", {"id": 4, "day": "mon"})
        shop.ran()
        assert shop.columns() == {"id": "bigint", "name": "string", "more": "double"}
        assert sorted(shop.partitions()) == [("mon",), ("tue",), ("wed",)]
        assert shop.table()["VersionId"] == "1"

        assert [row["id"] for row in shop.rows(", push_down_predicate=\"day = 'mon'\"", "other")] == [1, 4]
        assert sorted(row["id"] for row in shop.rows(name="third")) == [1, 2, 4, 3_000_000_000]
        shop.put("4.json", {"id": 5, "day": "thu"})
        shop.ran()
        assert [(row["id"], row["day"]) for row in shop.rows(name="third")] == [(5, "thu")]
        schema = "print(glueContext.get_catalog_schema_as_spark_schema('shop', 'sales').simpleString())"
        ended = shop.run(schema)
        assert "struct<id:bigint,name:string,more:double,day:string>" in ended.error


def test_a_publication_that_fails_takes_files_table_and_partitions_back(workspace: Workspace) -> None:
    """The second of two tables goes away before the commit: nothing of the first stays, and the next run
    reads the same again."""
    other = STUDIO.replace('args["target"]', 'args["target"] + "/other"').replace("Sales", "other")
    loses = """\
import boto3

glue = boto3.client("glue", aws_access_key_id="any", aws_secret_access_key="any")
glue.update_table(
    DatabaseName="shop",
    TableInput={"Name": "other", "PartitionKeys": [{"Name": "hour"}], "StorageDescriptor": {}},
)
job.commit()
"""
    both = STUDIO.replace("job.commit()\n", "") + other
    with running_dev(workspace) as dev:
        shop = Shop(dev, workspace)
        shop.put("1.json", {"id": 1, "day": "mon"})
        dev.glue.create_table(
            DatabaseName="shop",
            TableInput={
                "Name": "other",
                "PartitionKeys": [{"Name": "day"}],
                "StorageDescriptor": {
                    "Location": workspace.place.url("out/other"),
                    "SerdeInfo": {"SerializationLibrary": "ParquetHiveSerDe"},
                },
            },
        )
        error = shop.refused(both.replace("job.commit()\n", loses))
        assert "the partition keys of the table other have changed" in error
        assert shop.tables() == ["other"]
        assert workspace.ids() == []
        dev.glue.delete_table(DatabaseName="shop", Name="other")
        assert shop.ran(both)["sources"][0]["counts"] == {"new": 1}
        assert shop.tables() == ["other", "sales"]
        assert list(shop.partitions()) == list(shop.partitions("other")) == [("mon",)]


@S3_IN_SOAK
def test_runs_at_the_same_time_add_the_same_partition(workspace: Workspace) -> None:
    with running_dev(workspace) as dev, ThreadPoolExecutor(2) as threads:
        shop = Shop(dev, workspace)
        shop.put("1.json", {"id": 1, "day": "mon"}, {"id": 2, "day": "tue"})
        script = workspace.script(HEAD + STUDIO)

        def run(name: str) -> Ended:
            source, target = workspace.place.url("in"), workspace.place.url("out")
            command = ("run", script, "--JOB_NAME", name, "--source", source, "--target", target, "--json")
            return workspace.command(*command)

        for ended in threads.map(run, ["one", "two"]):
            assert ended.code == 0, ended.error
        assert sorted(shop.partitions()) == [("mon",), ("tue",)]
        assert [row["id"] for row in shop.rows()] == [1, 1, 2, 2]
