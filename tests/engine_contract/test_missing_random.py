"""Random records through random transforms, against the same on plain dicts: missing, null and odd names."""

import copy
import json
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.types as pat
import pytest

from applied import mapped
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.combination import union
from placekeeper.runtime.frames.fields import drop_fields, rename_field, select_fields
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import Mapping, apply_mapping
from placekeeper.runtime.types.fields import is_choice

Record = dict[str, Any]
Path = tuple[str, ...]
Step = Callable[[random.Random, Frame, list[Record]], tuple[Frame, list[Record]]]

NAMES = ["a", "A", "b.c", "", "d"]
HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "12")) if installed().sail else 2


def value(rng: random.Random, depth: int) -> Any:
    draw = rng.random()
    if draw < 0.25:
        return None
    if draw < 0.5 or not depth:
        return rng.choice([0, 1, 2, "t"])
    if draw < 0.8:
        return {name: value(rng, depth - 1) for name in NAMES if rng.random() < 0.5}
    return [value(rng, depth - 1) for _ in range(rng.randint(0, 3))]


def paths(fields: Any, above: Path = ()) -> Iterator[Path]:
    """The paths of all fields, through structs alone."""
    for field in fields:
        here = (*above, field.name)
        yield here
        if pat.is_struct(field.type) and not is_choice(field):
            yield from paths(field.type.fields, here)


def without(found: Any, path: Path) -> None:
    if isinstance(found, list):
        for element in found:
            without(element, path)
    elif isinstance(found, dict):
        if len(path) == 1:
            found.pop(path[0], None)
        elif path[0] in found:
            without(found[path[0]], path[1:])


def renamed(record: Any, path: Path, name: str) -> Any:
    if not isinstance(record, dict):
        return record
    first, *rest = path
    if not rest:
        return {name if key == first else key: inner for key, inner in record.items()}
    return {
        key: renamed(inner, tuple(rest), name) if key == first else inner for key, inner in record.items()
    }


def select(rng: random.Random, frame: Frame, expected: list[Record]) -> tuple[Frame, list[Record]]:
    names = [name for name in frame.schema.names if rng.random() < 0.7] or frame.schema.names
    selected = [{name: record[name] for name in names if name in record} for record in expected]
    return select_fields(frame, [(name,) for name in names]), selected


def drop(rng: random.Random, frame: Frame, expected: list[Record]) -> tuple[Frame, list[Record]]:
    there = list(paths(frame.schema))
    path = rng.choice(there)
    if sum(other[:-1] == path[:-1] for other in there) == 1:  # its struct would go with it
        return frame, expected
    for record in expected:
        without(record, path)
    return drop_fields(frame, [path]), expected


def rename(rng: random.Random, frame: Frame, expected: list[Record]) -> tuple[Frame, list[Record]]:
    path = rng.choice(list(paths(frame.schema)))
    name = f"new {rng.random()}"
    changed = rename_field(frame, path, (*path[:-1], name))
    assert changed is not None
    return changed, [renamed(record, path, name) for record in expected]


def double(_: random.Random, frame: Frame, expected: list[Record]) -> tuple[Frame, list[Record]]:
    return union(frame, frame), expected + copy.deepcopy(expected)


def remap(rng: random.Random, frame: Frame, expected: list[Record]) -> tuple[Frame, list[Record]]:
    there = list(paths(frame.schema))
    sources = rng.sample(there, min(3, len(there)))
    targets = [("to", f"n{place}") if rng.random() < 0.5 else (f"n{place}",) for place in range(len(sources))]
    mappings = [Mapping(source, target, None) for source, target in zip(sources, targets, strict=True)]
    mapped, _ = apply_mapping(frame, mappings, case_sensitive=True)
    return mapped, [remapped(record, mappings) for record in expected]


def remapped(record: Record, mappings: list[Mapping]) -> Record:
    made: Record = {}
    for mapping in mappings:
        place = made.setdefault("to", {}) if len(mapping.target) == 2 else made
        found: Any = record
        for name in mapping.source:
            if not isinstance(found, dict) or name not in found:
                break
            found = found[name]
        else:
            place[mapping.target[-1]] = copy.deepcopy(found)
    return made


STEPS: list[Step] = [select, drop, rename, double, remap]


def records(engine: Engine, frame: Frame) -> list[str]:
    """The records as a script's function sees them."""

    def text(record: Any) -> Record:
        return {"text": json.dumps(record, sort_keys=True)}

    texts = mapped(engine, frame, text).dataframe
    return sorted(row.text for row in texts.collect()) if "text" in texts.columns else []


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_functions_see_what_the_records_hold(files, seed):
    rng = random.Random(seed)
    made = [{name: value(rng, 2) for name in NAMES if rng.random() < 0.6} for _ in range(rng.randint(1, 6))]
    files.put("a.json", "".join(f"{json.dumps(record)}\n" for record in made))
    frame, expected = files.scan("json"), copy.deepcopy(made)
    if not frame.schema.names:
        return
    for _ in range(rng.randint(0, 4)):
        try:
            frame, expected = rng.choice(STEPS)(rng, frame, expected)
        except UnsupportedFeature as error:
            assert "an object without fields" in str(error)  # noqa: PT017 - what Sail cannot do is refused
            return
    assert records(files.engine, frame) == sorted(json.dumps(record, sort_keys=True) for record in expected)
