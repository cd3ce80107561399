"""A field that a record lacks is no key of it, a null is a key with None, on both engines."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applied import filtered, mapped
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.combination import join, split_rows, union
from placekeeper.runtime.frames.fields import drop_fields, rename_field, select_fields
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings
from placekeeper.runtime.frames.paths import parse_path, parse_paths

pytestmark = pytest.mark.spark_tests(9)

Record = dict[str, Any]


def lines(*records: Record) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def records(engine: Engine, frame: Frame) -> list[Record]:
    """The records as a script's function sees them, in an order of their own."""
    texts = mapped(engine, frame, lambda record: {"text": json.dumps(record, sort_keys=True)})
    return sorted((json.loads(row.text) for row in texts.dataframe.collect()), key=repr)


def by_repr(*expected: Record) -> list[Record]:
    return sorted((json.loads(json.dumps(record, sort_keys=True)) for record in expected), key=repr)


ALL = [{"i": 1, "x": 0}, {"i": 2, "x": 1}, {"i": 3, "x": None}, {"i": 4}]


def test_a_missing_field_is_a_key_error_which_drops_the_record(files):
    files.put("a.json", lines(*ALL))
    kept = filtered(files.engine, files.scan("json"), lambda record: record["x"] != 0)
    assert sorted(row.i for row in kept.dataframe.collect()) == [2, 3]


def test_what_is_missing_is_no_key(files):
    files.put("a.json", lines(*ALL))
    assert records(files.engine, files.scan("json")) == by_repr(*ALL)


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize(
    ("function", "kept"),
    [
        (lambda record: "x" in record, [1, 2, 3]),
        (lambda record: record.get("x", 7) == 7, [4]),
        (lambda record: len(record) == 1, [4]),
        (lambda record: record.x is None, [3]),
        (lambda record: list(record) == ["i", "x"], [1, 2, 3]),
        (lambda record: record.get("x") is None, [3, 4]),
    ],
)
def test_everything_that_asks_for_a_key_agrees(files, function, kept):
    files.put("a.json", lines(*ALL))
    frame = filtered(files.engine, files.scan("json"), function)
    assert sorted(row.i for row in frame.dataframe.collect()) == kept


def test_a_field_that_a_whole_file_lacks_is_missing_in_its_records(files):
    files.put("a.json", lines({"i": 1, "x": None}))
    files.put("b.json", lines({"i": 2}))
    assert records(files.engine, files.scan("json")) == by_repr({"i": 1, "x": None}, {"i": 2})


def test_missing_inside_structs_arrays_and_choices(files):
    made = [
        {"i": 1, "s": {"a": None, "t": [{"b": 1}, {}, {"b": None}, None]}},
        {"i": 2, "s": {"t": []}},
        {"i": 3, "s": None},
        {"i": 4, "s": "text", "%": {"\x1f": 1}},
        {"i": 5, "%": {}},
    ]
    files.put("a.json", lines(*made))
    assert records(files.engine, files.scan("json")) == by_repr(*made)


def test_no_hidden_column_reaches_a_script(files):
    files.put("a.json", lines(*ALL))
    kept = filtered(files.engine, files.scan("json"), lambda record: True)
    assert kept.dataframe.columns == ["i", "x"]
    assert kept.rows.columns == ["c0", "c1", "m1"]


def test_only_what_a_function_looks_at_pays(files):
    files.put("a.json", lines(*ALL))
    assert files.scan("json").rows.columns == ["c0", "c1"]
    files.put("a.json", lines({"i": 1, "x": 1}, {"i": 2}))
    assert files.scan("json").exact_form().rows.columns == ["c0", "c1"]


def test_csv_and_parquet_have_nulls_only(files):
    files.put("a.csv", "a,b\n1\n")
    assert records(files.engine, files.scan("csv", withHeader=True)) == [{"a": "1", "b": None}]
    assert files.scan("csv", withHeader=True).exact is None


def test_it_goes_through_select_drop_and_rename(files):
    files.put("a.json", lines(*({**record, "z": 1} for record in ALL)))
    frame = files.scan("json")
    assert records(files.engine, select_fields(frame, parse_paths(["x", "i"]))) == by_repr(*ALL)
    assert records(files.engine, drop_fields(frame, parse_paths(["z"]))) == by_repr(*ALL)
    renamed = rename_field(frame, parse_path("x"), parse_path("y"))
    expected = [
        {"y" if name == "x" else name: value for name, value in {**record, "z": 1}.items()} for record in ALL
    ]
    assert records(files.engine, renamed) == by_repr(*expected)


def test_it_goes_through_mappings_and_casts(files):
    files.put("a.json", lines(*ALL, {"i": 5, "x": "no number"}))
    frame, _ = apply_mapping(
        files.scan("json"), parse_mappings([("i", "int", "i", "int"), ("x", "int", "to.x", "int")])
    )
    expected = [
        {"i": 1, "to": {"x": 0}},
        {"i": 2, "to": {"x": 1}},
        {"i": 3, "to": {"x": None}},
        {"i": 4, "to": {}},
        {"i": 5, "to": {"x": None}},
    ]
    assert records(files.engine, frame) == by_repr(*expected)


def test_it_goes_into_structs_and_out_of_them(files):
    made = [
        {"i": 1, "s": {"x": 1}},
        {"i": 2, "s": {"x": None}},
        {"i": 3, "s": {}},
        {"i": 4},
        {"i": 5, "s": None},
    ]
    files.put("a.json", lines(*made))
    frame, _ = apply_mapping(files.scan("json"), parse_mappings([("i", "i"), ("s.x", "x")]))
    assert records(files.engine, frame) == by_repr(
        {"i": 1, "x": 1}, {"i": 2, "x": None}, {"i": 3}, {"i": 4}, {"i": 5}
    )
    dropped = drop_fields(files.scan("json"), parse_paths(["s.x"]))
    assert dropped.schema.names == ["i"]


def test_a_struct_that_loses_a_field_keeps_what_else_is_missing(files):
    made = [
        {"i": 1, "s": {"x": 1, "y": {"z": None}}},
        {"i": 2, "s": {"x": 1, "y": {}}},
        {"i": 3, "s": {"x": 1}},
        {"i": 4},
        {"i": 5, "s": None},
    ]
    files.put("a.json", lines(*made))
    dropped = drop_fields(files.scan("json"), parse_paths(["s.x"]))
    expected = [
        {"i": 1, "s": {"y": {"z": None}}},
        {"i": 2, "s": {"y": {}}},
        {"i": 3, "s": {}},
        {"i": 4},
        {"i": 5, "s": None},
    ]
    assert records(files.engine, dropped) == by_repr(*expected)


def test_it_goes_through_union_join_and_split(files):
    files.put("a.json", lines(*ALL))
    frame = files.scan("json")
    assert records(files.engine, union(frame, frame)) == by_repr(*ALL, *ALL)
    joined = join(frame, select_fields(frame, parse_paths(["i"])), [("i",)], [("i",)])
    expected = [{".i": record["i"], **record} for record in ALL]
    assert records(files.engine, joined) == by_repr(*expected)
    chosen, others = split_rows(frame, {"i": {">": 2}})
    assert records(files.engine, chosen) == by_repr({"i": 3, "x": None}, {"i": 4})
    assert records(files.engine, others) == by_repr({"i": 1, "x": 0}, {"i": 2, "x": 1})


def test_in_a_union_records_lack_what_only_the_other_frame_has(files):
    files.put("a.json", lines({"i": 1, "x": None}))
    frame = files.scan("json")
    assert records(files.engine, union(frame, select_fields(frame, parse_paths(["i"])))) == by_repr(
        {"i": 1, "x": None}, {"i": 1}
    )


def test_what_a_function_leaves_out_is_missing_for_the_next_one(files):
    files.put("a.json", lines({"i": 1}, {"i": 2}, {"i": 3}))

    def function(record: Any) -> Any:
        return {
            "i": record["i"],
            **({"x": None} if record["i"] == 1 else {"x": 1} if record["i"] == 2 else {}),
        }

    frame = mapped(files.engine, files.scan("json"), function)
    assert frame.dataframe.columns == ["i", "x"]
    assert records(files.engine, frame) == by_repr({"i": 1, "x": None}, {"i": 2, "x": 1}, {"i": 3})


EXAMPLES = 12 if installed().sail else 3  # each runs some jobs, which take seconds on Spark
NAMES = st.sampled_from(["a", "A", "a.b", "", "%1F", "\x1f", "é"])
VALUES = st.recursive(
    st.none() | st.integers(-3, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=5)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, RECORDS)
def test_any_records_are_seen_as_they_are(files, first, second):
    files.put("a.json", lines(*first))
    files.put("b.json", lines(*second))
    frame = files.scan("json")
    if frame.schema.names:
        assert records(files.engine, frame) == by_repr(*first, *second)
        assert records(files.engine, filtered(files.engine, frame, lambda record: True)) == by_repr(
            *first, *second
        )


def test_a_field_that_is_null_or_missing_in_every_record(files):
    files.put("a.json", lines({"x": None}, {}))
    frame = files.scan("json")
    assert frame.schema == pa.schema([pa.field("x", pa.null())])
    assert records(files.engine, frame) == by_repr({"x": None}, {})
