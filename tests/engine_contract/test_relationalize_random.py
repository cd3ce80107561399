"""relationalize of any records: tables as a reference in plain Python makes them, which join back."""

import json
import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.frames.relational import relationalize
from placekeeper.runtime.scan import scan
from relational_reference import Row, joined_back, tables_of, without_nulls

EXAMPLES = int(os.environ.get("PLACEKEEPER_HISTORIES", "25")) if installed().sail else 5
NAMES = st.sampled_from(["a", "b", "c", "x y", "É"])


def types(depth: int) -> st.SearchStrategy[Any]:
    """Types of values: "int", "text", {name: type} or [type]."""
    single = st.sampled_from(["int", "text"])
    if not depth:
        return single
    below = types(depth - 1)
    return st.one_of(
        single,
        st.dictionaries(NAMES, below, min_size=1, max_size=3),
        below.map(lambda element: [element]),
    )


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type; fields of structs may be null, or missing."""
    if kind == "int":
        return st.one_of(st.none(), st.integers(-5, 5))
    if kind == "text":
        return st.one_of(st.none(), st.sampled_from(["", "t", "é"]))
    if isinstance(kind, list):
        return st.one_of(st.none(), st.lists(values(kind[0]), max_size=3))
    fields = {name: values(inner) for name, inner in kind.items()}
    return st.one_of(st.none(), st.fixed_dictionaries({}, optional=fields))


@st.composite
def records(draw: st.DrawFn) -> list[Row]:
    kinds = draw(st.dictionaries(NAMES, types(3), min_size=1, max_size=3))
    fields = {name: values(kind) for name, kind in kinds.items()}
    return draw(st.lists(st.fixed_dictionaries({}, optional=fields), min_size=1, max_size=6))


def has_empty_struct(value: Any, *, in_array: bool = False) -> bool:
    """Whether a struct in an array may have no field in any record: it is refused."""
    if isinstance(value, dict):
        return (in_array and not value) or any(has_empty_struct(v, in_array=in_array) for v in value.values())
    return isinstance(value, list) and any(has_empty_struct(v, in_array=True) for v in value)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"a": [[1], [], None]}, {"a": None}, {}, {"a": []}])
@given(made=records())
def test_tables_are_those_of_the_reference_and_join_back(
    engine: Engine, tmp_path: Path, made: list[Row]
) -> None:
    made = [record for record in made if not has_empty_struct(record)] or [{"a": 1}]
    path = tmp_path / "records.json"
    path.write_text("\n".join(json.dumps(record) for record in made))
    frame = scanned(engine, path)
    if not frame.schema.names:
        return
    found = relationalize(frame, "root", keep=engine.keep).tables
    tables = {
        name: [row.asDict(recursive=True) for row in frame.dataframe.collect()]
        for name, frame in found.items()
    }

    expected = tables_of(made, "root")
    for name, rows in tables.items():
        kept = [{column: value for column, value in row.items() if value is not None} for row in rows]
        assert sorted(kept, key=spelled) == sorted(expected.pop(name, []), key=spelled), name
    assert expected == {}
    there = joined_back(tables, "root")
    assert sorted(there, key=spelled) == sorted(map(without_nulls, made), key=spelled)


def spelled(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def scanned(engine: Engine, path: Path) -> Any:
    objects = ObjectStores()
    meta = objects.stat(objects.normalise(str(path)))
    assert isinstance(meta, ObjectMeta)
    return scan(engine, objects, [meta], FORMATS.reader("json", {}), None)
