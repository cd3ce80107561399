"""`spark.read.json` without a schema, with multiLine and of an RDD: types and rows as on Spark."""

import gzip
from decimal import Decimal

import pytest

from frame_runs import Run, passed_on
from placekeeper.model.errors import UnsupportedFeature

pytestmark = pytest.mark.spark_tests(8)


@pytest.fixture
def spark(engine, tmp_path):
    with passed_on(engine, Run(engine, tmp_path)):
        yield engine.session


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    return made


RECORDS = {
    "sorted": ('{"b": 1, "a": "x"}\n{"c": true, "b": 2}', "a:string b:bigint c:boolean",
               [("x", 1, None), (None, 2, True)]),
    "case": ('{"b": 1, "B2": 2, "_": 3, "é": 4}', "B2:bigint _:bigint b:bigint é:bigint", [(2, 3, 1, 4)]),
    "nested": ('{"s": {"z": [1, 2.5], "a": {"k": null}}}', "s:struct<a:struct<k:string>,z:array<double>>",
               [((((None,), [1.0, 2.5])),)]),
    "structs-in-arrays": ('{"l": [{"y": 1}, {"x": "q"}]}\n{"l": []}', "l:array<struct<x:string,y:bigint>>",
                          [([(None, 1), ("q", None)],), ([],)]),
    "nulls": ('{"a": null, "b": []}\n{}', "a:string b:array<string>", [(None, []), (None, None)]),
    "empty-structs": ('{"a": {}, "b": 1, "c": [{}]}', "b:bigint", [(1,)]),
    "numbers": ('{"a": 1, "b": 9223372036854775808}\n{"a": 2.0, "b": 1}', "a:double b:decimal(20,0)",
                [(1.0, Decimal("9223372036854775808")), (2.0, Decimal(1))]),
    "doubles": ('{"a": 1e3, "b": 9223372036854775808}\n{"a": -0.5, "b": 0.5}', "a:double b:double",
                [(1000.0, 9.223372036854775808e18), (-0.5, 0.5)]),
    "texts-and-numbers": ('{"a": 1, "b": true, "c": 1.50}\n{"a": "x", "b": 2, "c": "y"}',
                          "a:string b:string c:string", [("1", "true", "1.50"), ("x", "2", "y")]),
    "plain-numbers": ('{"a": 1.5, "b": -0.5}\n{"a": "x", "b": "y"}', "a:string b:string",
                      [("1.5", "-0.5"), ("x", "y")]),
    "blanks": ('{"a": "", "b": "", "c": ""}\n{"a": 1, "b": "x"}', "a:bigint b:string c:string",
               [(None, "", ""), (1, "x", None)]),
    "arrays-of-records": ('[{"a": 1}, {"a": 2}]\n{"a": 3}', "a:bigint", [(1,), (2,), (3,)]),
    "blank-lines": ('\n{"a": 1}\n\n  \n{"a": 2}\n', "a:bigint", [(1,), (2,)]),
    "times": ('{"t": "2024-01-02T03:04:05Z", "d": "2024-01-02"}', "d:string t:string",
              [("2024-01-02", "2024-01-02T03:04:05Z")]),
    "names": ('{"a.b": 1, "c d": 2}', "a.b:bigint c d:bigint", [(1, 2)]),
}  # fmt: skip


def _types(frame):
    return " ".join(f"{name}:{kind}" for name, kind in frame.dtypes)


@pytest.mark.parametrize("case", RECORDS)
def test_lines_without_a_schema(spark, folder, case):
    text, types, rows = RECORDS[case]
    (folder / "a.json").write_text(text, encoding="utf-8")
    frame = spark.read.json(str(folder))
    assert _types(frame) == types
    assert frame.collect() == rows


@pytest.mark.parametrize("case", RECORDS)
def test_texts_of_an_rdd(spark, case):
    text, types, rows = RECORDS[case]
    rows = [tuple("1.5" if value == "1.50" else value for value in row) for row in rows]
    frame = spark.read.json(spark.sparkContext.parallelize(text.split("\n")))
    assert _types(frame) == types
    assert frame.collect() == rows


def test_files_of_one_document(spark, folder):
    (folder / "a.json").write_text('[\n {"a": 1},\n {"b": {"z": "q"}}\n]\n')
    frame = spark.read.option("multiline", "true").json(str(folder))
    assert _types(frame) == "a:bigint b:struct<z:string>"
    assert frame.collect() == [(1, None), (None, ("q",))]
    given = spark.read.schema("b struct<z:string>, a int").json(str(folder), multiLine=True)
    assert given.collect() == [(None, 1), (("q",), None)]
    assert frame.rdd.collect()[0].asDict() == {"a": 1, "b": None}


def test_values_that_do_not_fit_a_given_schema_are_null(spark):
    texts = spark.sparkContext.parallelize(['{"a": "1", "b": 1, "c": [1], "d": 300}', '{"a": 2'])
    frame = spark.read.schema("a int, b string, c map<string,int>, d tinyint").json(texts)
    assert frame.collect() == [(None, "1", None, None), (None, None, None, None)]


def test_texts_of_a_column(spark):
    rows = spark.createDataFrame([(1, '{"b": 1, "a": ["x"]}'), (2, '{"b": 2}')], "id int, payload string")
    found = spark.read.json(rows.select("payload").rdd.map(lambda row: row[0])).schema
    assert found.simpleString() == "struct<a:array<string>,b:bigint>"


def test_gzipped_files_and_several_paths(spark, folder):
    (folder / "a.json.gz").write_bytes(gzip.compress(b'{"b": 1}\n'))
    (folder / "b.json.gz").write_bytes(gzip.compress(b'{"a": 2}\n'))
    frame = spark.read.json([str(folder / "a.json.gz"), str(folder / "b.json.gz")])
    assert (_types(frame), frame.count()) == ("a:bigint b:bigint", 2)


def test_folders_of_partitions(spark, folder):
    for day, record in (("1", '{"b": 1}'), ("2", '{"a": 2}')):
        (folder / f"day={day}").mkdir()
        (folder / f"day={day}" / "x.json").write_text(record)
    frame = spark.read.json(str(folder))
    assert _types(frame) == "a:bigint b:bigint day:int"
    assert sorted(frame.collect(), key=repr) == [(2, None, 2), (None, 1, 1)]
    flat = spark.read.option("recursiveFileLookup", "true").json(str(folder))
    assert (_types(flat), flat.count()) == ("a:bigint b:bigint", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": ', r"cannot be read as JSON .*: \{\"a\": \. .*--engine spark"),
        ('{"a": 1, "a": 2}', "a field twice"),
        ("5", "is no object"),
        ('{"a": {"b": 1}}\n{"a": "x"}', "an object or an array stands where"),
    ],
)
def test_what_sail_cannot_have_as_on_spark_is_refused(engine, spark, folder, text, message):
    if engine.name != "sail":
        pytest.skip("Spark has it")
    (folder / "a.json").write_text(text)
    with pytest.raises(UnsupportedFeature, match=message):
        spark.read.json(str(folder))
    if "\n" in text:
        with pytest.raises(UnsupportedFeature, match=message):
            spark.read.json(spark.sparkContext.parallelize(text.split("\n")))


def test_a_number_that_java_spells_in_another_way_is_refused(engine, spark):
    if engine.name != "sail":
        pytest.skip("Spark has it")
    texts = spark.sparkContext.parallelize(['{"a": 12345678.5}', '{"a": "x"}'])
    with pytest.raises(UnsupportedFeature, match=r"the number 12345678\.5 stands where"):
        spark.read.json(texts).collect()


def test_options_and_types_are_refused_by_name(engine, spark, folder):
    if engine.name != "sail":
        pytest.skip("Spark has them")
    (folder / "a.json").write_text('{"a": 1}')
    with pytest.raises(UnsupportedFeature, match=r"with allowcomments, primitivesasstring is not"):
        spark.read.json(str(folder), primitivesAsString=True, allowComments=True)
    with pytest.raises(UnsupportedFeature, match=r"reads no timestamp on Sail \(column t\)"):
        spark.read.schema("a int, t timestamp").json(str(folder), multiLine=True)
