"""What lies below a null is null."""

import pyarrow as pa
import pytest

from placekeeper.runtime.types.fields import choice_field, is_choice, list_of, map_of
from placekeeper.runtime.types.nulls import nulls_below_nulls

INNER = pa.struct([pa.field("x", pa.float64()), pa.field("t", pa.string())])
SCHEMA = pa.schema(
    [
        pa.field("i", pa.int32()),
        pa.field("s", pa.struct([pa.field("in", INNER), pa.field("l", list_of(pa.field("element", INNER)))])),
        pa.field("l", list_of(pa.field("element", INNER))),
        pa.field("m", map_of(pa.string(), pa.field("value", INNER))),
        choice_field("c", [pa.field("int", pa.int32()), pa.field("string", pa.string())]),
        pa.field("e", pa.struct([])),
    ]
)
ROWS = [
    {"i": 0, "s": None, "l": None, "m": None, "c": None, "e": None},
    {
        "i": 1,
        "s": {"in": None, "l": [None, {"x": 1.0, "t": "a"}]},
        "l": [{"x": 2.0, "t": "b"}, None],
        "m": [("k", None), ("q", {"x": 3.0, "t": None})],
        "c": {"int": 1, "string": None},
        "e": {},
    },
    {"i": 2, "s": {"in": {"x": 4.0, "t": ""}, "l": None}, "l": [None], "m": [], "c": None, "e": None},
    {"i": 3, "s": None, "l": [], "m": [("z", None)], "c": {"int": None, "string": "s"}, "e": {}},
]


def batch_of(rows):
    arrays = [pa.array([row[field.name] for row in rows], field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


@pytest.mark.parametrize("sliced", [False, True])
def test_fields_of_null_structs_are_null_at_every_depth(sliced):
    given, rows = batch_of(ROWS), ROWS
    if sliced:
        given, rows = given.slice(1), ROWS[1:]
    assert 0.0 in given.column("s").field(0).field(0).to_pylist()  # what pyarrow puts there
    made = nulls_below_nulls(given)
    made.validate(full=True)
    assert made.to_pylist() == rows
    assert made.schema.equals(SCHEMA, check_metadata=True)
    assert is_choice(made.schema.field("c"))
    structs, lists, maps, choices = made.columns[1:5]
    first = 1 if sliced else 0
    assert structs.field(0).field(0).to_pylist() == [None, None, 4.0, None][first:]
    assert structs.field(0).field(1).to_pylist() == [None, None, "", None][first:]
    assert structs.field(1).values.field(0).to_pylist() == [None, 1.0]
    assert lists.values.field(0).to_pylist() == [2.0, None, None]
    assert maps.items.field(0).to_pylist() == [None, 3.0, None]
    assert choices.field(0).to_pylist() == [None, 1, None, None][first:]


def test_flat_batches_are_passed_on_as_they_are():
    batch = pa.RecordBatch.from_pydict({"a": [1, None], "b": ["", None]})
    assert nulls_below_nulls(batch) is batch
