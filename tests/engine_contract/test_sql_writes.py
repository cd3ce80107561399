"""Tables that SQL and df.write make, fill and change: visible with the commit, alike on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException

from placekeeper.model.errors import StagedPathRead, UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.wiring.state import State
from scripts_in_process import new_state, scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(10)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = new_state(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def shop(engine: Engine, state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, engine, tmp_path)


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("form", "format"),
    [
        ("USING parquet", "parquet"),
        ("STORED AS ORC", "orc"),
        ("USING json", "json"),
        ("USING csv OPTIONS (header 'true', sep '|')", "csv"),
        ("ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' STORED AS TEXTFILE", "csv"),
        ("STORED AS AVRO", "avro"),
    ],
)
def test_a_table_is_made_and_filled(shop: Shop, form: str, format: str) -> None:
    shop.run(
        f"CREATE TABLE shop.t (Id INT COMMENT 'the id', name STRING, price DECIMAL(10, 2)) {form}",
        "INSERT INTO shop.t VALUES (1, 'a', 1.5), (2, NULL, 2)",
        "INSERT INTO TABLE shop.t (name, id) SELECT 'c', 3L",
    )
    spec = shop.spec("t")
    assert spec["Parameters"]["classification"] == format
    assert spec["StorageDescriptor"]["Columns"] == [
        {"Name": "id", "Type": "int", "Comment": "the id"},
        {"Name": "name", "Type": "string"},
        {"Name": "price", "Type": "decimal(10,2)"},
    ]
    found = [tuple(str(value) for value in row) for row in shop.rows("SELECT id, name, price FROM shop.t")]
    assert found == [
        ("1", "a", "1.50"),
        ("2", "" if format == "csv" else "None", "2.00"),
        ("3", "c", "None"),
    ] or (format == "csv" and [row[0] for row in found] == ["1", "2", "3"])


def test_partitions_of_an_insert(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (day STRING, n INT) STORED AS PARQUET",
        "INSERT INTO shop.t PARTITION (day = 'x', n) SELECT 1, 5",
        "INSERT INTO shop.t SELECT 2, 'y', 6",
    )
    assert shop.values("t") == [("x", "5"), ("y", "6")]
    assert shop.rows("SELECT * FROM shop.t WHERE day = 'y'") == [(2, "y", 6)]
    notes = shop.run(
        "INSERT OVERWRITE TABLE shop.t PARTITION (day = 'x', n = 5) SELECT 9",
        "INSERT OVERWRITE shop.t SELECT 3, 'z', 7",
    )
    assert any("1 object replaced" in note for note in notes)
    assert shop.rows("SELECT * FROM shop.t") == [(2, "y", 6), (3, "z", 7), (9, "x", 5)]


def test_an_overwrite_may_read_what_it_replaces(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t USING parquet AS SELECT id FROM range(4)")
    shop.run("INSERT OVERWRITE shop.t SELECT id * 2 FROM shop.t WHERE id > 1")
    assert shop.rows("SELECT * FROM shop.t") == [(4,), (6,)]
    assert len(shop.files("t")) == len([path for path in shop.files("t") if path.suffix == ".parquet"])


def test_forms_of_an_insert(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (id BIGINT, name STRING) STORED AS PARQUET",
        "CREATE TABLE shop.u (id BIGINT, name STRING) STORED AS PARQUET",
        "WITH a AS (SELECT 1L AS id WHERE 1 < 2) INSERT INTO TABLE shop.u SELECT id, 'a' FROM a",
    )
    shop.run(
        "INSERT INTO shop.t TABLE shop.u",
        "INSERT INTO shop.t BY NAME SELECT 'b' AS name, 2 AS id",
        "INSERT INTO shop.t VALUES (3, 'c');",
    )
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a"), (2, "b"), (3, "c")]
    with pytest.raises(UnsupportedFeature, match=r"INSERT INTO … SELECT"):
        shop.run("FROM shop.t INSERT INTO shop.u SELECT id, name")


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO shop.t (WITH q AS (SELECT 1 AS id, true AS k) SELECT * FROM q)",
        "INSERT INTO shop.t (VALUES (1, true))",
        "INSERT INTO shop.t ((SELECT 1, true))",
        "INSERT INTO shop.t (TABLE shop.u)",
        "INSERT INTO shop.t TABLE shop.u",
        "INSERT INTO shop.t (k, id) (SELECT true, 1)",
        "INSERT INTO shop.t PARTITION (k = TRUE) SELECT 1L",
        "WITH q AS (SELECT 1 AS insert, true) INSERT INTO shop.t (SELECT * FROM q)",
        "WITH q AS (SELECT 1 AS id) INSERT INTO shop.t PARTITION (k = True) (id) SELECT id FROM q",
    ],
)
def test_queries_of_an_insert(shop: Shop, insert: str) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (k BOOLEAN) STORED AS PARQUET",
        "CREATE TABLE shop.u (id INT, k BOOLEAN) STORED AS PARQUET",
        "INSERT INTO shop.u VALUES (1, true)",
    )
    shop.run(insert)
    assert shop.rows("SELECT * FROM shop.t") == [(1, True)]
    assert shop.rows("SELECT id FROM (TABLE shop.t)") == [(1,)]
    assert shop.rows("WITH q AS (SELECT 1 AS insert) SELECT insert FROM q") == [(1,)]
    assert shop.rows("TABLE shop.t ORDER BY id") == [(1, True)]


def test_output_that_is_visible_at_once(shop: Shop) -> None:
    def look(spark: Any) -> None:
        assert [row.id for row in spark.table("shop.t").collect()] == [2]

    shop.run("CREATE TABLE shop.t USING parquet AS SELECT 1 AS id")
    shop.run("INSERT OVERWRITE shop.t SELECT 2", look, **{"--output-visibility": "immediate"})
    assert len([path for path in shop.files("t") if path.suffix == ".parquet"]) == 1


def test_a_table_without_a_form_is_text_as_in_hive(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (id LONG, name STRING)")
    shop.run("INSERT INTO shop.t VALUES (1, 'a'), (2, 'b')")
    assert shop.spec("t")["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "bigint"}
    assert shop.spec("t")["TableType"] == "MANAGED_TABLE"
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a"), (2, "b")]
    shop.run("DROP TABLE shop.t")
    assert not shop.files("t")


def test_a_table_with_a_partition_elsewhere_is_not_overwritten(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (day STRING) STORED AS PARQUET",
        f"ALTER TABLE shop.t ADD PARTITION (day = 'x') LOCATION 'file://{shop.folder}/far/x'",
    )
    for write in (
        "INSERT INTO shop.t PARTITION (day = 'x') SELECT 1",
        lambda spark: (
            spark.sql("SELECT 1 AS id, 'y' AS day")
            .write.mode("overwrite")
            .partitionBy("day")
            .saveAsTable("shop.t")
        ),
    ):
        with pytest.raises(UnsupportedFeature, match=r"far/x.*Nothing was written"):
            shop.run(write)
    assert not shop.files("t")


def test_a_table_of_a_query_is_visible_with_the_commit(shop: Shop) -> None:
    def look(spark: Any) -> None:
        assert not shop.catalog.table_names("shop").names
        assert not shop.files()
        with pytest.raises(StagedPathRead):
            spark.table("shop.t")

    shop.run("CREATE TABLE shop.t STORED AS PARQUET AS SELECT 1 AS id, 'a' AS name", look)
    assert shop.spec("t")["TableType"] == "MANAGED_TABLE"
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]


def test_a_run_that_fails_leaves_nothing(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.old USING parquet AS SELECT 1 AS id")

    def fail(_spark: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shop.run(
            "CREATE TABLE shop.t USING parquet AS SELECT 1 AS id",
            "INSERT OVERWRITE shop.old SELECT 2",
            fail,
        )
    assert shop.catalog.table_names("shop").names == ("old",)
    assert shop.rows("SELECT * FROM shop.old") == [(1,)]


def test_drop_and_make_anew(shop: Shop) -> None:
    for id in (1, 2):
        shop.run("DROP TABLE IF EXISTS shop.t", f"CREATE TABLE shop.t USING parquet AS SELECT {id} AS id")
        assert shop.rows("SELECT * FROM shop.t") == [(id,)]
    assert len(shop.files("t")) == 1


def test_rows_of_a_partition_elsewhere_are_not_inserted(shop: Shop) -> None:
    place = f"file://{shop.folder}/shop/elsewhere"
    shop.run(
        "CREATE TABLE shop.t (id INT, day STRING) USING parquet PARTITIONED BY (day)",
        f"ALTER TABLE shop.t ADD PARTITION (day='a') LOCATION '{place}'",
    )
    with pytest.raises(UnsupportedFeature, match=r"\['a'\] .* is registered at .*elsewhere"):
        shop.run("INSERT INTO shop.t VALUES (1, 'a')")
    assert shop.files() == []
    shop.run("INSERT INTO shop.t VALUES (2, 'b')")
    assert shop.rows("SELECT * FROM shop.t") == [(2, "b")]


def test_drop_of_an_external_table_leaves_its_files(shop: Shop) -> None:
    place = f"file://{shop.folder}/shop/elsewhere"
    shop.run(f"CREATE TABLE shop.t USING parquet LOCATION '{place}' AS SELECT 1 AS id")
    assert shop.spec("t")["TableType"] == "EXTERNAL_TABLE"
    notes = shop.run("DROP TABLE shop.t")
    assert any("files of the table stay" in note for note in notes)
    assert len(shop.files("elsewhere")) == 1
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        shop.run("DROP TABLE shop.t")
    with pytest.raises(AnalysisException, match="LOCATION_ALREADY_EXISTS"):
        shop.run(f"CREATE TABLE shop.t USING parquet LOCATION '{place}' AS SELECT 1 AS id")
    with pytest.raises(AnalysisException, match="Spark deletes the objects then"):
        shop.run(f"CREATE TABLE IF NOT EXISTS shop.t USING parquet LOCATION '{place}' AS SELECT 1 AS id")
    assert len(shop.files("elsewhere")) == 1


def test_save_as_table(shop: Shop) -> None:
    def save(rows: str, mode: str, **more: Any) -> Any:
        return lambda spark: spark.sql(rows).write.mode(mode).saveAsTable("shop.t", **more)

    shop.run(save("SELECT 1 AS id, 'x' AS day", "error", partitionBy="day"))
    assert shop.values("t") == [("x",)]
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_ALREADY_EXISTS"):
        shop.run(save("SELECT 1 AS id, 'x' AS day", "error"))
    shop.run(save("SELECT 'y' AS day, 2 AS ID", "append"))
    assert shop.rows("SELECT id, day FROM shop.t") == [(1, "x"), (2, "y")]
    shop.run(save("SELECT 3 AS id, 'n' AS name, 'x' AS day", "overwrite", partitionBy=["day"]))
    assert shop.rows("SELECT id, name, day FROM shop.t") == [(3, "n", "x")]
    assert shop.values("t") == [("x",)]  # y has no data any more
    with pytest.raises(AnalysisException, match="INCOMPATIBLE_COLUMNS"):
        shop.run(save("SELECT 1 AS other", "append"))
    assert any("there already" in note for note in shop.run(save("SELECT 1 AS id", "ignore")))


def test_insert_into_of_a_frame(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (id INT, name STRING) STORED AS PARQUET")
    shop.run(lambda spark: spark.sql("SELECT 1, 'a'").write.insertInto("shop.t"))
    shop.run(lambda spark: spark.sql("SELECT 2, 'b'").write.insertInto("shop.t", overwrite=True))
    assert shop.rows("SELECT * FROM shop.t") == [(2, "b")]


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("INSERT INTO shop.t SELECT 1", "ARITY_MISMATCH.*takes 2 columns"),
        ("INSERT INTO shop.t SELECT 'a', 'b'", "CANNOT_SAFELY_CAST.*Cast it in the query"),
        ("INSERT INTO shop.t (id, nope) SELECT 1, 2", "no column nope"),
        ("INSERT INTO shop.none SELECT 1", "TABLE_OR_VIEW_NOT_FOUND"),
    ],
)
def test_rows_that_do_not_fit(shop: Shop, sql: str, said: str) -> None:
    shop.run("CREATE TABLE shop.t (id INT, name STRING) STORED AS PARQUET")
    with pytest.raises(AnalysisException, match=said):
        shop.run(sql)


def test_databases(shop: Shop) -> None:
    shop.run(
        f"CREATE DATABASE IF NOT EXISTS crm COMMENT 'people' LOCATION 'file://{shop.folder}/crm'",
        "CREATE SCHEMA IF NOT EXISTS shop",
        "USE crm",
        "CREATE TABLE t (id INT)",
    )
    assert shop.catalog.database("crm").spec["Description"] == "people"
    with pytest.raises(AnalysisException, match="SCHEMA_ALREADY_EXISTS"):
        shop.run("CREATE DATABASE crm")
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_EMPTY"):
        shop.run("DROP DATABASE crm")
    shop.run("DROP DATABASE crm CASCADE", "DROP DATABASE IF EXISTS crm")
    assert [one.name for one in shop.catalog.all_databases().databases] == ["shop"]


def test_partitions_are_registered_and_dropped(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (id INT) PARTITIONED BY (day STRING) STORED AS JSONFILE")
    for day in ("a", "b c", "d"):
        folder = shop.folder / "shop" / "t" / f"day={day}"
        folder.mkdir(parents=True)
        (folder / "x.json").write_text('{"id": 1}\n')
    (shop.folder / "shop" / "t" / "other").mkdir()
    (shop.folder / "shop" / "t" / "other" / "x.json").write_text("{}")
    shop.run("ALTER TABLE shop.t ADD IF NOT EXISTS PARTITION (day = 'a')")
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]
    notes = shop.run("MSCK REPAIR TABLE shop.t")
    assert any("2 new partitions, 0 taken out, 1 known before" in note for note in notes)
    assert shop.values("t") == [("a",), ("b c",), ("d",)]
    shop.run("ALTER TABLE shop.t DROP IF EXISTS PARTITION (day = 'd'), PARTITION (day = 'none')")
    assert shop.values("t") == [("a",), ("b c",)]
    with pytest.raises(AnalysisException, match="PARTITIONS_ALREADY_EXIST"):
        shop.run("ALTER TABLE shop.t ADD PARTITION (day = 'a')")
    (shop.folder / "shop" / "t" / "day=a" / "x.json").unlink()
    notes = shop.run("MSCK REPAIR TABLE shop.t SYNC PARTITIONS")
    assert any("1 new partition, 1 taken out, 2 known before" in note for note in notes)
    assert shop.values("t") == [("b c",), ("d",)]


def test_more_rows_for_a_table_that_the_run_makes(shop: Shop) -> None:
    def loop(spark: Any) -> None:
        for day in ("a", "b"):
            rows = spark.sql(f"SELECT '{day}' AS day, 1 AS id")
            rows.write.mode("append").partitionBy("day").saveAsTable("shop.s")

    shop.run(
        loop,
        "CREATE TABLE shop.t STORED AS PARQUET AS SELECT 1 AS id",
        "INSERT INTO shop.t VALUES (2), (3)",
    )
    assert shop.rows("SELECT id, day FROM shop.s") == [(1, "a"), (1, "b")]
    assert shop.rows("SELECT * FROM shop.t") == [(1,), (2,), (3,)]
    assert shop.spec("s")["TableType"] == "MANAGED_TABLE"
    for later in ("INSERT OVERWRITE shop.u SELECT 2", "DROP DATABASE shop CASCADE"):
        with pytest.raises(UnsupportedFeature, match="not visible yet"):
            shop.run("CREATE TABLE shop.u STORED AS PARQUET AS SELECT 1 AS id", later)


def test_partitions_of_staged_files_are_registered_with_the_commit(shop: Shop) -> None:
    place = f"{shop.folder}/shop/t"
    shop.run("CREATE TABLE shop.t (id INT) PARTITIONED BY (day STRING) STORED AS PARQUET")

    def look(_spark: Any) -> None:
        assert shop.values("t") == []

    shop.run(
        lambda spark: spark.sql("SELECT 1 AS id, 'a' AS day").write.partitionBy("day").parquet(place),
        "MSCK REPAIR TABLE shop.t",
        look,
    )
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]
    shop.run(
        lambda spark: spark.sql("SELECT 2 AS id").write.parquet(f"{place}/day=b"),
        f"ALTER TABLE shop.t ADD IF NOT EXISTS PARTITION (day = 'b') LOCATION 'file://{place}/day=b/'",
    )
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a"), (2, "b")]


def test_what_scripts_do_behind_a_write(shop: Shop) -> None:
    def save(spark: Any) -> None:
        rows = spark.sql("SELECT 1 AS id, 'a' AS day")
        writer = rows.write.mode("append").format("parquet").option("path", f"{shop.folder}/shop/x")
        options = writer.option("overwriteSchema", "true").option("maxRecordsPerFile", 1000)
        options.option("compression", "snappy").partitionBy("day").saveAsTable("shop.x")

    notes = shop.run(save, "MSCK REPAIR TABLE shop.x DROP PARTITIONS;", "REFRESH TABLE shop.x")
    assert any("maxrecordsperfile has no effect" in note for note in notes)
    assert shop.rows("SELECT * FROM shop.x") == [(1, "a")]
    assert shop.spec("x")["TableType"] == "EXTERNAL_TABLE"


@pytest.mark.spark_cases(1)
def test_buckets_have_no_effect_and_a_note_says_so(shop: Shop) -> None:
    def save(spark: Any) -> None:
        rows = spark.sql("SELECT 1 AS id, 'a' AS day")
        writer = rows.write.format("parquet").partitionBy("day").bucketBy(4, "id").sortBy("id")
        writer.saveAsTable("shop.b", path=f"{shop.folder}/shop/b")

    notes = shop.run(save)
    assert any("shop.b: bucketBy has no effect" in note for note in notes)
    assert shop.rows("SELECT * FROM shop.b") == [(1, "a")]
    storage = shop.spec("b")["StorageDescriptor"]
    assert not storage.get("BucketColumns")
    with pytest.raises(AnalysisException, match="does not support bucketBy"):
        shop.run(
            lambda spark: spark.sql("SELECT 2 AS id, 'a' AS day").write.bucketBy(4, "id").insertInto("shop.b")
        )


def test_columns_and_properties_are_added(shop: Shop) -> None:
    shop.run(
        "CREATE EXTERNAL TABLE shop.t (id INT) STORED AS PARQUET TBLPROPERTIES ('a' = 'b')",
        "ALTER TABLE shop.t ADD COLUMNS (name STRING COMMENT 'n', more ARRAY<STRUCT<x: INT>>)",
        "ALTER TABLE shop.t SET TBLPROPERTIES ('c' = 'd')",
    )
    assert shop.spec("t")["StorageDescriptor"]["Columns"][1:] == [
        {"Name": "name", "Type": "string", "Comment": "n"},
        {"Name": "more", "Type": "array<struct<x:int>>"},
    ]
    assert {"a": "b", "c": "d"}.items() <= shop.spec("t")["Parameters"].items()


def test_not_null_is_noted_where_it_has_no_effect(shop: Shop) -> None:
    made = shop.run("CREATE TABLE shop.t (id INT NOT NULL COMMENT 'n', b INT) STORED AS PARQUET")
    added = shop.run("ALTER TABLE shop.t ADD COLUMNS (c INT NOT NULL)")
    assert [note for note in made if "NOT NULL of id has no effect" in note]
    assert [note for note in added if "NOT NULL of c has no effect" in note]
    shop.run("INSERT INTO shop.t VALUES (NULL, 1, NULL)")
    assert shop.rows("SELECT * FROM shop.t") == [(None, 1, None)]


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE OR REPLACE TABLE shop.u (id INT)", "DROP TABLE IF EXISTS"),
        ("CREATE TABLE shop.u (id INT) CLUSTERED BY (id) INTO 4 BUCKETS", "buckets are not there"),
        ("CREATE TABLE shop.u USING delta AS SELECT 1", "write it with df.write.*lake-formats"),
        ("CREATE TABLE shop.u (id INT) USING text", "say parquet, csv, json, orc, avro or iceberg"),
        ("CREATE TABLE shop.u (t DATE) USING parquet PARTITIONED BY (days(t))", "Say a column, or USING"),
        ("CREATE TABLE shop.u USING iceberg AS SELECT 1", "then INSERT INTO it"),
        ("OPTIMIZE shop.t", "leave it out"),
        ("VACUUM shop.t", "leave it out"),
        ("SHOW CREATE TABLE shop.t", "DESCRIBE EXTENDED"),
        ("CREATE TABLE shop.u USING parquet", "lacks columns"),
        ("ALTER TABLE shop.t RENAME TO shop.u", "aws glue update-table"),
        ("CREATE TABLE shop.t (id INT)", "ALREADY_EXISTS"),
    ],
)
def test_what_is_refused_says_what_to_do(shop: Shop, sql: str, said: str) -> None:
    shop.run("CREATE TABLE shop.t (id INT) STORED AS PARQUET")
    with pytest.raises(Exception, match=said) as raised:
        shop.run(sql)
    assert isinstance(raised.value, UnsupportedFeature | AnalysisException)


HALF_UNDERSTOOD = [
    "ALTER TABLE shop.p DROP PARTITION (dt='2026-01-02'), COLUMN id",
    "ALTER TABLE shop.p DROP PARTITION (dt='2026-01-02') CASCADE NOW",
    "ALTER TABLE shop.p DROP PARTITION (dt='2026-01-02'),",
    "ALTER TABLE shop.p DROP PARTITION (dt)",
    "ALTER TABLE shop.p DROP IF EXISTS PARTITION (dt)",
    "ALTER TABLE shop.p DROP PARTITION ()",
    "ALTER TABLE shop.p DROP PARTITION (dt='')",
    "ALTER TABLE shop.p DROP PARTITION (dt='2026-01-02',)",
    "ALTER TABLE shop.p DROP PARTITION (dt='2026-01-01', dt='2026-01-02')",
    "ALTER TABLE shop.p ADD PARTITION (dt)",
    "ALTER TABLE shop.p ADD PARTITION (dt='')",
    "ALTER TABLE shop.p ADD PARTITION ()",
    "ALTER TABLE shop.p DROP COLUMN id",
    "ALTER TABLE shop.p DROP IF EXISTS COLUMN id",
    "ALTER TABLE shop.p ADD PARTITION (dt='2026-03-03') garbage here",
    "ALTER TABLE shop.p ADD PARTITION (dt='2026-03-03') PARTITION (dt='2026-01-02')",
    "ALTER TABLE shop.p ADD PARTITION (dt='not-a-date')",
    "ALTER TABLE shop.p ADD COLUMNS (y INT) foo",
    "ALTER TABLE shop.p ADD COLUMNS (y INTT)",
    "ALTER TABLE shop.p ADD COLUMNS (y)",
    "ALTER TABLE shop.p SET TBLPROPERTIES ('a'='b') foo",
    "ALTER TABLE shop.p SET TBLPROPERTIES ('a'='b' 'c'='d')",
    "ALTER TABLE shop.p SET LOCATION '/tmp/x' foo",
    "ALTER TABLE shop.p RECOVER PARTITIONS now",
    "MSCK REPAIR TABLE shop.p ADD PARTITIONS now",
    "MSCK REPAIR TABLE shop.p SYNC",
    "CREATE DATABASE crm LOCATION '/tmp/x' now",
    "CREATE TABLE shop.u (id INT) STORED AS PARQUET now",
    "CREATE TABLE shop.u (id INTEGERR)",
    "CREATE TABLE shop.u (id INT) PARTITIONED BY (k INTT)",
    "CREATE TABLE default.u LOCATION '/tmp/placekeeper-none' AS SELECT nope FROM shop.p",
    "DROP TABLE shop.p now",
    "DROP DATABASE shop CASCADE now",
    "INSERT INTO shop.p TABLE shop.p now then",
    "ALTER DATABASE shop SET LOCATION '/tmp/x' foo",
]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("sql", HALF_UNDERSTOOD)
def test_a_statement_that_is_not_understood_to_its_end_changes_nothing(shop: Shop, sql: str) -> None:
    shop.run(
        "CREATE TABLE shop.p (id INT) PARTITIONED BY (dt DATE) STORED AS PARQUET",
        "ALTER TABLE shop.p ADD PARTITION (dt='2026-01-02')",
    )
    folder = shop.folder / "shop" / "p" / "dt=2026-05-05"
    folder.mkdir(parents=True)
    (folder / "x.parquet").write_text("")
    before = (shop.spec("p"), shop.values("p"), shop.catalog.all_databases())
    with pytest.raises((UnsupportedFeature, AnalysisException)):
        shop.run(sql)
    assert (shop.spec("p"), shop.values("p"), shop.catalog.all_databases()) == before
    assert [one.name for one in shop.catalog.all_databases().databases] == ["shop"]


def test_a_type_or_a_value_that_is_none_is_named(shop: Shop) -> None:
    with pytest.raises(
        AnalysisException, match=r'data type "INTEGERR" of the column id\. Did you mean integer'
    ):
        shop.run("CREATE TABLE shop.u (id INTEGERR)")
    shop.run("CREATE TABLE shop.p (id INT) PARTITIONED BY (dt DATE) STORED AS PARQUET")
    with pytest.raises(
        AnalysisException, match=r"shop\.p: the key dt .*'not-a-date' is not of the type date"
    ):
        shop.run("ALTER TABLE shop.p ADD PARTITION (dt='not-a-date')")


def test_a_table_that_others_have_made_wrong_is_named(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.p (id INT) PARTITIONED BY (dt DATE) STORED AS PARQUET")
    spec = {"Values": ["not a date"], "StorageDescriptor": {"Location": f"file://{shop.folder}/shop/p/x/"}}
    shop.partitions_api.create("shop", "p", spec)
    for sql in ("SELECT * FROM shop.p", "SELECT * FROM shop.p WHERE dt = '2026-01-02'"):
        with pytest.raises(UnsupportedFeature, match=r"the table shop\.p cannot be read.*key dt") as raised:
            shop.rows(sql)
        assert "--table-name p --partition-values 'not a date'" in str(raised.value)
    shop.run("ALTER TABLE shop.p DROP PARTITION (dt='not a date')")
    assert shop.rows("SELECT * FROM shop.p") == []
    spec = {
        "Name": "w",
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "intt"}],
            "Location": f"file://{shop.folder}/shop/w/",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
            },
        },
    }
    shop.catalog.create_table("shop", spec)
    with pytest.raises(UnsupportedFeature, match=r"the column id of the table shop\.w has the type intt"):
        shop.rows("SELECT * FROM shop.w")
    assert shop.rows("DESCRIBE shop.w") == [("id", "intt", None)]


def test_a_database_gets_its_place(shop: Shop) -> None:
    shop.run("CREATE DATABASE crm COMMENT 'people'")
    with pytest.raises(AnalysisException, match=r"ALTER DATABASE crm SET LOCATION.*aws glue update-database"):
        shop.run("CREATE TABLE crm.t (id INT)")
    shop.run(
        f"ALTER DATABASE crm SET LOCATION 'file://{shop.folder}/crm'",
        "ALTER SCHEMA crm SET DBPROPERTIES ('a' = 'b')",
        "CREATE TABLE crm.t (id INT)",
    )
    assert shop.catalog.database("crm").spec == {
        "Name": "crm",
        "Description": "people",
        "LocationUri": f"file://{shop.folder}/crm",
        "Parameters": {"a": "b"},
    }
    with pytest.raises(AnalysisException, match="SCHEMA_NOT_FOUND"):
        shop.run("ALTER DATABASE nowhere SET LOCATION '/tmp/x'")


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT custmer FROM shop.sales", "shop.sales has id and customer"),
        ("SELECT s.custmer FROM shop.sales s JOIN shop.n ON true", "shop.n has x"),
        ("SELECT count(*) FROM shop.sales WHERE custmer = 'a'", "did you mean customer?"),
        ("INSERT INTO shop.n SELECT idd FROM shop.sales", "did you mean id?"),
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT custmer FROM shop.sales", "did you mean customer?"),
    ],
)
def test_a_column_that_is_not_there(shop: Shop, sql: str, said: str) -> None:
    shop.run(
        "CREATE TABLE shop.sales (id INT, customer STRING) STORED AS PARQUET",
        "CREATE TABLE shop.n (x DOUBLE) STORED AS PARQUET",
    )
    with pytest.raises(AnalysisException, match="UNRESOLVED_COLUMN") as raised:
        shop.run(lambda spark: spark.sql(sql).collect())
    if shop.engine.name == "sail":
        assert said in str(raised.value)
    else:
        assert "Did you mean" in str(raised.value)


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize(
    ("sql", "makes"),
    [
        ("SELECT * FROM shop.sale", True),
        ("INSERT INTO shop.sale SELECT 1", True),
        ("DROP TABLE shop.sale", False),
    ],
)
def test_a_table_that_is_not_there(shop: Shop, sql: str, makes: bool) -> None:
    shop.run("CREATE TABLE shop.sales (id INT) STORED AS PARQUET")
    with pytest.raises(AnalysisException, match=r"has the table sales; did you mean sales\?") as raised:
        shop.run(sql)
    assert ("CREATE TABLE shop.sale (…)" in str(raised.value)) is makes
    assert "getSink" not in str(raised.value)
    assert "To make" not in str(raised.value) or makes


def test_what_the_notes_say_of_files_and_writes(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (ms DOUBLE, more INT) STORED AS JSONFILE")
    place = shop.folder / "shop" / "t"
    place.mkdir(parents=True)
    (place / "a.json").write_text('{"ms": 1.5}\n{"ms": "x"}\n')
    shop.run("INSERT INTO shop.t SELECT 2.5, 1")
    assert shop.told == ["table shop.t: its definition is unchanged"]
    notes = shop.run(lambda spark: spark.sql("SELECT * FROM shop.t WHERE ms < 2").collect())
    assert not [note for note in notes if "the files say the types" in note or "not in the frame" in note]
    assert [
        note for note in notes if "values that do not fit the table's type are null: ms is double" in note
    ]
