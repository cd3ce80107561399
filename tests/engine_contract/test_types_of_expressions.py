"""The type that a DataFrame says is that of its rows, on every engine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession, functions

from placekeeper.runtime.engines.base import Engine
from scripts_in_process import scripts_in

BIG = 2**40


@pytest.fixture
def session(engine: Engine) -> SparkSession:
    return engine.session


def _rows(session: SparkSession) -> DataFrame:
    return session.createDataFrame([(1, BIG, 5.5, "x")], "i int, l long, d double, s string")


def _sql(text: str) -> Callable[[DataFrame], DataFrame]:
    def run(rows: DataFrame) -> DataFrame:
        rows.createOrReplaceTempView("typed")
        return rows.sparkSession.sql(text)

    return run


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize(
    ("make", "kind", "values"),
    [
        (
            lambda r: r.select(functions.when(r.l < 0, functions.lit(0)).otherwise(r.l).alias("a")),
            "bigint",
            [BIG],
        ),
        (lambda r: r.select(functions.when(r.l < 0, 0).otherwise(r.d).alias("a")), "double", [5.5]),
        (lambda r: r.select(functions.when(r.l < 0, r.i).when(r.l > 0, r.d).alias("a")), "double", [5.5]),
        (lambda r: r.selectExpr("if(l < 0, 0, d) a"), "double", [5.5]),
        (_sql("SELECT CASE WHEN l < 0 THEN 0 ELSE l END a FROM typed"), "bigint", [BIG]),
        (lambda r: r.select(r.i.alias("a")).union(r.select("l")), "bigint", [1, BIG]),
        (lambda r: r.select(r.i.alias("a")).unionByName(r.select(r.d.alias("a"))), "double", [1.0, 5.5]),
        (_sql("SELECT i a FROM typed UNION ALL SELECT l FROM typed"), "bigint", [1, BIG]),
        (lambda r: r.select(functions.coalesce(r.i, r.l).alias("a")), "bigint", [1]),
        (lambda r: r.select(functions.greatest(r.i, r.d).alias("a")), "double", [5.5]),
    ],
)
def test_branches_and_unions(
    session: SparkSession, make: Callable[[DataFrame], DataFrame], kind: str, values: list[Any]
) -> None:
    made = make(_rows(session))
    assert made.dtypes == [("a", kind)]
    assert sorted(row.a for row in made.collect()) == values


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("array(if(l < 0, 0, d))", "array<double>", [5.5]),
        ("map('a', CASE WHEN l < 0 THEN 0 ELSE d END)", "map<string,double>", {"a": 5.5}),
        ("named_struct('q', if(l < 0, 0, l))", "struct<q:bigint>", (BIG,)),
        ("array(named_struct('q', if(l < 0, 0, d)))", "array<struct<q:double>>", [(5.5,)]),
        ("if(l < 0, array(1), array(d))", "array<double>", [5.5]),
        ("if(l < 0, named_struct('a', i), named_struct('a', l))", "struct<a:bigint>", (BIG,)),
        ("coalesce(array(i), array(d))", "array<double>", [1.0]),
        ("map('a', array(coalesce(i, d)))", "map<string,array<double>>", {"a": [1.0]}),
    ],
)
def test_branches_within_arrays_maps_and_structs(
    session: SparkSession, expression: str, kind: str, value: object
) -> None:
    made = _rows(session).selectExpr(f"{expression} AS a")
    assert made.dtypes == [("a", kind)]
    assert made.collect() == [(value,)]


def test_unions_of_arrays(session: SparkSession) -> None:
    rows = _rows(session)
    made = rows.select(functions.array("i").alias("a")).union(rows.select(functions.array("d")))
    assert made.dtypes == [("a", "array<double>")]
    assert sorted(row.a for row in made.collect()) == [[1.0], [5.5]]


def test_what_is_written_has_the_values_of_all_branches(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripts_in(tmp_path / "state", engine, monkeypatch) as run, run() as (_, glue, job):
        rows = _rows(glue.spark_session)
        made = rows.select(
            functions.when(rows.l < 0, functions.lit(0)).otherwise(rows.l).alias("l"),
            functions.when(rows.l < 0, functions.lit(0)).otherwise(rows.d).alias("d"),
        )
        frame = glue.create_dynamic_frame.from_rdd([(1,)], "x", ["n"]).fromDF(made, glue, "made")
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "json")
        job.commit()
    [file] = [path for path in (tmp_path / "out").iterdir() if path.name[0] not in "._"]
    assert json.loads(file.read_text()) == {"l": BIG, "d": 5.5}


def test_fields_of_a_null_struct_are_null(session: SparkSession) -> None:
    rows = session.createDataFrame([(("x", 1),), (None,)], "s struct<k:string,v:int>")
    assert [tuple(row) for row in rows.select("s.k", "s.v").collect()] == [("x", 1), (None, None)]
    assert [tuple(row) for row in rows.select("s.*").collect()] == [("x", 1), (None, None)]
    lists = session.createDataFrame([([("x", 1), None],)], "a array<struct<k:string,v:int>>")
    assert lists.select("a.k").first()[0] == ["x", None]
