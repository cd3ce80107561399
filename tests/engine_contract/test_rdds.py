"""Small RDDs: the same rows, types and errors on Sail as on Spark."""

import datetime as dt
import pickle
from decimal import Decimal

import pytest
from pyspark.sql import Row

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.differences import RDD_METHODS
from placekeeper.runtime.engines.rdds import StandInRdd

pytestmark = pytest.mark.spark_tests(12)


@pytest.fixture
def spark(engine):
    return engine.session


@pytest.fixture
def names(spark):
    rows = [(1, "ann", [1, 2]), (2, "bob", None), (3, None, [])]
    return spark.createDataFrame(rows, "n int, name string, codes array<int>").orderBy("n")


COLLECTED = {
    "rows": (lambda df, _: df.rdd.collect(), [(1, "ann", [1, 2]), (2, "bob", None), (3, None, [])]),
    "map": (lambda df, _: df.rdd.map(lambda row: row.name).collect(), ["ann", "bob", None]),
    "flatMap": (lambda df, _: df.select("name").rdd.flatMap(lambda x: x).collect(), ["ann", "bob", None]),
    "filter": (lambda df, _: df.rdd.filter(lambda row: row.name).map(lambda row: row[0]).collect(), [1, 2]),
    "take": (lambda df, _: df.rdd.map(lambda row: row["n"] * 2).take(2), [2, 4]),
    "take-filtered": (lambda df, _: df.rdd.filter(lambda row: row.n > 1).take(1), [(2, "bob", None)]),
    "take-none": (lambda df, _: df.rdd.take(0), []),
    "take-fewer-than-none": (lambda df, sc: df.rdd.take(-1) + sc.parallelize([1]).take(-2), []),
    "first": (lambda df, _: df.rdd.first().asDict(), {"n": 1, "name": "ann", "codes": [1, 2]}),
    "count": (lambda df, _: df.rdd.count(), 3),
    "count-filtered": (lambda df, _: df.rdd.filter(lambda row: row.n > 1).count(), 2),
    "isEmpty": (lambda df, _: (df.rdd.isEmpty(), df.filter("n > 9").rdd.isEmpty()), (False, True)),
    "iterator": (lambda df, _: [row.n for row in df.rdd.toLocalIterator()], [1, 2, 3]),
    "max": (lambda df, _: df.select("n").rdd.max()[0], 3),
    "min": (lambda df, _: df.rdd.min(key=lambda row: -row.n).n, 3),
    "sum": (lambda df, _: df.rdd.map(lambda row: row.n).sum(), 6),
    "reduce": (lambda df, _: df.rdd.map(lambda row: row.n).reduce(lambda a, b: a * b), 6),
    "collectAsMap": (lambda df, _: df.select("name", "n").rdd.collectAsMap(), {"ann": 1, "bob": 2, None: 3}),
    "keys": (lambda df, _: df.rdd.keys().collect(), [1, 2, 3]),
    "values": (lambda df, _: df.rdd.values().collect(), ["ann", "bob", None]),
    "cached": (lambda df, _: df.rdd.map(len).cache().persist().unpersist().collect(), [3, 3, 3]),
    "nested": (lambda _, sc: sc.parallelize([[1, [2]], [3]]).flatMap(lambda x: x).collect(), [1, [2], 3]),
    "empty": (lambda _, sc: (sc.emptyRDD().isEmpty(), sc.emptyRDD().collect()), (True, [])),
    "slices": (lambda _, sc: sc.parallelize(range(9), 4).getNumPartitions(), 4),
    "fewer": (lambda _, sc: sc.parallelize(range(9), 4).coalesce(9).coalesce(2).getNumPartitions(), 2),
    "more": (lambda _, sc: sc.parallelize(range(9), 4).repartition(7).getNumPartitions(), 7),
    "partitions": (lambda df, _: df.repartition(5).rdd.getNumPartitions(), 5),
    "no-column": (lambda df, _: df.select().rdd.collect(), [(), (), ()]),
}


@pytest.mark.parametrize("case", COLLECTED)
def test_actions(spark, names, case):
    act, expected = COLLECTED[case]
    assert act(names, spark.sparkContext) == expected


STRUCT = "struct<x:int,y:string>"
WHEN = dt.datetime(2024, 1, 2, 3)

FRAMES = {
    "rows": (lambda df, _: df.rdd.toDF(), "n:bigint name:string codes:array<bigint>", [1, "ann", [1, 2]]),
    "tuples": (lambda df, _: df.rdd.map(lambda r: (r.n, r.name)).toDF(), "_1:bigint _2:string", [1, "ann"]),
    "names": (lambda df, _: df.rdd.map(lambda r: (r.n, 1.5)).toDF(["a"]), "a:bigint _2:double", [1, 1.5]),
    "schema": (lambda df, _: df.rdd.map(lambda r: (r.n,)).toDF("a int"), "a:int", [1]),
    "one": (lambda df, _: df.rdd.map(lambda r: r.n).toDF("int"), "value:int", [1]),
    "dicts": (lambda df, _: df.rdd.map(lambda r: {"z": r.n, "a": "x"}).toDF(), "a:string z:bigint", ["x", 1]),
    "renamed": (lambda df, _: df.rdd.map(lambda r: {"z": r.n}).toDF(["k"]), "k:bigint", [1]),
    "made-rows": (lambda df, _: df.rdd.map(lambda r: Row(b=r.n, a=r.name)).toDF(), "b:bigint a:string",
                  [1, "ann"]),
    "structs": (lambda df, _: df.rdd.map(lambda r: (r.n, Row(x=1, y=None))).toDF(f"n int, s {STRUCT}"),
                f"n:int s:{STRUCT}", [1, (1, None)]),
    "map-type": (lambda df, _: df.rdd.map(lambda r: (r.n, {"k": 2})).toDF(),
                 "_1:bigint _2:map<string,bigint>", [1, {"k": 2}]),
    "late-type": (lambda df, _: df.rdd.map(lambda r: (r.n, None if r.n == 1 else "x")).toDF(["n", "t"]),
                  "n:bigint t:string", [1, None]),
    "dotted": (lambda df, _: df.toDF("a.b", "A.B", "c").rdd.map(lambda r: (r[0], r["A.B"])).toDF(["x.y"]),
               "x.y:bigint _2:string", [1, "ann"]),
    "listed": (lambda _, sc: sc.parallelize([("a", 1), ("b", None)]).toDF(["s", "n"]), "s:string n:bigint",
               ["a", 1]),
    "list-rows": (lambda _, sc: sc.parallelize([Row(i=1, d=WHEN.date(), t=WHEN)]).toDF(),
                  "i:bigint d:date t:timestamp", [1, WHEN.date(), WHEN]),
    "decimals": (lambda _, sc: sc.parallelize([(Decimal("1.5"), b"x")]).toDF(), "_1:decimal(38,18) _2:binary",
                 [Decimal("1.5"), b"x"]),
    "sampled": (lambda _, sc: sc.parallelize([(None,), (2,)]).toDF(sampleRatio=1.0), "_1:bigint", [None]),
}  # fmt: skip


@pytest.mark.parametrize("case", FRAMES)
def test_frames(spark, names, case):
    make, types, first = FRAMES[case]
    frame = make(names, spark.sparkContext)
    assert " ".join(f"{name}:{kind}" for name, kind in frame.dtypes) == types
    assert list(frame.collect()[0]) == first


MIXED = {
    "float-in-bigint": ([1, 1.5], [1, None]),
    "int-in-double": ([1.0, 2, Decimal(1)], [1.0, None, None]),
    "text-in-bigint": ([1, "x", True, 1 << 70, b"x", [1]], [1, None, None, None, None, None]),
    "int-in-boolean": ([True, 1], [True, None]),
    "any-in-string": (["x", 1, 1.5, True, [1, "a"]], ["x", "1", "1.5", "true", "[1, 'a']"]),
    "any-in-decimal": ([Decimal("1.5"), 1, 1.5], [Decimal("1.5"), None, None]),
    "rounded": ([Decimal(1), Decimal("0.0000000000000000005")], [1, Decimal("0.000000000000000001")]),
    "text-in-binary": ([b"x", "y", 1], [b"x", b"y", None]),
    "time-in-date": ([WHEN.date(), WHEN], [WHEN.date(), WHEN.date()]),
    "items": ([[1], [1.5, "a", None], (2,), "ab"], [[1], [None, None, None], [2], None]),
    "map-values": ([{"a": 1}, {"a": "x"}, {1: 2}], [{"a": 1}, {"a": None}, {"1": 2}]),
    "structs": ([(1, 2), (1.5, "x"), [3, 4]], [(1, 2), (None, None), (3, 4)]),
}


@pytest.mark.parametrize("case", MIXED)
def test_a_value_of_another_class_than_the_first_is_not_cast(spark, case):
    values, expected = MIXED[case]
    frame = spark.sparkContext.parallelize([(value,) for value in values], 1).toDF(["a"])
    assert [row.a for row in frame.collect()] == expected
    places = spark.range(len(values)).orderBy("id")
    made = places.rdd.map(lambda row: (row.id, values[row.id])).toDF(["id", "a"])
    assert [row.a for row in made.orderBy("id").collect()] == expected


@pytest.mark.parametrize(
    "values",
    [
        [WHEN, WHEN.date()],
        [WHEN.date(), "2024-01-02"],
        [Decimal(1), Decimal("1e30")],
        [(1, 2), 7],
        [(1, 2), (3,)],
        [{"a": 1}, [1]],
    ],
    ids=str,
)
def test_a_value_that_cannot_be_of_the_type_of_the_first_is_an_error(engine, spark, values):
    rdd = spark.sparkContext.parallelize([(value,) for value in values], 1)
    message = "is not of its column's type" if engine.name == "sail" else None
    with pytest.raises(Exception, match=message):
        rdd.toDF(["a"]).collect()


def test_a_frame_of_an_empty_rdd_has_its_schema(spark):
    empty = spark.createDataFrame(spark.sparkContext.emptyRDD(), "a int, b string")
    assert (empty.dtypes, empty.collect()) == ([("a", "int"), ("b", "string")], [])
    assert spark.createDataFrame(data=spark.range(0).rdd, schema="id bigint").collect() == []


def test_rows_that_are_made_stay_in_order(spark):
    sorted_rows = spark.range(2000).repartition(4).orderBy("id")
    made = sorted_rows.rdd.map(lambda row: (row.id,)).toDF("id bigint")
    assert [row.id for row in made.collect()] == list(range(2000))
    assert sorted_rows.rdd.map(lambda row: row.id).take(3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda sc: sc.emptyRDD().toDF(), ValueError, "RDD is empty"),
        (lambda sc: sc.emptyRDD().first(), ValueError, "RDD is empty"),
        (lambda sc: sc.emptyRDD().max(), ValueError, "empty RDD"),
        (lambda sc: sc.parallelize([1]).toDF(), TypeError, "CANNOT_INFER_SCHEMA_FOR_TYPE"),
        (lambda sc: sc.parallelize([()]).toDF(), ValueError, "CANNOT_INFER_EMPTY_SCHEMA"),
        (lambda sc: sc.parallelize([(None,)]).toDF(), ValueError, "CANNOT_DETERMINE_TYPE"),
    ],
)
def test_errors_are_those_of_spark(spark, make, error, message):
    with pytest.raises(error, match=message):
        make(spark.sparkContext)


def test_a_row_of_another_type_is_an_error(spark, names):
    with pytest.raises(Exception, match=r"FIELD_DATA_TYPE_UNACCEPTABLE|can not accept object"):
        names.rdd.map(lambda row: (row.name,)).toDF("a int").collect()


def test_a_function_gets_copies_of_what_it_uses(spark, names):
    seen = []
    names.rdd.foreach(lambda row: seen.append(row.n))
    assert names.rdd.map(lambda row: seen.append(1) or len(seen)).filter(bool).count() == 3
    assert seen == []


def test_values_are_taken_when_they_are_given(spark):
    given = [[1], [2]]
    rdd = spark.sparkContext.parallelize(given)
    given[0].append(9)
    assert rdd.collect() == [[1], [2]]


def test_what_cannot_be_pickled_is_an_error(spark, names):
    lock = __import__("threading").Lock()
    with pytest.raises(pickle.PicklingError):
        names.rdd.map(lambda row: lock).collect()


def test_a_function_that_stops_the_iteration_loses_no_rows(spark, names):
    def stop(row):
        raise StopIteration

    with pytest.raises(Exception, match="StopIteration"):
        names.rdd.map(stop).collect()


def test_lines_of_files_and_files_of_lines(spark, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"one\r\ntwo\n\nthree")
    lines = spark.sparkContext.textFile(str(tmp_path / "in.txt"))
    assert lines.collect() == ["one", "two", "", "three"]
    assert lines.map(len).collect() == [3, 3, 0, 5]


def test_a_large_file_of_lines_is_refused(engine, spark, tmp_path, monkeypatch):
    if engine.name != "sail":
        pytest.skip("Spark reads it by lines")
    monkeypatch.setattr("placekeeper.runtime.engines.rdd_calls.LONGEST_FILE", 8)
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    assert spark.sparkContext.textFile(str(tmp_path / "in.txt")).count() == 2
    (tmp_path / "in.txt").write_text("one\ntwo\n3")
    with pytest.raises(UnsupportedFeature, match=r"has 9 characters: more than 8\. .*spark\.read\.text"):
        spark.sparkContext.textFile(str(tmp_path / "in.txt")).count()


def test_an_rdd_is_written_as_text(spark, tmp_path):
    spark.sparkContext.parallelize(["a", 1, (2, "b")], 1).coalesce(1).saveAsTextFile(str(tmp_path / "out"))
    assert [row.value for row in spark.read.text(str(tmp_path / "out")).collect()] == ["a", "1", "(2, 'b')"]
    with pytest.raises(Exception, match=r"(?i)exist"):
        spark.sparkContext.parallelize(["a"]).saveAsTextFile(str(tmp_path / "out"))


def test_other_methods_are_refused_by_name(engine, names):
    if engine.name != "sail":
        pytest.skip("Spark has them")
    with pytest.raises(UnsupportedFeature, match=r"RDD\.zipWithIndex is not .*on Sail: .*--engine spark"):
        names.rdd.map(len).zipWithIndex()
    with pytest.raises(UnsupportedFeature, match=r"RDD\.saveAsTextFile with compressionCodecClass"):
        names.rdd.saveAsTextFile("/nowhere", "gzip")
    assert not hasattr(names.rdd, "__len__")


def test_the_look_at_scripts_knows_the_methods():
    assert frozenset(name for name in vars(StandInRdd) if not name.startswith("_")) == RDD_METHODS
