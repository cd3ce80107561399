"""Predicates over partition keys mean what they mean in Spark's SQL, with and without ANSI."""

import pytest
from pyspark.sql import DataFrame

from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from predicate_cases import KEYS, NULL, PREDICATES, ROWS

pytestmark = pytest.mark.skipif(not installed().spark, reason="Spark's SQL is the reference")


@pytest.fixture(scope="module")
def partitions(engine: Engine) -> DataFrame:
    values = [(n, *(None if text == NULL else text for text in row)) for n, row in enumerate(ROWS)]
    texts = engine.session.createDataFrame(values, "i int, " + ", ".join(f"{key} string" for key, _ in KEYS))
    return texts.selectExpr("i", *(f"cast({key} as {type}) as {key}" for key, type in KEYS))


@pytest.mark.parametrize("ansi", ["false", "true"])
def test_spark_finds_the_same_partitions(engine: Engine, partitions: DataFrame, ansi: str) -> None:
    before = engine.session.conf.get("spark.sql.ansi.enabled")
    engine.session.conf.set("spark.sql.ansi.enabled", ansi)
    marks = [f"coalesce({text}, false) as p{n}" for n, (text, _) in enumerate(PREDICATES)]
    try:
        rows = partitions.selectExpr("i", *marks).collect()
    finally:
        engine.session.conf.set("spark.sql.ansi.enabled", before)
    found = {text: sorted(row.i for row in rows if row[f"p{n}"]) for n, (text, _) in enumerate(PREDICATES)}
    assert found == dict(PREDICATES)
