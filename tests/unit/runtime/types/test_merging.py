"""Types merge in any order and any grouping to the same type."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.types.conversion import converted
from placekeeper.runtime.types.fields import is_choice, list_of, map_of
from placekeeper.runtime.types.merging import merge_fields

SCALARS = st.sampled_from(
    [
        pa.null(),
        pa.bool_(),
        pa.int8(),
        pa.int32(),
        pa.int64(),
        pa.float32(),
        pa.float64(),
        pa.string(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
        pa.decimal128(10, 2),
        pa.decimal128(38, 0),
        pa.decimal128(12, 8),
        pa.decimal128(38, 30),
        pa.timestamp("us"),
    ]
)
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lambda t: list_of(pa.field("element", t))),
        inner.map(lambda t: map_of(pa.string(), pa.field("value", t))),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda fields: pa.struct([pa.field(name, t) for name, t in fields.items()])
        ),
    ),
    max_leaves=4,
)
FIELDS = TYPES.map(lambda data_type: pa.field("x", data_type))


def spelled(field):
    """A field as a value in which the order of struct fields does not count."""
    t = field.type
    if pa.types.is_struct(t):
        return ("choice" if is_choice(field) else "struct", frozenset((f.name, spelled(f)) for f in t.fields))
    if pa.types.is_map(t):
        return ("map", str(t.key_type), spelled(t.item_field))
    if pa.types.is_list(t):
        return ("array", spelled(t.value_field))
    return str(t)


@given(FIELDS, FIELDS)
def test_merging_is_commutative(a, b):
    assert spelled(merge_fields(a, b)) == spelled(merge_fields(b, a))


@given(FIELDS, FIELDS, FIELDS)
def test_merging_is_associative(a, b, c):
    assert spelled(merge_fields(merge_fields(a, b), c)) == spelled(merge_fields(a, merge_fields(b, c)))


@given(FIELDS, FIELDS)
def test_merging_again_changes_nothing(a, b):
    merged = merge_fields(a, b)
    assert spelled(merge_fields(merged, a)) == spelled(merged)
    assert merge_fields(merged, merged) == merged


@given(FIELDS, FIELDS)
def test_what_merged_can_be_brought_into_the_merged_type(a, b):
    merged = merge_fields(a, b)
    assert converted(pa.nulls(3, a.type), merged).type == merged.type


def test_a_choice_keeps_each_value_under_its_type():
    choice = merge_fields(pa.field("x", pa.int32()), pa.field("x", pa.string()))
    assert converted(pa.array([1, None], pa.int32()), choice).to_pylist() == [
        {"int": 1, "string": None},
        None,
    ]


def test_slices_of_nested_arrays_keep_their_values():
    wide = pa.field("x", list_of(pa.field("element", pa.int64())))
    array = pa.array([[1], [2, 3], None, [4]], pa.list_(pa.int32())).slice(1)
    assert converted(array, wide).to_pylist() == [[2, 3], None, [4]]


@pytest.mark.parametrize(
    ("left", "right", "name"),
    [
        (pa.int8(), pa.int64(), "int64"),
        (pa.null(), pa.date32(), "date32[day]"),
        (pa.int32(), pa.int32(), "int32"),
    ],
)
def test_what_widens_exactly_is_no_choice(left, right, name):
    assert str(merge_fields(pa.field("x", left), pa.field("x", right)).type) == name
