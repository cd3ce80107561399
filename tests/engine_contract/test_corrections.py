"""What Sail does in another way than Spark and Placekeeper sets right: the same on both engines."""

from datetime import date, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.base import ANSI, Engine


@pytest.fixture
def odd(engine: Engine) -> DataFrame:
    rows = [
        (1, "a", date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), True, "02/01/2024"),
        (2, "b", None, None, False, None),
    ]
    schema = "Id int, Name string, Day date, At timestamp, Paid boolean, Text string"
    return engine.session.createDataFrame(rows, schema)


def column(frame: DataFrame) -> list[Any]:
    return [row[0] for row in frame.collect()]


def test_a_column_is_renamed_in_whatever_case_it_is_named(odd: DataFrame) -> None:
    assert odd.withColumnRenamed("NAME", "who").columns[:2] == ["Id", "who"]
    assert odd.withColumnsRenamed({"ID": "n", "name": "who"}).columns[:2] == ["n", "who"]
    assert odd.withColumnRenamed("absent", "x").columns == odd.columns
    assert odd.withColumnRenamed("Name", "Id").columns[:2] == ["Id", "Id"]
    many = odd
    for name in odd.columns:
        many = many.withColumnRenamed(name, name.upper())
    assert many.columns == ["ID", "NAME", "DAY", "AT", "PAID", "TEXT"]


def test_names_differ_by_case_where_the_script_says_so(engine: Engine, odd: DataFrame) -> None:
    engine.session.conf.set("spark.sql.caseSensitive", "true")
    try:
        assert odd.withColumnRenamed("NAME", "who").columns == odd.columns
    finally:
        engine.session.conf.unset("spark.sql.caseSensitive")


def test_replace_keeps_the_names(odd: DataFrame) -> None:
    replaced = odd.replace({"a": "z"}, subset=["Name"])
    assert replaced.columns == odd.columns
    assert column(replaced.select("Name")) == ["z", "b"]
    assert odd.na.replace("a", "z").columns == odd.columns


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_to_timestamp_takes_dates_and_timestamps_with_a_pattern(
    engine: Engine, odd: DataFrame, ansi: str
) -> None:
    before = engine.session.conf.get(ANSI)
    engine.session.conf.set(ANSI, ansi)
    try:
        assert column(odd.select(F.to_timestamp("Day", "dd/MM/yy"))) == [datetime(2024, 1, 2), None]
        assert column(odd.select(F.to_timestamp(odd.At, "dd/MM/yy"))) == [datetime(2024, 1, 2, 3, 4, 5), None]
        texts = odd.select(F.to_timestamp("Text", "dd/MM/yyyy"))
        assert column(texts) == [datetime(2024, 1, 2), None]
        assert texts.columns == ["to_timestamp(Text, dd/MM/yyyy)"]
        years = odd.select(F.date_format(F.to_timestamp("Text", "dd/MM/yyyy"), "yyyy").alias("year"))
        assert column(years) == ["2024", None]
    finally:
        engine.session.conf.set(ANSI, before)


def test_functions_of_texts_take_other_types(odd: DataFrame) -> None:
    trimmed = odd.select(F.trim("Id"), F.ltrim(odd.Day), F.rtrim("Paid"), F.trim("Name"))
    assert tuple(trimmed.collect()[0]) == ("1", "2024-01-02", "true", "a")
    assert trimmed.columns == ["trim(Id)", "ltrim(Day)", "rtrim(Paid)", "trim(Name)"]
    assert column(odd.filter(odd.Day.like("2024-%")).select("Id")) == [1]
    assert column(odd.filter(F.col("Id").ilike("2")).select("Id")) == [2]


def test_like_in_sql_takes_other_types(engine: Engine, odd: DataFrame) -> None:
    assert column(odd.filter("paid like true").select("Id")) == [1]
    assert column(odd.filter("Day LIKE '2024%' and `Name` not like 'z%'").select("Id")) == [1]
    odd.createOrReplaceTempView("odd")
    assert column(engine.session.sql("select Id from odd where lower(Name) not like '%a%'")) == [2]
    case = "case when Id = 1 then 'ab' else 'b' end like 'a%'"
    assert column(engine.session.sql(f"select Id from odd where {case}")) == [1]
    assert engine.session.sql("show tables like 'od*'").count() == 1
    named = "select Id from odd where :wanted like '2%' and Id = 2"
    assert column(engine.session.sql(named, args={"wanted": "23"})) == [2]
    found = engine.session.sql("select o.Id from odd o where o.Id like '2' and 'x like y' = 'x like y'")
    assert column(found) == [2]


def test_to_date_takes_texts_with_a_time(engine: Engine, odd: DataFrame) -> None:
    before = engine.session.conf.get(ANSI)
    engine.session.conf.set(ANSI, "false")
    try:
        texts = odd.limit(1).select(F.lit("2024-02-29T10:11:12").alias("t"), "Day", "At")
        found = texts.select(F.to_date("t"), F.to_date(texts.Day), F.to_date("At"))
        assert found.collect() == [(date(2024, 2, 29), date(2024, 1, 2), date(2024, 1, 2))]
        assert found.columns == ["to_date(t)", "to_date(Day)", "to_date(At)"]
        assert column(odd.select(F.to_date("Text", "dd/MM/yyyy"))) == [date(2024, 1, 2), None]
        by_text = texts.selectExpr(
            "to_date(t)", "to_date(concat(t, '')) AS d", "to_date('2024/02', 'yyyy/MM')"
        )
        assert by_text.collect() == [(date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 1))]
        assert by_text.columns[:2] == ["to_date(t)", "d"]
        assert texts.where("to_date(t) = '2024-02-29'").count() == 1
    finally:
        engine.session.conf.set(ANSI, before)


def test_of_rows_in_order_the_first_are_kept(engine: Engine) -> None:
    rows = [(i % 5, i * 7 % 41, f"n{i}") for i in range(40)]
    frame = engine.session.createDataFrame(rows, "k int, v int, n string")
    kept = frame.orderBy(F.col("v").desc()).dropDuplicates(["k"])
    most = {k: max(row for row in rows if row[0] == k)[1] for k in range(5)}
    assert sorted(kept.collect()) == sorted(row for row in rows if row[1] == most[row[0]])
    assert kept.columns == ["k", "v", "n"]
    least = frame.sort(frame.v).drop_duplicates(["k"]).select("k", "v")
    assert sorted(least.collect()) == sorted((k, min(v for one, v, _ in rows if one == k)) for k in range(5))
    assert frame.orderBy("v").select("k").dropDuplicates().count() == 5
