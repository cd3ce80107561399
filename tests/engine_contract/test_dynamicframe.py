"""DynamicFrame through `awsglue`: the same literal answers on every engine."""

import importlib
import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from applied import mapped
from placekeeper.model.errors import PlacekeeperError, UnsupportedFeature, UsageError
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.types.fields import choice_field
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

pytestmark = pytest.mark.spark_tests(20)

PEOPLE = (
    "id int, name string, home struct<zip:string,geo:struct<lat:double,lon:double>>, "
    "tags array<struct<k:string,v:int>>"
)
PEOPLE_ROWS = [
    (1, "ann", ("01", (1.5, 2.5)), [("a", 1), ("b", 2)]),
    (2, "bob", ("02", None), []),
    (3, None, None, None),
]


class RecordingSession(AppliesFunctions):
    """A session that reads what it is given and records what it is told."""

    def __init__(self, engine):
        self._engine = engine
        self.applied_by(engine)
        self.notes, self.reads, self.writes, self.inits = [], [], [], []
        self.warnings = []
        self.committed = 0
        self.source = None
        self.run_id = "jr_1"

    @property
    def spark(self):
        return self._engine.session

    @property
    def initialised(self):
        return bool(self.inits)

    def now_ms(self):
        return 1_577_934_245_000

    def note(self, sentence):
        self.notes.append(sentence)

    def warn(self, sentence):
        self.warnings.append(sentence)

    def init(self, name, args):
        self.inits.append((name, args))

    def commit(self):
        self.committed += 1

    def read(self, **given):
        self.reads.append(given)
        return self.source

    def write(self, dataframe, **given):
        self.writes.append((rows_of(dataframe), given))


@pytest.fixture
def session(engine, monkeypatch):
    session = RecordingSession(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def glue(session):
    return importlib.import_module("awsglue.context").GlueContext(None)


@pytest.fixture
def frame(glue):
    """Makes a DynamicFrame of rows."""
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(rows, schema, name="f"):
        return dynamic_frame.fromDF(glue.createDataFrame(rows, schema), glue, name)

    return make


@pytest.fixture
def choices(glue):
    """A frame whose field x is a choice: 1, "a", null."""
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame
    rows = [(1, (1, None)), (2, (None, "a")), (3, None)]
    dataframe = glue.createDataFrame(rows, "i int, x struct<int:int,string:string>")
    field = choice_field("x", [pa.field("int", pa.int32()), pa.field("string", pa.string())])
    return dynamic_frame(Frame.of(dataframe, pa.schema([pa.field("i", pa.int32()), field])), glue, "choices")


def rows_of(dataframe):
    return sorted((row.asDict(recursive=True) for row in dataframe.collect()), key=repr)


def rows(dynamic_frame):
    """The records as plain values, sorted; what the frame says of its types must be so."""
    found = rows_of(dynamic_frame.toDF())
    names = [field.name for field in dynamic_frame.schema()]
    assert names == dynamic_frame.toDF().columns
    return found


def printed(dynamic_frame, capsys):
    capsys.readouterr()
    dynamic_frame.printSchema()
    return capsys.readouterr().out.split("\n")


def test_nested_apply_mapping(frame, capsys):
    mapped = frame(PEOPLE_ROWS, PEOPLE).apply_mapping(
        [
            ("ID", "int", "person.id", "long"),
            ("name", "string", "`the.name`", "string"),
            ("home.geo.lat", "double", "person.lat", "string"),
            ("home.zip", "string", "zip", "int"),
            ("home", "struct", "home", "struct"),
        ]
    )
    assert rows(mapped) == [
        {
            "person": {"id": 1, "lat": "1.5"},
            "the.name": "ann",
            "zip": 1,
            "home": {"zip": "01", "geo": {"lat": 1.5, "lon": 2.5}},
        },
        {"person": {"id": 2, "lat": None}, "the.name": "bob", "zip": 2, "home": {"zip": "02", "geo": None}},
        {"person": {"id": 3, "lat": None}, "the.name": None, "zip": None, "home": None},
    ]
    assert printed(mapped, capsys) == [
        "root",
        "|-- person: struct",
        "|    |-- id: long",
        "|    |-- lat: string",
        "|-- the.name: string",
        "|-- zip: int",
        "|-- home: struct",
        "|    |-- zip: string",
        "|    |-- geo: struct",
        "|    |    |-- lat: double",
        "|    |    |-- lon: double",
        "",
        "",
    ]


def test_apply_mapping_of_missing_fields(frame, session):
    mapped = frame([(1, 2)], "a int, b int").applyMapping(
        [("a", "int", "x", "int"), ("gone.too", "int", "y", "int")], case_sensitive=True
    )
    assert rows(mapped) == [{"x": 1}]
    assert session.notes == ["apply_mapping: there is no field 'gone.too'"]
    assert session.warnings == []


def test_mappings_of_which_none_has_a_source_are_warned_of(frame, session):
    mapped = frame([(1, 2)], "name int, b int").apply_mapping([("nmae", "x"), ("gone", "y")])
    assert mapped.toDF().columns == []
    assert session.notes[0] == "apply_mapping: there is no field 'nmae'; did you mean 'name'?"
    [said] = session.warnings
    assert said.startswith("apply_mapping: none of the sources 'nmae', 'gone' is a field, so the frame that ")
    assert said.endswith("is empty. The fields are 'name', 'b'")
    assert mapped.apply_mapping([("x", "z")]).toDF().columns == []
    assert len(session.warnings) == 1


def test_a_source_that_is_misspelt_is_warned_of_with_the_name_that_is_near(frame, session):
    given = frame([(1, (2,), 3)], "name int, s struct<price int>, b int")
    mapped = given.apply_mapping([("nmae", "x"), ("s.prcie", "p"), ("b", "b"), ("optional", "o")])
    assert mapped.toDF().columns == ["b"]
    assert session.warnings == [
        "apply_mapping: there is no field 'nmae'; did you mean 'name'?",
        "apply_mapping: there is no field 's.prcie'; did you mean 's.price'?",
    ]
    assert session.notes == ["apply_mapping: there is no field 'optional'"]


def test_mappings_of_a_dataframe_say_what_they_leave_out(engine, session):
    transform = importlib.import_module("awsglue.dataframe_transforms").ApplyMapping
    given = engine.session.createDataFrame([(1,)], "name int")
    assert transform.apply(given, [("nmae", "x")]).columns == []
    assert (len(session.notes), len(session.warnings)) == (1, 1)


def test_apply_mapping_is_case_sensitive_on_request(frame):
    given = frame([(1,)], "a int")
    assert rows(given.apply_mapping([("A", "b")])) == [{"b": 1}]
    assert given.apply_mapping([("A", "b")], True).toDF().columns == []


@pytest.mark.parametrize("targets", [("x", "x"), ("x", "x.y")])
def test_apply_mapping_of_targets_that_collide(frame, targets):
    given = frame([(1, 2)], "a int, b int")
    with pytest.raises(ValueError, match="'x'"):
        given.apply_mapping([("a", targets[0]), ("b", targets[1])])


def test_select_fields(frame):
    given = frame(PEOPLE_ROWS[:1], PEOPLE)
    assert given.select_fields(["home.zip", "id", "gone"]).toDF().columns == ["home", "id"]
    assert rows(given.select_fields("name")) == [{"name": "ann"}]


def test_drop_fields(frame):
    given = frame(PEOPLE_ROWS, PEOPLE)
    left = given.drop_fields(["home.geo.lat", "tags.v", "name", "gone.too", "id.x"])
    assert rows(left) == [
        {"id": 1, "home": {"zip": "01", "geo": {"lon": 2.5}}, "tags": [{"k": "a"}, {"k": "b"}]},
        {"id": 2, "home": {"zip": "02", "geo": None}, "tags": []},
        {"id": 3, "home": None, "tags": None},
    ]
    assert given.drop_fields(["home.zip", "home.geo", "tags.k", "tags.v"]).toDF().columns == ["id", "name"]


def test_rename_field(frame, session):
    given = frame(PEOPLE_ROWS, PEOPLE).select_fields(["id", "home"])
    assert rows(given.rename_field("id", "`a.b`").rename_field("`a.b`", "key"))[0]["key"] == 1
    nested = given.rename_field("home.zip", "home.code")
    assert rows(nested) == [
        {"id": 1, "home": {"code": "01", "geo": {"lat": 1.5, "lon": 2.5}}},
        {"id": 2, "home": {"code": "02", "geo": None}},
        {"id": 3, "home": None},
    ]
    assert rows(given.rename_field("home.zip", "zip").drop_fields("home")) == [
        {"id": 1, "zip": "01"},
        {"id": 2, "zip": "02"},
        {"id": 3, "zip": None},
    ]
    assert rows(given.rename_field("id", "home.geo.id").select_fields("home"))[1] == {
        "home": {"zip": "01", "geo": {"lat": 1.5, "lon": 2.5, "id": 1}}
    }
    assert given.rename_field("gone", "x").toDF().columns == ["id", "home"]
    assert session.notes == ["rename_field: there is no field 'gone'"]
    with pytest.raises(ValueError, match="a field 'home' already"):
        given.rename_field("id", "home")


def test_filter(frame):
    given = frame(PEOPLE_ROWS, PEOPLE)
    assert [row["id"] for row in rows(given.filter(lambda r: r["name"] == "ann" or r.id == 2))] == [1, 2]
    assert [row["id"] for row in rows(given.filter(f=lambda r: r.home.zip > "01"))] == [2]
    assert rows(given.filter(lambda r: r["gone"])) == []
    assert rows(given.filter(lambda r: int(r.name))) == []
    assert rows(given.filter(lambda r: r.id == 3)) == [{"id": 3, "name": None, "home": None, "tags": None}]


def test_map(frame, capsys):
    def change(record):
        record["name"] = (record.name or "nobody").upper()
        record["zip"] = record.home.zip if record.home else None
        record["more"] = {"n": record.id * 2**31, "list": [record.id, None]}
        del record["home"], record["tags"]
        return record

    mapped = frame(PEOPLE_ROWS, PEOPLE).map(change)
    assert rows(mapped) == [
        {"id": 1, "name": "ANN", "zip": "01", "more": {"n": 2**31, "list": [1, None]}},
        {"id": 2, "name": "BOB", "zip": "02", "more": {"n": 2**32, "list": [2, None]}},
        {"id": 3, "name": "NOBODY", "zip": None, "more": {"n": 3 * 2**31, "list": [3, None]}},
    ]
    assert printed(mapped, capsys)[:6] == [
        "root",
        "|-- id: int",
        "|-- name: string",
        "|-- zip: string",
        "|-- more: struct",
        "|    |-- n: long",
    ]


def test_map_and_filter_see_values_as_python_has_them(frame, glue):
    moment = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    given = frame([(moment, {"a": 1}, bytearray(b"x"))], "t timestamp, m map<string,int>, b binary")
    naive = datetime(2020, 1, 2, 3, 4, 5)

    def check(record):
        return record.t == naive and record.m == {"a": 1} and record.b == b"x"

    assert given.filter(check).count() == 1
    same = given.map(lambda record: record)
    assert same.toDF().toArrow().to_pylist() == given.toDF().toArrow().to_pylist()
    assert same.toDF().schema.simpleString() == given.toDF().schema.simpleString()


def test_a_field_of_a_null_struct_is_null_after_map(frame):
    mapped = frame([(1,), (2,)], "a int").map(lambda r: {"a": r.a, "s": {"x": 1.5} if r.a == 1 else None})
    assert rows_of(mapped.toDF().select("a", "s.x")) == [{"a": 1, "x": 1.5}, {"a": 2, "x": None}]


def test_map_makes_choices_and_keeps_them(frame, choices, capsys):
    made = frame([(1,), (2,)], "a int").map(lambda r: {"x": "one" if r.a == 1 else r.a})
    assert rows(made) == [{"x": {"long": 2, "string": None}}, {"x": {"long": None, "string": "one"}}]
    assert printed(made, capsys) == ["root", "|-- x: choice", "|    |-- long", "|    |-- string", "", ""]
    assert rows(choices.map(lambda r: r)) == rows(choices)
    assert [row["i"] for row in rows(choices.filter(lambda r: r.x == "a"))] == [2]


def test_map_of_nothing_keeps_the_schema(frame):
    assert frame([], "a int, b string").map(lambda r: {"c": 1}).toDF().columns == ["a", "b"]


def test_choices_are_told_and_shown(choices, capsys):
    assert printed(choices, capsys) == [
        "root",
        "|-- i: int",
        "|-- x: choice",
        "|    |-- int",
        "|    |-- string",
        "",
        "",
    ]
    types = importlib.import_module("awsglue.gluetypes")
    assert choices.schema() == types.StructType(
        [
            types.Field("i", types.IntegerType()),
            types.Field("x", types.ChoiceType([types.IntegerType(), types.StringType()])),
        ]
    )
    choices.show()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(lines, key=lambda record: record["i"]) == [{"i": 1, "x": 1}, {"i": 2, "x": "a"}, {"i": 3}]
    assert rows(choices)[0] == {"i": 1, "x": {"int": 1, "string": None}}


def test_show_limits_and_leaves_out_nulls(frame, capsys):
    given = frame(PEOPLE_ROWS, PEOPLE).repartition(1)
    given.show(2)
    assert len(capsys.readouterr().out.splitlines()) == 2
    given.filter(lambda r: r.id == 2).show()
    assert capsys.readouterr().out == '{"id": 2, "name": "bob", "home": {"zip": "02"}, "tags": []}\n'


def test_union_makes_choices(frame, choices):
    left = frame([(1, "a", ("x", 1))], "i int, x string, s struct<p:string,q:int>")
    right = frame([(2, 2.5, (3,))], "i bigint, x double, s struct<q:bigint>")
    assert rows(left.union(right)) == [
        {"i": 1, "x": {"double": None, "string": "a"}, "s": {"p": "x", "q": 1}},
        {"i": 2, "x": {"double": 2.5, "string": None}, "s": {"p": None, "q": 3}},
    ]
    more = choices.union(frame([(4, 2**40)], "i int, x bigint"))
    assert rows(more) == [
        {"i": 1, "x": {"long": 1, "string": None}},
        {"i": 2, "x": {"long": None, "string": "a"}},
        {"i": 3, "x": None},
        {"i": 4, "x": {"long": 2**40, "string": None}},
    ]


def test_join(frame):
    people = frame([(1, "01"), (2, "02"), (3, None)], "id int, zip string", "people")
    towns = frame([("01", "x"), ("01", "y"), (None, "z")], "zip string, town string", "towns")
    joined = people.join(["zip"], "zip", towns)
    assert joined.name == "peopletowns"
    assert rows(joined) == [
        {"id": 1, ".zip": "01", "zip": "01", "town": "x"},
        {"id": 1, ".zip": "01", "zip": "01", "town": "y"},
    ]
    numbered = frame([((1,), "a")], "k struct<zip:int>, t string")
    assert rows(people.join("id", "k.zip", numbered)) == [{"id": 1, "zip": "01", "k": {"zip": 1}, "t": "a"}]
    assert len(rows(people.join("id", "id", people))) == 3
    with pytest.raises(ValueError, match=r"join: in the first frame there is no field 'gone'$"):
        people.join("gone", "zip", towns)
    with pytest.raises(
        ValueError, match="in the second frame there is no field 'Zip', but 'zip': write it as"
    ):
        people.join("zip", "Zip", towns)
    with pytest.raises(ValueError, match="in the second frame there is no field 'twn'; did you mean 'town'"):
        people.join("zip", "twn", towns)


def test_split_fields_and_rows(frame):
    given = frame([(1, "5", 1.5), (2, "x", None), (3, "20", 2.5)], "a int, b string, c double")
    fields = given.split_fields(["a", "c"], "left", "right")
    assert list(fields.keys()) == ["left", "right"]
    assert [fields[key].toDF().columns for key in ("left", "right")] == [["a", "c"], ["b"]]
    for comparison, ids in [
        ({"a": {">": 1, "<=": 3}}, [2, 3]),
        ({"b": {">": 10}}, [3]),
        ({"b": {"=": "x"}}, [2]),
        ({"c": {"!=": 1.5}}, [3]),
        ({"a": {"<": 3}, "c": {">=": 1}}, [1]),
    ]:
        parts = given.split_rows(comparison, "in", "out")
        assert [row["a"] for row in rows(parts["in"])] == ids
        assert len(rows(parts["out"])) == 3 - len(ids)


def test_partitions(frame):
    given = frame([(n,) for n in range(20)], "a int").repartition(4)
    assert given.getNumPartitions() == 4
    assert given.coalesce(1).getNumPartitions() == 1
    assert given.coalesce(3, shuffle=True).getNumPartitions() == 3
    assert given.coalesce(1).count() == 20
    assert given.filter(lambda r: r.a < 0).getNumPartitions() == 4


def test_collections(frame):
    collection = importlib.import_module("awsglue.dynamicframe").DynamicFrameCollection
    one, two = frame([(1,)], "a int", "one"), frame([(2,)], "a int", "two")
    both = collection([one, two], None)
    assert len(both) == 2
    assert list(both.keys()) == ["one", "two"]
    assert both["one"] is one
    missing = both.select("gone")
    assert (missing.count(), missing.toDF().columns) == (0, [])
    seen = []
    mapped = both.map(lambda f, ctx: seen.append(ctx) or f.rename_field("a", "b"), "ctx")
    assert seen == ["ctx:one", "ctx:two"]
    assert rows(mapped["two"]) == [{"b": 2}]
    with pytest.raises(TypeError, match=r"callable must return a DynamicFrame. Got"):
        both.map(lambda f, ctx: None)


def test_transforms_as_classes(frame, glue, capsys):
    t = importlib.import_module("awsglue.transforms")
    given = frame([(1, "x", None, (None, 2))], "a int, b string, n void, s struct<n:void,k:int>")
    left = t.DropNullFields.apply(frame=given)
    assert capsys.readouterr().out == "null_fields ['n', 's.n']\n"
    assert rows(left) == [{"a": 1, "b": "x", "s": {"k": 2}}]
    assert t.DropNullFields.apply(left) is left
    assert rows(t.ApplyMapping.apply(frame=left, mappings=[("a", "int", "z", "string")])) == [{"z": "1"}]
    assert rows(t.SelectFields.apply(frame=left, paths=["a"])) == [{"a": 1}]
    assert rows(t.DropFields.apply(frame=left, paths=["a", "s"])) == [{"b": "x"}]
    assert t.RenameField.apply(left, "a", "c").toDF().columns == ["c", "b", "s"]
    assert rows(t.Filter.apply(frame=left, f=lambda r: r["a"] > 1)) == []
    assert rows(t.Map.apply(frame=left, f=lambda r: {"a": r["a"] + 1})) == [{"a": 2}]
    assert t.Repartition.apply(left, 2).getNumPartitions() == 2
    assert t.Coalesce.apply(left, 1).getNumPartitions() == 1
    split = t.SplitFields.apply(left, ["a"])
    assert sorted(split.keys()) == ["f1", "f2"]
    assert rows(t.SelectFromCollection.apply(dfc=split, key="f1")) == [{"a": 1}]
    assert len(t.MapToCollection.apply(split, lambda f, ctx: f)) == 2
    renamed = t.FlatMap.apply(split, t.DropFields, "frame", paths=["b"])
    assert renamed["f2"].toDF().columns == ["s"]
    assert t.Join.apply(left, left, ["a"], ["a"]).count() == 1
    assert t.Union.apply(left, left).count() == 2
    assert sorted(t.SplitRows.apply(left, {"a": {"=": 1}}).keys()) == ["frame1", "frame2"]


def test_an_argument_that_only_other_methods_have_is_told(glue, session, frame):
    session.source = frame([(1,)], "a int")._frame
    glue.create_dynamic_frame.from_options("s3", {"paths": ["s3://b/in/x"]}, additional_options={"a": 1})
    [slip] = session.warnings
    assert slip.endswith(
        "ignored the argument 'additional_options', which only other methods have: write its options into "
        "connection_options"
    )


def test_reading(glue, session, frame):
    session.source = frame([(1,)], "a int")._frame
    read = glue.create_dynamic_frame.from_options(
        "s3",
        {"paths": ["s3://b/in/x", "s3://b/in/y"]},
        "csv",
        {"withHeader": True},
        tranformation_ctx="typo",
    )
    assert session.reads == [
        {
            "connection_type": "s3",
            "connection_options": {"paths": ["s3://b/in/x", "s3://b/in/y"]},
            "format": "csv",
            "format_options": {"withHeader": True},
            "transformation_ctx": "",
            "push_down_predicate": "",
        }
    ]
    [slip] = session.warnings
    assert slip.endswith("ignored the unknown argument 'tranformation_ctx'; did you mean transformation_ctx?")
    assert session.notes == []
    assert (read.name, read.glue_ctx) == ("s3bin", glue)
    source = glue.getSource("s3", transformation_ctx="c", paths=["s3://b/z"])
    source.setFormat("json", multiline=True)
    assert rows(source.getFrame()) == [{"a": 1}]
    assert session.reads[1] == {
        "connection_type": "s3",
        "connection_options": {"paths": ["s3://b/z"]},
        "format": "json",
        "format_options": {"multiline": True},
        "transformation_ctx": "c",
        "push_down_predicate": "",
    }


def test_writing(glue, session, frame, choices):
    errors = glue.write_dynamic_frame.from_options(
        frame=frame([(1,)], "a int"),
        connection_type="s3",
        connection_options={"path": "s3://b/out", "partitionKeys": ["a"]},
        format="glueparquet",
        transformation_ctx="sink",
    )
    assert (errors.name, errors.count()) == ("f_errors", 0)
    assert session.writes == [
        (
            [{"a": 1}],
            {
                "connection_type": "s3",
                "connection_options": {"path": "s3://b/out", "partitionKeys": ["a"]},
                "format": "glueparquet",
                "format_options": {},
                "transformation_ctx": "sink",
                "table": None,
                "known": None,
            },
        )
    ]
    sink = glue.getSink(connection_type="s3", path="s3://b/sink", transformation_ctx="s")
    sink.setFormat("json")
    sink.writeFrame(choices)
    assert session.notes == [
        "s3://b/sink: x held more than one type and was written as a struct with one field per type"
    ]
    collection = importlib.import_module("awsglue.dynamicframe").DynamicFrameCollection
    both = collection([frame([(n,)], "a int", f"n{n}") for n in (1, 2)], glue)
    session.writes.clear()
    glue.write_from_options(both, "s3", {"path": "s3://b/all/"}, "csv")
    assert [given["connection_options"]["path"] for _, given in session.writes] == [
        "s3://b/all/n1",
        "s3://b/all/n2",
    ]
    with pytest.raises(TypeError, match="frame_or_dfc must be DynamicFrame or DynamicFrameCollection"):
        glue.write_dynamic_frame.from_options(glue.range(1), "s3", {"path": "s3://b"}, "csv")


def test_writing_to_a_table_of_the_catalog(glue, session, frame):
    one = frame([(1,)], "a int")
    errors = glue.write_dynamic_frame.from_catalog(one, "d", "t", "", "ctx", {"partitionKeys": ["k"]}, "id")
    assert errors.name == "f_errors"
    glue.write_dynamic_frame.from_catalog(one, name_space="d", table_name="t")
    glue.write_data_frame.from_catalog(one.toDF(), "d", "t", additional_options=None, colour="red")
    sink = glue.getSink("s3", "json", "ctx", path="s3://b/out", enableUpdateCatalog=True)
    sink.setCatalogInfo("d", "t", "id")
    sink.writeFrame(one)
    assert [(given["connection_type"], given["table"]) for _, given in session.writes] == [
        *[("catalog", ("d", "t"))] * 3,
        ("s3", ("d", "t")),
    ]
    assert session.writes[0][1]["connection_options"] == {"partitionKeys": ["k"]}
    assert session.notes == ["write_data_frame.from_catalog ignored the unknown argument 'colour'"]
    with pytest.raises(Exception, match=r"^Parameter table_name is missing.$"):
        glue.write_dynamic_frame.from_catalog(one, "d")
    collection = importlib.import_module("awsglue.dynamicframe").DynamicFrameCollection
    with pytest.raises(UsageError, match=r"a collection of frames cannot be written to the one table d\.t"):
        sink.write(collection([one], glue))


def test_a_job(glue, session):
    job_class = importlib.import_module("awsglue.job").Job
    job = job_class(glue)
    assert not job.isInitialized()
    job.init("name", {"job_bookmark_option": "job-bookmark-enable"})
    job.commit()
    assert session.inits == [("name", {"job_bookmark_option": "job-bookmark-enable"})]
    assert (job.isInitialized(), session.committed) == (True, 1)


def test_the_context_is_a_sql_context(glue, capsys):
    glue.registerDataFrameAsTable(glue.createDataFrame([(1,)], "a int"), "shim_view")
    assert rows_of(glue.sql("select a + 1 as b from shim_view")) == [{"b": 2}]
    assert "shim_view" in glue.tableNames()
    assert glue.table("shim_view").count() == 1
    glue.dropTempTable("shim_view")
    assert glue.currentTimeMillis() == 1_577_934_245_000
    glue.get_logger().info("hello")
    assert capsys.readouterr().err == "INFO hello\n"
    assert glue.spark_session is glue.sparkSession


NOT_THERE = {
    "getSampleStreamingDynamicFrame": lambda glue, frame: glue.getSampleStreamingDynamicFrame(frame),
    "getStreamingSource": lambda glue, frame: glue.getStreamingSource("kafka"),
}


@pytest.mark.parametrize("what", NOT_THERE)
def test_what_is_not_there_says_so_at_the_call(glue, frame, what):
    given = frame([(1,)], "a int")
    with pytest.raises(
        UnsupportedFeature, match=rf"{what}.* is not there yet in Placekeeper; .+\.$"
    ) as raised:
        NOT_THERE[what](glue, given)
    assert isinstance(raised.value, PlacekeeperError)


def test_catalog_calls_are_checked_as_aws_checks_them(glue):
    read = glue.create_dynamic_frame.from_catalog
    with pytest.raises(Exception, match=r"^Parameter name_space or database is missing.$"):
        read(table_name="t")
    with pytest.raises(
        Exception, match=r"^Parameter name_space and database are both specified, choose one.$"
    ):
        read(database="d", name_space="d", table_name="t")
    with pytest.raises(Exception, match=r"^Parameter table_name is missing.$"):
        read(database="d")


def test_from_df_makes_columns_of_one_name_distinct_and_says_so(glue, session):
    one = glue.createDataFrame([(1, "a")], "id int, v string")
    frame = importlib.import_module("awsglue").DynamicFrame.fromDF(one.crossJoin(one), glue, "f")
    assert rows(frame) == [{"id0": 1, "id": 1, "v1": "a", "v": "a"}]
    assert any("id -> id0" in note for note in session.notes)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("\ud800", "the field 'x' that the function made cannot be kept"),
        (10**50, "the field 'x' that the function made cannot be kept"),
        (
            Decimal("1E+50"),
            "the field 'x' that the function made takes decimals of 51 digits before the point",
        ),
    ],
)
def test_what_a_function_makes_and_no_frame_holds_is_named(engine, frame, value, said):
    made = frame([(1,)], "i int")

    def function(record):
        return {**record, "x": value}

    with pytest.raises(Exception, match=re.escape(said)):
        mapped(engine, made._frame, function)


def test_what_is_no_path_type_or_frame_is_refused_in_words(frame):
    one = frame([(1,)], "id int")
    with pytest.raises(TypeError, match="field paths are a list of strings"):
        one.select_fields(None)
    with pytest.raises(TypeError, match="a mapping names a type by a string"):
        one.apply_mapping([("id", None, "x", None)])
    with pytest.raises(TypeError, match="union takes a DynamicFrame, not int"):
        one.union(5)
    with pytest.raises(TypeError, match="a DynamicFrame is made of a DataFrame, not of int"):
        type(one).fromDF(5, one.glue_ctx)


def test_a_union_of_decimals_that_no_decimal_holds_is_refused(frame):
    whole, parts = frame([(Decimal(1),)], "d decimal(38,0)"), frame([(Decimal(1),)], "d decimal(38,18)")
    with pytest.raises(UnsupportedFeature, match=r"union: the field 'd' is decimal\(38,0\) in one frame"):
        whole.union(parts)


def test_a_path_that_leads_nowhere_is_said_and_how_to_write_it(frame, session):
    dotted = frame([(1, (2, [(3,)]), 4)], "`user.id` int, s struct<a:int,l:array<struct<b:int>>>, x int")
    dotted.drop_fields(["user.id", "s.l.b", "s.gone", "x"])
    dotted.select_fields(["user.id", "s.a", "nope"])
    dotted.rename_field("user.id", "y")
    dotted.apply_mapping([("user.id", "int", "y", "int")])
    hint = "there is no field 'user.id', but a column of that name: write it as '`user.id`'"
    assert session.notes == [
        f"drop_fields: {hint}",
        "drop_fields: there is no field 's.gone'",
        f"select_fields: {hint}",
        "select_fields: there is no field 'nope'",
        f"rename_field: {hint}",
        f"apply_mapping: {hint}",
    ]
    with pytest.raises(
        ValueError, match=r"join: in the first frame there is no field 'user.id', but a column"
    ):
        dotted.join(["user.id"], ["user.id"], dotted)
