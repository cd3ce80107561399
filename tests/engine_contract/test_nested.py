"""relationalize, unnest, unbox and DynamoDB's JSON: the same literal answers on every engine."""

import importlib
import json
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyspark.sql.functions import lit

from placekeeper.model.errors import ErrorThresholdReached, UnsupportedFeature
from placekeeper.rules.jobs.run_options import OnFailure, RunOptions
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.relational import relationalize
from placekeeper.runtime.run.nested import NestedTransforms
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

pytestmark = pytest.mark.spark_tests(16)


class Session(AppliesFunctions):
    """A session that has no bookmark and records what it is told."""

    initialised = False

    def __init__(self, engine):
        self.notes, self.writes = [], []
        self.spark = engine.session
        self.applied_by(engine)
        self.nested = NestedTransforms(
            SimpleNamespace(engine=engine, note=self.notes.append, formats=FORMATS), None
        )

    def note(self, sentence):
        self.notes.append(sentence)

    def write(self, dataframe, **given):
        self.writes.append((rows_of(dataframe), given))


@pytest.fixture
def session(engine, monkeypatch):
    session = Session(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def glue(session):
    return importlib.import_module("awsglue.context").GlueContext(None)


@pytest.fixture
def records(glue, files):
    """A DynamicFrame of records, read from JSON."""
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(*lines, name="f"):
        for number, part in enumerate(lines if isinstance(lines[0], list) else [list(lines)]):
            files.put(f"{number}.json", "\n".join(map(json.dumps, part)))
        return dynamic_frame(files.scan("json"), glue, name)

    return make


@pytest.fixture
def frame(glue):
    """A DynamicFrame of rows."""
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(rows, schema, name="f"):
        return dynamic_frame.fromDF(glue.createDataFrame(rows, schema), glue, name)

    return make


def transforms():
    return importlib.import_module("awsglue.transforms")


def rows_of(dataframe):
    return sorted((row.asDict(recursive=True) for row in dataframe.collect()), key=repr)


def table(dynamic_frame):
    """The columns, and the rows as tuples, sorted; a frame's schema must be what its DataFrame says."""
    dataframe = dynamic_frame.toDF()
    assert [field.name for field in dynamic_frame.schema()] == dataframe.columns
    return dataframe.columns, sorted((tuple(row) for row in dataframe.collect()), key=repr)


def printed(dynamic_frame, capsys):
    capsys.readouterr()
    dynamic_frame.printSchema()
    return capsys.readouterr().out.split("\n")


LEGISLATORS = [
    {
        "id": "a/1",
        "name": {"given": "Ann", "family": "Roe"},
        "contact_details": [{"type": "fax", "value": "1"}, {"type": "phone", "value": "2"}],
        "links": [{"note": "website", "url": "http://a"}],
    },
    {"id": "b/2", "name": {"given": "Bob", "family": None}, "links": []},
    {
        "id": "c/3",
        "contact_details": [{"type": "twitter", "value": "3"}],
        "links": [{"note": None, "url": "http://c"}, {"note": "blog", "url": "http://d"}],
    },
]


def test_relationalize_as_documented(records, capsys):
    dfc = records(*LEGISLATORS).relationalize("l_root", "s3://b/tmp/")

    assert list(dfc.keys()) == ["l_root", "l_root_contact_details", "l_root_links"]
    assert [dynamic_frame.name for dynamic_frame in dfc.values()] == list(dfc.keys())
    assert table(dfc.select("l_root")) == (
        ["id", "name.given", "name.family", "contact_details", "links"],
        [
            ("a/1", "Ann", "Roe", 1, 1),
            ("b/2", "Bob", None, None, 2),
            ("c/3", None, None, 2, 3),
        ],
    )
    assert printed(dfc.select("l_root_contact_details"), capsys) == [
        "root",
        "|-- id: long",
        "|-- index: int",
        "|-- contact_details.val.type: string",
        "|-- contact_details.val.value: string",
        "",
        "",
    ]
    assert table(dfc.select("l_root_contact_details"))[1] == [
        (1, 0, "fax", "1"),
        (1, 1, "phone", "2"),
        (2, 0, "twitter", "3"),
    ]
    # the array of b/2 is empty: it has a key, and no rows
    assert table(dfc.select("l_root_links"))[1] == [
        (1, 0, "website", "http://a"),
        (3, 0, None, "http://c"),
        (3, 1, "blog", "http://d"),
    ]


def test_relationalize_of_arrays_in_arrays_maps_and_single_values(frame):
    given = frame(
        [
            (1, [[1, 2], None, []], {"k": [("x", 1.5)]}, [("p", [7, 8]), ("q", None), None]),
            (2, None, None, None),
        ],
        "i int, m array<array<int>>, by map<string, array<struct<n:string,d:double>>>, "
        "s array<struct<k:string,v:array<int>>>",
    )
    dfc = given.relationalize("r", "/tmp/x")

    assert {key: table(dfc[key]) for key in dfc.keys()} == {  # noqa: SIM118 - a collection is no dict
        "r": (["i", "m", "by", "s"], [(1, 1, 1, 1), (2, None, None, None)]),
        "r_m": (["id", "index", "m.val"], [(1, 0, 1), (1, 1, None), (1, 2, 2)]),
        "r_m.val": (["id", "index", "m.val.val"], [(1, 0, 1), (1, 1, 2)]),
        "r_by": (["id", "index", "by.val.key", "by.val.value"], [(1, 0, "k", 1)]),
        "r_by.val.value": (
            ["id", "index", "by.val.value.val.n", "by.val.value.val.d"],
            [(1, 0, "x", 1.5)],
        ),
        "r_s": (
            ["id", "index", "s.val.k", "s.val.v"],
            [(1, 0, "p", 1), (1, 1, "q", None), (1, 2, None, None)],
        ),
        "r_s.val.v": (["id", "index", "s.val.v.val"], [(1, 0, 7), (1, 1, 8)]),
    }


def test_relationalize_of_choices(records, capsys):
    """Of a choice the single values stay, the fields of its struct are columns, its array is a table."""
    given = records(
        {"x": 1, "y": [1, "a", {"z": 2}]},
        {"x": "s", "y": {"w": 3}},
        {"x": {"f": True}},
        {"x": [4, 5], "y": None},
    )
    dfc = given.relationalize("r", "/tmp/x")

    assert list(dfc.keys()) == [
        "r",
        "r_x.array",
        "r_y",
    ]
    assert dfc["r"].toDF().columns == ["x", "x.array", "x.f", "y", "y.w"]
    assert rows_of(dfc["r"].toDF()) == sorted(
        [
            {"x": {"int": 1, "string": None}, "x.array": None, "x.f": None, "y": 1, "y.w": None},
            {"x": {"int": None, "string": "s"}, "x.array": None, "x.f": None, "y": None, "y.w": 3},
            {"x": None, "x.array": None, "x.f": True, "y": None, "y.w": None},
            {"x": None, "x.array": 1, "x.f": None, "y": None, "y.w": None},
        ],
        key=repr,
    )
    assert printed(dfc["r"], capsys)[1:4] == ["|-- x: choice", "|    |-- int", "|    |-- string"]
    assert rows_of(dfc["r_x.array"].toDF()) == [
        {"id": 1, "index": 0, "x.array.val": 4},
        {"id": 1, "index": 1, "x.array.val": 5},
    ]


def test_relationalize_of_nothing(records, glue, files):
    empty = importlib.import_module("awsglue").DynamicFrame(
        Frame(glue.spark_session.createDataFrame([], "c0 int").drop("c0"), pa.schema([])), glue, "f"
    )
    dfc = empty.relationalize("r", "/tmp/x")
    assert list(dfc.keys()) == ["r"]
    assert dfc["r"].toDF().count() == 0


def test_relationalize_of_no_records_with_a_schema(frame):
    dfc = frame([], "i int, a array<int>").relationalize("r", "/tmp/x")
    assert {key: table(dfc[key]) for key in dfc.keys()} == {  # noqa: SIM118
        "r": (["i", "a"], []),
        "r_a": (["id", "index", "a.val"], []),
    }


def test_arrays_without_a_typed_element_have_no_column_of_values(records):
    """A target that refuses untyped columns takes such a table."""
    dfc = records({"a": [], "b": [None]}).relationalize("r", "/tmp/x")
    assert table(dfc["r"]) == (["a", "b"], [(1, 1)])
    assert table(dfc["r_a"]) == (["id", "index"], [])
    assert table(dfc["r_b"]) == (["id", "index"], [(1, 0)])


def test_relationalize_of_names_that_collide(frame):
    dfc = frame([(1, (2,), [3])], "`a.b` int, a struct<b:int>, id array<int>").relationalize("r", "/tmp/x")
    assert table(dfc["r"]) == (["a.b0", "a.b1", "id"], [(1, 2, 1)])
    assert table(dfc["r_id"]) == (["id", "index", "id.val"], [(1, 0, 3)])


def test_ids_are_the_same_in_every_evaluation(engine, glue, frame):
    """Rows that a shuffle brings in another order, evaluated again and again, keep their ids."""
    shuffled = glue.spark_session.range(0, 5000, 1, 7).selectExpr(
        "id AS n", "CASE WHEN id % 3 = 0 THEN NULL ELSE array(id, id + 1) END AS a", "uuid() AS u"
    )
    given = importlib.import_module("awsglue").DynamicFrame.fromDF(
        shuffled.repartition(5).distinct(), glue, "f"
    )
    dfc = given.relationalize("r", "/tmp/x")
    root = [table(dfc["r"])[1] for _ in range(2)]
    child = [table(dfc["r_a"])[1] for _ in range(2)]

    assert root[0] == root[1]
    assert child[0] == child[1]
    keys = {key: n for n, key, _ in root[0] if key is not None}
    assert sorted(keys) == list(range(1, 3334))
    assert {(id_, index): value for id_, index, value in child[0]} == {
        (key, index): n + index for key, n in keys.items() for index in (0, 1)
    }


def test_ids_go_on_from_the_first_that_is_free(engine, files):
    files.put("a.json", '{"a": [1], "b": [[1], [2]]}\n{"a": [2]}\n')
    made = relationalize(files.scan("json"), "r", keep=engine.keep, first_id=41)
    tables = {
        name: sorted(map(tuple, frame.dataframe.collect()), key=repr) for name, frame in made.tables.items()
    }
    assert tables["r"] == [(41, 41), (42, None)]
    assert tables["r_b"] == [(41, 0, 41), (41, 1, 42)]
    assert made.next_id == 43


def test_a_struct_without_fields_inside_an_array_is_refused(records):
    with pytest.raises(UnsupportedFeature, match=r"'a.b' is an object without fields.*drop_fields"):
        records({"a": [{"b": {}, "c": 1}]}).relationalize("r", "/tmp/x")


def test_the_staging_path_may_be_the_temporary_folder_of_the_job(frame):
    utils = importlib.import_module("awsglue.utils")
    given = frame([(1, [2])], "i int, a array<int>")
    with pytest.raises(RuntimeError, match="staging_path, or the job argument --TempDir"):
        transforms().Relationalize.apply(frame=given)
    utils.getResolvedOptions(["job", "--TempDir", "s3://b/t"], [])
    dfc = transforms().Relationalize.apply(given)
    assert list(dfc.keys()) == ["roottable", "roottable_a"]
    assert list(transforms().Relationalize()(given, "s3://b/t", "x").keys()) == ["x", "x_a"]


def test_options_of_relationalize_are_said_to_have_no_effect(frame, session):
    frame([(1,)], "i int").relationalize("r", "/tmp/x", {"o": 1})
    assert session.notes == ["relationalize has no options here: o had no effect"]


MEDICARE = (
    "`Average Total Payments` string, Address struct<`Zip.Code`:string,City:string,Array:array<string>>, "
    "`Provider Id` string"
)


def test_unnest_as_documented(frame, capsys):
    given = frame([("$5", ("36301", "DOTHAN", ["a", "b"]), "10001"), ("$6", None, "10005")], MEDICARE)

    assert printed(given.unnest(), capsys) == [
        "root",
        "|-- Average Total Payments: string",
        "|-- Address.Zip.Code: string",
        "|-- Address.City: string",
        "|-- Address.Array: array",
        "|    |-- element: string",
        "|-- Provider Id: string",
        "",
        "",
    ]
    assert table(transforms().UnnestFrame.apply(frame=given))[1] == [
        ("$5", "36301", "DOTHAN", ["a", "b"], "10001"),
        ("$6", None, None, None, "10005"),
    ]


def test_unnest_of_choices_and_missing_fields(records):
    unnested = records({"x": {"f": 1, "g": {"h": 2}}}, {"x": "s", "m": [{"k": 1}]}).unnest()
    assert unnested.toDF().columns == ["x", "x.f", "x.g.h", "m"]
    assert sorted(unnested.toDF().select("`x.f`", "x", "`x.g.h`").collect(), key=repr) == [
        (1, None, 2),
        (None, "s", None),
    ]
    kept = unnested.filter(lambda record: "x.f" in record and record["x.g.h"] == 2)
    assert kept.toDF().count() == 1


ADDRESSES = [
    ("10001", '{"Street": "1108 ROSS", "Zip.Code": "36301", "Array": ["a", "b"], "n": 1}'),
    ("10005", None),
    ("10006", '{"Street": "205 MARENGO", "n": 3000000000}'),
]


def test_unbox_as_documented(frame, session, capsys):
    unboxed = frame(ADDRESSES, "`Provider Id` string, AddressString string").unbox("AddressString", "json")

    assert printed(unboxed, capsys) == [
        "root",
        "|-- Provider Id: string",
        "|-- AddressString: struct",
        "|    |-- Street: string",
        "|    |-- Zip.Code: string",
        "|    |-- Array: array",
        "|    |    |-- element: string",
        "|    |-- n: long",
        "",
        "",
    ]
    assert table(unboxed)[1] == [
        ("10001", ("1108 ROSS", "36301", ["a", "b"], 1)),
        ("10005", None),
        ("10006", ("205 MARENGO", None, None, 3_000_000_000)),
    ]
    assert session.notes == []


def test_texts_that_cannot_be_unboxed_make_error_records(frame, session):
    texts = [('{"a": 1}',), ("{broken",), ("",), ('{"a": 1} {"a": 2}',), ("[1, 2]",), ("null",)]
    unboxed = transforms().Unbox.apply(frame=frame(texts, "t string"), path="t", format="json")
    assert rows_of(unboxed.toDF()) == [
        {"t": None},
        {"t": {"array": None, "struct": {"a": 1}}},
        {"t": {"array": [1, 2], "struct": None}},
    ]
    assert (unboxed.errorsCount(), unboxed.stageErrorsCount()) == (3, 3)
    errors = [row["error"] for row in rows_of(unboxed.errorsAsDynamicFrame().toDF())]
    assert {error["dynamicRecord"]["t"] for error in errors} == {"{broken", "", '{"a": 1} {"a": 2}'}
    assert all(error["msg"].startswith("the text in 't' is not json, ") for error in errors)
    assert unboxed.select_fields(["t"]).errorsCount() == 3
    with pytest.raises(ErrorThresholdReached, match="there are 3 error records"):
        frame(texts, "t string").unbox("t", "json", stageThreshold=2)


def test_texts_that_cannot_be_unboxed_may_fail_the_run(frame, session, engine):
    session.applied_by(engine, RunOptions(failed_function=OnFailure.FAIL))
    with pytest.raises(Exception, match="the text in 't' is not json, "):
        frame([("{broken",)], "t string").unbox("t", "json")


def test_unbox_with_a_schema(frame, session):
    types = importlib.import_module("awsglue.gluetypes")
    inner = types.StructType([types.Field("x", types.StringType())])
    schema = types.StructType(
        [
            types.Field("a", types.LongType()),
            types.Field("gone", types.StringType()),
            types.Field("s", inner),
        ]
    )
    texts = [('{"a": "7", "b": 1, "s": {"x": 5}}',), ('{"a": "no"}',), (None,)]
    for given in (schema, json.dumps(schema.jsonValue())):
        unboxed = frame(texts, "t string").unbox("t", "json", withSchema=given)
        assert rows_of(unboxed.toDF()) == [
            {"t": None},
            {"t": {"a": 7, "gone": None, "s": {"x": "5"}}},
            {"t": {"a": None, "gone": None, "s": None}},
        ]
    with pytest.raises(UnsupportedFeature, match="The format option withSchema is a schema in JSON"):
        frame(texts, "t string").unbox("t", "json", withSchema="a int")


def test_merge_keeps_the_error_records_of_both(frame, session):
    def broken(_record):
        raise RuntimeError("no")

    source = frame([(1,)], "id int").map(broken, info="source")
    stage = frame([(2,)], "id int").map(broken)
    assert source.mergeDynamicFrame(stage, ["id"]).errorsCount() == 2


def test_unbox_inside_a_struct_and_in_csv(frame, session):
    given = frame(
        [(1, ("a;b", 2)), (2, None), (3, ("c", 4)), (4, ("x\ny", 5))], "i int, s struct<t:string,n:int>"
    )
    unboxed = given.unbox("s.t", "csv", separator=";")
    assert rows_of(unboxed.toDF()) == [
        {"i": 1, "s": {"t": {"col0": "a", "col1": "b"}, "n": 2}},
        {"i": 2, "s": None},
        {"i": 3, "s": {"t": {"col0": "c", "col1": None}, "n": 4}},
    ]
    (error,) = rows_of(unboxed.errorsAsDynamicFrame().toDF())
    assert error["error"]["msg"].startswith("the text in 's.t' is not csv, its whole length: ")
    headed = frame([("h,k\n1,2",)], "t string").unbox("t", "csv", withHeader=True)
    assert rows_of(headed.toDF()) == [{"t": {"h": "1", "k": "2"}}]


def test_unbox_of_no_texts_and_of_what_is_no_text(frame):
    assert rows_of(frame([(1, None)], "i int, t string").unbox("t", "json").toDF()) == [{"i": 1, "t": None}]
    with pytest.raises(ValueError, match=r"unbox: the field 'i' is int\. Only texts can be unboxed"):
        frame([(1,)], "i int").unbox("i", "json")
    with pytest.raises(ValueError, match="unbox: there is no field 'T', but 't'"):
        frame([("1",)], "t string").unbox("T", "json")
    with pytest.raises(UnsupportedFeature, match="The format 'ion' is not read yet"):
        frame([("1",)], "t string").unbox("t", "ion")


def test_unnest_ddb_json_as_documented(records, capsys):
    item = {"ColA": {"S": "a"}, "ColB": {"S": "b"}, "ColC": {"N": "1.5"}, "ColD": {"L": []}}
    unnested = records({"Item": item}).unnest_ddb_json()
    assert printed(unnested, capsys) == [
        "root",
        "|-- ColA: string",
        "|-- ColB: string",
        "|-- ColC: string",
        "|-- ColD: array",
        "|    |-- element: null",
        "",
        "",
    ]
    assert table(unnested)[1] == [("a", "b", "1.5", [])]


def test_unnest_ddb_json_of_maps_lists_and_streams(records):
    image = {"PK": {"S": "1"}, "m": {"M": {"a": {"N": "2"}, "b": {"M": {"c": {"BOOL": True}}}}}}
    unnested = records(
        {"NewImage": {**image, "l": {"L": [{"S": "x"}]}}},
        {"NewImage": {"PK": {"N": "7"}, "m": {"S": "text"}}},
    ).unnest_ddb_json()
    assert rows_of(unnested.toDF()) == [
        {"PK": "1", "m": None, "m.a": "2", "m.b.c": True, "l": [{"S": "x"}]},
        {"PK": "7", "m": "text", "m.a": None, "m.b.c": None, "l": None},
    ]


def test_simplify_ddb_json_as_documented(records, capsys):
    child = {"appName": {"S": "n"}, "packageName": {"S": "p"}, "updatedAt": {"N": "5"}}
    item = {
        "parentMap": {"M": {"childMap": {"M": child}}},
        "strings": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1"]},
        "binaries": {"BS": ["eA=="]},
        "isDDBJson": {"BOOL": True},
        "nullValue": {"NULL": True},
    }
    simplified = records({"Item": item}).simplify_ddb_json()
    assert printed(simplified, capsys) == [
        "root",
        "|-- parentMap: struct",
        "|    |-- childMap: struct",
        "|    |    |-- appName: string",
        "|    |    |-- packageName: string",
        "|    |    |-- updatedAt: string",
        "|-- strings: array",
        "|    |-- element: string",
        "|-- numbers: array",
        "|    |-- element: string",
        "|-- binaries: array",
        "|    |-- element: string",
        "|-- isDDBJson: boolean",
        "|-- nullValue: null",
        "",
        "",
    ]
    assert table(simplified)[1] == [((("n", "p", "5"),), ["a", "b"], ["1"], ["eA=="], True, None)]


def test_lists_are_simplified_where_their_elements_have_one_type_and_are_no_maps(records):
    simplified = records(
        {
            "Item": {
                "one": {"L": [{"S": "a"}, {"S": "b"}]},
                "two": {"L": [{"S": "a"}, {"N": "1"}]},
                "maps": {"L": [{"M": {"k": {"S": "v"}}}]},
                "lists": {"L": [{"L": [{"N": "1"}]}]},
                "either": {"S": "t"},
            }
        },
        {"Item": {"either": {"BOOL": False}}},
    ).simplify_ddb_json()
    first, second = sorted(rows_of(simplified.toDF()), key=lambda row: row["one"] is None)
    assert first == {
        "one": ["a", "b"],
        "two": [{"S": "a", "N": None}, {"S": None, "N": "1"}],
        "maps": [{"M": {"k": {"S": "v"}}}],
        "lists": [["1"]],
        "either": {"boolean": None, "string": "t"},
    }
    assert second["either"] == {"boolean": False, "string": None}


def test_what_is_no_json_of_dynamodb_stays(records):
    given = {"S": {"x": 1}, "plain": {"a": {"b": 1}}, "age": {"N": "5"}}
    simplified = records(given).simplify_ddb_json()
    assert rows_of(simplified.toDF()) == [{"S": {"x": 1}, "plain": {"a": {"b": 1}}, "age": "5"}]
    named = records({"Item": {"S": {"S": "an attribute named S"}}}).simplify_ddb_json()
    assert rows_of(named.toDF()) == [{"S": "an attribute named S"}]


def contacts(records):
    """The table of contacts of the documented examples, split at the id 10."""
    rows = [
        {"id": number, "index": index, "v": f"{number}/{index}"} for number in (1, 20) for index in (0, 1)
    ]
    return records(*rows).split_rows({"id": {">": 10}}, "high", "low")


def test_merge_as_documented(records):
    split = contacts(records)
    merged = split["high"].mergeDynamicFrame(split["low"], ["id"])
    assert [row["v"] for row in rows_of(merged.toDF())] == ["1/0", "1/1", "20/0", "20/1"]


def test_merge_takes_the_stage_and_keeps_duplicates_and_null_keys(frame):
    source = frame(
        [(1, "x", "old"), (2, "x", "old"), (2, "x", "old"), (None, "x", "old")], "id int, k string, v string"
    )
    stage = frame([(1, "x", 5), (1, "x", 6), (3, "x", 7), (None, "x", 8)], "id bigint, k string, v int")
    merged = source.mergeDynamicFrame(stage_dynamic_frame=stage, primary_keys=["id", "k"])
    assert rows_of(merged.toDF()) == sorted(
        [
            *[{"id": 2, "k": "x", "v": {"int": None, "string": "old"}}] * 2,
            {"id": None, "k": "x", "v": {"int": None, "string": "old"}},
            *[
                {"id": id_, "k": "x", "v": {"int": v, "string": None}}
                for id_, v in ((1, 5), (1, 6), (3, 7), (None, 8))
            ],
        ],
        key=repr,
    )


def test_merge_and_join_name_what_is_wrong(frame):
    one, two = frame([(1, (2,))], "id int, s struct<k:int>"), frame([(1,)], "ID int")
    with pytest.raises(
        ValueError, match="mergeDynamicFrame: in the staging frame there is no field 'id', but 'ID'"
    ):
        one.mergeDynamicFrame(two, ["id"])
    with pytest.raises(ValueError, match="needs at least one primary key"):
        one.mergeDynamicFrame(two, [])
    with pytest.raises(TypeError, match="mergeDynamicFrame takes a DynamicFrame, not int"):
        one.mergeDynamicFrame(5, ["id"])
    with pytest.raises(
        ValueError, match="join: in the second frame there is no field 'id', but 'ID': write it as it is"
    ):
        one.join(["id"], ["id"], two)
    joined = one.join(["s.k"], ["ID"], frame([(2,)], "ID int"))
    assert rows_of(joined.toDF()) == [{"id": 1, "s": {"k": 2}, "ID": 2}]


def test_frames_without_fields_have_no_records_to_join_or_merge(frame):
    dynamic_frame = importlib.import_module("awsglue.dynamicframe")
    nothing = dynamic_frame.DynamicFrameCollection({}, None).select("gone")
    one = frame([(1,)], "id int")
    assert one.join(["id"], ["id"], nothing).count() == 0
    assert nothing.join(["id"], ["id"], one).count() == 0
    assert one.mergeDynamicFrame(nothing, ["id"]).count() == 1
    assert nothing.mergeDynamicFrame(one, ["id"]).count() == 1


def test_spigot_as_documented(frame, session):
    given = frame([(n,) for n in range(300)], "n int")
    assert given.spigot("s3://b/sample", {"topk": 10}, "ctx").count() == 300
    ((rows, write),) = session.writes
    assert (len(rows), write["connection_type"], write["connection_options"], write["format"]) == (
        10,
        "s3",
        {"path": "s3://b/sample"},
        "json",
    )
    assert write["transformation_ctx"] == "ctx"
    transforms().Spigot.apply(given, "s3://b/x", {})
    assert len(session.writes[1][0]) == 100
    for _ in range(2):
        given.coalesce(1).spigot("s3://b/x", {"topk": "1000", "prob": "0.5", "typo": 1})
    assert session.writes[2][0] == session.writes[3][0]
    assert 100 < len(session.writes[2][0]) < 200
    assert session.notes == ["spigot ignored the unknown option 'typo'"] * 2
    with pytest.raises(ValueError, match="'prob' is a probability from 0 to 1, not 2"):
        given.spigot("s3://b/x", {"prob": 2})
    with pytest.raises(ValueError, match="'topk' is a number, not 'ten'"):
        given.spigot("s3://b/x", {"topk": "ten"})


def test_null_fields_are_dropped_inside_structs_and_arrays(records, capsys):
    given = records({"a": None, "s": {"b": None, "c": 1}, "l": [{"d": None, "e": 2}], "m": 3})
    kept = transforms().DropNullFields.apply(frame=given)
    assert capsys.readouterr().out == "null_fields ['a', 's.b', 'l.d']\n"
    assert rows_of(kept.toDF()) == [{"s": {"c": 1}, "l": [{"e": 2}], "m": 3}]


def test_flatmap_joins_the_keys_of_collections(frame):
    collection = importlib.import_module("awsglue.dynamicframe").DynamicFrameCollection
    nested = frame([(1, [2])], "i int, a array<int>", "one")
    flat = collection({"k": nested}, None).flatmap(lambda f, ctx: f.relationalize("r", "/tmp/x"), "ctx")
    assert list(flat.keys()) == ["k_r", "k_r_a"]
    applied = transforms().FlatMap.apply(
        collection([nested], None), transforms().Relationalize, "frame", staging_path="/tmp/x", name="t"
    )
    assert list(applied.keys()) == ["one_t", "one_t_a"]
    with pytest.raises(TypeError, match=r"f must return a DynamicFrame or a DynamicFrameCollection. Got"):
        collection([nested], None).flatmap(lambda f, ctx: 5)


def test_frames_of_data_that_the_script_has(glue):
    made = glue.create_dynamic_frame.from_rdd([(1, "a"), (2, None)], "given", ["i", "s"])
    assert (made.name, rows_of(made.toDF())) == ("given", [{"i": 1, "s": "a"}, {"i": 2, "s": None}])
    typed = glue.create_dynamic_frame_from_rdd([{"a": 1}, {"a": 2}], "dicts")
    assert rows_of(typed.toDF()) == [{"a": 1}, {"a": 2}]


def test_functions_of_columns(glue):
    functions = importlib.import_module("awsglue.functions")
    given = glue.createDataFrame([([1, 2, 3], 9, "x")], "a array<int>, r int, s string")
    replaced = given.select(functions.replaceArrayElement("a", "r", 1).alias("a"))
    assert rows_of(replaced) == [{"a": [1, 9, 3]}]
    named = given.select(functions.namedStruct(lit("k"), given["s"], lit("n"), given["r"]).alias("t"))
    assert rows_of(named) == [{"t": {"k": "x", "n": 9}}]
    exploded = given.select("s", functions.explodeWithIndex("a"))
    assert rows_of(exploded) == [{"s": "x", "index": place, "val": place + 1} for place in range(3)]


def test_apply_mapping_of_a_data_frame(glue):
    transform = importlib.import_module("awsglue.dataframe_transforms").ApplyMapping
    given = glue.createDataFrame([("5", "x")], "a string, b string")
    mapped = transform.apply(given, [("a", "string", "t.a", "long"), ("b", "string", "b", "string")])
    assert rows_of(mapped) == [{"t": {"a": 5}, "b": "x"}]
