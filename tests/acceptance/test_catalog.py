"""Tables of the catalog, read by a script under a bookmark: partitions that come later, with old files."""

import json
import time
from typing import Any

import pytest

from dev import Dev, running_dev
from workspace import Workspace

HOUR = 3600

READ = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_catalog(
    database="shop", table_name="sales", transformation_ctx="rows" OPTIONS
)
assert [(f.name, f.dataType.typeName()) for f in rows.schema()] == [
    ("id", "long"), ("sold", "date"), ("year", "int")
], rows.schema()
glue.write_dynamic_frame.from_options(
    frame=rows, connection_type="s3", connection_options={"path": args["target"]}, format="parquet"
)
job.commit()
"""


class Shop:
    """The table `shop.sales`, of CSV by year."""

    def __init__(self, dev: Dev, workspace: Workspace) -> None:
        self.glue = dev.glue
        self.workspace = workspace
        self.glue.create_database(DatabaseInput={"Name": "shop"})
        self.glue.create_table(
            DatabaseName="shop",
            TableInput={
                "Name": "sales",
                "StorageDescriptor": self._storage("in/"),
                "PartitionKeys": [{"Name": "year", "Type": "int"}],
                "Parameters": {"skip.header.line.count": "1"},
            },
        )

    def _storage(self, folder: str) -> dict[str, Any]:
        return {
            "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "sold", "Type": "date"}],
            "Location": self.workspace.place.url(folder),
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ";"},
            },
        }

    def put(self, year: int, *ids: int, ago_s: float = 2 * HOUR) -> None:
        """A file of a year, which the catalog may not know yet."""
        lines = "".join(f"{n};{year}-01-0{n % 9 + 1}\n" for n in ids)
        name = f"in/{year}/{ids[0]}.csv"
        self.workspace.place.put(name, f"Id;Sold\n{lines}".encode(), modified=time.time() - ago_s)

    def add(self, year: int) -> float:
        """Tell the catalog of a year; when it was told, in milliseconds."""
        of: dict[str, Any] = {"DatabaseName": "shop", "TableName": "sales"}
        partition = {"Values": [str(year)], "StorageDescriptor": self._storage(f"in/{year}/")}
        self.glue.create_partition(**of, PartitionInput=partition)
        made = self.glue.get_partition(**of, PartitionValues=[str(year)])["Partition"]["CreationTime"]
        return round(made.timestamp() * 1000)

    def run(self, *arguments: str, options: str = "") -> dict[str, int]:
        script = self.workspace.script(READ.replace("OPTIONS", options))
        ended = self.workspace.run(script, arguments=arguments)
        assert ended.code == 0, ended.error + ended.output
        return self.workspace.counts(ended)


@pytest.mark.parametrize("policy", ["exact", "window"])
def test_a_partition_that_comes_later_with_old_files(local: Workspace, policy: str) -> None:
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        shop.put(2024, 1, 2)
        shop.put(2025, 3)
        shop.add(2024)
        arguments = ("--bookmark-policy", policy)
        assert shop.run(*arguments) == {"new": 1}

        made_ms = shop.add(2025)  # its file is as old as those that were read
        shop.put(2024, 4, ago_s=3 * HOUR)  # late, in a partition that was known
        planned = local.inside("plan", "copy", "--all", "--json")
        decisions = json.loads(planned.output)["sources"][0]["decisions"]
        reasons = {d["object"][0][-10:]: d["reason"] for d in decisions}
        if policy == "exact":
            assert reasons == {"2024/1.csv": "done", "2024/4.csv": "late", "2025/3.csv": "late"}
            assert shop.run(*arguments) == {"done": 1, "late": 2}
            assert shop.run(*arguments) == {"done": 3}
        else:
            assert reasons == {"2024/1.csv": "done", "2024/4.csv": "skipped", "2025/3.csv": "new"}
            assert shop.run(*arguments) == {"done": 1, "skipped": 1, "new": 1}
            assert shop.run(*arguments) == {"done": 2, "skipped": 1}
    bookmark = local.entry()["JobBookmark"]
    assert f'"CURR_LATEST_PARTITION":"{made_ms}"' in bookmark
    assert f'"CURR_LATEST_PARTITIONS":"file://{local.place.url("in/2025")}/"' in bookmark
    assert local.ids() == ([1, 2, 3, 4] if policy == "exact" else [1, 2, 3])


@pytest.mark.parametrize("policy", ["exact", "window"])
def test_a_run_follows_a_plan_of_a_table_and_the_next_one_reads_the_rest(
    local: Workspace, policy: str
) -> None:
    arguments = ("--bookmark-policy", policy)
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        shop.put(2024, 1)
        shop.add(2024)
        shop.run(*arguments)
        shop.put(2025, 2)
        shop.add(2025)
        plan = local.folder / "plan.json"
        plan.write_text(local.inside("plan", "copy", "--json").output)
        shop.put(2026, 3)
        shop.add(2026)

        run, *behind = local.run_arguments(local.script(READ.replace("OPTIONS", "")), arguments=arguments)
        followed = local.command(run, "--plan", plan, *behind)
        read = "new" if policy == "window" else "late"
        assert local.counts(followed) == {"done": 1, read: 1, "unplanned": 1}
        assert shop.run(*arguments) == {"done": 2, read: 1}
        assert shop.run(*arguments) == {"done": 3}
    assert local.ids() == [1, 2, 3]


def test_by_the_window_a_partition_that_is_made_once_more_is_new(local: Workspace) -> None:
    """As on AWS, whose list of the newest partitions goes by the time they were made.

    Source: docs/reference/bookmarks.md#new-partitions.
    """
    window = ("--bookmark-policy", "window")
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        shop.put(2024, 1)
        shop.add(2024)
        assert shop.run(*window) == {"new": 1}
        dev.glue.delete_partition(DatabaseName="shop", TableName="sales", PartitionValues=["2024"])
        shop.add(2024)
        assert shop.run(*window) == {"new": 1}
        assert shop.run(*window) == {"done": 1}


def test_predicates_choose_partitions_and_another_is_another_source(local: Workspace) -> None:
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        assert shop.run() == {}  # a table without partitions has its columns all the same
        for year in (2023, 2024, 2025):
            shop.put(year, year - 2020)
            shop.add(year)
        assert shop.run(options=', push_down_predicate="year > 2024"') == {"late": 1}
        assert local.ids() == [5]
        server_side = ', additional_options={"catalogPartitionPredicate": "year > 2023", "exclusions": []}'
        assert shop.run(options=server_side) == {"done": 1, "late": 1}
        for number in range(10, 120):
            shop.put(2023, number)
        script = local.script(READ.replace("OPTIONS", ', push_down_predicate="year >= 2023"'))
        guarded = local.run(script)
        assert guarded.code == 1
        assert "--bookmark-backfill allow" in guarded.summary["error_message"]
    assert local.ids() == [4, 5]


def test_json_and_parquet_describe_themselves(workspace: Workspace) -> None:
    place = workspace.place
    with running_dev(workspace) as dev:
        dev.glue.create_database(DatabaseInput={"Name": "shop"})
        place.put("in/a/1.json", b'{"id": 1, "year": "own"}\n')
        place.put("in/b/2.json", b'{"id": 2, "more": true}\n')
        storage = {"SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}
        dev.glue.create_table(
            DatabaseName="shop",
            TableInput={
                "Name": "sales",
                "StorageDescriptor": {**storage, "Location": place.url("in")},
                "PartitionKeys": [{"Name": "year"}],
            },
        )
        for value in "ab":
            dev.glue.create_partition(
                DatabaseName="shop",
                TableName="sales",
                PartitionInput={
                    "Values": [value],
                    "StorageDescriptor": {**storage, "Location": place.url(f"in/{value}")},
                },
            )
        script = READ[: READ.index("assert")].replace("OPTIONS", "") + (
            "print(sorted(map(str, rows.toDF().select('id', 'more', 'year').collect())))\njob.commit()\n"
        )
        ended = workspace.run(workspace.script(script))
    assert ended.code == 0, ended.error
    assert "Row(id=1, more=None, year='a')" in ended.error
    assert "Row(id=2, more=True, year='b')" in ended.error


def test_a_partition_says_how_its_columns_are_ordered(local: Workspace) -> None:
    """As of a table that has got a column since, whose old partitions do not have it."""
    with running_dev(local) as dev:
        Shop(dev, local)
        columns = [{"Name": "SOLD", "Type": "date"}, {"Name": "gone", "Type": "int"}, {"Name": "id"}]
        for year, text, own in (
            (2023, b"Sold;Gone;Id\n2023-01-01;9;1\n", columns),
            (2024, b"Id\n2\n", columns[2:]),
            (2025, b"Id;Sold\n3;2025-01-01\n", None),
        ):
            local.place.put(f"in/{year}/1.csv", text)
            storage = {"Location": local.place.url(f"in/{year}/")} | ({"Columns": own} if own else {})
            dev.glue.create_partition(
                DatabaseName="shop",
                TableName="sales",
                PartitionInput={"Values": [str(year)], "StorageDescriptor": storage},
            )
        said = "print(sorted(map(str, rows.toDF().collect())))\njob.commit()\n"
        script = READ[: READ.index("glue.write_dynamic_frame")].replace("OPTIONS", "") + said
        ended = local.run(local.script(script))
    assert ended.code == 0, ended.error
    assert "Row(id=1, sold=datetime.date(2023, 1, 1), year=2023)" in ended.error
    assert "Row(id=2, sold=None, year=2024)" in ended.error
    assert "Row(id=3, sold=datetime.date(2025, 1, 1), year=2025)" in ended.error


def test_a_script_asks_for_the_tables_of_a_database(local: Workspace) -> None:
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        shop.glue.create_table(
            DatabaseName="shop", TableInput={"Name": "Archive", "StorageDescriptor": shop._storage("old/")}
        )
        script = local.script(
            """\
from awsglue.context import GlueContext
from pyspark.context import SparkContext

glue = GlueContext(SparkContext.getOrCreate())
print("names", glue.tableNames(dbName="Shop"))
tables = glue.tables("shop")
print("found", tables.filter(tables.tableName == "sales").count())
glue.createDataFrame([(1,)], "id int").createOrReplaceTempView("seen")
print("views", glue.tableNames("shop"), [tuple(row) for row in glue.tables("shop").collect()][-1])
"""
        )
        ended = local.run(script)
        assert ended.code == 0, ended.error
        said = ended.error + ended.output
        assert "names ['archive', 'sales']" in said
        assert "found 1" in said
        assert "views ['archive', 'sales', 'seen'] ('', 'seen', True)" in said


def test_a_table_that_cannot_be_read(local: Workspace) -> None:
    with running_dev(local) as dev:
        shop = Shop(dev, local)
        local.place.put("in/2024/1.csv", b"Id;Sold\nx;2024-01-01\n")
        shop.add(2024)
        of_choices = READ.replace("OPTIONS", "").replace('("id", "long")', '("id", "choice")')
        mixed = local.run(local.script(of_choices))  # a text that is no number makes a choice, as on AWS
        assert mixed.code == 0, mixed.error
        assert "id held more than one type" in mixed.error
        regex = {"SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.RegexSerDe"}}
        dev.glue.update_table(
            DatabaseName="shop",
            TableInput={
                "Name": "sales",
                "StorageDescriptor": {**regex, "Location": "x"},
                "PartitionKeys": [{"Name": "year", "Type": "int"}],
            },
        )
        refused = local.run(local.script(READ.replace("OPTIONS", "")))
    assert "RegexSerDe" in refused.summary["error_message"]
