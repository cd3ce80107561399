"""`df.writeTo` of a script: Iceberg tables of the catalog that frames make, fill and overwrite."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812

from lake_runs import LakeRuns, lake_runs
from placekeeper.lake.iceberg import IcebergFormat
from placekeeper.model.errors import PublishFailed, UnsupportedFeature
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Engine

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.spark_tests(2),
]
SALES = "glue_catalog.shop.sales"
Change = Callable[[Any], Any]


@pytest.fixture
def runs(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LakeRuns]:
    with lake_runs(engine, monkeypatch, tmp_path) as made:
        yield made


def rows_to(runs: LakeRuns, rows: str, change: Change, name: str = SALES) -> None:
    """Write VALUES of (id, day, name) in a run of its own."""
    with runs.run() as spark:
        change(spark.sql(f"SELECT * FROM VALUES {rows} AS t(id, day, name)").writeTo(name))


def opened(runs: LakeRuns, name: str = "sales") -> Any:
    return IcebergFormat().open(f"shop.{name}", runs.spec("shop", name), ObjectStores.of({}))


def test_a_table_is_made_filled_and_replaced(runs: LakeRuns) -> None:
    rows_to(
        runs,
        "(1, DATE'2026-01-02', 'a'), (2, DATE'2026-01-03', 'b')",
        lambda to: (
            to.using("iceberg")
            .tableProperty("format-version", "2")
            .tableProperty("write.parquet.compression-codec", "snappy")
            .partitionedBy(F.expr("days(day)"), "id")
            .create()
        ),
    )
    assert runs.rows("SELECT id, name FROM shop.sales") == [(1, "a"), (2, "b")]
    table = opened(runs)
    assert table.layout.partitions == ("day day", "id identity")
    assert table.layout.properties["write.parquet.compression-codec"] == "snappy"
    assert len({Path(file.path).parent for file in table.files(table.history.current)}) == 2
    rows_to(runs, "(3, DATE'2026-01-04', 'c')", lambda to: to.using("iceberg").append())
    assert runs.rows("SELECT id FROM shop.sales") == [(1,), (2,), (3,)]
    same = ("day", "id")
    rows_to(
        runs,
        "(4, DATE'2026-01-04', 'd')",
        lambda to: to.using("iceberg").partitionedBy(F.expr("days(day)"), "id").createOrReplace(),
    )
    assert runs.rows("SELECT * FROM shop.sales")[0][::2] == (4, "d")
    for change in (
        lambda to: to.partitionedBy(*same).createOrReplace(),
        lambda to: to.partitionedBy(F.expr("days(day)"), "id").tableProperty("a", "b").replace(),
    ):
        with pytest.raises(UnsupportedFeature, match="is there with other"):
            rows_to(runs, "(5, DATE'2026-01-04', 'd')", change)
    with pytest.raises(AnalysisException, match="already exists"):
        rows_to(runs, "(5, DATE'2026-01-04', 'd')", lambda to: to.create())
    assert runs.rows("SELECT id FROM shop.sales") == [(4,)]


def test_types_of_a_new_table_are_those_of_iceberg_in_spark(runs: LakeRuns) -> None:
    with runs.run() as spark:
        spark.sql(
            "SELECT TIMESTAMP'2026-01-02 03:04:05' AS At, TIMESTAMP_NTZ'2026-01-02 03:04:05' AS n, "
            "array(named_struct('x', 1.5D)) AS more, map('a', 2L) AS m, CAST(1.25 AS DECIMAL(9, 2)) AS d"
        ).writeTo("shop.types").using("iceberg").create()
    schema = opened(runs, "types").table.schema()
    assert [(field.name, str(field.field_type)) for field in schema.fields] == [
        ("at", "timestamptz"),
        ("n", "timestamp"),
        ("more", "list<struct<7: x: optional double>>"),
        ("m", "map<string, long>"),
        ("d", "decimal(9, 2)"),
    ]
    assert runs.rows("SELECT CAST(at AS STRING), more[0].x, m['a'], d > 1 FROM shop.types") == [
        ("2026-01-02 03:04:05", 1.5, 2, True)
    ]


def test_partitions_and_all_rows_are_overwritten(runs: LakeRuns) -> None:
    rows = "(1, DATE'2026-01-02', 'a'), (2, DATE'2026-01-02', 'b'), (3, DATE'2026-01-03', 'c')"
    rows_to(runs, rows, lambda to: to.partitionedBy("day").create())
    rows_to(runs, "(4, DATE'2026-01-02', 'd')", lambda to: to.overwritePartitions())
    assert runs.rows("SELECT id FROM shop.sales") == [(3,), (4,)]
    with runs.run() as spark:
        spark.table(SALES).where("id < 0").writeTo(SALES).overwritePartitions()
    assert runs.rows("SELECT id FROM shop.sales") == [(3,), (4,)]
    new = "(7, DATE'2026-01-03', 'g')"
    rows_to(runs, new, lambda to: to.overwrite(F.col("Day") == F.lit("2026-01-02").cast("date")))
    assert runs.rows("SELECT id FROM shop.sales") == [(3,), (7,)]
    rows_to(runs, "(8, DATE'2026-01-03', 'h')", lambda to: to.overwrite(F.col("id") == 3))
    rows_to(runs, "(9, DATE'2026-01-04', 'i')", lambda to: to.overwrite(F.col("id") == 77))
    assert runs.rows("SELECT id FROM shop.sales") == [(7,), (8,), (9,)]
    rows_to(runs, "(5, DATE'2026-01-05', 'e')", lambda to: to.overwrite(F.lit(True)))
    assert runs.rows("SELECT id FROM shop.sales") == [(5,)]
    with runs.run() as spark:
        spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
        try:
            spark.sql("INSERT OVERWRITE shop.sales SELECT 6, DATE'2026-01-06', 'f'")
        finally:
            spark.conf.unset("spark.sql.sources.partitionOverwriteMode")
    assert runs.rows("SELECT id FROM shop.sales") == [(5,), (6,)]


def test_a_table_without_partitions_is_overwritten_whole(runs: LakeRuns) -> None:
    rows_to(runs, "(1, DATE'2026-01-02', 'a')", lambda to: to.create())
    rows_to(runs, "(2, DATE'2026-01-02', 'a')", lambda to: to.overwritePartitions())
    assert runs.rows("SELECT id FROM shop.sales") == [(2,)]


def test_several_writes_of_one_run_come_in_their_order(runs: LakeRuns) -> None:
    with runs.run() as spark:
        for number in range(6):
            frame = spark.sql(f"SELECT {number} AS id")
            if number == 0:
                frame.writeTo(SALES).create()
            elif number == 3:
                frame.writeTo(SALES).overwrite(F.lit(True))
            else:
                frame.writeTo(SALES).append()
    assert runs.rows("SELECT id FROM shop.sales") == [(3,), (4,), (5,)]


def test_a_run_that_failed_after_create_can_be_repeated(runs: LakeRuns) -> None:
    def write(spark: Any) -> None:
        spark.sql("SELECT 1 AS id").writeTo(SALES).create()

    def write_and_fail() -> None:
        with runs.run() as spark:
            write(spark)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert runs.rows("SELECT id FROM shop.sales") == []
    with runs.run() as spark:
        write(spark)
    assert runs.rows("SELECT id FROM shop.sales") == [(1,)]


def test_only_one_of_two_runs_makes_a_table(runs: LakeRuns) -> None:
    def both() -> None:
        with runs.run() as spark:
            spark.sql("SELECT 1 AS id").writeTo(SALES).create()
            runs.append("shop", "sales", {"id": [2]})

    with pytest.raises(PublishFailed, match=r"others have committed to the table shop\.sales"):
        both()
    assert runs.rows("SELECT id FROM shop.sales") == [(2,)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda to: to.option("mergeSchema", "true").append(), "with the option mergeSchema"),
        (lambda to: to.using("delta").append(), "using.. says delta"),
        (lambda to: to.using("parquet").createOrReplace(), "only Iceberg tables are made so"),
        (lambda to: to.partitionedBy(F.expr("zorder(id)")).createOrReplace(), "PARTITIONED BY zorder"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_written(
    runs: LakeRuns, change: Change, said: str
) -> None:
    rows_to(runs, "(1, DATE'2026-01-02', 'a')", lambda to: to.create())
    with pytest.raises(UnsupportedFeature, match=said):
        rows_to(runs, "(2, DATE'2026-01-02', 'b')", change)
    assert runs.rows("SELECT id FROM shop.sales") == [(1,)]


def test_columns_go_by_name(runs: LakeRuns) -> None:
    rows_to(runs, "(1, DATE'2026-01-02', 'a')", lambda to: to.create())
    with runs.run() as spark:
        spark.sql("SELECT 'b' AS NAME, DATE'2026-01-02' AS day, 2L AS id").writeTo(SALES).append()
    assert runs.rows("SELECT id, name FROM shop.sales") == [(1, "a"), (2, "b")]
    with pytest.raises(AnalysisException, match="INCOMPATIBLE_COLUMNS"), runs.run() as spark:
        spark.sql("SELECT 'b' AS name, 2L AS id").writeTo(SALES).append()
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"), runs.run() as spark:
        spark.sql("SELECT 'b' AS name, 2L AS id").writeTo("shop.none").append()


@pytest.mark.parametrize(
    ("setting", "value"), [("catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog"), ("type", "glue")]
)
def test_a_catalog_that_settings_make_of_glue_is_the_data_catalog(
    engine: Engine, runs: LakeRuns, setting: str, value: str
) -> None:
    if engine.name != "sail":
        pytest.skip("Spark loads the catalog by Iceberg's own jar")
    with runs.run() as spark:
        with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
            spark.table("job_catalog.shop.sales").collect()  # the engine's own business
        key = f"spark.sql.catalog.job_catalog.{setting}"
        spark.conf.set(key, value)
        try:
            spark.sql("SELECT 1 AS id").writeTo("job_catalog.shop.sales").create()
            spark.sql("CREATE DATABASE IF NOT EXISTS job_catalog.more")
        finally:
            spark.conf.unset(key)
    assert runs.rows("SELECT id FROM shop.sales") == [(1,)]
    assert ("more",) in runs.rows("SHOW DATABASES")
