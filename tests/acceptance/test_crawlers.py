"""Crawls by the installed command: what jobs then read, odd folders, and processes that are killed."""

import gzip
import io
import re
import time
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from dev import Dev, running_dev
from workspace import S3_IN_SOAK, Workspace

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
    database="db", table_name="TABLE", transformation_ctx="rows"
)
print(sorted(field.name for field in rows.schema()))
glue.write_dynamic_frame.from_options(
    frame=rows, connection_type="s3", connection_options={"path": args["target"]}, format="parquet"
)
job.commit()
"""


READ_ALL = """\
from awsglue.context import GlueContext
from pyspark.context import SparkContext

glue = GlueContext(SparkContext.getOrCreate())
for name in TABLES:
    rows = glue.create_dynamic_frame.from_catalog(database="db", table_name=name).toDF().collect()
    print(f"{name}: {sorted(int(row['id']) for row in rows)}")
"""


def _parquet() -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2]}), made)
    return made.getvalue()


def _orc() -> bytes:
    made = io.BytesIO()
    orc.write_table(pa.table({"id": [1, 2]}), made)
    return made.getvalue()


def _avro() -> bytes:
    made = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "int"}]}
    fastavro.writer(made, schema, [{"id": 1}, {"id": 2}])
    return made.getvalue()


class Crawls:
    """Crawlers of a server."""

    def __init__(self, dev: Dev, workspace: Workspace) -> None:
        self.glue = dev.glue
        self.workspace = workspace
        self.glue.create_database(DatabaseInput={"Name": "db"})

    def make(
        self, folder: str, *, name: str = "c", target: dict[str, Any] | None = None, **more: Any
    ) -> None:
        targets = {"S3Targets": [{"Path": self.workspace.place.url(folder), **(target or {})}]}
        self.glue.create_crawler(Name=name, Role="role", DatabaseName="db", Targets=targets, **more)

    def crawl(self, name: str = "c", status: str = "SUCCEEDED") -> str:
        """Crawl to the end; the log."""
        self.glue.start_crawler(Name=name)
        last = self.ended(name)
        assert last["Status"] == status, self.log(last)
        return self.log(last)

    def ended(self, name: str = "c", seconds: float = 60) -> dict[str, Any]:
        """How the crawl that goes on has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            shown = self.glue.get_crawler(Name=name)["Crawler"]
            if shown["State"] == "READY":
                return shown["LastCrawl"]
            time.sleep(0.05)
        raise AssertionError(f"{name} is {shown['State']}")

    def log(self, last: dict[str, Any]) -> str:
        return (self.workspace.state / "logs" / last["MessagePrefix"] / "output").read_text()

    def tables(self) -> dict[str, list[str]]:
        """Columns and partition keys by the names of tables."""
        return {
            table["Name"]: [
                *(column["Name"] for column in table["StorageDescriptor"]["Columns"]),
                *(f"/{key['Name']}" for key in table["PartitionKeys"]),
            ]
            for table in self.glue.get_tables(DatabaseName="db")["TableList"]
        }

    def values(self, table: str) -> list[list[str]]:
        found = self.glue.get_partitions(DatabaseName="db", TableName=table)["Partitions"]
        return sorted(one["Values"] for one in found)


def process_of(workspace: Workspace) -> int:
    """The process of the one crawl, which its log names."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for log in (workspace.state / "logs").glob("*/output"):
            found = re.search(r"begins in process (\d+)\n", log.read_text())
            if found:
                return int(found[1])
        time.sleep(0.01)
    raise AssertionError("there is no process of a crawl")


@S3_IN_SOAK
def test_a_job_reads_what_a_crawl_has_found_and_then_only_what_is_new(workspace: Workspace) -> None:
    place = workspace.place
    place.put("in/year=2025/a.csv", b"id,name\n1,x\n2,y\n")
    place.put("in/year=2026/b.csv", b"id,name\n3,z\n4,w\n")
    with running_dev(workspace) as dev:
        crawls = Crawls(dev, workspace)
        crawls.make("in")
        assert "created; partitions created: 2" in crawls.crawl()
        assert crawls.tables() == {"in": ["id", "name", "/year"]}
        script = workspace.script(READ.replace("TABLE", "in"))
        assert workspace.counts(workspace.run(script)) == {"new": 2}
        assert workspace.ids() == [1, 2, 3, 4]

        place.put("in/year=2027/c.csv", b"id,name\n5,v\n6,u\n")
        assert "partitions created: 1" in crawls.crawl()
        assert workspace.counts(workspace.run(script)) == {"new": 1, "done": 2}
        assert workspace.ids() == [1, 2, 3, 4, 5, 6]
        said = crawls.crawl()
        assert "nothing has changed" in said
        id = crawls.glue.list_crawls(CrawlerName="c")["Crawls"][0]["CrawlId"]
        shown = workspace.inside("runs", "logs", id[:10], "--follow")
        assert (shown.code, shown.output) == (0, said)
        assert f"crawl {id[:15]} of the crawler c COMPLETED" in shown.error
        stopped = workspace.inside("runs", "stop", id)
        assert (stopped.code, "aws glue stop-crawler --name c" in stopped.error) == (2, True)
        assert workspace.counts(workspace.run(script)) == {"done": 3}


def test_odd_folders(local: Workspace) -> None:
    place = local.place
    place.put("in/mixed/a.csv", b"id,n\n1,2\n3,4\n")
    place.put("in/mixed/b.json", b'{"id": 5}\n')
    place.put("in/mixed/bad.parquet", b"PAR1 is all there is")
    place.put("in/mixed/README", b"to be read\n")
    place.put("in/mixed/_SUCCESS", b"")
    place.put("in/json/.hidden/x.json", b'{"hidden": 1}\n')
    place.put("in/json/empty.json", b"")
    place.put("in/json/x.json", b'{"id": 6, "deep": {"A": [1]}}\n')
    place.put("in/" + "/".join(["deep", *(f"l{n}" for n in range(12))]) + "/x.json", b'{"id": 7}\n')
    place.put("in/special/a=b c&d/e=%3A é/x.json", b'{"id": 8}\n')
    place.put("in/special/a=[1]{x,y}*/e=?/x.json", b'{"id": 9}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in")
        log = crawls.crawl()
        assert "bad.parquet: skipped: " in log
        assert "README: skipped: no classifier recognises it" in log
        assert "2 files left out: hidden" in log
        assert "1 file left out: empty" in log
        found = crawls.tables()
        assert {name: columns for name, columns in found.items() if name != "deep"} == {
            "a_csv": ["id", "n"],
            "b_json": ["id"],
            "json": ["id", "deep"],
            "special": ["id", "/a", "/e"],
        }
        assert found["deep"] == ["id", *(f"/partition_{n}" for n in range(12))]
        assert crawls.values("special") == [["[1]{x,y}*", "?"], ["b c&d", ": é"]]
        for table, ids in {"a_csv": [1, 3], "special": [8, 9], "deep": [7], "json": [6]}.items():
            script = local.script(READ.replace("TABLE", table), f"{table}.py")
            arguments = ("--JOB_NAME", table, "--target", place.url(f"out/{table}"))
            ended = local.inside("run", script, *arguments)
            assert ended.code == 0, ended.error
            assert local.ids(f"out/{table}") == ids


FORMS: dict[str, dict[str, Any]] = {
    "parquet": {"x.parquet": _parquet()},
    "orc": {"x.orc": _orc()},
    "avro": {"x.avro": _avro()},
    "lines": {"x.json.gz": gzip.compress(b'{"id": 1}\n{"id": 2}\n')},
    "inner": {"x.json": b'{"rows": [{"id": 1}, {"id": 2}]}'},
    "xml": {"x.xml": b"<rows><row><id>1</id></row><row><id>2</id></row></rows>"},
    "log": {"x.log": b"id=1\nid=2\n"},
    "tabs": {"x.tsv": b"id\tn\n1\ta\n2\tb\n"},
    "quoted": {"x.csv": b"'id';'n'\n'1';'a;b'\n'2';'c'\n"},
    "nested": {"x.json": b'{"id": 1}\n', "below/y.json": b'{"id": 2}\n'},
    "header": {"x.csv": b"id,n\n1,2\n", "y.csv": b"id,n\n2,3\n", "z.csv": b"id,n\n"},
}
CLASSIFIERS: list[tuple[str, dict[str, Any]]] = [
    ("JsonClassifier", {"JsonPath": "$.rows[*]"}),
    ("GrokClassifier", {"Classification": "mine", "GrokPattern": "^id=%{NUMBER:id:int}$"}),
    (
        "CsvClassifier",
        {"Delimiter": ";", "QuoteSymbol": "'", "ContainsHeader": "PRESENT", "Serde": "OpenCSVSerDe"},
    ),
    ("CsvClassifier", {"Delimiter": "#", "QuoteSymbol": "'", "Header": ["id", "n"]}),
    ("XMLClassifier", {"Classification": "orders", "RowTag": "item"}),
]
FORMS |= {
    "hash": {"x.csv": b"'1'#'a#b'\n'2'#c\n"},
    "items": {"x.xml": b"<o><head/><item><id>1</id></item><item><id>2</id></item></o>"},
}
"""Files with the ids 1 and 2, in every form that a crawl recognises."""


def test_a_job_reads_every_form_that_a_crawl_recognises(local: Workspace) -> None:
    for folder, files in FORMS.items():
        for name, data in files.items():
            local.place.put(f"in/{folder}/{name}", data)
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        for number, (kind, spec) in enumerate(CLASSIFIERS):
            crawls.glue.create_classifier(**{kind: {"Name": f"k{number}", **spec}})
        crawls.make("in", Classifiers=[f"k{number}" for number in range(len(CLASSIFIERS))])
        log = crawls.crawl()
        assert sorted(crawls.tables()) == sorted(FORMS), log
        source = READ_ALL.replace("TABLES", repr(sorted(FORMS)))
        ended = local.inside("run", local.script(source), "--JOB_NAME", "all")
        assert ended.code == 0, ended.error
        read = dict(re.findall(r"^(\w+): (.*)$", ended.output, re.MULTILINE))
        assert read == dict.fromkeys(FORMS, "[1, 2]")


def test_new_folders_only(local: Workspace) -> None:
    place = local.place
    place.put("in/d=1/a.json", b'{"id": 1}\n')
    place.put("in/d=2/a.json", b'{"id": 2}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in", RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
        crawls.crawl()
        place.put("in/d=1/b.json", b'{"id": 1, "late": 2}\n')
        place.delete("in/d=2/a.json")
        place.put("in/d=3/a.json", b'{"id": 3}\n')
        place.put("in/d=4/a.json", b'{"other": 3}\n')
        place.put("in/d=5/a.csv", b"id,n\n1,2\n3,4\n")
        place.put("in/d=6/e=1/a.json", b'{"id": 3}\n')
        log = crawls.crawl()
        assert "/d=1/: has changed since the last crawl" in log
        assert "/d=2/: is gone" in log
        assert "/d=4/: not added to db.in: its schema is another one" in log
        assert "/d=5/: not added to db.in: its files have another form" in log
        assert "/d=6/e=1/: not added to db.in: its partition keys are" in log
        assert crawls.tables() == {"in": ["id", "/d"]}
        assert crawls.values("in") == [["1"], ["2"], ["3"]]
        assert "has changed" not in crawls.crawl()


def test_a_table_threshold_and_a_bad_target_fail_the_crawl(local: Workspace) -> None:
    local.place.put("in/a/x.json", b'{"a": 1}\n')
    local.place.put("in/b/x.json", b'{"b": 1}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        text = '{"Version":1.0,"CrawlerOutput":{"Tables":{"TableThreshold":1}}}'
        crawls.make("in", Configuration=text)
        assert "2 is greater than the table threshold value: 1" in crawls.crawl(status="FAILED")
        assert crawls.tables() == {}
        targets = {"JdbcTargets": [{"ConnectionName": "x", "Path": "shop/%"}]}
        crawls.glue.create_crawler(Name="j", Role="r", DatabaseName="db", Targets=targets)
        crawls.crawl("j", status="FAILED")
        last = crawls.glue.get_crawler(Name="j")["Crawler"]["LastCrawl"]
        assert "the connection x of a JDBC target is not in the Data Catalog" in last["ErrorMessage"]
        crawls.glue.create_crawler(
            Name="n", Role="r", DatabaseName="absent", Targets={"S3Targets": [{"Path": "/absent"}]}
        )
        assert "Database absent not found" in crawls.crawl("n", status="FAILED")


def test_catalog_targets(local: Workspace) -> None:
    place = local.place
    place.put("in/d=1/x.json", b'{"id": 1}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in")
        crawls.crawl()
        table = crawls.glue.get_table(DatabaseName="db", Name="in")["Table"]
        kept = ("Name", "StorageDescriptor", "Parameters", "TableType")
        mine = {name: table[name] for name in kept} | {"Name": "mine"}
        mine["PartitionKeys"] = [{"Name": "day", "Type": "int"}]
        crawls.glue.create_table(DatabaseName="db", TableInput=mine)
        place.put("in/d=2/x.json", b'{"id": 2, "more": true}\n')
        targets = {"CatalogTargets": [{"DatabaseName": "db", "Tables": ["mine", "absent"]}]}
        crawls.glue.create_crawler(Name="k", Role="r", Targets=targets)
        assert "table db.absent: there is no such table" in crawls.crawl("k")
        assert crawls.tables() == {"in": ["id", "/d"], "mine": ["id", "more", "/day"]}
        assert crawls.values("mine") == [["1"], ["2"]]
        (key,) = crawls.glue.get_table(DatabaseName="db", Name="mine")["Table"]["PartitionKeys"]
        assert key["Type"] == "int"


def test_tables_whose_files_are_gone(local: Workspace) -> None:
    place = local.place
    place.put("in/a/x.json", b'{"a": 1}\n')
    place.put("in/b/x.json", b'{"b": 1}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in", SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
        crawls.crawl()
        place.put("in/a/x.json", b"\0 is no JSON")
        place.delete("in/b/x.json")
        log = crawls.crawl()
        assert "table db.a: no classifier recognises its files any more" in log
        assert "table db.b: there is nothing at" in log
        assert list(crawls.tables()) == ["a"]


def test_a_folder_of_one_table_that_becomes_several(local: Workspace) -> None:
    place = local.place
    for month in range(3):
        place.put(f"in/dt={month}/a.json", b'{"id":1,"v":{"x":1.5}}\n')
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in", SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
        crawls.crawl()
        cut = b'{"id":3,"v":{"x":1.5}}\n{"id":4,"v":'
        place.put("in/dt=2/bad.json", cut)
        place.put("in/dt=3/bad.json", cut)
        log = crawls.crawl()
        for month in (2, 3):
            assert f"in/dt={month}/bad.json: skipped" in log
        assert crawls.tables() == {"in": ["id", "v", "/dt"]}
        assert crawls.values("in") == [["0"], ["1"], ["2"]]
        place.put("in/dt=3/bad.json", b"a,b\n1,2\n3,4\n")
        place.put("in/dt=2/bad.json", b'{"id":2,"v":{"x":1.5}}\n')
        place.put("in/dt=4/b.csv", b"a,b\n1,2\n3,4\n")
        log = crawls.crawl()
        assert "because their formats differ (csv, json); it stays as it is" in log
        assert "there is nothing" not in log
        assert "in" in crawls.tables()
        assert crawls.values("in") == [["0"], ["1"], ["2"]]


def test_a_local_target_that_is_away_changes_nothing(local: Workspace, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "sales").mkdir(parents=True)
    (disk / "sales" / "x.json").write_text('{"a": 1}\n')
    target = {"Role": "r", "DatabaseName": "db", "Targets": {"S3Targets": [{"Path": str(disk / "sales")}]}}
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        policy = {"DeleteBehavior": "DELETE_FROM_DATABASE"}
        crawls.glue.create_crawler(Name="daily", **target, SchemaChangePolicy=policy)
        crawls.crawl("daily")
        disk.rename(tmp_path / "away")
        crawls.crawl("daily", status="FAILED")
        last = crawls.glue.get_crawler(Name="daily")["Crawler"]["LastCrawl"]
        assert "/disk/sales: there is no such path" in last["ErrorMessage"]
        assert list(crawls.tables()) == ["sales"]
        crawl = last["MessagePrefix"]
        crawls.glue.create_crawler(Name=crawl[0], **target)
    told = local.command("runs", "logs", "daily")
    shows = f"placekeeper runs logs {crawl} shows its last crawl"
    assert f"there is no run daily: it is a crawler. {shows}" in told.error
    like_an_id = local.command("runs", "logs", crawl[0])
    assert f"there is no run {crawl[0]}: it is a crawler. See aws glue list-crawls" in like_an_id.error


@pytest.fixture
def slow(local: Workspace) -> Workspace:
    """A target of which a crawl takes seconds."""
    rows = b"".join(b'{"a": %d, "b": "%d"}\n' % (row, row) for row in range(40_000))
    for number in range(60):
        local.place.put(f"in/{number}.json", rows)
    return local


def test_a_crawl_is_stopped(slow: Workspace) -> None:
    with running_dev(slow) as dev:
        crawls = Crawls(dev, slow)
        crawls.make("in")
        crawls.glue.start_crawler(Name="c")
        pid = process_of(slow)
        crawls.glue.stop_crawler(Name="c")
        assert crawls.ended()["Status"] == "CANCELLED"
        assert not Path(f"/proc/{pid}").exists()
        assert [one["State"] for one in crawls.glue.list_crawls(CrawlerName="c")["Crawls"]] == ["STOPPED"]


@pytest.mark.parametrize(
    "point",
    [
        "crawl.table-changed",
        *(pytest.param(f"crawl.{point}", marks=pytest.mark.crash) for point in ("found", "changed", "ended")),
    ],
)
def test_the_process_of_a_crawl_is_killed(local: Workspace, point: str) -> None:
    for name in "ab":
        local.place.put(f"in/{name}/d=1/x.json", b'{"%s": 1}\n' % name.encode())
        local.place.put(f"in/{name}/d=2/x.json", b'{"%s": 2}\n' % name.encode())
    environ = dict(local.environ)
    local.environ["PLACEKEEPER_FAULT_POINT"] = point
    with running_dev(local) as dev:
        crawls = Crawls(dev, local)
        crawls.make("in")
        crawls.glue.start_crawler(Name="c")
        last = crawls.ended()
        if point == "crawl.ended":  # all was done, and said
            assert last["Status"] == "SUCCEEDED"
        else:
            assert (last["Status"], "killed by SIGKILL" in last["ErrorMessage"]) == ("FAILED", True)
        tables = {"crawl.found": 0, "crawl.table-changed": 1}.get(point, 2)
        assert len(crawls.tables()) == tables
        assert [crawls.values(name) for name in crawls.tables()] == [[["1"], ["2"]]] * tables
    local.environ = environ
    with running_dev(local) as dev:
        again = Crawls.__new__(Crawls)
        again.glue, again.workspace = dev.glue, local
        again.crawl()
        assert again.tables() == {"a": ["a", "/d"], "b": ["b", "/d"]}
        assert again.values("a") == again.values("b") == [["1"], ["2"]]


def test_the_server_of_a_crawl_is_killed(slow: Workspace) -> None:
    with running_dev(slow) as dev:
        crawls = Crawls(dev, slow)
        crawls.make("in")
        crawls.glue.start_crawler(Name="c")
        pid = process_of(slow)
        dev.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, "the process of a crawl outlives its launcher"
        time.sleep(0.01)
    with running_dev(slow) as dev:
        again = Crawls.__new__(Crawls)
        again.glue, again.workspace = dev.glue, slow
        last = again.ended(seconds=10)
        assert (last["Status"], "was killed" in last["ErrorMessage"]) == ("FAILED", True)
        again.crawl()
        assert again.tables() == {"in": ["a", "b"]}
