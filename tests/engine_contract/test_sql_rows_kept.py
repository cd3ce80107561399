"""SQL neither loses nor doubles rows: drops, overwrites and inserts that could, alike on both engines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException

from placekeeper.model.errors import EntityNotFoundException, PublishFailed, UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from scripts_in_process import new_state, scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(6)

VIEW = {
    "Name": "seen",
    "TableType": "VIRTUAL_VIEW",
    "ViewOriginalText": "SELECT 1 AS id",
    "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}]},
}


@pytest.fixture
def shop(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, engine, tmp_path)
    state.close()


@pytest.mark.parametrize("words", ["DROP VIEW", "DROP VIEW IF EXISTS"])
def test_drop_view_drops_no_table(shop: Shop, words: str) -> None:
    shop.run("CREATE TABLE shop.orders STORED AS PARQUET AS SELECT 1 AS id")
    with pytest.raises(AnalysisException, match=r"EXPECT_VIEW_NOT_TABLE.*shop\.orders is a table"):
        shop.run("USE shop", f"{words} orders")
    assert shop.rows("SELECT * FROM shop.orders") == [(1,)]


def test_drop_table_drops_no_view(shop: Shop) -> None:
    shop.catalog.create_table("shop", VIEW)
    with pytest.raises(AnalysisException, match=r"WRONG_COMMAND_FOR_OBJECT_TYPE.*DROP VIEW"):
        shop.run("DROP TABLE IF EXISTS shop.seen")
    assert shop.rows("SELECT * FROM shop.seen") == [(1,)]
    shop.run("DROP VIEW shop.seen", "DROP VIEW IF EXISTS shop.seen")
    with pytest.raises(EntityNotFoundException):
        shop.spec("seen")


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("type", "there", "said"),
    [
        ("int", "5", "05"),
        ("bigint", "7", "'07'"),
        ("date", "'2024-01-05'", "'2024-1-5'"),
        ("decimal(5,2)", "1.50", "1.5"),
        ("double", "1.0", "1"),
        ("string", "'05'", "'05'"),
        ("string", "NULL", "NULL"),
    ],
)
def test_an_overwrite_finds_its_partition_however_it_is_spelled(
    shop: Shop, type: str, there: str, said: str
) -> None:
    shop.run(
        f"CREATE TABLE shop.t (id INT) PARTITIONED BY (k {type}) STORED AS PARQUET",
        f"INSERT INTO shop.t PARTITION (k = {there}) SELECT 1",
    )
    before = shop.values("t")
    shop.run(f"INSERT OVERWRITE TABLE shop.t PARTITION (k = {said}) SELECT 2")
    assert shop.rows("SELECT id FROM shop.t") == [(2,)]
    shop.run(f"INSERT OVERWRITE TABLE shop.t PARTITION (k = {said}) SELECT 3 WHERE false")
    assert shop.rows("SELECT id FROM shop.t") == []
    assert shop.values("t") == before
    shop.run(f"ALTER TABLE shop.t DROP PARTITION (k = {said})")
    assert shop.values("t") == []


@pytest.mark.parametrize("insert", ["PARTITION (month = 5) SELECT 2", "SELECT 2, 5"])
def test_an_overwrite_replaces_a_partition_registered_in_another_spelling(shop: Shop, insert: str) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (month INT) STORED AS PARQUET",
        "INSERT INTO shop.t VALUES (1, 5), (6, 6)",
    )
    (shop.folder / "shop" / "t" / "month=5").rename(shop.folder / "shop" / "t" / "month=05")
    shop.run("ALTER TABLE shop.t DROP PARTITION (month = 5)", "MSCK REPAIR TABLE shop.t")
    assert shop.values("t") == [("05",), ("6",)]
    shop.run(f"INSERT OVERWRITE TABLE shop.t {insert}")
    assert shop.rows("SELECT * FROM shop.t") == [(2, 5), (6, 6)]
    assert shop.values("t") == [("5",), ("6",)]


@pytest.fixture
def respelled(shop: Shop) -> Shop:
    """A table t whose partition of 5 is registered as 05, at the folder k=5."""
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (k INT) STORED AS PARQUET",
        "INSERT INTO shop.t VALUES (1, 5), (6, 6)",
    )
    shop.run(
        "ALTER TABLE shop.t DROP PARTITION (k = 5)",
        f"ALTER TABLE shop.t ADD PARTITION (k = '05') LOCATION 'file://{shop.folder}/shop/t/k=5'",
    )
    assert shop.values("t") == [("05",), ("6",)]
    return shop


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("write", "left"),
    [
        ("INSERT OVERWRITE TABLE shop.t PARTITION (k = 5) SELECT 2", [(2, 5)]),
        ("INSERT OVERWRITE TABLE shop.t SELECT 2, 5", [(2, 5)]),
        ("INSERT OVERWRITE TABLE shop.t PARTITION (k = 5) SELECT 2 WHERE false", []),
        ("INSERT INTO shop.t VALUES (2, 5)", [(1, 5), (2, 5)]),
        ("MSCK REPAIR TABLE shop.t SYNC PARTITIONS", [(1, 5)]),
        ("ALTER TABLE shop.t ADD IF NOT EXISTS PARTITION (k = 5)", [(1, 5)]),
    ],
)
def test_a_folder_gets_no_second_partition(respelled: Shop, write: str, left: list[tuple[int, int]]) -> None:
    respelled.run(write)
    assert respelled.rows("SELECT * FROM shop.t") == [*left, (6, 6)]
    assert respelled.values("t") == [("05",), ("6",)]


@pytest.mark.parametrize(
    ("partitions", "said"),
    [
        ("PARTITION (k = 5)", r"PARTITIONS_ALREADY_EXIST.*\['05'\]"),
        ("PARTITION (k = '005') LOCATION '/elsewhere'", r"PARTITIONS_ALREADY_EXIST.*\['05'\]"),
        (
            "IF NOT EXISTS PARTITION (k = 7) LOCATION '{}/shop/t/k=5/'",
            r"the folder of the partition \['05'\]",
        ),
        ("PARTITION (k = 7) LOCATION '{0}/x' PARTITION (k = 8) LOCATION '{0}/x/'", r"the partition \['7'\]"),
    ],
)
def test_a_partition_is_added_once_and_at_a_folder_of_its_own(
    respelled: Shop, partitions: str, said: str
) -> None:
    with pytest.raises(AnalysisException, match=said):
        respelled.run(f"ALTER TABLE shop.t ADD {partitions.format(respelled.folder)}")
    assert respelled.values("t") == [("05",), ("6",)]


@pytest.mark.parametrize("rows", ["SELECT 2", "SELECT 2 WHERE false"])
def test_an_overwrite_of_a_partition_elsewhere_is_refused(shop: Shop, rows: str) -> None:
    place = shop.folder / "elsewhere"
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (k STRING) STORED AS PARQUET",
        f"CREATE TABLE shop.other USING parquet LOCATION 'file://{place}' AS SELECT 1 AS id",
        f"ALTER TABLE shop.t ADD PARTITION (k = 'e') LOCATION 'file://{place}/'",
    )
    with pytest.raises(UnsupportedFeature, match=r"is registered at .*elsewhere"):
        shop.run(f"INSERT OVERWRITE TABLE shop.t PARTITION (k = 'e') {rows}")
    assert shop.rows("SELECT * FROM shop.t") == [(1, "e")]


def test_a_partition_is_dropped_by_all_that_is_said(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (y INT, m STRING) STORED AS PARQUET",
        "INSERT INTO shop.t VALUES (1, 1, 'a'), (2, 1, NULL), (3, 2, 'a')",
    )
    null = "__HIVE_DEFAULT_PARTITION__"
    for half in ("y = 1, m", "m, y = 1", "y = 1, m = ''"):
        with pytest.raises(AnalysisException, match=r"needs a value for m|empty text.*m = NULL"):
            shop.run(f"ALTER TABLE shop.t DROP PARTITION ({half})")
    assert shop.values("t") == [("1", null), ("1", "a"), ("2", "a")]
    shop.run("ALTER TABLE shop.t DROP PARTITION (m = NULL)")
    assert shop.values("t") == [("1", "a"), ("2", "a")]
    shop.run("ALTER TABLE shop.t DROP PARTITION (y = 1)")
    assert shop.values("t") == [("2", "a")]


def test_a_repair_takes_out_no_partition_that_has_objects(shop: Shop) -> None:
    table = shop.folder / "shop" / "t"
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (k STRING) STORED AS PARQUET",
        "INSERT INTO shop.t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')",
    )
    (table / "k=b").rename(table / "custom")
    (table / "k=c").rename(table / "cc")
    (table / "k=d").rename(table / "k=other")
    shop.run(
        "ALTER TABLE shop.t DROP PARTITION (k = 'b'), PARTITION (k = 'c'), PARTITION (k = 'd')",
        f"ALTER TABLE shop.t ADD PARTITION (k = 'b') LOCATION 'file://{table}/custom'",
        f"ALTER TABLE shop.t ADD PARTITION (k = 'c') LOCATION 'file://{table}/c'",  # there is nothing
        f"ALTER TABLE shop.t ADD PARTITION (k = 'd') LOCATION '{table}/k=other/'",
        f"ALTER TABLE shop.t ADD PARTITION (k = 'e') LOCATION 'file://{shop.folder}/elsewhere'",
    )
    notes = shop.run("MSCK REPAIR TABLE shop.t SYNC PARTITIONS")
    assert any("0 new partitions, 1 taken out, 5 known before" in note for note in notes)
    assert shop.values("t") == [("a",), ("b",), ("d",), ("e",)]
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a"), (2, "b"), (4, "d")]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("folder", ["k=[x]", "k=a*b", "k={y,z}"])
def test_a_folder_with_the_characters_of_wildcards_is_a_partition(shop: Shop, folder: str) -> None:
    value = folder.removeprefix("k=")
    shop.run(
        "CREATE TABLE shop.t (id INT) PARTITIONED BY (k STRING) STORED AS PARQUET",
        "INSERT INTO shop.t VALUES (1, 'a')",
    )
    table = shop.folder / "shop" / "t"
    shutil.copytree(table / "k=a", table / folder)
    shop.run("MSCK REPAIR TABLE shop.t")
    assert shop.rows("SELECT * FROM shop.t") == sorted([(1, "a"), (1, value)], key=repr)
    shop.run("INSERT INTO shop.t VALUES (2, 'a')", "INSERT OVERWRITE shop.t VALUES (3, 'a')")
    shop.run("MSCK REPAIR TABLE shop.t SYNC PARTITIONS")
    assert shop.values("t") == sorted([(value,), ("a",)])
    shop.run(
        lambda spark: (
            spark.sql("SELECT 9 AS id, 'n' AS k")
            .write.partitionBy("k")
            .saveAsTable("shop.t", mode="overwrite")
        )
    )
    assert shop.rows("SELECT * FROM shop.t") == [(9, "n")]
    assert shop.values("t") == [("n",)]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    "insert", ["INSERT INTO m SELECT 9", "INSERT OVERWRITE TABLE M SELECT id FROM m", ""]
)
def test_an_insert_into_a_view_fills_no_table_of_its_name(shop: Shop, insert: str) -> None:
    shop.run("CREATE TABLE shop.m (id INT) STORED AS PARQUET", "INSERT INTO shop.m VALUES (1)")
    view = ("USE shop", "CREATE OR REPLACE TEMPORARY VIEW m AS SELECT 5 AS id")
    last = insert or (lambda spark: spark.sql("SELECT 9 AS id").write.insertInto("m", overwrite=True))
    with pytest.raises(AnalysisException, match=r"EXPECT_TABLE_NOT_VIEW.*say its database: shop\.[mM]"):
        shop.run(*view, last)
    assert shop.rows("SELECT * FROM shop.m") == [(1,)]
    shop.run(*view, "INSERT OVERWRITE shop.m SELECT id FROM m")
    assert shop.rows("SELECT * FROM shop.m") == [(5,)]


STRUCTS = "shop.s (a ARRAY<STRUCT<b: BIGINT, c: STRUCT<d: INT>>>, s STRUCT<x: STRING, y: STRING>)"


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("insert", "said"),
    [
        ("shop.t (id, id, k) SELECT 1, 2, 3", "COLUMN_ALREADY_EXISTS.*says id more than once"),
        ("shop.t (id, ID) SELECT 1, 2", "COLUMN_ALREADY_EXISTS"),
        ("shop.t PARTITION (k = 1) (id, v, k) SELECT 1, 2, 3", "COLUMN_ALREADY_EXISTS.*says k more"),
        ("shop.s SELECT NULL, named_struct('x', '1', 'y', '2', 'z', '3')", "EXTRA_STRUCT_FIELDS"),
        ("shop.s SELECT NULL, named_struct('x', '1')", "STRUCT_MISSING_FIELDS"),
        ("shop.s SELECT array(struct(1, struct(2, 3))), NULL", "EXTRA_STRUCT_FIELDS.*the field c of an el"),
        ("shop.s SELECT array(struct(1, struct('2'))), NULL", "CANNOT_SAFELY_CAST.*the field d of"),
        ("shop.s BY NAME SELECT named_struct('y', '1', 'x', '2') AS s, array() AS a", "x, y, in this order"),
    ],
)
def test_an_insert_drops_no_values(shop: Shop, insert: str, said: str) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT, v INT) PARTITIONED BY (k INT) STORED AS PARQUET",
        f"CREATE TABLE {STRUCTS} STORED AS PARQUET",
    )
    with pytest.raises(AnalysisException, match=said):
        shop.run(f"INSERT INTO {insert}")


def test_fields_of_structs_go_by_position(shop: Shop) -> None:
    shop.run(f"CREATE TABLE {STRUCTS} STORED AS PARQUET")
    shop.run(
        "INSERT INTO shop.s SELECT array(struct(1, struct(2))), struct(3, 'b')",
        "INSERT INTO shop.s SELECT array(), NULL",
        "INSERT INTO shop.s SELECT array(named_struct('q', 5L, 'r', NULL)), named_struct('y', 'p', 'x', 'q')",
    )
    assert shop.rows("SELECT a[0].b, a[0].c.d, s.x, s.y FROM shop.s WHERE s IS NOT NULL") == [
        (1, 2, "3", "b"),
        (5, None, "p", "q"),
    ]


def test_a_table_that_a_failed_run_has_dropped_is_back(shop: Shop) -> None:
    again = (
        "DROP TABLE IF EXISTS shop.t",
        "CREATE TABLE shop.t PARTITIONED BY (k) AS SELECT 2 AS id, 'b' AS k",
    )
    shop.run("CREATE TABLE shop.t STORED AS PARQUET PARTITIONED BY (k) AS SELECT 1 AS id, 'a' AS k")
    before, files = shop.spec("t"), shop.files("t")
    for _ in range(2):
        notes = shop.failed(*again)
        assert any("the table is back as it was" in note for note in notes)
        assert shop.spec("t") == before
        assert shop.values("t") == [("a",)]
        assert shop.files("t") == files
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]
    shop.run(*again)
    assert shop.rows("SELECT * FROM shop.t") == [(2, "b")]
    shop.run("DROP TABLE shop.t")
    assert shop.tables() == []
    assert shop.files("t") == []


PARTITIONED = "CREATE TABLE shop.t (id INT) PARTITIONED BY (k STRING) STORED AS PARQUET"


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize(
    "again",
    [
        [PARTITIONED],
        [PARTITIONED, "INSERT INTO shop.t VALUES (3, 'c')"],
        ["CREATE TABLE shop.t (name STRING) STORED AS ORC"],
        ["CREATE TABLE shop.t (name STRING) STORED AS ORC", "DROP TABLE shop.t"],
        [PARTITIONED, "DROP TABLE shop.t", PARTITIONED],
        [PARTITIONED, "MSCK REPAIR TABLE shop.t"],
        ["CREATE TABLE shop.t STORED AS PARQUET LOCATION 'file://{}/u' AS SELECT 1 AS x"],
    ],
)
def test_a_table_made_again_by_a_failed_run_goes_for_the_one_before(shop: Shop, again: list[str]) -> None:
    shop.run(PARTITIONED, "INSERT INTO shop.t VALUES (1, 'a'), (2, 'b')")
    place = shop.folder / "elsewhere"
    shop.run(f"ALTER TABLE shop.t ADD PARTITION (k = 'e') LOCATION 'file://{place}'")
    before, files = shop.spec("t"), shop.files("t")
    notes = shop.failed("DROP TABLE shop.t", *(one.format(shop.folder) for one in again))
    assert sum("the table is back as it was" in note for note in notes) == 1
    assert shop.spec("t") == before
    assert shop.values("t") == [("a",), ("b",), ("e",)]
    assert shop.files("t") == files
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a"), (2, "b")]


def test_partitions_of_a_table_that_is_made_again_stay(shop: Shop) -> None:
    shop.run(PARTITIONED, "INSERT INTO shop.t VALUES (1, 'a')")
    shop.failed("DROP TABLE shop.t", PARTITIONED, "ALTER TABLE shop.t ADD PARTITION (k = 'n')")
    assert shop.values("t") == [("a",), ("n",)]


def test_a_table_that_others_make_meanwhile_stays_and_the_lost_one_is_named(shop: Shop) -> None:
    shop.run(PARTITIONED, "INSERT INTO shop.t VALUES (1, 'a'), (2, 'b')")
    other = {**shop.spec("t"), "Description": "of others"}
    notes = shop.failed("DROP TABLE shop.t", lambda _: shop.catalog.create_table("shop", other))
    assert shop.spec("t")["Description"] == "of others"
    assert any(
        "made meanwhile, which stays" in note and "/shop/t/, and it had 2 partitions: a, b." in note
        for note in notes
    )


def test_an_empty_table_is_back_too(shop: Shop) -> None:
    shop.run(PARTITIONED)
    shop.failed("DROP TABLE shop.t")
    assert shop.tables() == ["t"]
    shop.failed("CREATE TABLE shop.u (id INT) STORED AS PARQUET", "DROP TABLE shop.u")
    assert shop.tables() == ["t"]


def test_a_dropped_table_is_back_if_the_output_cannot_be_published(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.m (id INT) STORED AS PARQUET",
        "INSERT INTO shop.m VALUES (1), (2)",
        PARTITIONED,
        "INSERT INTO shop.t VALUES (1, 'a')",
    )

    def register_elsewhere(_spark: object) -> None:
        known = shop.partitions_api.get("shop", "t", ["a"]).spec
        storage = {**known["StorageDescriptor"], "Location": f"file://{shop.folder}/elsewhere/"}
        shop.partitions_api.create("shop", "t", {**known, "Values": ["z"], "StorageDescriptor": storage})

    with pytest.raises(PublishFailed, match=r"taken back.*reads the same"):
        shop.run("DROP TABLE shop.m", "INSERT INTO shop.t VALUES (9, 'z')", register_elsewhere)
    assert shop.tables() == ["m", "t"]
    assert shop.rows("SELECT * FROM shop.m") == [(1,), (2,)]
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]
