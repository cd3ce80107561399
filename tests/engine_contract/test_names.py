"""Names of fields may hold anything, and two may differ in case alone: through all, on both engines."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from applied import filtered, mapped
from placekeeper.model.errors import UsageError
from placekeeper.runtime.frames.combination import join, split_rows, union
from placekeeper.runtime.frames.fields import drop_fields, rename_field, select_fields
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings
from placekeeper.runtime.frames.paths import parse_path, quoted

pytestmark = pytest.mark.spark_tests(5)

NAMES = [
    "id",
    "http.method",
    " padded ",
    "`tick`",
    "Id",
    "ünï ©ode",
    "",
    "c0",
    "a,b{c}",
    "task",
    "x\ty",
    "ID",
    "*",
]
ODD = dict(zip(NAMES, range(len(NAMES)), strict=True))


@pytest.fixture
def odd(files) -> Iterator[Frame]:
    """Two equal records of such names; the file is read once for all that a test makes of them."""
    files.put("a.json", json.dumps({**ODD, "s": ODD}) + "\n" + json.dumps({**ODD, "s": ODD}) + "\n")
    frame = files.scan("json")
    frame.dataframe.persist()
    yield frame
    frame.dataframe.unpersist()


def only(frame: Frame) -> dict[str, Any]:
    """The one record that all rows are, by the names of the schema."""
    rows = {repr(row.asDict(recursive=True)): row for row in frame.dataframe.collect()}
    assert len(rows) == 1
    (row,) = rows.values()
    values = [value.asDict(recursive=True) if hasattr(value, "asDict") else value for value in row]
    return dict(zip(frame.schema.names, values, strict=True))


def test_they_are_read_and_given_to_scripts(odd):
    assert odd.dataframe.columns == [*NAMES, "s"]
    assert only(odd) == {**ODD, "s": ODD}


def test_they_are_filtered_and_mapped(engine, odd):
    kept = filtered(engine, odd, lambda record: record["http.method"] == 1 and record[""] == 6)
    assert only(kept) == {**ODD, "s": ODD}
    assert only(mapped(engine, odd, lambda record: record)) == {**ODD, "s": ODD}


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("name", NAMES)
def test_each_is_selected_dropped_renamed_and_mapped(odd, name):
    path = parse_path(quoted(name))
    assert only(select_fields(odd, [path])) == {name: ODD[name]}
    without = {other: value for other, value in ODD.items() if other != name}
    assert only(drop_fields(odd, [path])) == {**without, "s": ODD}
    assert only(drop_fields(odd, [("s", name)])) == {**ODD, "s": without}
    assert only(rename_field(odd, path, ("new.name",)))["new.name"] == ODD[name]
    assert only(rename_field(odd, ("s", name), ("s", "n`n")))["s"]["n`n"] == ODD[name]
    mappings = [
        (quoted(name), "int", f"a.{quoted(name)}", "string"),
        (f"s.{quoted(name)}", "int", "b", "long"),
    ]
    mapped, missing = apply_mapping(odd, parse_mappings(mappings))
    assert (only(mapped), missing) == ({"a": {name: str(ODD[name])}, "b": ODD[name]}, [])


def test_they_are_joined_united_and_split(odd):
    joined = only(join(odd, odd, [("http.method",), ("s", "Id")], [("http.method",), ("Id",)]))
    assert joined == {**{f".{name}": value for name, value in ODD.items()}, ".s": ODD, **ODD, "s": ODD}
    assert only(union(odd, select_fields(odd, [(name,) for name in NAMES]) and odd)) == {**ODD, "s": ODD}
    chosen, others = split_rows(odd, {"`http.method`": {"=": 1}})
    assert only(chosen) == {**ODD, "s": ODD}
    assert others.dataframe.count() == 0


def test_joins_and_drops_compare_exactly(files):
    files.put("a.json", '{"id": 1, "ID": 2}\n')
    frame = files.scan("json")
    assert only(join(frame, frame, [("id",)], [("id",)])) == {".id": 1, ".ID": 2, "id": 1, "ID": 2}
    assert join(frame, frame, [("id",)], [("ID",)]).dataframe.count() == 0
    assert only(drop_fields(frame, [("Id",)])) == {"id": 1, "ID": 2}
    assert only(drop_fields(frame, [("ID",)])) == {"id": 1}


def test_a_mapping_takes_an_exact_name_first_and_then_any_case(files):
    files.put("a.json", '{"id": 1, "ID": 2, "Name": 3, "s": {"x": 4, "X": 5}}\n')
    frame = files.scan("json")
    mapped, _ = apply_mapping(frame, parse_mappings([("ID", "a"), ("NAME", "b"), ("S.X", "c")]))
    assert only(mapped) == {"a": 2, "b": 3, "c": 5}
    with pytest.raises(
        UsageError, match="'Id' may be any of the fields 'id', 'ID', which differ in case only"
    ):
        apply_mapping(frame, parse_mappings([("Id", "a")]))
    exact, missing = apply_mapping(frame, parse_mappings([("Id", "a"), ("ID", "b")]), case_sensitive=True)
    assert (only(exact), missing) == ({"b": 2}, ["there is no field 'Id', but 'ID': write it as it is"])


@pytest.mark.parametrize("format_name", ["csv", "json", "parquet"])
def test_they_are_written_and_read_back(odd, files, output, format_name):
    columns = [(name,) for name in NAMES]
    frame = select_fields(odd, columns)
    output.publish(output.write(frame.dataframe, format_name))
    for path in files.folder.iterdir():
        path.unlink()
    for name in output.visible():
        files.put(name, (output.folder / name).read_bytes())
    read = files.scan(format_name, **({"withHeader": True} if format_name == "csv" else {}))
    if format_name == "csv":  # a column without a name is called by its place
        assert only(read) == {name or "col6": str(value) for name, value in ODD.items()}
    else:
        assert only(read) == ODD


def test_partition_keys_of_odd_names(odd, output):
    frame = select_fields(odd, [("id",), ("http.method",), ("*",)])
    output.publish(output.write(frame.dataframe, "json", keys=["http.method", "*"]))
    assert {name.rpartition("/")[0] for name in output.visible()} == {"http.method=1/%2A=12"}


def test_parquet_names_that_differ_in_case(files):
    table = pa.table([pa.array([1]), pa.array([2]), pa.array([{"x": 3, "X": 4}])], ["a", "A", "s"])
    pq.write_table(table, files.folder / "a.parquet")
    assert only(files.scan("parquet")) == {"a": 1, "A": 2, "s": {"x": 3, "X": 4}}
