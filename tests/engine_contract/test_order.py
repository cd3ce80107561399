"""The order of rows: a sorted frame reaches the script and its files in order, on both engines."""

import csv
import importlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from frame_runs import Run
from placekeeper.runtime.engines.base import Engine
from scripts_in_process import Scripts

ROWS = 20_000
"""So many that an engine has several batches of them, in several partitions."""

Step = Callable[[DataFrame], DataFrame]


@pytest.fixture(scope="module")
def numbers(engine: Engine) -> DataFrame:
    """n is 0 … ROWS - 1 in no order, k is null in every 1000th row and -n in the others, g is n modulo 3."""
    shuffled = engine.session.range(0, ROWS, 1, 4).selectExpr(f"(id * 7919) % {ROWS} AS n")
    frame = shuffled.selectExpr("n", "if(n % 1000 = 0, null, -n) AS k", "n % 3 AS g").repartition(4)
    frame.createOrReplaceTempView("numbers")
    return frame


def texts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) for name, value in row.items() if value not in ("", None)}


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows of a file, in its order, without nulls."""
    if file.suffix == ".parquet":
        return [texts(row) for row in pq.ParquetFile(file).read().to_pylist()]
    lines = file.read_text().splitlines()
    if file.suffix == ".json":
        return [texts(json.loads(line)) for line in lines]
    return [texts(row) for row in csv.DictReader(lines)]


def written(engine: Engine, folder: Path, frame: DataFrame, format: str, *keys: str) -> list[Path]:
    """The files of df.write, by their names."""
    run = Run(engine, folder / "run")
    target = folder / "out"
    run.write(
        frame,
        lambda frame, path: frame.write.format(format).option("header", "true").partitionBy(*keys).save(path),
        target,
    )
    run.publish()
    return sorted(target.rglob("*part-*"))


KEYS = [None if n % 1000 == 0 else -n for n in range(ROWS)]
NULLS_FIRST = sorted(KEYS, key=lambda k: (k is not None, k or 0))
NULLS_LAST = sorted(KEYS, key=lambda k: (k is None, k or 0))
DESCENDING = [*reversed(NULLS_FIRST)]


def with_function(frame: DataFrame) -> DataFrame:
    return frame.withColumn("c", F.udf(lambda n: n + 1, "long")("n"))


SORTED: dict[str, tuple[Step, list[Any]]] = {
    "ascending": (lambda df: df.orderBy("k"), NULLS_FIRST),
    "descending": (lambda df: df.sort(F.desc("k")), DESCENDING),
    "nulls last": (lambda df: df.orderBy(F.col("k").asc_nulls_last()), NULLS_LAST),
    "coalesce": (lambda df: df.orderBy("k").coalesce(1), NULLS_FIRST),
    "repartition(1)": (lambda df: df.orderBy("k").repartition(1), NULLS_FIRST),
    "a column behind": (lambda df: df.orderBy("k").withColumn("c", F.col("n") + 1).coalesce(1), NULLS_FIRST),
    "a function behind": (lambda df: with_function(df.orderBy("k")), NULLS_FIRST),
    "all columns and one": (lambda df: df.orderBy("k").select("*", (F.col("n") * 2).alias("c")), NULLS_FIRST),
    "the key is dropped": (
        lambda df: df.orderBy("n").select((F.col("g") + F.lit(0)).alias("k")),
        [n % 3 for n in range(ROWS)],
    ),
    "filter and names": (
        lambda df: (
            df.orderBy("k").filter("n % 2 = 0").withColumn("c", F.col("n") + 1).toDF("n", "k", "g", "c")
        ),
        [k for k in NULLS_FIRST if k is None or k % 2 == 0],
    ),
    "limit": (lambda df: df.orderBy("k").limit(12_000).withColumn("c", F.col("n") + 1), NULLS_FIRST[:12_000]),
    "coalesce and limit": (lambda df: df.orderBy(F.desc("k")).coalesce(1).limit(3), DESCENDING[:3]),
    "fill": (lambda df: df.filter("k is not null").orderBy("k").na.fill(0), NULLS_FIRST[ROWS // 1000 :]),
    "statement": (lambda df: df.sparkSession.sql("SELECT k, n FROM numbers ORDER BY k"), NULLS_FIRST),
    "statement and coalesce": (
        lambda df: df.sparkSession.sql("SELECT k, n FROM numbers ORDER BY k DESC").coalesce(1).limit(12_000),
        DESCENDING[:12_000],
    ),
    "a column behind a statement": (
        lambda df: df.sparkSession.sql("SELECT k, n FROM numbers ORDER BY k DESC;").withColumn(
            "c", F.col("n") + 1
        ),
        DESCENDING,
    ),
    "a task behind a statement": (
        lambda df: df.sparkSession.sql(
            "SELECT k, n, g FROM numbers t WHERE n >= 0 ORDER BY `k` desc nulls first, g"
        ).mapInArrow(lambda batches: batches, "k long, n long, g long"),
        NULLS_FIRST[: ROWS // 1000] + DESCENDING[: -(ROWS // 1000)],
    ),
    "a task behind a column behind a statement": (
        lambda df: (
            df.sparkSession.sql("SELECT n, k FROM numbers ORDER BY k DESC LIMIT 12000")
            .withColumn("k", F.col("k") + 0)
            .mapInArrow(lambda batches: batches, "n long, k long")
        ),
        DESCENDING[:12_000],
    ),
    "a window over all rows": (
        lambda df: df.withColumn("r", F.row_number().over(Window.orderBy(F.desc("k"), "n"))),
        DESCENDING,
    ),
    "mapInArrow": (lambda df: df.orderBy("k").mapInArrow(lambda batches: batches, df.schema), NULLS_FIRST),
    "mapInArrow behind a column": (
        lambda df: (
            df.orderBy("k").withColumn("k", F.col("k") + 0).mapInArrow(lambda batches: batches, df.schema)
        ),
        NULLS_FIRST,
    ),
    "numbers of rows": (
        lambda df: (
            df.orderBy("k")
            .withColumn("n", F.col("n") + 1)
            .coalesce(1)
            .withColumn("k", F.monotonically_increasing_id())
            .withColumn("c", F.col("k") + 1)
        ),
        list(range(ROWS)),
    ),
    "explode": (
        lambda df: df.orderBy(F.desc("k")).select("k", F.explode(F.array("n", "g")).alias("e")),
        [k for k in DESCENDING for _ in range(2)],
    ),
}


@pytest.mark.spark_cases(4)
@pytest.mark.filterwarnings("ignore:WARN WindowExpression")  # what PySpark says of slow windows
@pytest.mark.parametrize("name", SORTED)
def test_files_have_the_rows_of_a_sorted_frame_in_order(
    engine: Engine, numbers: DataFrame, tmp_path: Path, name: str
) -> None:
    step, expected = SORTED[name]
    files = written(engine, tmp_path, step(numbers), "parquet" if name == "ascending" else "csv")
    assert [row.get("k") for file in files for row in rows_of(file)] == expected


@pytest.mark.spark_cases(4)
@pytest.mark.filterwarnings("ignore:WARN WindowExpression")  # what PySpark says of slow windows
@pytest.mark.parametrize("name", SORTED)
def test_a_script_gets_the_rows_of_a_sorted_frame_in_order(numbers: DataFrame, name: str) -> None:
    step, expected = SORTED[name]
    frame = step(numbers)
    assert [row.k for row in frame.collect()] == expected
    assert [row.k for row in frame.take(3)] == expected[:3]


def test_json_has_the_rows_in_order(engine: Engine, numbers: DataFrame, tmp_path: Path) -> None:
    files = written(engine, tmp_path, numbers.orderBy("n").coalesce(1), "json")
    assert [[row["n"] for row in rows_of(file)] for file in files] == [list(range(ROWS))]


def test_rows_are_in_order_within_partition_folders(
    engine: Engine, numbers: DataFrame, tmp_path: Path
) -> None:
    files = written(engine, tmp_path, numbers.orderBy(F.desc("n")).coalesce(1), "csv", "g")
    found = {file.parent.name: [row["n"] for row in rows_of(file)] for file in files}
    down = range(ROWS - 1, -1, -1)
    assert found == {f"g={g}": [n for n in down if n % 3 == g] for g in range(3)}


def test_rows_sorted_within_partitions_are_in_order_in_each_file(
    engine: Engine, numbers: DataFrame, tmp_path: Path
) -> None:
    frame = numbers.repartition(3).sortWithinPartitions(F.desc("n"))
    for place, sorted_frame in enumerate([frame, frame.withColumn("c", F.col("n") + 1).select("c", "n")]):
        files = written(engine, tmp_path / str(place), sorted_frame, "csv")
        parts = [[row["n"] for row in rows_of(file)] for file in files]
        assert len(parts) == 3
        assert all(part == sorted(part, reverse=True) for part in parts)
        assert sorted(n for part in parts for n in part) == list(range(ROWS))


def test_partitions_that_are_sorted_are_one_file_behind_a_coalesce(
    engine: Engine, numbers: DataFrame, tmp_path: Path
) -> None:
    frame = numbers.repartition(3).sortWithinPartitions("n").coalesce(1)
    (file,) = written(engine, tmp_path, frame, "csv")
    found = [row["n"] for row in rows_of(file)]
    assert sorted(found) == list(range(ROWS))
    assert (
        sum(before > after for before, after in itertools.pairwise(found)) == 2
    )  # three runs of rows in order


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("format", ["csv", "json", "glueparquet"])
def test_a_sink_writes_the_rows_in_order(
    run: Scripts, numbers: DataFrame, tmp_path: Path, format: str
) -> None:
    with run() as (_, glue, job):
        frame_class = importlib.import_module("awsglue.dynamicframe").DynamicFrame
        frame = frame_class.fromDF(numbers.orderBy("n"), glue, "frame")
        mapped = frame.apply_mapping([("n", "long", "n", "string"), ("g", "long", "g", "long")]).coalesce(1)
        for keys in ([], ["g"]):
            options = {"path": str(tmp_path / f"out-{len(keys)}"), "partitionKeys": keys}
            glue.write_dynamic_frame.from_options(mapped, "s3", options, format)
        job.commit()
    (file,) = (tmp_path / "out-0").iterdir()
    assert [row["n"] for row in rows_of(file)] == list(range(ROWS))
    found = {file.parent.name: [row["n"] for row in rows_of(file)] for file in tmp_path.glob("out-1/*/*")}
    assert found == {f"g={g}": list(range(g, ROWS, 3)) for g in range(3)}


def test_functions_of_records_get_the_rows_in_order(run: Scripts, numbers: DataFrame, tmp_path: Path) -> None:
    with run() as (_, glue, job):
        frame_class = importlib.import_module("awsglue.dynamicframe").DynamicFrame
        frame = frame_class.fromDF(numbers.orderBy("n"), glue, "frame")
        chosen = frame.map(lambda record: {"n": record["n"]}).filter(lambda record: record["n"] % 2 == 0)
        glue.write_dynamic_frame.from_options(chosen, "s3", {"path": str(tmp_path / "out")}, "json")
        job.commit()
    files = sorted((tmp_path / "out").iterdir())
    assert [row["n"] for file in files for row in rows_of(file)] == list(range(0, ROWS, 2))


def test_what_counts_all_columns_counts_those_of_the_script(numbers: DataFrame) -> None:
    steps: list[Step] = [
        lambda df: df.withColumn("c", F.col("n") + 1).withColumn("h", F.struct("*")),
        lambda df: df.selectExpr("n", "struct( *) AS h", "k + 1 AS c"),
        lambda df: df.selectExpr("n", "k + 1 AS c").select("*", F.struct("*").alias("h")),
        lambda df: df.filter("n > 3").na.drop(how="all", thresh=3).selectExpr("n", "k * 2 AS h"),
    ]
    for step in steps:
        plain = {row.n: row.h for row in step(numbers).collect()}
        assert {row.n: row.h for row in step(numbers.orderBy("n")).collect()} == plain
    total = numbers.orderBy("n").select(F.count("*"), F.sum(F.col("n") + 0)).collect()
    assert [tuple(row) for row in total] == [(ROWS, sum(range(ROWS)))]


def test_columns_may_be_named_by_any_frame_of_the_chain(numbers: DataFrame) -> None:
    df = numbers.orderBy("n")
    for gathered in (df, df.coalesce(1), df.repartition(1)):
        c = gathered.withColumn("c", df["n"] + 1).coalesce(1)
        frame = c.withColumn("d", df["n"]).withColumn("e", c["c"] + 1).filter(df["g"] >= 0).select("n", "e")
        assert [tuple(row) for row in frame.collect()] == [(n, n + 2) for n in range(ROWS)]
    counted = df.withColumn("m", F.monotonically_increasing_id()).withColumn("c", df["n"] + 1)
    assert [(row.n, row.m) for row in counted.collect()] == [(n, n) for n in range(ROWS)]


def test_no_row_is_lost_where_the_first_ones_are_filtered(numbers: DataFrame) -> None:
    df = numbers.orderBy("n").withColumn("c", F.col("n") + 1).filter("c > 5")
    for frame in (
        df.mapInArrow(lambda batches: batches, df.schema),
        df.coalesce(1).withColumn("d", F.col("c") * 2),
        df.coalesce(1).filter("c > 5").coalesce(1).withColumn("d", F.monotonically_increasing_id()),
        df.offset(0).withColumn("d", F.monotonically_increasing_id() + 1),
    ):
        assert [row.n for row in frame.collect()] == list(range(5, ROWS))
    nothing = df.filter("c < 0")
    assert nothing.coalesce(1).withColumn("d", F.col("c") * 2).collect() == []
    assert nothing.mapInArrow(lambda batches: batches, df.schema).collect() == []


def test_a_star_of_a_frame_or_a_struct_keeps_the_order(numbers: DataFrame) -> None:
    named = numbers.orderBy("n").alias("t").select("t.*", (F.col("t.n") + 1).alias("c"))
    assert named.columns == ["n", "k", "g", "c"]
    assert [(row.n, row.c) for row in named.collect()] == [(n, n + 1) for n in range(ROWS)]
    fields = numbers.orderBy("n").select(F.struct("n", "g").alias("s")).select("s.*")
    assert [tuple(row) for row in fields.collect()] == [(n, n % 3) for n in range(ROWS)]


def test_every_way_to_get_rows_keeps_the_order(numbers: DataFrame) -> None:
    frame = numbers.orderBy("n").withColumn("c", F.col("n") + 1)
    assert frame.toPandas()["n"].tolist() == list(range(ROWS))
    assert frame.toArrow()["n"].to_pylist() == list(range(ROWS))
    assert [row.n for row in frame.toLocalIterator()] == list(range(ROWS))
    assert [row.n for row in frame.tail(2)] == [ROWS - 2, ROWS - 1]
    assert frame.first().n == 0
