"""Spark SQL without ANSI mode: null where a value does not fit, the same on both engines."""

import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.base import ANSI, Engine

TEXTS = [
    "x",
    "",
    " 7 ",
    "7.9",
    "-7.5",
    "+3",
    "1e3",
    "12abc",
    "99999999999",
    "300",
    "1,000",
    "NaN",
    "true",
    "no",
]
TEXTS += ["2024-01-02", "2024-02-30", "2024-01-02 03:04:05", "00012", "0x1F"]
CASTS: dict[str, list[Any]] = {
    "tinyint": [7, 7, -7, 3, 12],
    "smallint": [7, 7, -7, 3, 300, 12],
    "int": [7, 7, -7, 3, 300, 12],
    "bigint": [7, 7, -7, 3, 99999999999, 300, 12],
    "decimal(10,2)": [Decimal(v) for v in ("7.00", "7.90", "-7.50", "3.00", "1000.00", "300.00", "12.00")],
    "boolean": [True, False],
    "date": [date(2024, 1, 2), date(2024, 1, 2), date(12, 1, 1)],
    "timestamp": [datetime(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), datetime(12, 1, 1)],
}


@pytest.fixture
def texts(engine: Engine) -> Iterator[DataFrame]:
    before = engine.session.conf.get(ANSI)
    engine.session.conf.set(ANSI, "false")
    frame = engine.session.createDataFrame(list(enumerate(TEXTS)), "i int, v string")
    frame.createOrReplaceTempView("texts")
    yield frame
    engine.session.conf.set(ANSI, before)


def values(frame: DataFrame) -> list[Any]:
    return [row[0] for row in frame.collect() if row[0] is not None]


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("target", CASTS)
def test_casts_give_null(texts: DataFrame, engine: Engine, target: str) -> None:
    kept = texts.orderBy("i")
    kept.createOrReplaceTempView("kept")
    by_sql = engine.session.sql(f"SELECT CAST(v AS {target}) FROM kept")
    by_column = kept.select(F.col("v").cast(target))
    by_expression = kept.selectExpr(f"cast(v as {target})")
    by_colons = engine.session.sql(f"SELECT kept.v::{target} FROM kept")
    for frame in (by_sql, by_column, by_expression, by_colons):
        assert values(frame) == CASTS[target]
        assert frame.columns == ["v"]
        assert frame.schema[0].dataType.simpleString() == target


def test_floating_numbers(texts: DataFrame, engine: Engine) -> None:
    for frame in (
        engine.session.sql("SELECT double(v) AS v FROM texts WHERE v <> 'NaN'"),
        texts.where("v <> 'NaN'").select(F.col("v").cast("double")),
    ):
        assert values(frame) == [7.0, 7.9, -7.5, 3.0, 1000.0, 99999999999.0, 300.0, 12.0]


NARROWED = [
    ("300", "tinyint", 44),
    ("-129", "tinyint", 127),
    ("40000", "smallint", -25536),
    ("3000000000", "int", -1294967296),
    ("3e9D", "int", 2147483647),
    ("-3e9D", "int", -2147483648),
    ("3e9D", "tinyint", -1),
    ("7.9D", "int", 7),
    ("1e20D", "bigint", 9223372036854775807),
    ("-1e20D", "bigint", -9223372036854775808),
    ("double('NaN')", "int", 0),
    ("float('-Infinity')", "bigint", -9223372036854775808),
    ("cast(3000000000 AS decimal(20,1))", "int", -1294967296),
    ("'3000000000'", "int", None),
    ("true", "int", 1),
    ("' 1d '", "double", 1.0),
    ("'1.5e2F'", "double", 150.0),
    ("'1dd'", "double", None),
    ("'-1.25E2'", "decimal(10,2)", Decimal("-125.00")),
    ("'1e20'", "decimal(10,2)", None),
    ("'2024-01-02T23:00:00+05:00'", "date", date(2024, 1, 2)),
    ("'2024-01-02 and more'", "date", date(2024, 1, 2)),
    ("'2024-01-02x'", "date", None),
]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(("value", "target", "expected"), NARROWED)
def test_casts_are_those_of_spark(texts: DataFrame, value: str, target: str, expected: object) -> None:
    """Numbers that are too large wrap or are the nearest one; texts may have a suffix or a time."""
    one = texts.where("i = 0")
    frames = (
        one.selectExpr(f"CAST({value} AS {target})"),
        one.select(F.expr(value).alias("x")).selectExpr(f"x::{target}"),
        one.select(F.expr(value).alias("x")).select(F.col("x").cast(target)),
    )
    assert [frame.collect() for frame in frames] == [[(expected,)]] * 3
    assert [frame.schema[0].dataType.simpleString() for frame in frames] == [target] * 3


def test_casts_in_their_places(texts: DataFrame) -> None:
    """A cast of a column keeps its name in a list of columns, and does no harm anywhere else."""
    long = F.col("v").cast("long")
    assert texts.groupBy(long).count().columns == ["v", "count"]
    assert texts.where(long > 250).orderBy(long).select(long + 1).collect() == [(301,), (100000000000,)]
    assert texts.select(F.sum(long).alias("n")).collect() == [(100000000321,)]
    assert texts.withColumn("v", long).where("v = 7").count() == 2
    numbers = texts.select(F.when(long > 0, long).alias("n")).where("n is not null")
    assert numbers.join(texts.select(long.alias("n")), "n").count() == 8
    assert texts.select(F.array(F.col("v")).cast("array<double>")[0].alias("n")).where("n = 300").count() == 1


def test_a_cast_computes_its_value_once(texts: DataFrame, engine: Engine) -> None:
    """Casts in casts do not grow with their depth, and a random value is the same in all parts of a cast."""
    by_tree, by_text = F.col("v"), "v"
    for _ in range(6):
        by_tree = by_tree.cast("int").cast("string")
        by_text = f"cast(cast({by_text} as int) as string)"
    seen = texts.orderBy("i")
    seen.createOrReplaceTempView("seen")
    begin = time.monotonic()
    expected = ["7", "7", "-7", "3", "300", "12"]
    assert values(seen.select(by_tree)) == expected
    assert values(seen.selectExpr(by_text)) == expected
    assert values(engine.session.sql(f"SELECT {by_text} FROM seen")) == expected
    assert time.monotonic() - begin < 60  # 14 minutes if each of the parts computes it
    random = engine.session.range(200).selectExpr("cast(rand() * 10000000000 as int) as n")
    assert sum(row.n == 2**31 - 1 for row in random.collect()) > 100  # nearly four in five are too large
    assert engine.session.range(3).select((F.col("id") + 0.5).cast("int").cast("double")).collect() == [
        (0.0,),
        (1.0,),
        (2.0,),
    ]


def test_casts_of_composed_values_in_their_places(texts: DataFrame, engine: Engine) -> None:
    number = F.concat(F.col("v"), F.lit("")).cast("int")
    assert texts.groupBy(number.alias("n")).count().where("n = 7").collect() == [(7, 2)]
    assert texts.agg((F.sum(number) / 2).cast("int").alias("n")).collect() == [(161,)]
    assert texts.select(F.sum(number.cast("long")).alias("n")).collect() == [(322,)]
    ranked = texts.where(number == 7).withColumn(
        "r", F.row_number().over(Window.partitionBy(number).orderBy(number.cast("double"))).cast("double")
    )
    assert [row.r for row in ranked.orderBy("r").collect()] == [1.0, 2.0]
    lists = texts.where("i = 2").select(
        F.transform(F.array("v"), lambda x: F.concat(x, F.lit("")).cast("int"))
    )
    assert lists.collect() == [([7],)]
    grouped = engine.session.sql(
        "SELECT cast(concat(v, '') AS int) AS n, count(*) AS c FROM texts "
        "GROUP BY cast(concat(v, '') AS int) HAVING max(int(concat(v, ''))) = 7"
    )
    assert grouped.collect() == [(7, 2)]


WINDOW_KEYS = [
    "PARTITION BY cast(i * 2 AS int) ORDER BY i",
    "ORDER BY int(i * 2 + 1), cast(concat(v, '') AS double)",
    "PARTITION BY cast(cast(concat(v, '') AS int) AS string) ORDER BY to_date(concat(v, '')), i",
]


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("keys", WINDOW_KEYS)
def test_casts_in_the_keys_of_windows(texts: DataFrame, engine: Engine, keys: str) -> None:
    for call, end in ((f"({keys})", ""), ("w", f"WINDOW w AS ({keys})")):
        statement = (
            f"SELECT row_number() OVER {call} AS r, cast(i * 2 AS int) FROM texts WHERE i IN (2, 3) {end}"
        )
        frame = engine.session.sql(statement)
        assert frame.columns == ["r", "CAST((i * 2) AS INT)"]
        assert sorted(row[1] for row in frame.collect()) == [4, 6]
    assert texts.where("i = 2").selectExpr(f"row_number() OVER ({keys}) AS r").collect() == [(1,)]


@pytest.mark.filterwarnings("ignore:WARN WindowExpression")
def test_casts_in_the_keys_of_windows_of_columns(texts: DataFrame) -> None:
    twice, text = (F.col("i") * -2).cast("int"), F.concat(F.col("v"), F.lit(""))
    keys = [twice, F.expr("cast(i * -2 AS int)"), twice.cast("string").cast("double"), F.expr("int(i * -2)")]
    for key in keys:
        ranks = texts.where("i < 3").select("i", F.row_number().over(Window.orderBy(key)).alias("r"))
        assert sorted(map(tuple, ranks.collect())) == [(0, 3), (1, 2), (2, 1)]
    window = Window.partitionBy(text.cast("int"), F.to_date(text)).orderBy(twice.desc())
    counted = texts.where("i IN (2, 3)").select("i", F.row_number().over(window).alias("r"))
    assert sorted(map(tuple, counted.collect())) == [(2, 1), (3, 2)]
    assert texts.orderBy(twice).dropDuplicates(["i"]).count() == len(TEXTS)


NAMED = [
    ("cast(i*2 as int)", "CAST((i * 2) AS INT)"),
    ("cast(i * (i + 1) - 3 as long)", "CAST(((i * (i + 1)) - 3) AS BIGINT)"),
    ("cast( concat(v,'a`b')  as  decimal( 10, 2) )", "CAST(concat(v, a`b) AS DECIMAL(10,2))"),
    ("cast(cast(i*2 as int) as string)", "CAST(CAST((i * 2) AS INT) AS STRING)"),
    ("cast('7' as int)", "CAST(7 AS INT)"),
    ("cast(v like '7%' as boolean)", None),
    ("double(i * 2)", "(i * 2)"),
    ("(i*2)::timestamp", "CAST((i * 2) AS TIMESTAMP)"),
]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(("expression", "name"), NAMED)
def test_a_cast_names_its_column(texts: DataFrame, engine: Engine, expression: str, name: str | None) -> None:
    for frame in (
        texts.selectExpr(expression),
        engine.session.sql(f"SELECT {expression} FROM texts"),
        engine.session.sql(f"SELECT * FROM (SELECT {expression} FROM texts)"),
    ):
        assert "transform" not in frame.columns[0]
        assert name is None or frame.columns == [name]


def test_a_cast_of_columns_names_its_column(texts: DataFrame) -> None:
    twice = (F.col("i") * 2).cast("int")
    frame = texts.select(twice, twice.cast("string"), F.upper("v").cast("long"), F.lit("7").cast("decimal"))
    assert frame.columns == [
        "CAST((i * 2) AS INT)",
        "CAST(CAST((i * 2) AS INT) AS STRING)",
        "CAST(upper(v) AS BIGINT)",
        "CAST(7 AS DECIMAL(10,0))",
    ]
    assert texts.select(twice + 1, F.abs(twice)).columns == [
        "(CAST((i * 2) AS INT) + 1)",
        "abs(CAST((i * 2) AS INT))",
    ]
    assert texts.select(((F.col("i") > 1) & (F.col("i") == 2)).cast("int"), twice.alias("n")).columns == [
        "CAST(((i > 1) AND (i = 2)) AS INT)",
        "n",
    ]
    assert texts.groupBy(twice).agg(F.sum(twice)).columns == [
        "CAST((i * 2) AS INT)",
        "sum(CAST((i * 2) AS INT))",
    ]
    fields = texts.select(F.struct(twice, (F.col("i") * 2).cast("string"), "v").alias("s")).select("s.*")
    assert fields.columns == ["col1", "col2", "v"]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(
    "statement",
    [
        "WITH date (c) AS (SELECT 1) SELECT c FROM date",
        "WITH a AS (SELECT 2), int (c, d) AS (SELECT 1, int('7.5')) SELECT c FROM int WHERE d = 7",
        "SELECT double.c FROM (VALUES (1)) AS double (c)",
        "SELECT c FROM (VALUES (1)) float (c)",
    ],
)
def test_names_of_types_name_tables_too(texts: DataFrame, engine: Engine, statement: str) -> None:
    del texts  # ANSI mode is off
    assert engine.session.sql(statement).collect() == [(1,)]


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(
    "expression",
    ["1 / (i - i)", "i % (i - i)", "array(1, 2)[i + 5]", "to_date('bad')", "to_timestamp('31/12/2024')"],
)
def test_what_has_no_value_is_null(texts: DataFrame, engine: Engine, expression: str) -> None:
    if "[" in expression and engine.name == "sail":
        expression = "array(1, 2)[5]"  # Sail takes literals alone
    assert texts.select(F.expr(expression)).distinct().collect() == [(None,)]


def test_whole_numbers_wrap(texts: DataFrame) -> None:
    assert texts.select(F.expr("i + 2147483647")).limit(2).collect() == [(2147483647,), (-2147483648,)]


@pytest.mark.parametrize(
    "statement",
    ["CAST(v AS int)", "CAST(v AS double)", "1 / (i - i)", "to_date('bad')", "date_format(v, 'y')"],
)
def test_ansi_mode_raises(texts: DataFrame, engine: Engine, statement: str) -> None:
    engine.session.conf.set(ANSI, "true")
    with pytest.raises(PySparkException):
        engine.session.sql(f"SELECT {statement} FROM texts").collect()
    with pytest.raises(PySparkException):
        texts.select(F.expr(statement)).collect()
    engine.session.conf.set(ANSI, "false")
    assert engine.session.sql(f"SELECT {statement} FROM texts").count() == len(TEXTS)


@pytest.mark.parametrize(
    ("ansi", "expression", "on_spark", "on_sail"),
    [
        ("true", "max(i) + 2147483647", "raises", -2147483631),
        ("true", "sum(if(i < 2, 9223372036854775807L, 0L))", "raises", -2),
        ("false", "max(v > i)", True, "raises"),
        ("false", "max(v + 1)", 100000000000.0, "raises"),
        ("false", "max(array(1, 2)[i])", 2, "raises"),
    ],
)
def test_what_remains_different_on_sail(
    texts: DataFrame, engine: Engine, ansi: str, expression: str, on_spark: object, on_sail: object
) -> None:
    """As docs/reference/glue-versions.md says."""
    engine.session.conf.set(ANSI, ansi)
    try:
        found: object = texts.where("v <> 'NaN'").selectExpr(expression).collect()[0][0]
    except PySparkException:
        found = "raises"
    assert found == (on_sail if engine.name == "sail" else on_spark)
