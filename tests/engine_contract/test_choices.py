"""Choices become fields of one type: resolveChoice, toDF with options, declared schemas; on every engine."""

import importlib
import json
from typing import Any

import pytest

from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

pytestmark = pytest.mark.spark_tests(10)

PEOPLE = [
    {"id": 1, "zip": 10001, "l": [{"price": 5, "n": 1}, {"price": "six"}, {"n": 2}], "s": {"v": "x", "w": 1}},
    {"id": 2, "zip": "a1", "l": [], "s": {"v": 2}, "e": [1, "b", None]},
    {"id": 3, "zip": "77", "l": None, "s": None, "e": None},
    {"id": 4, "l": [{"price": "8"}]},
]
TABLE = (
    ("ID", "string"),
    ("zip", "bigint"),
    ("l", "array<struct<price:double,n:int>>"),
    ("s", "struct<v:string>"),
    ("e", "uniontype<int,string>"),
)


class Session(AppliesFunctions):
    """A session that knows one table and takes notes."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.applied_by(engine)
        self.notes: list[str] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def spark(self) -> Any:
        return self._engine.session

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def table_columns(self, database: str, table: str) -> Any:
        self.asked.append((database, table))
        return TABLE


@pytest.fixture
def session(engine, monkeypatch):
    session = Session(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def frame(session, files):
    """Makes a DynamicFrame of JSON records."""
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame

    def make(records: list[dict[str, Any]]) -> Any:
        files.put("a.json", "".join(f"{json.dumps(record)}\n" for record in records))
        return dynamic_frame(files.scan("json"), glue, "f")

    return make


@pytest.fixture
def people(frame):
    return frame(PEOPLE)


def column(dynamic_frame: Any, *names: str) -> list[Any]:
    """The values of a column, or of several, in the order of `id`."""
    records = sorted(
        (row.asDict(recursive=True) for row in dynamic_frame.toDF().collect()), key=lambda r: r["id"]
    )
    found = [tuple(record[name] for name in names) for record in records]
    return [values[0] for values in found] if len(names) == 1 else found


def tree(dynamic_frame: Any, capsys: Any) -> list[str]:
    capsys.readouterr()
    dynamic_frame.printSchema()
    lines = capsys.readouterr().out.rstrip().split("\n")
    types = dict(dynamic_frame.toDF().dtypes)
    for line in lines[1:]:
        name, _, kind = line.removeprefix("|-- ").partition(": ")
        if name in types and kind in ("long", "string", "int", "double"):
            assert types[name] == {"long": "bigint"}.get(kind, kind)
    return lines


def test_what_is_there_before(people, capsys):
    assert tree(people, capsys) == [
        "root",
        "|-- id: int",
        "|-- zip: choice",
        "|    |-- int",
        "|    |-- string",
        "|-- l: array",
        "|    |-- element: struct",
        "|    |    |-- price: choice",
        "|    |    |    |-- int",
        "|    |    |    |-- string",
        "|    |    |-- n: int",
        "|-- s: struct",
        "|    |-- v: choice",
        "|    |    |-- int",
        "|    |    |-- string",
        "|    |-- w: int",
        "|-- e: array",
        "|    |-- element: choice",
        "|    |    |-- int",
        "|    |    |-- string",
    ]


def test_cast(people, session, capsys):
    cast = people.resolveChoice(
        specs=[("zip", "cast:long"), ("l[].price", "CAST:Double"), ("s.v", "cast:string")]
    )
    assert column(cast, "zip", "s") == [
        (10001, {"v": "x", "w": 1}),
        (None, {"v": "2", "w": None}),
        (77, None),
        (None, None),
    ]
    assert column(cast, "l") == [
        [{"price": 5.0, "n": 1}, {"price": None, "n": None}, {"price": None, "n": 2}],
        [],
        None,
        [{"price": 8.0, "n": None}],
    ]
    assert tree(cast, capsys)[:3] == ["root", "|-- id: int", "|-- zip: long"]
    assert dict(cast.toDF().dtypes)["l"] == "array<struct<price:double,n:int>>"
    assert session.notes == []


def test_project(people, session, capsys):
    projected = people.resolveChoice([("zip", "project:string"), ("e[]", "project:int")])
    assert column(projected, "zip", "e") == [
        (None, None),
        ("a1", [1, None, None]),
        ("77", None),
        (None, None),
    ]
    assert "|-- zip: string" in tree(projected, capsys)
    lost = people.resolveChoice([("zip", "project:double")])
    assert column(lost, "zip") == [None] * 4
    assert "|-- zip: double" in tree(lost, capsys)
    assert session.notes == ["resolveChoice: 'zip' has int and string, no double: it is null in every record"]


def test_projected_numbers_may_be_of_another_width(people):
    assert column(people.resolveChoice([("zip", "project:bigint")]), "zip") == [10001, None, None, None]
    assert column(people.resolveChoice([("zip", "project:tinyint")]), "zip") == [None] * 4


def test_make_cols(people, session, capsys):
    made = people.resolveChoice(
        specs=[("zip", "make_cols"), ("s.v", "make_cols"), ("l[].price", "make_cols")]
    )
    assert made.toDF().columns == ["id", "zip_int", "l", "s", "e", "zip_string"]
    assert column(made, "zip_int", "zip_string") == [(10001, None), (None, "a1"), (None, "77"), (None, None)]
    assert column(made, "s")[:2] == [
        {"v_int": None, "w": 1, "v_string": "x"},
        {"v_int": 2, "w": None, "v_string": None},
    ]
    assert column(made, "l")[0] == [
        {"price_int": 5, "n": 1, "price_string": None},
        {"price_int": None, "n": None, "price_string": "six"},
        {"price_int": None, "n": 2, "price_string": None},
    ]
    assert session.notes == []


def test_new_columns_take_no_name_that_is_there(frame, session):
    made = frame([{"id": 1, "a": 1, "a_int": "x"}, {"id": 2, "a": "s"}]).resolveChoice(choice="make_cols")
    assert made.toDF().columns == ["id", "a_int_", "a_int", "a_string"]
    assert session.notes == ["resolveChoice: there is a field 'a_int' already: the new column is 'a_int_'"]


def test_make_struct_makes_a_struct_that_is_no_choice(people, session, capsys):
    made = people.resolveChoice(choice="make_struct")
    assert tree(made, capsys) == [
        "root",
        "|-- id: int",
        "|-- zip: struct",
        "|    |-- int: int",
        "|    |-- string: string",
        "|-- l: array",
        "|    |-- element: struct",
        "|    |    |-- price: struct",
        "|    |    |    |-- int: int",
        "|    |    |    |-- string: string",
        "|    |    |-- n: int",
        "|-- s: struct",
        "|    |-- v: struct",
        "|    |    |-- int: int",
        "|    |    |-- string: string",
        "|    |-- w: int",
        "|-- e: array",
        "|    |-- element: struct",
        "|    |    |-- int: int",
        "|    |    |-- string: string",
    ]
    assert column(made, "zip") == [
        {"int": 10001, "string": None},
        {"int": None, "string": "a1"},
        {"int": None, "string": "77"},
        None,
    ]
    assert column(made.resolveChoice([("zip.int", "cast:string")]), "zip")[0] == {
        "int": "10001",
        "string": None,
    }
    assert session.notes == []


def test_without_choices_nothing_changes(frame, session):
    plain = frame([{"id": 1, "a": {"b": [1]}}])
    for choice in ("make_struct", "make_cols", "cast:long", "project:string"):
        assert column(plain.resolveChoice(choice=choice), "a") == [{"b": [1]}]
    assert session.notes == []


def test_columns_of_array_elements_are_a_struct(people, session):
    made = people.resolveChoice(choice="make_cols")
    assert column(made, "e")[1] == [{"int": 1, "string": None}, {"int": None, "string": "b"}, None]
    assert session.notes == ["resolveChoice: 'e[]' is no field that columns can stand for: it is a struct"]


def test_choices_within_choices(frame, capsys):
    nested = frame(
        [
            {"id": 1, "x": {"a": 1}},
            {"id": 2, "x": {"a": "s", "b": 2}},
            {"id": 3, "x": "t"},
            {"id": 4, "x": [5]},
        ]
    )
    struct = nested.resolveChoice(choice="make_struct")
    nothing = {"array": None, "string": None, "struct": None}
    assert column(struct, "x") == [
        nothing | {"struct": {"a": {"int": 1, "string": None}, "b": None}},
        nothing | {"struct": {"a": {"int": None, "string": "s"}, "b": 2}},
        nothing | {"string": "t"},
        nothing | {"array": [5]},
    ]
    inner = nested.resolveChoice([("x.a", "cast:string")])
    assert "|    |-- struct" in tree(inner, capsys)
    assert column(inner.resolveChoice([("x", "project:struct")]), "x") == [
        {"a": "1", "b": None},
        {"a": "s", "b": 2},
        None,
        None,
    ]
    assert column(nested.resolveChoice([("x", "cast:string")]), "x") == [
        '{"a":1}',
        '{"a":"s","b":2}',
        "t",
        "[5]",
    ]


def test_match_catalog(people, session, capsys):
    for choice in ("match_catalog", "MATCH_CATALOG"):
        matched = people.resolveChoice(choice=choice, database="D", table_name="t")
        assert dict(matched.toDF().dtypes) == {
            "id": "int",
            "zip": "bigint",
            "l": "array<struct<price:double,n:int>>",
            "s": "struct<v:string,w:int>",
            "e": "array<struct<int:int,string:string>>",
        }
        assert column(matched, "zip") == [10001, None, 77, None]
    assert session.asked == [("D", "t")] * 2
    assert set(session.notes) == {"resolveChoice: the table has no type for 'e[]', which stays a choice"}
    with pytest.raises(ValueError, match="needs database and table_name"):
        people.resolveChoice(choice="match_catalog")


def test_exactly_one_of_specs_and_choice(people):
    with pytest.raises(Exception, match=r"^Parameter specs and option are both missing, add one\.$"):
        people.resolveChoice()
    with pytest.raises(Exception, match=r"^Parameter specs and option are both specified, choose one\.$"):
        people.resolveChoice([("zip", "cast:long")], "make_cols")


@pytest.mark.parametrize(
    ("specs", "error", "said"),
    [
        ([("zip", "cast")], ValueError, "'cast' is not an action of resolveChoice: use cast:type"),
        ([("zip", "cast:text")], ValueError, "'text' is not a type"),
        ([("zip", 5)], ValueError, "5 is not an action"),
        (["zip"], TypeError, "a spec is a pair"),
        ("zip", TypeError, "specs are a list of"),
    ],
)
def test_what_is_no_spec(people, specs, error, said):
    with pytest.raises(error, match=said):
        people.resolveChoice(specs)


def test_specs_of_plain_fields_and_of_none(people, session):
    resolved = people.resolveChoice(
        [
            ("id", "cast:string"),
            ("s.w", "make_cols"),
            ("l", "project:array"),
            ("Zip", "cast:long"),
            ("l.price", "cast:long"),
            ("nope", "make_struct"),
        ]
    )
    assert [type(value) for value in column(resolved, "id")] == [str] * 4
    assert session.notes == [
        "resolveChoice: 's.w' is no choice: it is int and stays so",
        "resolveChoice: there is no field 'Zip', but 'zip'",
        "resolveChoice: there is no field 'l.price', but 'l[].price'",
        "resolveChoice: there is no field 'nope'",
    ]


def test_a_bare_spec_and_names_in_backticks(frame):
    dotted = frame([{"id": 1, "a.b": 1, "c[]": {"d": 2}}, {"id": 2, "a.b": "x", "c[]": {"d": "y"}}])
    assert column(dotted.resolveChoice(("`a.b`", "cast:int")), "a.b") == [1, None]
    assert column(dotted.resolveChoice([("`c[]`.d", "cast:string")]), "c[]") == [{"d": "2"}, {"d": "y"}]


def test_as_a_transform(people):
    transforms = importlib.import_module("awsglue.transforms")
    resolved = transforms.ResolveChoice.apply(frame=people, choice="make_cols", transformation_ctx="r")
    assert "zip_string" in resolved.toDF().columns


def test_options_of_to_df(people, session):
    gluetypes = importlib.import_module("awsglue.gluetypes")
    option = importlib.import_module("awsglue.dynamicframe").ResolveOption
    options = [
        option("zip", "Cast", "long"),
        option("s.v", "Project", gluetypes.StringType()),
        option("l[].price", "KeepAsStruct"),
    ]
    dataframe = people.toDF(options)
    assert dict(dataframe.dtypes) == {
        "id": "int",
        "zip": "bigint",
        "l": "array<struct<price:struct<int:int,string:string>,n:int>>",
        "s": "struct<v:string,w:int>",
        "e": "array<struct<int:int,string:string>>",
    }
    assert [row.zip for row in dataframe.orderBy("id").collect()] == [10001, None, 77, None]
    with pytest.raises(ValueError, match="'Drop' is not an action of toDF"):
        people.toDF([option("zip", "Drop")])
    with pytest.raises(ValueError, match="needs a target: the type of 'zip'"):
        people.toDF([option("zip", "Cast")])
    assert session.notes == []


def test_what_records_lack_stays_lacking(people):
    """A function sees no key where there was none, and None where there is a value of another type."""
    made = people.resolveChoice([("zip", "make_cols"), ("s.v", "make_struct")])
    seen = made.filter(lambda record: "zip_int" not in record and "zip_string" not in record)
    assert column(seen, "id") == [4]
    seen = made.filter(lambda record: record["zip_int"] is None and "s" in record and record["s"])
    assert column(seen, "id", "s") == [(2, {"v": {"int": 2, "string": None}, "w": None})]
    seen = made.filter(lambda record: "w" not in record["s"])
    assert column(seen, "id") == [2]


def test_a_declared_schema(people, session, capsys):
    gluetypes = importlib.import_module("awsglue.gluetypes")
    field, struct = gluetypes.Field, gluetypes.StructType
    choice = gluetypes.ChoiceType([gluetypes.LongType(), gluetypes.StringType()])
    schema = struct(
        [
            field("zip", choice),
            field("id", gluetypes.LongType()),
            field("more", gluetypes.ArrayType(gluetypes.DoubleType())),
            field("s", struct([field("v", gluetypes.StringType())])),
            field("l", gluetypes.DateType()),
        ]
    )
    declared = people.with_frame_schema(schema)
    assert declared.schema() == schema
    assert tree(declared, capsys)[1:4] == ["|-- zip: choice", "|    |-- long", "|    |-- string"]
    assert column(declared, "id", "zip", "more", "s", "l")[:2] == [
        (1, {"long": 10001, "string": None}, None, {"v": "x"}, None),
        (2, {"long": None, "string": "a1"}, None, {"v": "2"}, None),
    ]
    assert column(declared.filter(lambda record: "more" in record), "id") == []
    assert session.notes == [
        "with_frame_schema: the field 'e' is not declared and is left out",
        "with_frame_schema: 'l' is array, which cannot be cast to date: it is null in every record",
    ]
    with pytest.raises(TypeError, match=r"a frame schema is an awsglue\.gluetypes\.StructType"):
        people.with_frame_schema({"zip": "long"})
