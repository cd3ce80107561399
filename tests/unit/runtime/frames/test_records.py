"""Records in Python: decoded, seen, encoded."""

import copy
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.encoding import encode
from placekeeper.runtime.frames.records import DynamicRecord, dynamic_record, kind_of, plain
from placekeeper.runtime.types.fields import choice_field, list_of, map_of
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer
from placekeeper.runtime.types.value_columns import columns_of

CHOICE = choice_field("c", [pa.field("int", pa.int32()), pa.field("string", pa.string())])
NOTHING = pa.schema([])


def decoded(rows, schema):
    arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    return list(RecordDecoder(schema).records(pa.RecordBatch.from_arrays(arrays, schema=schema)))


def seen(*records, before=NOTHING):
    gatherer = SchemaGatherer(kind_of)
    gatherer.observe_columns(columns_of(records))
    return gatherer.schema(before)


def test_attributes_are_keys_one_level_down():
    record = dynamic_record({"a": {"b": {"c": 1}}, "d": None})
    assert record.a.b == {"c": 1}
    assert type(record.a.b) is dict
    record.e = 2
    assert record["e"] == 2
    with pytest.raises(KeyError):
        _ = record.missing


def test_records_can_be_copied_and_pickled():
    record = DynamicRecord(a=1)
    assert copy.deepcopy(record) == pickle.loads(pickle.dumps(record)) == record


def test_plain_undoes_records():
    value = plain({"a": DynamicRecord(b=(1, {"c": 2}))})
    assert value == {"a": {"b": [1, {"c": 2}]}}
    assert type(value["a"]) is dict


def test_decoding():
    schema = pa.schema(
        [
            CHOICE,
            pa.field("t", pa.timestamp("us", tz="UTC")),
            pa.field("s", pa.struct([CHOICE, pa.field("x", pa.int32())])),
            pa.field("l", list_of(CHOICE)),
            pa.field("m", map_of(pa.string(), pa.field("value", pa.timestamp("us", tz="UTC")))),
        ]
    )
    moment = datetime(2020, 1, 2, tzinfo=UTC)
    rows = [
        {
            "c": {"int": 1},
            "t": moment,
            "s": {"c": {"string": "x"}, "x": None},
            "l": [{"int": 0}, None],
            "m": [("k", moment)],
        },
        {},
    ]
    naive = datetime(2020, 1, 2)
    assert decoded(rows, schema) == [
        {"c": 1, "t": naive, "s": {"c": "x", "x": None}, "l": [0, None], "m": {"k": naive}},
        {"c": None, "t": None, "s": None, "l": None, "m": None},
    ]


def test_types_of_values():
    record = {
        "b": True,
        "i": 1,
        "f": 1.5,
        "s": "x",
        "y": b"x",
        "d": date(2020, 1, 2),
        "t": datetime(2020, 1, 2, tzinfo=UTC),
        "n": Decimal("12.345"),
        "o": {"p": 1},
        "a": [1, None],
        "z": None,
        "e": [],
        "big": 2**63,
    }
    schema = seen(record)
    assert {field.name: field.type for field in schema} == {
        "b": pa.bool_(),
        "i": pa.int64(),
        "f": pa.float64(),
        "s": pa.string(),
        "y": pa.binary(),
        "d": pa.date32(),
        "t": pa.timestamp("us", tz="UTC"),
        "n": pa.decimal128(5, 3),
        "o": pa.struct([pa.field("p", pa.int64())]),
        "a": list_of(pa.field("element", pa.int64())),
        "z": pa.null(),
        "e": list_of(pa.field("element", pa.null())),
        "big": pa.decimal128(38, 0),
    }
    assert decoded(encode(columns_of([record]), schema).to_pylist(), schema) == [
        {**record, "t": datetime(2020, 1, 2)}
    ]


def test_a_field_keeps_its_type_while_values_fit():
    before = pa.schema(
        [("i", pa.int32()), ("j", pa.int32()), ("e", list_of(pa.field("element", pa.int32())))]
    )
    schema = seen({"e": [], "new": 1, "j": 2**31, "i": 1}, before=before)
    assert schema.names == ["i", "j", "e", "new"]
    assert [field.type for field in schema] == [
        pa.int32(),
        pa.int64(),
        list_of(pa.field("element", pa.int32())),
        pa.int64(),
    ]


def test_a_null_keeps_the_type_of_before():
    assert seen({"c": None}, before=pa.schema([CHOICE])).field("c").equals(CHOICE, check_metadata=True)


def test_a_map_stays_a_map():
    before = pa.schema([pa.field("m", map_of(pa.string(), pa.field("value", pa.int32())))])
    schema = seen({"m": {"a": 1}}, {"m": {"b": 2**40}}, before=before)
    assert schema.field("m").type == map_of(pa.string(), pa.field("value", pa.int64()))
    assert encode(columns_of([{"m": {"a": 1}}]), schema).to_pylist() == [{"m": [("a", 1)]}]


def test_types_that_disagree_become_a_choice():
    schema = seen({"x": 1}, {"x": "a"}, {"x": 1.5})
    assert [child.name for child in schema.field("x").type.fields] == ["double", "long", "string"]
    rows = encode(columns_of([{"x": 1}, {"x": "a"}, {}]), schema)
    assert decoded(rows.to_pylist(), schema) == [{"x": 1}, {"x": "a"}, {"x": None}]


@pytest.mark.parametrize("record", [{"x": object()}, {1: "x"}, {"x": Decimal("NaN")}])
def test_what_no_field_can_hold(record):
    with pytest.raises(TypeError):
        seen(record)


def test_fields_of_a_null_struct_are_null():
    inner = pa.struct([pa.field("x", pa.float64())])
    schema = pa.schema(
        [
            pa.field("s", pa.struct([pa.field("i", inner)])),
            pa.field("l", list_of(pa.field("element", inner))),
            pa.field("m", map_of(pa.string(), pa.field("value", inner))),
        ]
    )
    records = [
        {"s": None, "l": [None, {"x": 1.0}], "m": {"k": None}},
        {"s": {"i": None}, "l": None, "m": None},
        {"s": {"i": {"x": 2.0}}, "l": [], "m": {"k": {"x": 3.0}}},
    ]
    batch = encode(columns_of(records), schema)
    assert decoded(batch.to_pylist(), schema) == records
    structs, lists, maps = batch.columns
    assert structs.field(0).field(0).to_pylist() == [None, None, 2.0]
    assert lists.values.field(0).to_pylist() == [None, 1.0]
    assert maps.items.field(0).to_pylist() == [None, 3.0]
