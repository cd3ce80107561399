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


GIVEN = {
    "more-behind": ('{"a":1} x', "a int", [(1,)]),
    "two": ('{"a":1}{"a":2}', "a int", [(1,)]),
    "lines": ('{"a":1}\n{"a":2}\n', "a int", [(1,)]),
    "array-and-more": ('[{"a":1},{"a":"q"}] x', "a int", [(1,), (None,)]),
    "twice": ('{"a":1,"a":2}', "a int", [(2,)]),
    "twice-unfit": ('{"a":2,"a":"q"}', "a int", [(2,)]),
    "twice-null": ('{"a":2,"a":null}', "a int", [(None,)]),
    "twice-within": ('{"a":{"x":1,"x":2},"b":{"k":1,"k":2}}', "a struct<x:int>, b map<string,int>",
                     [((2,), {"k": 2})]),
    "twice-a-struct": ('{"a":{"x":1},"a":{"y":2}}', "a struct<x:int,y:int>", [((None, 2),)]),
    "infinite": ('{"a":"Infinity","b":"-Infinity","c":"+Infinity","d":"+INF","e":"-INF"}',
                 "a double, b float, c double, d float, e double",
                 [tuple(map(float, ("inf", "-inf", "inf", "inf", "-inf")))]),
    "no-infinite": ('{"a":"INF","b":"nan","c":Infinity}', "a double, b double, c double",
                    [(None, None, float("inf"))]),
    "long-number": (f'{{"a":{"1" * 400}}}', "a double", [(float("inf"),)]),
    "item": ('{"a":[1,"b",3],"b":7}', "a array<int>, b int", [(None, 7)]),
    "items-within": ('{"a":[[1],["q"]],"b":[{"x":1},{"x":"q"}]}',
                     "a array<array<int>>, b array<struct<x:int>>",
                     [(None, [(1,), (None,)])]),
    "map": ('{"a":{"x":1,"y":null},"b":{"x":1,"y":"q"}}', "a map<string,int>, b map<string,int>",
            [({"x": 1, "y": None}, None)]),
    "struct": ('{"a":{"x":1,"y":"q","z":["q"]}}', "a struct<x:int,y:int,z:array<int>>", [((1, None, None),)]),
    "not-null": ('{"a":1}', "a string not null, b int not null", [("1", None)]),
    "cut": ('{"a":2', "a int", [(None,)]),
    "no-json": ('{"a":x,"b":2}', "a int, b int", [(None, None)]),
    "no-object": ('[{"a":1},2]', "a int", [(None,)]),
    "arrays": ('[[{"a":1}]]', "a int", [(None,)]),
    "nothing": ("[]", "a int", []),
    "no-field": ("{}", "a int", [(None,)]),
}  # fmt: skip


@pytest.mark.parametrize("case", GIVEN)
def test_texts_with_a_schema(spark, folder, case):
    text, schema, rows = GIVEN[case]
    texts = spark.sparkContext.parallelize([text], 1)
    assert spark.read.schema(schema).json(texts).collect() == rows
    (folder / "a.json").write_text(text)
    (folder / "b.json").write_text(f"\ufeff{text}", encoding="utf-8")
    assert spark.read.schema(schema).json(str(folder), multiLine=True).collect() == [*rows, *rows]


def test_a_number_that_is_none_is_read(spark):
    texts = spark.sparkContext.parallelize(['{"a":"NaN","b":NaN}'], 1)
    assert str(spark.read.schema("a double, b float").json(texts).collect()[0][:]) == "(nan, nan)"


def test_records_without_a_field_are_rows(spark, folder):
    (folder / "a.json").write_text("{}\n{}\n")
    assert spark.read.json(str(folder)).collect() == [(), ()]
    assert spark.read.json(spark.read.text(str(folder)).rdd.map(lambda row: row[0])).count() == 2
    assert spark.read.json(spark.sparkContext.parallelize(["{}", "{}"])).collect() == [(), ()]


def test_more_behind_a_record_is_not_looked_at(spark, folder):
    (folder / "a.json").write_text('{"a":1} x\n{"a":2}{"b":1}\n')
    frame = spark.read.json(str(folder))
    assert (_types(frame), frame.collect()) == ("a:bigint", [(1,), (2,)])


@pytest.mark.parametrize(
    ("text", "schema", "message"),
    [
        ("{'a': 1}", "a int", r"cannot be read as JSON .*: \{'a': 1\}"),
        ('{"a": -INF}', "a double", "cannot be read as JSON"),
        ('{"b": 1, "a": {"x": 2', "b int, a struct<x:int>", "cannot be read as JSON"),
        ('{"a": 1}', "a int, _corrupt_record string", "fills no column _corrupt_record on Sail"),
        ('[{"Name": 1}, {"name": 2}]', None, "the fields Name and name differ only in case"),
        ('{"_corrupt_record": 1}', None, "the JSON has a field _corrupt_record"),
    ],
)
def test_texts_that_spark_may_read_otherwise_are_refused(engine, spark, folder, text, schema, message):
    if engine.name != "sail":
        pytest.skip("Spark has it")
    (folder / "a.json").write_text(text)
    reader = spark.read.schema(schema) if schema else spark.read
    with pytest.raises(Exception, match=message):
        reader.json(spark.sparkContext.parallelize([text])).collect()
    with pytest.raises(Exception, match=message):
        reader.json(str(folder), multiLine=True).collect()


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
