"""Casts of apply_mapping: the same literal answers on every engine, null for what cannot be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.base import ANSI
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings
from placekeeper.runtime.frames.schema import schema_of
from placekeeper.runtime.types.fields import choice_field


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def mapped(engine, *cases):
    """For each (type, values, target): the values, a column of that type, mapped to the target; one frame."""
    rows = max(len(values) for _, values, _ in cases)
    columns = [[*values, *[None] * (rows - len(values))] for _, values, _ in cases]
    types = ", ".join(f"v{i} {source}" for i, (source, _, _) in enumerate(cases))
    dataframe = engine.session.createDataFrame(
        list(zip(range(rows), *columns, strict=True)), f"i int, {types}"
    )
    frame = Frame.of(dataframe, schema_of(dataframe.schema))
    wanted = [(f"v{i}", "string", f"v{i}", target) for i, (_, _, target) in enumerate(cases)]
    result, missing = apply_mapping(frame, parse_mappings([("i", "int", "i", "int"), *wanted]))
    assert missing == []
    table = result.dataframe.orderBy("i").toArrow()
    for name, _, _, _ in wanted:
        assert table.schema.field(name).type in (
            result.schema.field(name).type,
            pa.timestamp("us", tz="Etc/UTC"),
        )
    return [table.column(f"v{i}").to_pylist()[: len(values)] for i, (_, values, _) in enumerate(cases)]


STRINGS = {
    "int": {
        "1": 1,
        " 12 ": 12,
        "+1": 1,
        "-7": -7,
        "32963.07": None,
        "1e3": None,
        "abc": None,
        "": None,
        "2147483648": None,
        "\u0663": None,
        "true": None,
    },
    "long": {"9223372036854775807": 2**63 - 1, "9223372036854775808": None, "1L": None, "0x10": None},
    "tinyint": {"127": 127, "128": None},
    "double": {
        "32963.07": 32963.07,
        " 1.5 ": 1.5,
        "1e3": 1000.0,
        ".5": 0.5,
        "5.": 5.0,
        "-0": -0.0,
        "Infinity": float("inf"),
        "-inf": float("-inf"),
        "1d": None,
        "1f": None,
        "1,000": None,
        "": None,
        "e5": None,
    },
    "float": {"1.5": 1.5, "1d": None},
    "boolean": {"true": True, "T": True, "yes": True, "1": True, " false ": False, "n": False, "2": None},
    "decimal(10,2)": {
        "1": Decimal("1.00"),
        "1.005": Decimal("1.01"),
        "1e3": Decimal("1000.00"),
        "123456789.1": None,
        "\u0663": None,
        "x": None,
    },
    "date": {
        "2020-01-02": date(2020, 1, 2),
        " 2020-1-2 ": date(2020, 1, 2),
        "2020-01": date(2020, 1, 1),
        "2020": date(2020, 1, 1),
        "2020-01-02 03:04:05": date(2020, 1, 2),
        "2020-01-02T03:04:05Z": date(2020, 1, 2),
        "2020-02-30": None,
        "01/02/2020": None,
        "20200102": None,
        "": None,
    },
    "timestamp": {
        "2020-01-02 03:04:05": at(2020, 1, 2, 3, 4, 5),
        "2020-01-02T03:04:05.123456Z": at(2020, 1, 2, 3, 4, 5, 123456),
        "2020-01-02T03:04:05+02:00": at(2020, 1, 2, 1, 4, 5),
        "2020-01-02": at(2020, 1, 2),
        "2020": at(2020, 1, 1),
        "12:30": None,
        "2020-01-02 24:00:00": None,
        "x": None,
    },
    "binary": {"ab": b"ab"},
    "string": {" x ": " x "},
}


def test_strings_that_are_no_number(engine):
    [[value]] = mapped(engine, ("string", ["nan"], "double"))
    assert value != value


DOUBLES = {
    0.0: "0.0",
    1.5: "1.5",
    -2.25: "-2.25",
    100.0: "100.0",
    0.001: "0.001",
    0.00012: "1.2E-4",
    9999999.0: "9999999.0",
    10000000.0: "1.0E7",
    123456789.25: "1.2345678925E8",
    -2.5e-7: "-2.5E-7",
    1e20: "1.0E20",
    1e16: "1.0E16",
    1.2345678901234568e17: "1.2345678901234568E17",
    1.7976931348623157e308: "1.7976931348623157E308",
    float("inf"): "Infinity",
    float("-inf"): "-Infinity",
    None: None,
}


def test_doubles_as_text(engine):
    listed, odd = mapped(engine, ("double", [*DOUBLES], "string"), ("double", [float("nan"), -0.0], "string"))
    assert listed == [*DOUBLES.values()]
    assert odd == ["NaN", "-0.0"]


CASES = [
    *(("string", target, {**values, None: None}) for target, values in STRINGS.items()),
    ("double", "int", {1.9: 1, -1.9: -1, 1e20: None, float("inf"): None, None: None}),
    ("double", "decimal(3,1)", {1.25: Decimal("1.3"), 1e9: None}),
    ("double", "timestamp", {1.5: at(1970, 1, 1, 0, 0, 1, 500000), 1e20: None, float("nan"): None}),
    ("double", "boolean", {0.0: False, 2.5: True}),
    ("bigint", "int", {7: 7, 2**40: None}),
    ("bigint", "string", {2**40: "1099511627776"}),
    ("bigint", "timestamp", {1577934245: at(2020, 1, 2, 3, 4, 5), 2**63 - 1: None}),
    ("int", "boolean", {0: False, 5: True}),
    ("int", "double", {3: 3.0}),
    ("boolean", "int", {True: 1, False: 0}),
    ("boolean", "string", {True: "true", False: "false"}),
    ("boolean", "decimal(3,1)", {True: Decimal("1.0")}),
    ("decimal(10,2)", "string", {Decimal("1.50"): "1.50"}),
    ("decimal(10,2)", "boolean", {Decimal("0.00"): False, Decimal("1.50"): True}),
    ("date", "string", {date(2020, 1, 2): "2020-01-02"}),
    ("date", "timestamp", {date(2020, 1, 2): at(2020, 1, 2)}),
    ("timestamp", "string", {at(2020, 1, 2, 3, 4, 5, 500000): "2020-01-02 03:04:05.5"}),
    ("timestamp", "date", {at(2020, 1, 2, 3, 4, 5): date(2020, 1, 2)}),
    ("timestamp", "bigint", {at(2020, 1, 2, 3, 4, 5): 1577934245}),
    ("timestamp", "tinyint", {at(2020, 1, 2, 3, 4, 5): None}),
    ("timestamp", "decimal(3,1)", {at(2020, 1, 2, 3, 4, 5): None}),
    ("binary", "string", {b"ab": "ab", b"\xff": None}),
]


@pytest.fixture(scope="module", params=["true", "false"], ids=["ansi", "no-ansi"])
def casts(engine, request):
    """The answers to CASES, all from one job; a cast gives null whatever SQL does."""
    before = engine.session.conf.get(ANSI)
    engine.session.conf.set(ANSI, request.param)
    try:
        return mapped(engine, *((source, [*values], target) for source, target, values in CASES))
    finally:
        engine.session.conf.set(ANSI, before)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_cast(casts, index):
    _, _, values = CASES[index]
    assert casts[index] == [*values.values()]


def test_nested_values_as_text_are_json(engine):
    at_noon = datetime(2020, 1, 2, 12, 0, 0, 250000)
    assert mapped(
        engine,
        ("array<int>", [[1, None]], "string"),
        ("struct<a:int,b:string>", [(1, 'x"\\\n\u00e9\u2603/'), (None, None), None], "string"),
        ("array<double>", [[1.5, 1e7, float("nan"), None]], "string"),
        ("struct<d:decimal(5,2),m:map<string,float>>", [(Decimal("1.50"), {"k": 0.5})], "string"),
        ("map<string,int>", [{"l": None}], "string"),
        ("struct<t:timestamp,d:date,b:boolean>", [(at_noon, date(2020, 1, 2), True)], "string"),
        ("struct<b:binary,l:array<array<long>>>", [(b"ab", [[1], [], None])], "string"),
    ) == [
        ["[1,null]"],
        ['{"a":1,"b":"x\\"\\\\\\n\u00e9\u2603/"}', "{}", None],
        ['[1.5,1.0E7,"NaN",null]'],
        ['{"d":1.50,"m":{"k":0.5}}'],
        ['{"l":null}'],
        ['{"t":"2020-01-02 12:00:00.25","d":"2020-01-02","b":true}'],
        ['{"b":"YWI=","l":[[1],[],null]}'],
    ]


NO_RULE = [
    ("date", date(2020, 1, 2), "int"),
    ("int", 1, "date"),
    ("int", 1, "binary"),
    ("boolean", True, "timestamp"),
    ("array<int>", [1], "int"),
    ("struct<a:int>", (1,), "array<int>"),
    ("string", "[1]", "array<int>"),
]


def test_pairs_without_a_rule_are_null_and_said(engine):
    columns = ", ".join(f"v{i} {source}" for i, (source, _, _) in enumerate(NO_RULE))
    dataframe = engine.session.createDataFrame([tuple(value for _, value, _ in NO_RULE)], columns)
    frame = Frame.of(dataframe, schema_of(dataframe.schema))
    mappings = [(f"v{i}", "any", f"v{i}", target) for i, (_, _, target) in enumerate(NO_RULE)]
    result, notes = apply_mapping(frame, parse_mappings(mappings))
    assert [tuple(row) for row in result.dataframe.collect()] == [(None,) * len(NO_RULE)]
    assert [said.partition(",")[0] for said in notes] == [
        f"'v{i}' is {kind}"
        for i, kind in enumerate(["date", "int", "int", "boolean", "array", "struct", "string"])
    ]
    assert notes[0] == "'v0' is date, which cannot be cast to int: it is null in every record"


def test_nested_targets_are_cast_part_by_part(engine):
    dataframe = engine.session.createDataFrame(
        [(("1", [("2.5", "x")], {"k": "7"}), "5"), (("a", None, None), None)],
        "s struct<a:string,l:array<struct<p:string,q:string>>,m:map<string,string>>, n string",
    )
    frame = Frame.of(dataframe, schema_of(dataframe.schema))
    wanted = "struct<a:int,l:array<struct<p:double,r:string>>,m:map<string,bigint>>"
    result, notes = apply_mapping(frame, parse_mappings([("s", "struct", "t", wanted), ("n", "n", "number")]))
    assert notes == []
    assert result.dataframe.schema.simpleString() == (f"struct<t:{wanted},n:double>")
    assert sorted((row.asDict(recursive=True) for row in result.dataframe.collect()), key=repr) == [
        {"t": {"a": 1, "l": [{"p": 2.5, "r": None}], "m": {"k": 7}}, "n": 5.0},
        {"t": {"a": None, "l": None, "m": None}, "n": None},
    ]


def test_number_keeps_numbers(engine):
    assert mapped(engine, ("int", [1], "int"), ("decimal(5,2)", [Decimal("1.50")], "decimal(5,2)")) == [
        [1],
        [Decimal("1.50")],
    ]
    dataframe = engine.session.createDataFrame([(1, "x")], "i int, s string")
    frame = Frame.of(dataframe, schema_of(dataframe.schema))
    result, _ = apply_mapping(frame, parse_mappings([("i", "number", "i", "NUMBER"), ("s", "s", "number")]))
    assert result.dataframe.schema.simpleString() == "struct<i:int,s:double>"
    assert [tuple(row) for row in result.dataframe.collect()] == [(1, None)]


def test_a_field_below_an_array_is_no_source(engine):
    dataframe = engine.session.createDataFrame([(([(1,)],),)], "s struct<l:array<struct<a:int>>>")
    frame = Frame.of(dataframe, schema_of(dataframe.schema))
    result, (said,) = apply_mapping(frame, parse_mappings([("s.l.a", "int", "a", "int")]))
    assert result.schema.names == []
    assert said.startswith("'s.l.a' is inside the array 's.l', and a mapping takes no field below an array")


def test_each_alternative_of_a_choice_is_cast(engine):
    plain = engine.session.createDataFrame(
        [(1, 5, None), (2, None, "7"), (3, None, "x")], "i int, a int, s string"
    )
    chosen = plain.select("i", F.struct(F.col("a").alias("int"), F.col("s").alias("string")).alias("v"))
    field = choice_field("v", [pa.field("int", pa.int32()), pa.field("string", pa.string())])
    frame = Frame.of(chosen, pa.schema([pa.field("i", pa.int32()), field]))
    mappings = [("i", "i"), ("v", "choice", "n", "long"), ("v", "choice", "s", "string"), ("v", "same")]
    result, _ = apply_mapping(frame, parse_mappings(mappings))
    assert choice_field("same", field.type.fields).equals(result.schema.field("same"), check_metadata=True)
    assert [tuple(row) for row in result.dataframe.drop("same").orderBy("i").collect()] == [
        (1, 5, "5"),
        (2, 7, "7"),
        (3, None, "x"),
    ]
