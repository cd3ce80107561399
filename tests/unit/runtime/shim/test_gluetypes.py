"""awsglue.gluetypes: names, JSON round trips, merging, and records."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import placekeeper.runtime

SHIM = Path(placekeeper.runtime.__file__).parent / "shim"


@pytest.fixture(scope="module")
def gluetypes() -> Any:
    sys.path.insert(0, str(SHIM))
    yield importlib.import_module("awsglue.gluetypes")
    sys.path.remove(str(SHIM))
    for name in [name for name in sys.modules if name.partition(".")[0] == "awsglue"]:
        del sys.modules[name]


ATOMIC = [
    *("Binary", "Boolean", "Byte", "Date", "Double", "Float", "Integer", "Long", "Null", "Short"),
    *("String", "Timestamp", "TimestampNTZ", "Unknown"),
]
TREES = st.recursive(
    st.sampled_from(ATOMIC) | st.tuples(st.just("Decimal"), st.integers(1, 38)),
    lambda inner: (
        st.tuples(st.sampled_from(["Array", "Set", "Map"]), inner)
        | st.tuples(st.just("Struct"), st.dictionaries(st.text(max_size=3), inner, max_size=3))
        | st.tuples(st.just("Choice"), st.lists(inner, max_size=3))
    ),
    max_leaves=6,
)


def made(types: Any, tree: Any) -> Any:
    if isinstance(tree, str):
        return getattr(types, f"{tree}Type")()
    name, inside = tree
    kind = getattr(types, f"{name}Type")
    if name == "Decimal":
        return kind(inside, inside // 2)
    if name == "Struct":
        return kind([types.Field(field, made(types, inner)) for field, inner in inside.items()])
    if name == "Choice":
        choice = kind()
        choice.merge([made(types, inner) for inner in inside])
        return choice
    return kind(made(types, inside))


@given(tree=TREES)
def test_json_and_back(gluetypes: Any, tree: Any) -> None:
    data_type = made(gluetypes, tree)
    again = gluetypes._deserialize_json_value(data_type.jsonValue())
    assert again == data_type
    assert gluetypes._deserialize_json_string(gluetypes._serialize_schema(data_type)) == data_type
    assert hash(again) == hash(data_type)


@given(one=TREES, other=TREES)
def test_merging(gluetypes: Any, one: Any, other: Any) -> None:
    left, right = made(gluetypes, one), made(gluetypes, other)
    merge = gluetypes.mergeDataTypes
    assert merge(left, left) == left
    assert merge(gluetypes.NullType(), right) == right
    assert merge(left, gluetypes.UnknownType()) in (left, gluetypes.UnknownType())
    merged = merge(left, right)
    assert merge(merged, right) == merged
    assert left.jsonValue() == made(gluetypes, one).jsonValue()  # the parts stay as they were


def test_names_and_forms(gluetypes: Any) -> None:
    struct = gluetypes.StructType(
        [
            gluetypes.Field("n", gluetypes.IntegerType()),
            gluetypes.Field("c", gluetypes.ChoiceType([gluetypes.StringType(), gluetypes.LongType()])),
            gluetypes.Field("d", gluetypes.DecimalType(), {"unit": "m"}),
        ]
    )
    assert struct.jsonValue() == {
        "dataType": "struct",
        "properties": {},
        "fields": [
            {"name": "n", "container": {"dataType": "int", "properties": {}}, "properties": {}},
            {
                "name": "c",
                "container": {
                    "dataType": "choice",
                    "properties": {},
                    "choices": [
                        {"dataType": "long", "properties": {}},
                        {"dataType": "string", "properties": {}},
                    ],
                },
                "properties": {},
            },
            {
                "name": "d",
                "container": {"dataType": "decimal", "properties": {}, "precision": 10, "scale": 2},
                "properties": {"unit": "m"},
            },
        ],
    }
    assert struct.hasField("n")
    assert struct.getField("c").dataType.choices.keys() == {"long", "string"}
    assert [field.name for field in struct] == ["n", "c", "d"] == list(struct.field_map)


def test_choices_add_and_merge(gluetypes: Any) -> None:
    choice = gluetypes.ChoiceType([gluetypes.StringType()])
    choice.add(gluetypes.StructType([gluetypes.Field("a", gluetypes.IntegerType())]))
    with pytest.raises(ValueError, match="holds string already"):
        choice.add(gluetypes.StringType())
    choice.merge(gluetypes.StructType([gluetypes.Field("b", gluetypes.StringType())]))
    assert [field.name for field in choice.choices["struct"]] == ["a", "b"]
    choice.merge(gluetypes.ChoiceType([gluetypes.LongType(), gluetypes.StringType()]))
    assert sorted(choice.choices) == ["long", "string", "struct"]


def test_records_have_attributes(gluetypes: Any) -> None:
    record = gluetypes.DynamicRecord({"a": 1})
    record.b = 2
    assert (record.a, record["b"], dict(record)) == (1, 2, {"a": 1, "b": 2})
    with pytest.raises(KeyError):
        record.c  # noqa: B018 - reading it is the test
