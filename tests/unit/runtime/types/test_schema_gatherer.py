"""One gatherer for JSON values and for records of functions: types, and how often fields occur."""

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.formats.shared.kinds import kind_of as json_kind
from placekeeper.runtime.frames.records import kind_of as record_kind
from placekeeper.runtime.types.occurrence import Occurrence, occurrence_of
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6)


def gathered(records, kind_of=json_kind, before=None):
    gatherer = SchemaGatherer(kind_of)
    gatherer.observe_records(records)
    return gatherer.schema(before)


def counted(values):
    """What is to be counted at one place, said once more and slowly."""
    dicts = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    names = dict.fromkeys(name for value in dicts for name in value)
    return Occurrence(
        seen=len(values),
        nulls=sum(value is None for value in values),
        records=len(dicts),
        fields={name: counted([value[name] for value in dicts if name in value]) for name in names},
        element=counted([item for value in lists for item in value]) if lists else None,
    )


@given(RECORDS)
def test_every_value_counts_once_however_alike_the_records_are(records):
    found = occurrence_of([gathered(records * 3)])
    wanted = counted(records * 3)
    wanted.seen = 0  # the records themselves are at no place
    assert msgspec.to_builtins(found) == msgspec.to_builtins(wanted)


@given(RECORDS)
def test_records_seen_again_change_no_type(records):
    assert gathered(records * 3).equals(gathered(records))


@pytest.mark.parametrize(
    ("values", "as_json", "as_records"),
    [
        ([1, -(2**31)], "int32", "int64"),
        ([1, 2**31], "int64", "int64"),
        ([2**63], "decimal128(38, 0)", "decimal128(38, 0)"),
        ([10**38], "string", "decimal128(38, 0)"),
        ([None, True], "bool", "bool"),
        ([None], "null", "null"),
        ([[], [1]], "list<element: int32>", "list<element: int64>"),
        ([1, "x"], "struct<int: int32, string: string>", "struct<long: int64, string: string>"),
    ],
)
def test_integers_are_named_by_who_reads_them(values, as_json, as_records):
    records = [{"x": value} for value in values]
    assert str(gathered(records).field("x").type) == as_json
    assert str(gathered(records, record_kind).field("x").type) == as_records


def test_a_schema_from_before_is_a_hint():
    before = pa.schema([("b", pa.int16()), ("a", pa.float32()), ("gone", pa.string())])
    schema = gathered([{"a": 1.5, "c": 1, "b": 2}], record_kind, before)
    assert [(field.name, str(field.type)) for field in schema] == [
        ("b", "int16"),
        ("a", "float"),
        ("c", "int64"),
    ]
