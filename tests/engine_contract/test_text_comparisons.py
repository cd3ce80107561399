"""Texts compared with numbers and times without ANSI mode: the same answers on both engines."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.base import ANSI, Engine

TEXTS = ["1.5", "0.5", "7", "07", " 7 ", "7.0", "", "x", "5d", "1e2", "3000000000", "-3"]
TEXTS += ["true", "2024-01-05", "2024-01-05 10:00:00"]
NUMBERS = TEXTS[:12]

COLUMNS: dict[str, tuple[Callable[[Column], Column], list[str], list[str]]] = {
    "whole": (lambda a: a > 0, ["1.5", "7", "07", " 7 ", "7.0"], ["0.5", "-3"]),
    "equal": (lambda a: a == 7, ["7", "07", " 7 ", "7.0"], ["1.5", "0.5", "-3"]),
    "not equal": (lambda a: a != 7, ["1.5", "0.5", "-3"], ["7", "07", " 7 ", "7.0"]),
    "turned": (lambda a: F.lit(0) < a, ["1.5", "7", "07", " 7 ", "7.0"], ["0.5", "-3"]),
    "long": (
        lambda a: a > 2_500_000_000,
        ["3000000000"],
        ["1.5", "0.5", "7", "07", " 7 ", "7.0", "-3"],
    ),
    "double": (
        lambda a: a >= 0.75,
        ["1.5", "7", "07", " 7 ", "7.0", "5d", "1e2", "3000000000"],
        ["0.5", "-3"],
    ),
    "decimal": (
        lambda a: a > Decimal("0.75"),
        ["1.5", "7", "07", " 7 ", "7.0", "5d", "1e2", "3000000000"],
        ["0.5", "-3"],
    ),
    "between": (lambda a: a.between(0, 5), ["1.5", "0.5"], ["7", "07", " 7 ", "7.0", "-3"]),
    "date": (lambda a: a >= date(2024, 1, 5), ["2024-01-05", "2024-01-05 10:00:00"], []),
    "time": (
        lambda a: a >= datetime(2024, 1, 5, 9, tzinfo=UTC),
        ["2024-01-05 10:00:00"],
        ["2024-01-05"],
    ),
    "in": (lambda a: a.isin(7, 8), ["7"], [text for text in TEXTS if text != "7"]),
    "in doubles": (
        lambda a: a.isin(7.0, 1.5),
        ["1.5", "7.0"],
        [text for text in TEXTS if text not in ("1.5", "7.0")],
    ),
    "not in": (lambda a: ~a.isin(7, 8), [text for text in TEXTS if text != "7"], ["7"]),
    "inside": (
        lambda a: F.when((a > 5) & a.isNotNull(), "much").otherwise("little") == "much",
        ["7", "07", " 7 ", "7.0"],
        [text for text in TEXTS if text not in ("7", "07", " 7 ", "7.0")],
    ),
}

CONDITIONS: dict[str, list[str]] = {
    "a > 0": ["1.5", "7", "07", " 7 ", "7.0"],
    "t.a>0 AND a IS NOT NULL": ["1.5", "7", "07", " 7 ", "7.0"],
    "a > 0.75": ["1.5", "7", "07", " 7 ", "7.0", "5d", "1e2", "3000000000"],
    "a <> 7": ["1.5", "0.5", "-3"],
    "a != 7 or a = 7": ["1.5", "0.5", "7", "07", " 7 ", "7.0", "-3"],
    "NOT (a >= -1)": ["-3"],
    "a == 7L": ["7", "07", " 7 ", "7.0"],
    "a <=> 7": ["7", "07", " 7 ", "7.0"],
    "a BETWEEN 0 AND 5": ["1.5", "0.5"],
    "a between 0.2 and 5 -- or so": ["1.5", "0.5"],
    "a NOT BETWEEN 0 AND 5": ["7", "07", " 7 ", "7.0", "-3"],
    "a IN (7, 8)": ["7"],
    "a in (1.5, 7)": ["1.5", "7"],
    "a NOT IN (7, 8) and a > 0": ["1.5", "07", " 7 ", "7.0"],
    "CASE WHEN a > 5 THEN 'much' ELSE 'little' END = 'much'": ["7", "07", " 7 ", "7.0"],
    "if(a < 0, true, false)": ["-3"],
    "a = 7 AND 2 > 1 AND n + 1 > 1 AND n > 0 AND n IN (1, 2)": ["7", "07", " 7 ", "7.0"],
}


@pytest.fixture
def texts(engine: Engine) -> Iterator[DataFrame]:
    before = str(engine.session.conf.get(ANSI))
    engine.session.conf.set(ANSI, "false")
    rows = [(place, text, 1) for place, text in enumerate([*TEXTS, None])]
    frame = engine.session.createDataFrame(rows, "i int, a string, n int").orderBy("i")
    frame.createOrReplaceTempView("t")
    yield frame
    engine.session.conf.set(ANSI, before)


def of_texts(frame: DataFrame) -> list[Any]:
    return [row.a for row in frame.orderBy("i").collect()]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("case", COLUMNS)
def test_columns(texts: DataFrame, case: str) -> None:
    condition, true, false = COLUMNS[case]
    said = condition(F.col("a"))
    assert of_texts(texts.filter(said)) == true
    answers = {row.a: row.said for row in texts.select("a", said.alias("said")).collect()}
    assert answers == {None: answers[None]} | {
        text: True if text in true else False if text in false else None for text in TEXTS
    }


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_in_sql(texts: DataFrame, engine: Engine, condition: str) -> None:
    expected = CONDITIONS[condition]
    alone = condition.replace("t.a", "a")
    assert of_texts(engine.session.sql(f"SELECT * FROM t WHERE {condition}\n")) == expected
    assert of_texts(texts.filter(alone)) == expected
    assert of_texts(texts.filter(F.expr(alone))) == expected
    of_groups = engine.session.sql(f"SELECT i, a, max(n) AS n FROM t GROUP BY i, a, n HAVING {condition}\n")
    assert of_texts(of_groups) == expected
    counted = engine.session.sql(f"SELECT count(CASE WHEN {condition}\nTHEN 1 END) AS many FROM t")
    assert counted.collect()[0].many == len(expected)


@pytest.mark.spark_cases(1)
def test_names(texts: DataFrame, engine: Engine) -> None:
    a = F.col("a")
    selected = texts.select(a > 0, a == 7, a.isin(7, 8), a.eqNullSafe(7), F.struct((a > 0).alias("s")))
    assert selected.columns[:4] == ["(a > 0)", "(a = 7)", "(a IN (7, 8))", "(a <=> 7)"]
    assert selected.schema[4].simpleString().endswith("struct<s:boolean>")
    assert texts.selectExpr("a>0", "a <> 7", "a = 7 AS seven").columns == [
        "(a > 0)",
        "(NOT (a = 7))",
        "seven",
    ]
    assert engine.session.sql("SELECT a > 0, a > 0.5 x FROM t").columns == ["(a > 0)", "x"]


@pytest.mark.spark_cases(1)
def test_other_types_and_places(texts: DataFrame, engine: Engine) -> None:
    """Numbers are compared as numbers, in joins, windows and aggregates too."""
    session = engine.session
    numbers = session.createDataFrame(
        [(1, 7, 7.5, Decimal("7.50"), True, [7])],
        "i int, n int, d double, e decimal(4,2), f boolean, l array<int>",
    )
    numbers.createOrReplaceTempView("numbers")
    of_columns = (F.col("d") > 7) & (F.col("e") > 7) & (F.col("n") < 7.5) & (F.col("n") == 7)
    assert numbers.filter(of_columns & (F.col("f") == True)).count() == 1  # noqa: E712
    assert numbers.filter(F.exists("l", lambda x: x > 6)).count() == 1
    assert numbers.filter("d > 7 AND e > 7 AND n < 7.5 AND n = 7 AND exists(l, x -> x > 6)").count() == 1
    joined = texts.alias("t").join(numbers, (texts.n == numbers.i) & (texts.a > 5))
    assert joined.count() == 4
    by_sql = "SELECT count(*) AS many FROM t JOIN numbers ON t.n = numbers.i AND t.a > 5 WHERE numbers.d > 7"
    assert session.sql(by_sql).collect()[0].many == 4
    assert texts.groupBy("n").agg(F.sum(F.when(F.col("a") > 5, 1)).alias("s")).collect()[0].s == 4
    assert session.sql("SELECT n, count(*) AS c FROM t GROUP BY n HAVING c > 1 AND count(*) > 1").count() == 1


def test_numbers_are_compared_as_before(texts: DataFrame, engine: Engine, capsys: Any) -> None:
    """The engine keeps nothing of the question for the type."""
    if engine.name != "sail":
        pytest.skip("the text of a plan is Sail's")
    for condition in (F.col("n") > 7, "n > 7", F.col("n").isin(7, 8), "n BETWEEN 7 AND 8"):
        texts.filter(condition).explain()
        said = capsys.readouterr().out
        assert "n@" in said
        assert "CASE" not in said
        assert "CAST" not in said


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("function", "expected", "name"),
    [
        (lambda a: a * 2, [3.0, 1.0, 14.0, None], "(a * 2)"),
        (lambda a: 2 * a * F.col("a"), [4.5, 0.5, 98.0, None], None),
        (lambda a: a / F.col("n"), [1.5, 0.5, 7.0, None], "(a / n)"),
        (lambda a: a % 2, [1.5, 0.5, 1.0, None], "(a % 2)"),
        (F.abs, [1.5, 0.5, 7.0, None], "abs(a)"),
        (F.floor, [1, 0, 7, None], "FLOOR(a)"),
        (lambda a: F.pow(a, 2), [2.25, 0.25, 49.0, None], None),
        (F.avg, [3.0], "avg(a)"),
        (F.mean, [3.0], "avg(a)"),
        (F.median, [1.5], "median(a)"),
        (F.var_pop, [8.166666666666666], "var_pop(a)"),
        (lambda a: F.avg(a).over(Window.partitionBy("n")), [3.0] * 4, None),
    ],
)
def test_texts_as_numbers(
    texts: DataFrame, function: Callable[[Column], Column], expected: list[Any], name: str | None
) -> None:
    some = texts.filter(F.col("a").isin("1.5", "0.5", "x", " 7 ")).orderBy("i")
    made = some.select(function(F.col("a")))
    assert [row[0] for row in made.collect()] == expected
    assert name is None or made.columns[0].upper() == name.upper()


@pytest.mark.spark_cases(1)
def test_numbers_keep_their_types(texts: DataFrame) -> None:
    values = "1S h, 7 i, 8L l, 1.5D d, cast(1.5 as float) f, cast(1.50 as decimal(4,2)) e, date'2024-01-05' t"
    numbers = texts.limit(1).selectExpr(*values.split(", "), "interval '5' day v")
    columns = [F.col(name) for name in "hildfe"]
    kept = numbers.select(
        *[column % 5 for column in columns],
        *[F.avg(column).over(Window.partitionBy("h")) for column in columns],
    )
    types = [field.dataType.simpleString() for field in kept.schema]
    assert types[:5] == ["int", "int", "bigint", "double", "float"]
    assert types[6:11] == ["double"] * 5
    assert types[11] == "decimal(8,6)"
    assert numbers.select(F.date_add("t", 1), F.col("v") * 2).collect()[0][0] == date(2024, 1, 6)
