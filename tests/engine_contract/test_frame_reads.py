"""`spark.read` of S3 on a Spark that has no file system for it: Spark's own reader, on copies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from frame_runs import Run, passed_on
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Engine
from s3 import S3Server

FILES = {
    "t/year=2023/a.csv": b"id\n1\n2\n",
    "t/year=2024/b.csv": b"id\n3\n",
    "t/year=2024/_SUCCESS": b"",
    "j/1.json": b'{"b": 1, "a": "x"}\n',
    "j/2.json": b'{"b": 2}\n',
    "x/a b.txt": "blank ü\n".encode(),
}


@pytest.fixture
def bucket(s3: S3Server) -> str:
    name = s3.new_bucket()
    for key, data in FILES.items():
        s3.client().put_object(Bucket=name, Key=key, Body=data)
    return name


@pytest.fixture
def run(engine: Engine, tmp_path: Path, s3: S3Server) -> Run:
    return Run(engine, tmp_path, objects=ObjectStores.of(s3.environ))


@pytest.fixture
def spark(engine: Engine, run: Run) -> Iterator[SparkSession]:
    if engine.name != "spark":
        pytest.skip("Sail has an S3 client of its own")
    with passed_on(engine, run):
        yield engine.session


def test_folders_wildcards_lists_and_options(spark: SparkSession, bucket: str, run: Run) -> None:
    table = f"s3://{bucket}/t/"
    assert [
        tuple(row) for row in spark.read.csv(table, header=True, inferSchema=True).orderBy("id").collect()
    ] == [
        *((1, 2023), (2, 2023), (3, 2024)),
    ]
    assert spark.read.option("header", True).csv(f"s3a://{bucket}/t/year=2024/*.csv").columns == ["id"]
    with_base = spark.read.option("header", True).option("basePath", table).csv(f"{table}year=2023")
    assert sorted(with_base.columns) == ["id", "year"]
    assert spark.read.json(f"s3n://{bucket}/j").columns == ["a", "b"]
    both = [f"s3://{bucket}/j/1.json", f"s3://{bucket}/j/2.json"]
    assert spark.read.json(both).count() == 2
    assert spark.read.format("json").load(both).count() == 2
    assert spark.read.format("json").option("path", f"s3://{bucket}/j").load().count() == 2
    assert spark.read.text(f"s3://{bucket}/x/a b.txt").collect()[0].value == "blank ü"
    assert any("2 objects (28 bytes) copied to this machine" in note for note in run.context.notes)


def test_what_is_not_there_is_named_as_the_script_names_it(spark: SparkSession, bucket: str) -> None:
    with pytest.raises(AnalysisException, match=rf"PATH_NOT_FOUND.*s3://{bucket}/none"):
        spark.read.parquet(f"s3://{bucket}/none")


def test_local_paths_and_rows_are_left_alone(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"a": 1}\n')
    assert spark.read.json(str(tmp_path / "1.json")).count() == 1
    assert spark.read.parquet is not None
    assert spark.read.json(spark.sparkContext.parallelize(['{"a": 1}'])).count() == 1
