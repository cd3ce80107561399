"""`df.k` and `df["*"]` mean what they mean in Spark, after joins of frames made of one and unions."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.base import Engine

col = F.col
ROWS = [(1, "a", 2.0), (1, "b", 3.0), (2, "c", 0.5), (3, None, None)]
AB = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]


class Frames:
    """A frame, one that is joined to it, and frames made of it."""

    def __init__(self, engine: Engine) -> None:
        spark = engine.session
        self.df = spark.createDataFrame(ROWS, "k int, b string, v double")
        self.other = spark.createDataFrame([(1, "x"), (2, "y"), (9, "z")], "k int, name string")
        self.high = self.df.filter(self.df.v > 1)
        self.most = self.df.groupBy("k").agg(F.max("v").alias("most"))
        self.wide = self.df.withColumn("z", self.df.v + 1)
        self.renamed = self.high.select("k", col("b").alias("bb"))


@pytest.fixture(scope="module")
def f(engine: Engine) -> Frames:
    return Frames(engine)


def rows(frame: DataFrame) -> list[Any]:
    return sorted((tuple(row) for row in frame.collect()), key=repr)


@contextmanager
def counted_requests(engine: Engine) -> Iterator[list[str]]:
    """The questions about plans that the engine is asked meanwhile; on Spark there are none to count."""
    asked: list[str] = []
    if engine.name != "sail":
        yield asked
        return
    from pyspark.sql.connect.client.core import SparkConnectClient

    original = SparkConnectClient._analyze

    def analyze(self: Any, method: str, **given: Any) -> Any:
        asked.append(method)
        return original(self, method, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SparkConnectClient, "_analyze", analyze)
        yield asked


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda f: f.df.join(f.most, "k").select("b", "most"), 4),
        (lambda f: f.df.join(f.most, f.df.k == f.most.k).select("b", "most"), 4),
        (lambda f: f.high.join(f.most, f.df.k == f.high.k), [(1, "a", 2.0, 1, 3.0), (1, "b", 3.0, 1, 3.0)]),
        (lambda f: f.high.join(f.most, f.high.k == f.df.k).select("b"), [("a",), ("b",)]),
        (lambda f: f.high.join(f.df, f.high.k == f.df.k), 4),
        (lambda f: f.df.join(f.high, f.df.k == f.high.k), 4),
        (lambda f: f.df.join(f.high, f.df.k == f.high.k, "left"), 6),
        (lambda f: f.df.join(f.high, f.df.k == f.high.k, "left_anti"), [(2, "c", 0.5), (3, None, None)]),
        (lambda f: f.df.join(f.high, [f.df.k == f.high.k, f.df.b == f.high.b], "left_semi").select("b"), 2),
        (lambda f: f.df.join(f.wide, (f.df.k == f.wide.k) & (f.df.b == f.wide.b)).select("z"), 3),
        (lambda f: f.df.join(f.df, f.df.k == f.df.k), 6),
        (lambda f: f.df.join(f.renamed, f.df.k == f.renamed.k).select(f.df.b, "bb"), AB),
        (lambda f: f.df.join(f.renamed, (f.df.k == f.renamed.k) & (f.df.b == col("bb"))), 2),
        (
            lambda f: f.df.alias("x").join(f.high.alias("y"), col("x.k") == col("y.k")).select("x.b", "y.b"),
            AB,
        ),
        (lambda f: f.df.join(f.most, "k").filter(f.df.v == col("most")).select("b"), [("b",), ("c",)]),
        (lambda f: f.df.join(f.other, "k").join(f.high, "k").select("name"), 4),
    ],
)
def test_joins_of_frames_made_of_one(f: Frames, make: Any, expected: Any) -> None:
    found = rows(make(f))
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_union_has_the_columns_of_its_first_frame(f: Frames) -> None:
    both = f.df.union(f.high)
    assert rows(both.select(f.df.k).distinct()) == [(1,), (2,), (3,)]
    assert both.filter(f.df.k == 1).count() == 4
    assert both.filter(f.high.k == 1).count() == 4
    assert both.withColumn("x", f.df.v).columns == ["k", "b", "v", "x"]
    assert rows(both.groupBy(f.df.k).count()) == [(1, 4), (2, 1), (3, 1)]
    assert [row.k for row in both.orderBy(f.df.k.desc()).limit(2).collect()] == [3, 2]
    assert f.df.unionByName(f.high).dropDuplicates().filter(f.df.v > 1).count() == 2
    assert both.drop(f.df.v).columns == ["k", "b"]
    assert f.df.union(f.other.select("k", "name", F.lit(1.0))).filter(f.df.k == 9).count() == 1
    assert both.join(f.other, f.df.k == f.other.k).count() == 5


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize(
    ("make", "columns", "first"),
    [
        (
            lambda f: f.df.join(f.most, f.df.k == f.most.k).drop(f.most.k),
            ["b", "v", "k", "most"],
            ("a", 2.0, 1, 3.0),
        ),
        (
            lambda f: (
                f.df.join(f.high, (f.df.k == f.high.k) & (f.df.b == f.high.b), "left")
                .drop(f.high.k)
                .drop(f.high.b)
                .drop(f.high.v)
            ),
            ["k", "b", "v"],
            (1, "a", 2.0),
        ),
        (
            lambda f: f.high.join(f.df, f.high.k == f.df.k).drop(f.df.k),
            ["b", "v", "k", "b", "v"],
            ("a", 2.0, 1, "a", 2.0),
        ),
        (
            lambda f: f.df.join(f.other, f.df.k == f.other.k).drop(f.other.k),
            ["k", "b", "v", "name"],
            (1, "a", 2.0, "x"),
        ),
        (lambda f: f.df.join(f.other, "k").drop(f.df.k), ["b", "v", "name"], ("a", 2.0, "x")),
        (lambda f: f.df.join(f.other, "k").drop(f.other.k), ["k", "b", "v", "name"], (1, "a", 2.0, "x")),
        (
            lambda f: f.df.join(f.other, f.df.k == f.other.k).drop(col("name"), f.other.k),
            ["k", "b", "v"],
            (1, "a", 2.0),
        ),
        (
            lambda f: f.df.alias("x").join(f.other.alias("y"), col("x.k") == col("y.k")).drop(col("y.k")),
            ["k", "b", "v", "name"],
            (1, "a", 2.0, "x"),
        ),
        (
            lambda f: (
                f.df.alias("x").join(f.df.alias("y"), col("x.b") == col("y.b")).drop(col("x.k"), col("y.v"))
            ),
            ["b", "v", "k", "b"],
            ("a", 2.0, 1, "a"),
        ),
        (
            lambda f: f.df.join(f.other, "k").withColumn("k", F.lit(7)).drop(f.df.k),
            ["k", "b", "v", "name"],
            (7, "a", 2.0, "x"),
        ),
        (
            lambda f: f.df.join(f.other, f.df.k == f.other.k).fillna(0).drop(f.df.b),
            ["k", "v", "k", "name"],
            (1, 2.0, 1, "x"),
        ),
    ],
)
def test_drop_drops_the_column_that_spark_drops(f: Frames, make: Any, columns: list[str], first: Any) -> None:
    found = make(f)
    assert found.columns == columns
    assert rows(found)[0] == first


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (lambda f, j: j.drop(col("b")).drop(f.other.k), ["k", "v", "name"]),
        (lambda f, j: j.drop(f.df.k).drop(f.other.k), ["b", "v", "name"]),
        (lambda f, j: j.selectExpr("*", "1 as one").drop(f.other.k), ["k", "b", "v", "name", "one"]),
        (lambda f, j: j.selectExpr("*", "1 as one").drop(f.df.k), ["b", "v", "k", "name", "one"]),
        (
            lambda f, j: j.select("*", F.posexplode(F.array(F.lit(5))), col("v")).drop(f.other.k),
            ["k", "b", "v", "name", "pos", "col", "v"],
        ),
        (
            lambda f, j: j.select(F.posexplode(F.array(F.lit(5))), "*").drop(f.df.k),
            ["pos", "col", "b", "v", "k", "name"],
        ),
        (
            lambda f, j: j.orderBy(f.df.v).withColumn("z", F.lit(1)).coalesce(1).drop(f.other.k),
            ["k", "b", "v", "name", "z"],
        ),
        (lambda f, j: j.fillna(0).drop(f.other.name), ["k", "b", "v", "k"]),
        (lambda f, j: j.union(j).drop(f.other.k), ["k", "b", "v", "name"]),
        (lambda f, j: j.union(j).union(j).drop(f.df.k), ["b", "v", "k", "name"]),
        (lambda f, j: j.union(j).drop(f.other.k).filter(f.df.v > 0).drop(f.df.k), ["b", "v", "name"]),
        (lambda f, j: j.drop(f.df.sparkSession.range(3).toDF("k").k), ["k", "b", "v", "k", "name"]),
    ],
)
def test_drop_finds_a_column_behind_other_steps(f: Frames, make: Any, columns: list[str]) -> None:
    found = make(f, f.df.join(f.other, f.df.k == f.other.k))
    assert found.columns == columns
    assert found.count() in (3, 6, 9)
    assert all(len(row) == len(columns) for row in found.collect())


def test_drop_behind_many_steps_asks_only_for_the_frames_read(engine: Engine, f: Frames) -> None:
    wide = f.df
    for number in range(400 if engine.name == "sail" else 40):
        wide = wide.withColumn(f"c{number % 7}", F.lit(number))
    wide = wide.withColumnRenamed("c0", "first").select("k", "first", F.lit(1).alias("one"), "b").drop("b")
    with counted_requests(engine) as asked:
        joined = wide.join(f.other, wide.k == f.other.k)
        found = joined.drop(f.other.k)
        again = joined.withColumn("z", F.lit(1)).drop(wide.k)
    assert len(asked) <= 2
    assert found.columns == ["k", "first", "one", "name"]
    assert again.columns == ["first", "one", "k", "name", "z"]


def test_drop_behind_some_steps_has_the_columns_of_spark(f: Frames) -> None:
    wide = (
        f.df.withColumn("K", col("k") + 1).withColumnsRenamed({"b": "c", "v": "w"}).withColumn("z", col("c"))
    )
    some = wide.select(wide.z, "w", col("K"), F.lit(1).alias("name")).withColumns(
        {"n": F.lit(1), "W": F.lit(2)}
    )
    found = some.join(f.other, some["k"] == f.other.k).drop(some.name)
    assert found.columns == ["z", "W", "K", "n", "k", "name"]
    assert found.drop(f.other.k).columns == ["z", "W", "K", "n", "name"]
    assert rows(found.drop(some["k"])) == [("a", 2, 1, 2, "y"), ("b", 2, 1, 2, "y")]


def test_the_keys_of_both_sides_of_a_join_by_name(f: Frames) -> None:
    joined = f.df.join(f.other, "k", "left")
    assert rows(joined.filter(f.other.k.isNull()).select("k")) == [(3,)]
    found = joined.withColumn("is_there", f.other.k.isNotNull())
    assert found.columns == ["k", "b", "v", "name", "is_there"]
    assert [row[4] for row in rows(found)] == [True, True, True, False]
    changed = joined.withColumns({"f": f.other.k, "B": F.lit(1)})
    assert changed.columns == ["k", "B", "v", "name", "f"]
    assert rows(changed)[3] == (3, 1, None, None, None)
    outer = f.df.join(f.other, ["k"], "outer").withColumn("key", F.coalesce(f.df.k, f.other.k))
    assert rows(outer.select("key").distinct()) == [(1,), (2,), (3,), (9,)]


def test_columns_of_the_joined_frame_itself_ask_nothing(engine: Engine, f: Frames) -> None:
    joined = f.df.join(f.other, "k")
    with counted_requests(engine) as asked:
        for _ in range(10):
            for name in ("k", "b", "name"):
                joined = joined.withColumn(name, F.trim(joined[name]))
        joined = joined.withColumn("v", f.df.v + 1).withColumns({"long": F.concat(joined.k, joined.name)})
    assert asked == []
    assert joined.columns == ["k", "b", "v", "name", "long"]
    assert rows(joined)[0] == ("1", "a", 3.0, "x", "1x")


def test_the_star_of_a_frame(f: Frames) -> None:
    joined = f.df.join(f.other, f.df.k == f.other.k)
    assert joined.select(f.df["*"], f.other.name).columns == ["k", "b", "v", "name"]
    assert joined.select([f.df["*"], F.lit(1).alias("one")]).columns == ["k", "b", "v", "one"]
    assert joined.select(f.df["*"], f.other["*"]).columns == ["k", "b", "v", "k", "name"]
    assert rows(f.df.join(f.most, f.df.k == f.most.k).select(f.df["*"], f.most.most))[0] == (1, "a", 2.0, 3.0)
    assert f.df.join(f.other, "k").select(f.other["*"]).columns == ["k", "name"]


def test_columns_that_a_selection_leaves_out(f: Frames) -> None:
    by_rank = Window.partitionBy(f.df.k).orderBy(f.df.v.desc())
    assert rows(f.df.select("k").filter(f.df.v > 1).distinct()) == [(1,)]
    assert rows(f.df.select("k").where("v > 1").dropDuplicates()) == [(1,)]
    assert [row.b for row in f.df.select("b").orderBy(f.df.v.desc()).limit(2).collect()] == ["b", "a"]
    best = f.df.withColumn("r", F.row_number().over(by_rank)).where("r = 1").select(f.df.b)
    assert rows(best) == [("b",), ("c",), (None,)]


def test_a_column_that_an_earlier_step_dropped_is_said(engine: Engine, f: Frames) -> None:
    dropped = f.df.select("k").distinct().filter(f.df.v > 1)
    if engine.name == "sail":
        with pytest.raises(AnalysisException, match=r"An earlier step had it.*--engine spark"):
            dropped.collect()
    else:
        assert rows(dropped) == [(1,)]


def test_a_column_of_another_frame_is_said(engine: Engine, f: Frames) -> None:
    other = f.df.select("k", "v").distinct()
    if engine.name == "sail":
        with pytest.raises(AnalysisException, match=r"The column k that was given is one of another frame"):
            f.df.filter(other.k == 1).collect()
    else:
        with pytest.raises(AnalysisException):
            f.df.filter(f.other.k == 1).collect()


def test_the_first_frame_of_a_script_is_joined_with_what_is_made_of_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.name == "sail":  # Connect numbers the plans of a script from 0
        plans = importlib.import_module("pyspark.sql.connect.plan")
        monkeypatch.setattr(plans.LogicalPlan, "_nextPlanId", 0)
    df = engine.session.createDataFrame([(1, 2), (2, 3)], "k int, v int")
    most = df.withColumn("z", col("v") + 1).filter(col("z") > 3)
    assert rows(df.join(most, "k")) == [(2, 3, 3, 4)]


def test_a_frame_in_order_is_joined_with_what_is_made_of_it(engine: Engine) -> None:
    df = engine.session.createDataFrame([(2, 3), (1, 2)], "k int, v int")
    ordered = df.orderBy("k").withColumn("w", col("v") * 2).coalesce(1)
    assert rows(ordered.join(ordered.withColumn("z", col("w") + 1).filter(col("z") > 5), "k")) == [
        (2, 3, 6, 3, 6, 7)
    ]


def test_a_plan_may_be_deeper_than_the_stack(engine: Engine) -> None:
    if engine.name == "spark":
        pytest.skip("Spark takes minutes to analyse such a plan")
    df = engine.session.range(3)
    for number in range(600):
        df = df.withColumn("c", F.lit(number))
    assert rows(df) == [(0, 599), (1, 599), (2, 599)]
