"""A script's mistakes are told in words on both engines: what is missing, and what there is."""

import bz2
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from backports import zstd
from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
from pyspark.sql import types as T  # noqa: N812

from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.process.script import describe


def message(call: Callable[[], Any], kind: type[BaseException] | tuple[type[BaseException], ...]) -> str:
    with pytest.raises(kind) as raised:
        call()
    said = describe(raised.value)
    for machinery in ("ObjectName", "Identifier(", "Rendezvous", "\tat ", "upb_"):
        assert machinery not in said
    return said


@pytest.fixture
def frame(engine: Engine) -> Any:
    return engine.session.createDataFrame([(1, "a")], "id int, part string")


@pytest.mark.parametrize(
    "step",
    [
        lambda df: df.select("nosuch"),
        lambda df: df.filter("nosuch > 1"),
        lambda df: df.groupBy("nosuch").count(),
        lambda df: df.withColumn("x", F.col("nosuch")).limit(1),
        lambda df: df.orderBy("nosuch"),
    ],
)
def test_a_missing_column(frame: Any, step: Callable[[Any], Any]) -> None:
    said = message(lambda: step(frame).collect(), PySparkException)
    for name in ("nosuch", "id", "part"):
        assert name in said


def test_an_ambiguous_column(frame: Any) -> None:
    left, right = frame.alias("a"), frame.alias("b")
    joined = left.join(right, F.col("a.id") == F.col("b.id"))
    said = message(lambda: joined.select("part").collect(), PySparkException)
    assert "ambiguous" in said
    assert "part" in said


def test_a_value_that_is_not_of_its_columns_type(engine: Engine) -> None:
    make = engine.session.createDataFrame
    assert "TypeError" in message(lambda: make([("x",)], "a int").collect(), TypeError)


def test_a_long_chain_of_steps(engine: Engine, frame: Any) -> None:
    """Sail's threads have little stack by default, and the process died of it.

    Spark looks at the whole chain with each step: a third of it takes a tenth of the time.
    """
    for number in range(300 if engine.name == "sail" else 100):
        frame = frame.withColumn(f"c{number}", F.lit(number))
    assert frame.count() == 1


def test_a_schema_that_is_nested_too_deeply(engine: Engine) -> None:
    if engine.name != "sail":
        pytest.skip("only Spark Connect has this limit")
    nested: T.DataType = T.IntegerType()
    for _ in range(40):
        nested = T.StructType([T.StructField("a", nested)])
    schema = T.StructType([T.StructField("x", nested)])
    said = message(lambda: engine.session.createDataFrame([], schema).collect(), Exception)
    assert "31 structs" in said


def test_s3_where_spark_has_no_file_system_for_it(engine: Engine) -> None:
    if engine.name != "spark":
        pytest.skip("Sail has an S3 client")
    for scheme in ("s3", "s3a"):
        said = message(lambda path=f"{scheme}://b/x": engine.session.read.csv(path).collect(), Exception)
        assert "create_dynamic_frame" in said
        assert "--extra-jars" in said


def _parquet(rows: int) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"id": range(rows)}), written)
    return written.getvalue()


CSV = b"id\n" + b"".join(b"%d\n" % (number * 7919) for number in range(5000))


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("a.csv.gz", gzip.compress(CSV)),
        ("a.csv.bz2", bz2.compress(CSV)),
        ("a.csv.zst", zstd.compress(CSV)),
        ("a.parquet", _parquet(5000)),
    ],
)
def test_a_cut_file_that_the_engine_reads_itself(
    engine: Engine, tmp_path: Path, name: str, whole: bytes
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(whole[: len(whole) // 2])
    for place in (tmp_path / "in" / name, tmp_path / "in"):
        read = engine.session.read.format(name.split(".")[1]).option("header", "true")
        said = message(lambda: read.load(str(place)).collect(), Exception)  # noqa: B023
        assert (f"It is in {place}:" if engine.name == "sail" else name) in said, said


def test_a_cut_file_is_told_when_what_was_read_of_it_is_written(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV)[:2000])
    frame = engine.session.read.csv(str(tmp_path / "a.csv.gz"), schema="id string")
    joined = engine.session.createDataFrame([("1",)], "id string").join(frame, "id", "outer")
    said = message(lambda: joined.write.parquet(str(tmp_path / "out")), Exception)
    assert (f"It is in {tmp_path / 'a.csv.gz'}:" if engine.name == "sail" else "a.csv.gz") in said, said
