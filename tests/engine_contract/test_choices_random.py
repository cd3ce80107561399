"""Random nested records through resolveChoice, toDF with options and apply_mapping, against plain Python."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import choice_reference as reference
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.frames.choice_specs import Everywhere, Specs, parse_action, parse_option, parse_specs
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings
from placekeeper.runtime.scan import scan

EXAMPLES = int(os.environ.get("PLACEKEEPER_HISTORIES", "20")) if installed().sail else 3
RANDOM = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="PLACEKEEPER_HISTORIES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    database=None,
)
TYPES = st.sampled_from(["string", "long", "double", "int"])
SINGLE = st.sampled_from([None, 0, 1, -7, 2**31 - 1, "7", "x", "2.5", "", ' "é\\', True, False, 0.5, -2.25])
NAMES = st.sampled_from(["a", "b", "c.d", "e"])
VALUES = st.recursive(
    SINGLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=6).map(
    lambda records: [{"id": number, **record} for number, record in enumerate(records)]
)
ACTIONS = st.sampled_from(["make_struct", "make_cols"]) | st.builds(
    "{}:{}".format, st.sampled_from(["cast", "project"]), TYPES
)


def frame_of(engine: Engine, records: list[dict[str, Any]], folder: str) -> Frame:
    path = Path(folder, "a.json")
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    objects = ObjectStores()
    chosen = objects.stat(objects.normalise(str(path)))
    assert chosen is not None
    return scan(engine.session, engine.parallelism, objects, [chosen], FORMATS.reader("json", {}), None)


def rows(frame: Frame, key: str = "id") -> list[dict[str, Any]]:
    found = [row.asDict(recursive=True) for row in frame.dataframe.collect()]
    return sorted(found, key=lambda row: row[key])


def written(place: reference.Place) -> str:
    """A place as scripts write it."""
    text = ""
    for step in place:
        text += "[]" if step == "[]" else f".`{step}`"
    return text.removeprefix(".")


def expected(records: list[dict[str, Any]], actions: reference.Actions) -> list[dict[str, Any]]:
    types, make = reference.Walk(actions).fields(reference.type_of(records)[1])
    made = [make(record) for record in records]
    assert all(list(row) == list(types) for row in made)
    return made


@RANDOM
@given(records=RECORDS, action=ACTIONS)
def test_one_action_for_all_choices(engine: Engine, records: list[dict[str, Any]], action: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        resolved, _ = resolve(frame_of(engine, records, folder), Everywhere(parse_action(action)))
        assert rows(resolved) == expected(
            records, lambda _place, found: action if found[0] == "choice" else None
        )


@RANDOM
@given(records=RECORDS, data=st.data())
def test_actions_for_places(engine: Engine, records: list[dict[str, Any]], data: st.DataObject) -> None:
    there = [place for place, _ in reference.places(reference.type_of(records))]
    chosen = data.draw(st.lists(st.sampled_from(there), unique=True, max_size=3))
    actions = {place: data.draw(ACTIONS) for place in chosen if place != ("id",)}
    with tempfile.TemporaryDirectory() as folder:
        specs = [(written(place), action) for place, action in actions.items()]
        frame = frame_of(engine, records, folder)
        resolved, _ = resolve(frame, parse_specs(specs))
        assert rows(resolved) == expected(records, lambda place, _: actions.get(place))
        if not any(action == "make_cols" for action in actions.values()):
            options = [parse_option(path, *_option(action)) for path, action in specs]
            assert rows(resolve(frame, Specs(dict(options)))[0]) == rows(resolved)


def _option(action: str) -> tuple[str, str]:
    word, _, target = action.partition(":")
    return {"make_struct": "KeepAsStruct"}.get(word, word.title()), target


@RANDOM
@given(records=RECORDS, data=st.data())
def test_mappings(engine: Engine, records: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = reference.type_of(records)
    there = [place for place, _ in reference.places(whole) if "[]" not in place]
    sources = [("id",), *data.draw(st.lists(st.sampled_from([*there, ("gone",)]), max_size=4))]
    mappings = [
        (
            source,
            None if source == ("id",) else data.draw(st.none() | TYPES),
            (f"n{number}",) if number == 0 or data.draw(st.booleans()) else ("to", f"n{number}"),
        )
        for number, source in enumerate(sources)
    ]
    with tempfile.TemporaryDirectory() as folder:
        given_as = [
            (written(source), written(target))
            if wanted is None
            else (written(source), written(target), wanted)
            for source, wanted, target in mappings
        ]
        made, _ = apply_mapping(
            frame_of(engine, records, folder), parse_mappings(given_as), case_sensitive=True
        )
        assert rows(made, "n0") == reference.mapped(records, mappings)
