"""SQL over Iceberg tables of the catalog."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyiceberg.table.metadata import TableMetadataUtil
from pyspark.errors import AnalysisException, PySparkException

from lake_tables import made_table
from placekeeper.model.errors import InvalidInputException, UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from scripts_in_process import new_state, scripts

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.spark_tests(1),
]


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs statements in one run that commits; the rows of the last one."""
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])
    yield from _statements(engine, monkeypatch, tmp_path, schema, columns)


@pytest.fixture
def stale(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The same over a table with other columns than the catalog says, and in another case."""
    schema = pa.schema([("Id", pa.int64()), ("Name", pa.list_(pa.int32())), ("At", pa.timestamp("us"))])
    columns = [{"Name": "col", "Type": "array<string>"}]
    yield from _statements(engine, monkeypatch, tmp_path, schema, columns)


def _statements(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    schema: pa.Schema,
    columns: list[dict[str, str]],
) -> Iterator[Any]:
    state = new_state(tmp_path / "state")
    state.control.catalog.create_database({"Name": "lake"})
    spec = made_table(f"file://{tmp_path}/rows", schema, {})
    spec["StorageDescriptor"]["Columns"] = columns
    state.control.catalog.create_table("lake", spec)
    with scripts(state, engine, monkeypatch) as begin:

        def statements(*texts: Any) -> list[tuple[Any, ...]]:
            with begin() as (session, glue, job):
                patches, before = Patches(), engine._patches  # type: ignore[attr-defined]
                engine._patches = patches  # type: ignore[attr-defined]
                try:
                    engine.pass_on(session, session.sql_tables)
                    answers = [
                        glue.spark_session.sql(one) if isinstance(one, str) else one(glue.spark_session)
                        for one in texts
                    ]
                    rows = sorted(tuple(row) for row in answers[-1].collect())
                    job.commit()
                finally:
                    patches.undo()
                    engine._patches = before  # type: ignore[attr-defined]
            return rows

        yield statements
    state.close()


def test_rows_are_added_read_and_replaced(run: Any) -> None:
    assert run("SELECT * FROM lake.rows") == []
    run("INSERT INTO lake.rows VALUES (1, 'a'), (2, 'b')")
    assert run("SELECT id, name FROM glue_catalog.lake.rows WHERE id > 1") == [(2, "b")]
    run("INSERT OVERWRITE lake.rows SELECT id * 10, name FROM lake.rows")
    assert run("SELECT * FROM lake.rows") == [(10, "a"), (20, "b")]


def test_the_columns_are_those_of_the_table_whatever_the_catalog_says(stale: Any) -> None:
    stale("INSERT INTO lake.rows SELECT 1, array(1, NULL), TIMESTAMP_NTZ'2024-01-05 01:02:03'")
    stale("INSERT INTO lake.rows (name, id) SELECT array(2), 2")
    stale("INSERT INTO lake.rows BY NAME SELECT array(3) AS NAME, 3 AS id, NULL AS At")
    rows = stale("SELECT * FROM lake.rows")
    assert [(row[0], list(row[1])) for row in rows] == [(1, [1, None]), (2, [2]), (3, [3])]
    with pytest.raises(AnalysisException, match="it has id, name, at"):
        stale("INSERT INTO lake.rows (col) SELECT 4")


def test_a_name_in_place_of_a_path(engine: Engine, run: Any) -> None:
    if engine.name != "sail":
        pytest.skip("Spark reads it by Iceberg's own jar")
    run("INSERT INTO lake.rows VALUES (1, 'a')")
    for name in ("lake.rows", "glue_catalog.lake.rows"):
        assert run(lambda spark, name=name: spark.read.format("iceberg").load(name)) == [(1, "a")]
        with pytest.raises(UnsupportedFeature, match="with snapshot-id is not available"):
            run(lambda spark, name=name: spark.read.format("iceberg").option("snapshot-id", 1).load(name))
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        run(lambda spark: spark.read.format("iceberg").load("lake.none"))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OVERWRITE lake.rows PARTITION (name = 'a') SELECT 1",
        "ALTER TABLE lake.rows ADD COLUMNS (x INT)",
        "MSCK REPAIR TABLE lake.rows",
    ],
)
def test_what_only_files_have_is_refused(run: Any, sql: str) -> None:
    with pytest.raises(UnsupportedFeature, match="is not there"):
        run(sql)


def test_an_iceberg_table_is_made(run: Any, tmp_path: Path) -> None:
    place = f"file://{tmp_path}/made"
    made = f"CREATE TABLE lake.made (id BIGINT, day DATE COMMENT 'd') USING iceberg LOCATION '{place}'"
    run(f"{made} COMMENT 'new' TBLPROPERTIES ('format-version' = '2')", "SELECT * FROM lake.made")
    run("INSERT INTO lake.made SELECT 7, DATE'2026-01-02'", "SELECT 1")
    assert [row[0] for row in run("SELECT id FROM lake.made")] == [7]
    with pytest.raises(UnsupportedFeature, match="USING iceberg with AS is not there"):
        run("CREATE TABLE lake.other USING iceberg AS SELECT 1 AS id")


def test_not_null_is_kept_in_an_iceberg_table(run: Any, tmp_path: Path) -> None:
    made = f"CREATE TABLE lake.r (id INT NOT NULL, name STRING) USING iceberg LOCATION 'file://{tmp_path}/r'"
    run(made, "INSERT INTO lake.r VALUES (1, NULL)", "SELECT 1")
    with pytest.raises(PySparkException, match="the column id of the table is required, and 1 of its values"):
        run("INSERT INTO lake.r VALUES (2, 'b'), (NULL, 'c')", "SELECT 1")
    assert run("SELECT * FROM lake.r") == [(1, None)]


def test_an_iceberg_table_is_made_with_partitions_and_properties(run: Any, tmp_path: Path) -> None:
    columns = (
        "id INT, Name STRING COMMENT 'who', at TIMESTAMP, more ARRAY<STRUCT<x: INT, y: MAP<STRING, BIGINT>>>"
    )
    keys = "name, days(at), bucket(4, id), truncate(2, `Name`)"
    properties = "'format-version' = '2', 'write.parquet.compression-codec' = 'snappy', 'a.b' = 'true'"
    place = f"{tmp_path}/parted"
    made = f"CREATE TABLE IF NOT EXISTS glue_catalog.lake.parted ({columns}) USING iceberg "
    more = f"PARTITIONED BY ({keys}) LOCATION 'file://{place}' TBLPROPERTIES ({properties})"
    run(f"{made} {more}", "SELECT 1")
    insert = "INSERT INTO lake.parted SELECT {}, '{}', TIMESTAMP_NTZ'2026-01-0{} 03:04:05', NULL"
    run(insert.format(7, "anna", 2), insert.format(8, "bert", 3), "SELECT 1")
    assert run("SELECT id, name FROM lake.parted WHERE id < 8") == [(7, "anna")]
    [first] = (Path(place) / "metadata").glob("00000-*.metadata.json")
    table = TableMetadataUtil.parse_raw(first.read_text())
    assert [(field.name, str(field.transform)) for field in table.spec().fields] == [
        ("name", "identity"),
        ("at_day", "day"),
        ("id_bucket", "bucket[4]"),
        ("name_trunc", "truncate[2]"),
    ]
    assert table.properties == {"write.parquet.compression-codec": "snappy", "a.b": "true"}
    assert table.schema().find_field("name").doc == "who"
    assert (
        str(table.schema().find_type("more"))
        == "list<struct<6: x: optional int, 7: y: optional map<string, long>>>"
    )
    folders = sorted(unquote(file.parent.name) for file in (Path(place) / "data").rglob("*.parquet"))
    assert folders == [
        "partition=name=anna/at_day=2026-01-02/id_bucket=3/name_trunc=an",
        "partition=name=bert/at_day=2026-01-03/id_bucket=3/name_trunc=be",
    ]


def test_the_warehouse_of_a_catalog_is_the_place_of_new_iceberg_tables(run: Any, tmp_path: Path) -> None:
    made = "CREATE TABLE {}.placed (id BIGINT) USING iceberg"
    with pytest.raises(AnalysisException, match="MISSING_DATABASE_LOCATION"):
        run(made.format("glue_catalog.lake"))

    def set_warehouse(spark: Any) -> None:
        spark.conf.set("spark.sql.catalog.glue_catalog.warehouse", f"file://{tmp_path}/house/")

    run(set_warehouse, made.format("glue_catalog.lake"), "INSERT INTO lake.placed SELECT 7", "SELECT 1")
    assert run("SELECT id FROM glue_catalog.lake.placed") == [(7,)]
    assert (tmp_path / "house/lake.db/placed/metadata").is_dir()


def test_the_catalog_is_told_of_a_delta_table(run: Any, tmp_path: Path) -> None:
    place = f"{tmp_path}/orders"
    made = f"CREATE TABLE IF NOT EXISTS lake.orders USING DELTA LOCATION 'file://{place}/'"
    with pytest.raises(AnalysisException, match=r"no Delta table at .*Write it first"):
        run(made)
    days = pa.array(["2026-01-02", "2026-01-03"])
    rows = pa.table(
        {"Id": [7, 8], "more": [[1], []], "day": days, "e": pa.array([None, 1], pa.decimal128(4, 2))}
    )
    write_deltalake(place, rows, partition_by=["day"])
    run(f"{made} COMMENT 'of the shop'", made, "SELECT 1")
    assert run("SELECT id, day FROM lake.orders WHERE day > '2026-01-02'") == [(8, "2026-01-03")]
    assert run("DESCRIBE lake.orders")[:4] == [
        ("day", "string", None),
        ("e", "decimal(4,2)", None),
        ("id", "bigint", None),
        ("more", "array<bigint>", None),
    ]
    run("INSERT INTO lake.orders SELECT 9, array(2), '2026-01-04', NULL", "SELECT 1")
    assert run("SELECT id FROM lake.orders") == [(7,), (8,), (9,)]
    for more in (
        "(id INT) USING delta",
        "USING delta PARTITIONED BY (day)",
        "USING delta TBLPROPERTIES (a = 1)",
    ):
        with pytest.raises(UnsupportedFeature, match="USING delta is there with LOCATION and COMMENT alone"):
            run(f"CREATE TABLE lake.other {more} LOCATION 'file://{place}'")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("(id INT) USING iceberg PARTITIONED BY (day)", "lacks the columns day"),
        ("(id INT) USING iceberg PARTITIONED BY (day DATE)", "with types in PARTITIONED BY is not there"),
        ("(id INT) USING iceberg PARTITIONED BY (days(4, id))", "days or hours of a column"),
        ("(id INT) USING iceberg PARTITIONED BY (bucket(id))", "bucket.16, column"),
        ("(id INT) USING iceberg PARTITIONED BY (zorder(id))", "PARTITIONED BY zorder"),
        ("(at DATE) USING parquet PARTITIONED BY (days(at))", "or USING iceberg"),
        ("(id INT) USING iceberg PARTITIONED BY (days(id))", "Iceberg does not have such a table"),
    ],
)
def test_partitions_that_are_none_are_refused(run: Any, tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises((UnsupportedFeature, AnalysisException, InvalidInputException), match=said):
        run(f"CREATE TABLE lake.other {sql} LOCATION 'file://{tmp_path}/other'")
