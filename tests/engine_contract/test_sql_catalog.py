"""SQL over the Data Catalog: the same rows and answers on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(12)

CSV = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JSON = "org.openx.data.jsonserde.JsonSerDe"


class Warehouse:
    """The databases `shop` and `crm`, and runs whose SQL sees them."""

    def __init__(self, state: State, run: Scripts, engine: Engine, folder: Path) -> None:
        self.control, self.run, self.engine, self.folder = state.control, run, engine, folder
        for name in ("shop", "crm"):
            self.control.catalog.create_database({"Name": name, "LocationUri": f"file://{folder}/{name}"})

    def table(
        self,
        name: str,
        columns: str,
        library: str,
        keys: str = "",
        database: str = "shop",
        **more: Any,
    ) -> Path:
        """A table; columns as `a int, b string`."""
        place = self.folder / database / name
        place.mkdir(parents=True, exist_ok=True)
        delimiter = {"field.delim": ","} if library == CSV else {}
        self.control.catalog.create_table(
            database,
            {
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": _columns(keys),
                "StorageDescriptor": {
                    "Columns": _columns(columns),
                    "Location": f"file://{place}/",
                    "SerdeInfo": {"SerializationLibrary": library, "Parameters": delimiter},
                },
                **more,
            },
        )
        return place

    def partition(self, name: str, folder: Path, *values: str) -> None:
        """Register a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"Values": list(values), "StorageDescriptor": {"Location": f"file://{folder}/"}}
        self.control.partitions.create("shop", name, spec)

    def sales(self) -> None:
        """A partitioned table of CSV; one folder is not registered."""
        place = self.table("sales", "id int, item string, price decimal(10,2)", CSV, "day string, n int")
        for day, n, lines in (
            ("2024-01-01", 1, "1,pen,1.50\n2,ink,2.25\n"),
            ("2024-01-02", 2, "3,pen,1.75\n"),
            ("2024-01-03", 10, "4,cap,9.00\n"),
        ):
            self.partition("sales", place / f"day={day}" / f"n={n}", day, str(n))
            (place / f"day={day}" / f"n={n}" / "a.csv").write_text(lines)
        hidden = place / "day=2024-01-04" / "n=4"
        hidden.mkdir(parents=True)
        (hidden / "a.csv").write_text("99,no,0\n")


def _columns(text: str) -> list[dict[str, str]]:
    return [dict(zip(("Name", "Type"), one.split(), strict=True)) for one in text.split(", ") if one]


class InRun:
    """The session of one run."""

    def __init__(self, session: Any, glue: Any) -> None:
        self.session, self.glue, self.spark = session, glue, glue.spark_session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return sorted((tuple(row) for row in self.spark.sql(sql).collect()), key=repr)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = new_state(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def warehouse(
    engine: Engine, state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Warehouse]:
    with scripts(state, engine, monkeypatch) as run:
        yield Warehouse(state, run, engine, tmp_path)


@pytest.fixture
def run(warehouse: Warehouse) -> Iterator[InRun]:
    """A run whose SQL sees the catalog."""
    with warehouse.run() as (session, glue, _job):
        patches, before = Patches(), warehouse.engine._patches  # type: ignore[attr-defined]
        warehouse.engine._patches = patches  # type: ignore[attr-defined]
        _drop_views(glue.spark_session)  # those of other files: the session is shared
        try:
            warehouse.engine.pass_on(session, session.sql_tables)
            yield InRun(session, glue)
        finally:
            patches.undo()
            warehouse.engine._patches = before  # type: ignore[attr-defined]
            _drop_views(glue.spark_session)


def _drop_views(spark: Any) -> None:
    for table in spark.catalog.listTables():
        if table.isTemporary:
            spark.catalog.dropTempView(table.name)


def test_a_query_reads_registered_partitions_in_the_catalogs_types(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    found = run.spark.sql("SELECT * FROM shop.sales")
    assert [(field.name, field.dataType.simpleString()) for field in found.schema.fields] == [
        ("id", "int"),
        ("item", "string"),
        ("price", "decimal(10,2)"),
        ("day", "string"),
        ("n", "int"),
    ]
    assert sorted(row.id for row in found.collect()) == [1, 2, 3, 4]
    said = [note for note in run.session.summary().notes if "read by SQL" in note]
    assert len(said) == 1
    assert "1 table (3 objects) read by SQL, which no bookmark follows" in said[0]
    assert not [note for note in run.session.summary().notes if "without a transformation_ctx" in note]


QUERIES = [
    ("SELECT sum(price) FROM shop.sales", [("14.50",)]),
    ("SELECT sales.id FROM shop.sales WHERE sales.day = '2024-01-02'", [(3,)]),
    ("SELECT shop.sales.id, s.item FROM shop.sales JOIN `shop`.`sales` AS s ON s.id = sales.id + 2", None),
    ("SELECT id FROM spark_catalog.shop.sales WHERE n > 2 -- shop.other", [(4,)]),
    ("WITH sales AS (SELECT * FROM shop.sales WHERE item = 'pen') SELECT count(*) FROM sales", [(2,)]),
    ("SELECT id FROM shop.sales WHERE day IN ('2024-01-01', '2024-01-03') AND id > 1", [(2,), (4,)]),
    ("SELECT 'FROM shop.none' AS t, id FROM SHOP.Sales WHERE n BETWEEN 2 AND 9", [("FROM shop.none", 3)]),
    (
        "SELECT id FROM shop.sales o WHERE EXISTS (SELECT 1 FROM shop.sales i WHERE n = 10 AND i.id = o.id)",
        [(4,)],
    ),
    ("SELECT day, count(*) c FROM shop.sales GROUP BY day HAVING count(*) > 1", [("2024-01-01", 2)]),
    ("SELECT id FROM shop.sales WHERE item = 'pen' UNION ALL SELECT 7", [(1,), (3,), (7,)]),
    ("SELECT id FROM (SELECT * FROM shop.sales WHERE n = 1) AS x WHERE x.id = 1", [(1,)]),
    ("SELECT id FROM shop.sales WHERE day = '2024-01-01' OR n = 10", [(1,), (2,), (4,)]),
    (
        "WITH q AS (SELECT 1 AS id) SELECT /*+ BROADCAST(s) */ s.id FROM shop.sales s JOIN q ON s.id = q.id",
        [(1,)],
    ),
]


def test_tables_of_one_name_in_two_databases(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    other = warehouse.table("sales", "id int, item struct<en:string>", JSON, database="crm")
    (other / "a.json").write_text('{"id": 3, "item": {"en": "pen"}}\n{"id": 50}\n')
    joined = "FROM shop.sales JOIN crm.sales ON shop.sales.id = crm.sales.id"
    assert run.rows(f"SELECT shop.sales.item, crm.sales.item.en {joined}") == [("pen", "pen")]
    assert run.rows("SELECT crm.sales.item.en FROM crm.sales WHERE id = 3") == [("pen",)]
    there = "SELECT 1 FROM crm.sales WHERE crm.sales.id = shop.sales.id"
    assert run.rows(f"SELECT sales.id FROM shop.sales WHERE EXISTS ({there})") == [(3,)]


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_a_query(warehouse: Warehouse, run: InRun, sql: str, rows: list[Any] | None) -> None:
    warehouse.sales()
    wanted = [(1, "pen"), (2, "cap")] if rows is None else rows
    found = [tuple(str(v) if not isinstance(v, int | str) else v for v in row) for row in run.rows(sql)]
    assert found == wanted


def test_a_condition_on_keys_reads_its_partitions_alone(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    assert run.rows("SELECT id FROM shop.sales WHERE day >= '2024-01-02' AND n < 10") == [(3,)]
    (source,) = run.session.summary().sources
    assert source.by_sql
    assert source.objects_read == 1


def test_a_temporary_view_comes_before_a_table_of_its_name(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    run.spark.sql("USE shop")
    assert len(run.rows("SELECT * FROM sales")) == 4
    run.spark.range(3).createOrReplaceTempView("sales")
    assert run.rows("SELECT count(*) FROM sales") == [(3,)]
    assert run.rows("SELECT count(*) FROM shop.sales") == [(4,)]
    assert run.spark.table("sales").count() == 3
    assert run.spark.read.table("shop.sales").count() == 4
    run.spark.sql("CREATE OR REPLACE TEMP VIEW v AS SELECT id FROM shop.sales WHERE n = 10")
    assert run.rows("SELECT * FROM v") == [(4,)]


def test_the_current_database_of_a_query(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    assert run.rows("SELECT current_database()") == [("default",)]
    run.spark.sql("USE shop")
    frame = run.spark.sql("SELECT current_database() AS d, current_schema()")
    assert [tuple(row) for row in frame.collect()] == [("shop", "shop")]
    assert frame.columns == ["d", "current_schema()"]
    assert run.rows("SELECT DISTINCT current_schema() AS s FROM sales") == [("shop",)]


def test_only_views_ask_nothing_of_the_server(run: InRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("the server was asked")

    run.spark.range(3).createOrReplaceTempView("names")
    with monkeypatch.context() as patch:
        patch.setattr(type(run.session._context.client), "_call", refuse)
        assert run.rows("WITH a AS (SELECT * FROM names) SELECT count(*) FROM a") == [(3,)]


def test_a_table_that_is_nowhere(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    for name, said in (
        ("shop.sale", "The database shop has the table sales"),
        ("shops.sales", "crm and shop"),
    ):
        with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND") as raised:
            run.spark.sql(f"SELECT * FROM {name}")
        assert said in str(raised.value)
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        run.spark.table("nowhere")


def test_files_that_name_their_columns_have_those_of_the_table(warehouse: Warehouse, run: InRun) -> None:
    place = warehouse.table("events", "id bigint, name string, more array<int>", PARQUET)
    pq.write_table(
        pa.table({"Name": ["a", None], "ID": pa.array([1, 2], pa.int32()), "x": [0, 0]}), place / "a.parquet"
    )
    jsons = warehouse.table("lines", "a int, b struct<x:string>", JSON, database="crm")
    (jsons / "a.json").write_text('{"a": 1, "b": {"x": "y"}}\n{"a": "no"}\n')
    assert run.rows("SELECT id, name, more FROM shop.events") == [(1, "a", None), (2, None, None)]
    assert run.spark.table("shop.events").dtypes == [
        ("id", "bigint"),
        ("name", "string"),
        ("more", "array<int>"),
    ]
    assert run.rows("SELECT a, b.x FROM crm.lines") == [(1, "y"), (None, None)]


def test_a_table_without_files_has_no_rows(warehouse: Warehouse, run: InRun) -> None:
    warehouse.table("empty", "id bigint, when timestamp", JSON)
    assert run.rows("SELECT * FROM shop.empty") == []
    assert run.spark.table("shop.empty").columns == ["id", "when"]


def test_a_view_of_the_catalog_is_its_query(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    view = {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "SELECT id, price FROM sales WHERE n = 10"}
    warehouse.table("dear", "number int, price decimal(10,2)", CSV, **view)
    assert [tuple(map(str, row)) for row in run.rows("SELECT number, price FROM shop.dear")] == [
        ("4", "9.00")
    ]
    run.spark.sql("SELECT 7 AS id, 'temp' AS price, 10 AS n").createOrReplaceTempView("sales")
    assert [row.number for row in run.spark.table("shop.dear").collect()] == [4]
    presto = {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: eyJ9 */"}
    warehouse.table("athena", "id int", CSV, **presto)
    with pytest.raises(UnsupportedFeature, match="view of Athena or Presto"):
        run.spark.table("shop.athena")


def test_spark_catalog_answers_of_the_data_catalog(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    catalog = run.spark.catalog
    run.spark.range(1).createOrReplaceTempView("v")
    assert catalog.currentDatabase() == "default"
    assert [one.name for one in catalog.listDatabases()] == ["crm", "shop"]
    assert catalog.databaseExists("shop")
    assert not catalog.databaseExists("nope")
    assert catalog.getDatabase("shop").locationUri.endswith("/shop")
    catalog.setCurrentDatabase("shop")
    assert catalog.currentDatabase() == "shop"
    assert [(one.name, one.isTemporary) for one in catalog.listTables()] == [("sales", False), ("v", True)]
    assert catalog.tableExists("sales")
    assert catalog.tableExists("shop.sales")
    assert catalog.tableExists("v")
    assert catalog.tableExists("sales", "shop")
    assert not catalog.tableExists("shop.nope")
    assert not catalog.tableExists("nope.sales")
    assert (catalog.getTable("sales").namespace, catalog.getTable("v").isTemporary) == (["shop"], True)
    columns = [(one.name, one.dataType, one.isPartition) for one in catalog.listColumns("shop.sales")]
    assert columns[2:4] == [("price", "decimal(10,2)", False), ("day", "string", True)]
    assert run.glue.tableNames("shop") == ["sales", "v"]
    with pytest.raises(AnalysisException, match=r"SCHEMA_NOT_FOUND.*crm and shop"):
        catalog.setCurrentDatabase("nope")


def test_show_and_describe(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    run.spark.range(1).createOrReplaceTempView("v")
    assert run.rows("SHOW DATABASES") == [("crm",), ("shop",)]
    assert run.rows("SHOW SCHEMAS LIKE 's*'") == [("shop",)]
    assert run.rows("SHOW TABLES IN shop") == [("", "v", True), ("shop", "sales", False)]
    assert run.rows("show partitions shop.sales") == [
        ("day=2024-01-01/n=1",),
        ("day=2024-01-02/n=2",),
        ("day=2024-01-03/n=10",),
    ]
    assert run.rows("SHOW PARTITIONS shop.sales PARTITION (n = 10)") == [("day=2024-01-03/n=10",)]
    assert run.rows("SHOW COLUMNS IN sales IN shop")[0] == ("day",)
    described = [tuple(row) for row in run.spark.sql("DESCRIBE shop.sales").collect()]
    assert described[0] == ("id", "int", None)
    assert described[5:] == [
        ("# Partition Information", "", ""),
        ("# col_name", "data_type", "comment"),
        ("day", "string", None),
        ("n", "int", None),
    ]
    assert ("Table", "sales", "") in run.rows("DESCRIBE FORMATTED shop.sales")
    assert run.rows("DESC v") == [("id", "bigint", None)]


def test_arguments_of_a_statement(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    few = run.spark.sql(
        "SELECT * FROM shop.sales WHERE id < :most AND day > :day", {"most": 4, "day": "2024-01-01"}
    )
    assert [row.id for row in few.collect()] == [3]
    frame = run.spark.range(2)
    both = run.spark.sql("SELECT s.id FROM {ids} i JOIN shop.sales s ON s.id = i.id", ids=frame)
    assert [row.id for row in both.collect()] == [1]


def test_a_table_has_its_name_as_an_alias(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    table = run.spark.table("shop.sales")
    assert table.where("sales.n = 10").select("sales.id").collect()[0].id == 4


def test_other_ways_to_ask(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    assert run.spark.sql("TABLE shop.sales").count() == 4
    assert "plan" in run.spark.sql("EXPLAIN SELECT * FROM shop.sales").columns[0].lower()
    assert run.rows("DESCRIBE QUERY SELECT id FROM shop.sales")[0][:2] == ("id", "int")
    run.spark.sql("CACHE TABLE w AS SELECT id FROM shop.sales WHERE n = 1")
    assert len(run.rows("SELECT * FROM w")) == 2
    run.spark.sql("CACHE TABLE shop.sales")
    run.spark.sql("REFRESH TABLE shop.sales")
    run.spark.sql("UNCACHE TABLE IF EXISTS shop.sales")
    assert run.spark.sql("SELECT 1 AS a;").collect()[0].a == 1
    assert [note for note in run.session.summary().notes if "CACHE TABLE shop.sales has no effect" in note]


def test_writers_that_would_pass_the_catalog_are_refused(warehouse: Warehouse, run: InRun) -> None:
    warehouse.sales()
    with pytest.raises(UnsupportedFeature, match=r"df\.writeTo\('shop\.sales'\).*insertInto"):
        run.spark.range(1).writeTo("shop.sales").append()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("MERGE INTO shop.sales t USING v s ON t.id = s.id WHEN MATCHED THEN DELETE", "INSERT OVERWRITE"),
        ("UPDATE shop.sales SET id = 1", "INSERT OVERWRITE"),
        ("DELETE FROM shop.sales WHERE id = 1", "INSERT OVERWRITE"),
        ("TRUNCATE TABLE shop.sales", "purge_table"),
        ("ANALYZE TABLE shop.sales COMPUTE STATISTICS", "Leave the statement out"),
        ("CREATE VIEW shop.v AS SELECT 1", "TEMPORARY VIEW"),
        ("SELECT * FROM shop.sales VERSION AS OF 3", "another time"),
    ],
)
@pytest.mark.spark_cases(1)
def test_what_is_refused_says_what_to_do(warehouse: Warehouse, run: InRun, sql: str, said: str) -> None:
    warehouse.sales()
    with pytest.raises(Exception, match=said) as raised:
        run.spark.sql(sql)
    assert isinstance(raised.value, UnsupportedFeature | AnalysisException)
