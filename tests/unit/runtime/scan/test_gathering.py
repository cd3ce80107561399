"""Schemas of many objects are kept once each, and say the same together."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.scan.gathering import Found, Gathered
from placekeeper.runtime.types.fields import list_of
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.occurrence import Occurrence, missing_of, occurrence_of, with_occurrence

TYPES = st.sampled_from(
    [pa.int32(), pa.int64(), pa.string(), pa.null(), list_of(pa.field("element", pa.float64()))]
)


@st.composite
def schemas(draw: st.DrawFn) -> pa.Schema:
    names = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    schema = pa.schema([(name, draw(TYPES)) for name in names])
    if draw(st.booleans()):
        return schema
    records = draw(st.integers(1, 3))
    fields = {
        name: Occurrence(seen=draw(st.integers(0, records)), nulls=draw(st.integers(0, 1))) for name in names
    }
    return with_occurrence(schema, Occurrence(seen=records, records=records, fields=fields))


@given(st.lists(schemas(), max_size=8), st.randoms(use_true_random=False), st.integers(1, 3))
def test_it_is_what_all_objects_say_in_the_order_of_their_paths(found, random, tasks) -> None:
    objects = [(f"p{number}", schema) for number, schema in enumerate(found)]
    random.shuffle(objects)
    by_tasks = [Gathered() for _ in range(tasks)]
    for number, (path, schema) in enumerate(objects):
        by_tasks[number % tasks].add(path, Found(schema))
    gathered = Gathered()
    for task in by_tasks:
        gathered.add_rows(tuple(row.values()) for row in task.batch().to_pylist())

    whole = merge_schemas(found)
    assert merge_schemas(gathered.schemas).equals(whole, check_metadata=True)
    assert occurrence_of(gathered.schemas) == occurrence_of(found)
    assert missing_of(whole, gathered.schemas) == missing_of(whole, found)


def test_a_schema_is_kept_once_however_many_objects_have_it() -> None:
    gathered = Gathered()
    for number in range(10_000):
        gathered.add(f"p{number:05}", Found(pa.schema([("a", pa.string()), ("b", pa.int64())])))
        gathered.add(f"q{number:05}", Found(pa.schema([("a", pa.string())])))
    assert gathered.schemas == [
        pa.schema([("a", pa.string()), ("b", pa.int64())]),
        pa.schema([("a", pa.string())]),
    ]
    assert gathered.batch().num_rows == 2


def test_pieces_of_an_object_are_in_their_order() -> None:
    gathered, other = Gathered(), Gathered()
    gathered.add("a", Found(pa.schema([("y", pa.string())])), begin=100)
    gathered.add("a", Found(pa.schema([("x", pa.string())])), begin=20)
    gathered.add("b", Found(None), begin=20)
    other.add_rows(tuple(row.values()) for row in gathered.batch().to_pylist())
    assert [schema.names for schema in other.schemas] == [["x"], ["y"]]
    assert other.uncut == {"b"}
    assert not other.malformed


def test_objects_with_malformed_records_are_told_one_by_one() -> None:
    gathered, other = Gathered(), Gathered()
    gathered.add("b", Found(pa.schema([]), 2, "oops"))
    gathered.add("a", Found(pa.schema([])))
    other.add_rows(tuple(row.values()) for row in gathered.batch().to_pylist())
    assert other.malformed == gathered.malformed == {"b": (2, "oops")}
