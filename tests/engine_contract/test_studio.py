"""The transforms of Glue Studio, as public scripts call them: the same literal answers on every engine."""

import importlib
import re
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

import placekeeper.runtime
from placekeeper.model.errors import UsageError
from placekeeper.runtime.run import current
from placekeeper.runtime.studio.table import TRANSFORMS
from record_functions import AppliesFunctions

pytestmark = pytest.mark.spark_tests(10)

SHIM = Path(placekeeper.runtime.__file__).parent / "shim"
NOW_MS = 1_704_153_600_123  # 2024-01-02 00:00:00.123


class QuietSession(AppliesFunctions):
    """A session that keeps nothing."""

    def __init__(self, engine):
        self.spark = engine.session
        self.applied_by(engine)

    def note(self, sentence):
        raise AssertionError(sentence)

    def now_ms(self):
        return NOW_MS


@pytest.fixture
def glue(engine, monkeypatch):
    monkeypatch.syspath_prepend(str(SHIM))
    current.activate(QuietSession(engine))
    for name in TRANSFORMS:
        importlib.import_module(name)
    yield importlib.import_module("awsglue.context").GlueContext(None)
    current.deactivate()
    for name in TRANSFORMS:
        delattr(DataFrame, name)
    for name in [name for name in sys.modules if name.startswith(("awsglue", "gs_"))]:
        del sys.modules[name]


@pytest.fixture
def frame(glue):
    """Makes a DynamicFrame of rows."""
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(rows, schema):
        return dynamic_frame.fromDF(glue.createDataFrame(rows, schema), glue, "f")

    return make


def rows(dynamic_frame):
    return [tuple(row) for row in dynamic_frame.toDF().collect()]


def test_a_method_of_both_kinds_of_frames(frame):
    made = frame([(1,)], "a int").gs_derived(colName="b", expr="a + 1")
    assert type(made).__name__ == "DynamicFrame"
    assert made.name == "f"
    assert rows(made) == [(1, 2)]
    assert made.toDF().gs_derived("b", "a + 5").collect() == [(1, 6)]


def test_now(frame):
    one = frame([(1,)], "a int")
    assert rows(one.gs_now(colName="t")) == [(1, datetime(2024, 1, 2, 0, 0, 0, 123000))]
    assert one.gs_now().toDF().columns == ["a", "timestamp"]
    assert rows(one.gs_now(colName="t", dateFormat="%Y-%m-%d at %H:%M:%S")) == [(1, "2024-01-02 at 00:00:00")]
    assert rows(one.gs_now(colName="t", dateFormat="yyyyMMddHHmmss")) == [(1, "20240102000000")]
    with pytest.raises(UsageError, match="has %Q"):
        one.gs_now(dateFormat="%Q")


def test_concat(frame):
    two = frame([("a", 1), (None, 2)], "`x y` string, n int")
    made = two.gs_concat(colName="Key:", colList=["x y", "n"], spacer="-")
    assert made.toDF().columns == ["x y", "n", "Key:"]
    assert [row[2] for row in rows(made)] == ["a-1", "-2"]
    assert [row[2] for row in rows(two.gs_concat("k", "n,n"))] == ["11", "22"]
    with pytest.raises(UsageError, match="there is no column 'm'; the columns are x y, n"):
        two.gs_concat("k", ["m"])


def test_split_and_array_to_columns(frame):
    one = frame([("2024-01-02 03:04 UTC",)], "t string")
    parts = one.gs_split(colName="t", pattern=r"\s", newColName="arr")
    assert rows(parts) == [("2024-01-02 03:04 UTC", ["2024-01-02", "03:04", "UTC"])]
    made = parts.gs_array_to_cols(colName="arr", colList="day, time,zone,more")
    assert made.toDF().columns == ["t", "arr", "day", "time", "zone", "more"]
    assert rows(made)[0][2:] == ("2024-01-02", "03:04", "UTC", None)
    assert rows(parts.gs_array_to_cols("arr", "zone", indexes="3"))[0][2:] == ("UTC",)
    assert rows(one.gs_split(colName="t", pattern="[- ]"))[0] == (["2024", "01", "02", "03:04", "UTC"],)


def test_explode(frame):
    two = frame([(1, ["a", "b"]), (2, []), (3, None)], "i int, v array<string>")
    assert rows(two.gs_explode(colName="v", newCol="w")) == [(1, ["a", "b"], "a"), (1, ["a", "b"], "b")]
    assert rows(two.gs_explode(colName="v")) == [(1, "a"), (1, "b")]
    assert rows(two.gs_explode("v", "v", outer=True)) == [(1, "a"), (1, "b"), (2, None), (3, None)]
    of_map = frame([(1, {"k": 5})], "i int, m map<string,int>").gs_explode(colName="m", newCol="x")
    assert of_map.toDF().columns == ["i", "m", "key", "value"]
    dotted = frame([(["a"],)], "`s.v` array<string>").gs_explode(colName="`s.v`", newCol="e")
    assert rows(dotted) == [(["a"], "a")]
    with pytest.raises(UsageError, match="'i' is int, not an array or a map"):
        two.gs_explode("i")


def test_flatten(frame):
    nested = frame([(1, ((2, (3,)), "x"))], "a int, s struct<t:struct<b:int,u:struct<c:int>>,d:string>")
    assert nested.gs_flatten().toDF().columns == ["a", "s.t.b", "s.t.u.c", "s.d"]
    assert rows(nested.gs_flatten()) == [(1, 2, 3, "x")]
    one = nested.gs_flatten(maxLevels=1, separator="_")
    assert one.toDF().columns == ["a", "s_t", "s_d"]
    assert nested.gs_flatten(maxLevels=2).toDF().columns == ["a", "s.t.b", "s.t.u", "s.d"]


def test_null_rows(frame):
    several = frame([(1, "a", []), (None, None, None), (None, "", [])], "i int, s string, v array<int>")
    assert len(rows(several.gs_null_rows())) == 2
    assert rows(several.gs_null_rows(extended=True)) == [(1, "a", [])]


def test_identifiers(frame):
    many = frame([(n,) for n in range(50)], "n int")
    uuids = [row[1] for row in rows(many.gs_uuid())]
    assert len(set(uuids)) == 50
    assert all(re.fullmatch(r"[0-9a-f-]{36}", uuid) for uuid in uuids)
    assert many.gs_uuid().toDF().columns == ["n", "uuid"]
    numbers = [row[1] for row in rows(many.gs_sequence_id(colName="id", unique=False))]
    assert len(set(numbers)) == 50
    unique = many.gs_sequence_id(colName="id", unique=True)
    assert unique.toDF().schema["id"].dataType.simpleString() == "decimal(38,0)"
    assert min(row[1] for row in rows(unique)) == Decimal(NOW_MS * 10**19)


def test_repartition(frame):
    many = frame([(n,) for n in range(50)], "n int")
    assert many.gs_repartition(numPartitionsStr="3").getNumPartitions() == 3
    assert len(rows(many.gs_repartition())) == 50


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("seconds", 1704153600, datetime(2024, 1, 2)),
        ("milliseconds", 1704153600123, datetime(2024, 1, 2, 0, 0, 0, 123000)),
        ("microseconds", 1704153600000001, datetime(2024, 1, 2, 0, 0, 0, 1)),
        ("autodetect", 1704153600, datetime(2024, 1, 2)),
        ("autodetect", 1704153600123, datetime(2024, 1, 2, 0, 0, 0, 123000)),
        ("autodetect", 1704153600000001, datetime(2024, 1, 2, 0, 0, 0, 1)),
        ("autodetect", "1704153600", datetime(2024, 1, 2)),
        ("autodetect", "2022-11-02T14:40:59.915Z", datetime(2022, 11, 2, 14, 40, 59, 915000)),
        ("iso", "2024-01-02", datetime(2024, 1, 2)),
        ("iso", "no time", None),
        ("seconds", "no number", None),
        ("autodetect", None, None),
    ],
)
def test_to_timestamp(frame, kind, value, expected):
    one = frame([(value,)], "t bigint" if isinstance(value, int) else "t string")
    assert rows(one.gs_to_timestamp(colName="t", colType=kind)) == [(expected,)]
    made = one.gs_to_timestamp(colName="t", colType=kind, newColName="new-name")
    assert made.toDF().columns == ["t", "new-name"]


def test_format_timestamp(frame):
    one = frame([(datetime(2024, 1, 2, 3, 4, 5),)], "t timestamp")
    assert rows(one.gs_format_timestamp(colName="t", dateFormat="%d/%m/%Y")) == [("02/01/2024",)]
    assert rows(one.gs_format_timestamp(colName="t", dateFormat="yyyy-MM-dd")) == [("2024-01-02",)]
    assert rows(one.gs_format_timestamp("t", "yyyy", newColName="y"))[0][1] == "2024"


def test_regex_extract(frame):
    two = frame([("B-12 x",), ("none",), (None,)], "s string")
    assert [row[1] for row in rows(two.gs_regex_extract(colName="s", regex="^.{1}", newCols="l"))] == [
        "B",
        "n",
        None,
    ]
    made = two.gs_regex_extract(colName="s", regex=r"(\w)-(\d+) (\w)", newCols="a,,c")
    assert made.toDF().columns == ["s", "a", "c"]
    assert [row[1:] for row in rows(made)] == [("B", "x"), ("", ""), (None, None)]


def test_json(frame):
    texts = ['{"a": 1, "b": {"c": [true]}}', '{"a": 2.5, "d": "x"}', "broken", None]
    several = frame([(text,) for text in texts], "j string")
    parsed = several.gs_parse_json(colName="j")
    assert parsed.toDF().schema[0].dataType.simpleString() == (
        "struct<a:double,b:struct<c:array<boolean>>,d:string>"
    )
    assert [None if row[0] is None else row[0].a for row in rows(parsed)][:2] == [1.0, 2.5]
    assert rows(parsed)[3] == (None,)
    by_schema = several.gs_parse_json(colName="j", schema="a double", newColName="k")
    assert by_schema.toDF().columns == ["j", "k"]
    made = several.gs_extract_json(colName="j", jsonPaths="a,$.b.c", colList="x, y", dropCol=True)
    assert made.toDF().columns == ["x", "y"]
    assert rows(made)[0] == ("1", "[true]")
    with pytest.raises(UsageError, match="no JSON objects were found"):
        frame([("[1]",)], "j string").gs_parse_json("j")


def test_pivot(frame):
    sales = [(2020, "Jan", "uk", 32), (2020, "Jan", "de", 42), (2020, "Feb", "de", 4), (2020, "Feb", "de", 7)]
    several = frame(sales, "year int, month string, country string, amount int")
    made = several.gs_pivot(aggCol="amount", aggFunction="sum", colList=["country"])
    assert made.toDF().columns == ["year", "month", "de", "uk"]
    assert sorted(rows(made)) == [(2020, "Feb", 11, None), (2020, "Jan", 42, 32)]
    both = several.gs_pivot(aggCol="amount", aggFunction="sum", colList="month,country")
    assert both.toDF().columns == ["year", "Feb_de", "Jan_de", "Jan_uk"]
    with pytest.raises(UsageError, match="not 'total'"):
        several.gs_pivot("amount", "total", "country")


def test_unpivot(frame):
    wide = frame([("a", 1, 2), ("b", None, 4)], "k string, `2023.q` int, `2024` int")
    long = wide.gs_unpivot(colName="year", valueColName="sold", colList="`2023.q`, `2024`").toDF()
    assert long.columns == ["k", "year", "sold"]
    assert sorted(map(tuple, long.collect()), key=repr) == [
        ("a", "2023.q", 1),
        ("a", "2024", 2),
        ("b", "2023.q", None),
        ("b", "2024", 4),
    ]
    with pytest.raises(UsageError, match="gs_unpivot: colList names no column"):
        wide.gs_unpivot("year", "sold", "")
