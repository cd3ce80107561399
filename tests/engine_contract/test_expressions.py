"""Expressions of SQL have Spark's values and types on every engine, with ANSI off as below Glue 6.0.

What differs is a row of `sql_differences`: there is no third kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from placekeeper.runtime.engines.base import ANSI, Engine

EXPRESSIONS: dict[str, tuple[str, str]] = json.loads(Path(__file__).with_name("expressions.json").read_text())
"""Each with its type and its value, as Spark 4.1 gives them."""


@pytest.fixture
def lenient(engine: Engine) -> Iterator[SparkSession]:
    before = engine.session.conf.get(ANSI)
    engine.session.conf.set(ANSI, "false")
    yield engine.session
    engine.session.conf.set(ANSI, before)


def test_expressions_have_the_values_and_types_of_spark(lenient: SparkSession) -> None:
    listed = ", ".join(f"{text} AS c{place}" for place, text in enumerate(EXPRESSIONS))
    made = lenient.sql(f"SELECT {listed}")
    row = made.first()
    found = {
        text: [kind, repr(value)]
        for text, (_, kind), value in zip(EXPRESSIONS, made.dtypes, row, strict=True)
    }
    assert found == EXPRESSIONS
