"""Random nested records through random chains of transforms, against plain Python, on every engine."""

import json
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import choice_reference as reference
from applied import filtered, mapped
from chain_reference import Data, Record, lines, spelled, type_of_json
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.choice_specs import Everywhere, Specs, parse_action, parse_option, parse_specs
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.combination import join, union
from placekeeper.runtime.frames.fields import drop_fields, null_paths
from placekeeper.runtime.frames.flattening import unnest
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings
from placekeeper.runtime.frames.relational import relationalize
from placekeeper.runtime.frames.rendering import schema_lines
from placekeeper.runtime.frames.schema import to_glue_json

HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "12")) if installed().sail else 3
NAMES = ["a", "b", "c.d", "e"]
SINGLE = [None, 0, 1, -7, 2**31 - 1, 2**40, "7", "x", "2.5", "", ' "é\\', True, False, 0.5, -2.25, 1e9]
TYPES = ["string", "long", "double", "int"]


def value(rng: random.Random, depth: int) -> Any:
    draw = rng.random()
    if not depth or draw < 0.5:
        return rng.choice(SINGLE)
    if draw < 0.75:
        return {name: value(rng, depth - 1) for name in rng.sample(NAMES, rng.randint(1, 3))}
    return [value(rng, depth - 1) for _ in range(rng.randint(0, 3))]


def records(rng: random.Random) -> list[Record]:
    depth = rng.randint(1, 2)  # deeper ones take minutes to plan
    return [
        {"id": number, **{name: value(rng, depth) for name in NAMES if rng.random() < 0.6}}
        for number in range(rng.randint(1, 6))
    ]


def action(rng: random.Random) -> str:
    typed = f"{rng.choice(['cast', 'project'])}:{rng.choice(TYPES)}"
    return rng.choice(["make_struct", "make_cols", typed, typed])


def written(place: reference.Place) -> str:
    """A place as scripts write it."""
    steps = "".join("[]" if step == "[]" else f".`{step}`" for step in place)
    return steps.removeprefix(".")


class Chain:
    """A frame and what it must hold, step by step."""

    def __init__(self, files: Any, rng: random.Random) -> None:
        self.files, self.rng, self.count = files, rng, 0
        self.frame, self.data = self.read()
        self.in_order = True

    def read(self) -> tuple[Frame, Data]:
        made, name = records(self.rng), f"in{self.count}.json"
        self.count += 1
        self.files.put(name, "".join(f"{json.dumps(record)}\n" for record in made))
        chosen = [meta for meta in self.files.chosen() if meta.path.endswith(name)]
        return self.files.scan("json", chosen), Data.read(made)

    def resolve_all(self) -> None:
        one = action(self.rng)
        self.frame, _ = resolve(self.frame, Everywhere(parse_action(one)))
        self.data = self.data.resolved(lambda _, found: one if found[0] == "choice" else None)

    def some_actions(self) -> dict[reference.Place, str]:
        there = [place for place, _ in reference.places(("struct", self.data.fields)) if place != ("id",)]
        return {place: action(self.rng) for place in self.rng.sample(there, min(3, len(there)))}

    def resolve_some(self) -> None:
        actions = self.some_actions()
        self.frame, _ = resolve(self.frame, parse_specs([(written(p), a) for p, a in actions.items()]))
        self.data = self.data.resolved(lambda place, _: actions.get(place))

    def map_fields(self) -> None:
        there = [p for p, _ in reference.places(("struct", self.data.fields)) if "[]" not in p]
        sources = [("id",), *self.rng.sample([*there, ("gone",)], min(4, len(there)))]
        mappings = [
            (
                source,
                None if place == 0 or self.rng.random() < 0.4 else self.rng.choice(TYPES),
                ("id",) if place == 0 else ("to",) * self.rng.randint(0, 1) + (f"n{place}",),
            )
            for place, source in enumerate(sources)
        ]
        given = [(written(s), written(t), *([wanted] * bool(wanted))) for s, wanted, t in mappings]
        self.frame, _ = apply_mapping(self.frame, parse_mappings(given), case_sensitive=True)
        self.data = self.data.mapped(mappings)

    def unnest(self) -> None:
        self.frame, self.data = unnest(self.frame), self.data.unnested()

    def keep_some(self) -> None:
        name = self.rng.choice(list(self.data.fields))
        self.frame = filtered(self.files.engine, self.frame, lambda record: record[name] is not None)
        kept = [record for record in self.data.records if record.get(name) is not None]
        self.data = Data(self.data.fields, kept)

    def make_anew(self) -> None:
        name = self.rng.choice([name for name in self.data.fields if name != "id"] or ["new"])
        function = self.rng.choice([_dropping(name), _turning(name), _nesting(name)])
        self.frame = mapped(self.files.engine, self.frame, function)
        if self.data.records:
            self.data = self.data.mapped_by(function)

    def drop_nulls(self) -> None:
        self.frame = drop_fields(self.frame, null_paths(self.frame.schema))
        self.data = self.data.without_nulls()

    def unite(self) -> None:
        frame, data = self.read()
        if self.rng.random() < 0.5:
            self.frame, self.data = union(self.frame, frame), self.data.united(data)
        else:
            self.frame, self.data = union(frame, self.frame), data.united(self.data)
        self.in_order = False

    def join(self) -> None:
        if any(name.startswith(".") for name in self.data.fields):  # of a join before
            return
        frame, data = self.read()
        self.frame = join(self.frame, frame, [("id",)], [("id",)])
        self.data, self.in_order = self.data.joined(data, "id"), False

    STEPS = (
        resolve_all,
        resolve_some,
        map_fields,
        unnest,
        keep_some,
        make_anew,
        drop_nulls,
        unite,
        join,
    )

    def compare_schema(self) -> None:
        printed = to_glue_json(self.frame.schema)
        found = type_of_json(printed)
        assert found == ("struct", self.data.fields)
        assert schema_lines(self.frame.schema) == ["root", *lines(found[1])]

    def compare_rows(self) -> None:
        assert rows_of(self.frame) == sorted(map(spelled, self.data.rows()))

    def compare_options(self) -> None:
        """toDF with options, which have no make_cols."""
        actions = {p: a for p, a in self.some_actions().items() if a != "make_cols"}
        options = [parse_option(written(place), *_option(one)) for place, one in actions.items()]
        resolved, _ = resolve(self.frame, Specs(dict(options)))
        expected = self.data.resolved(lambda place, _: actions.get(place))
        assert rows_of(resolved) == sorted(map(spelled, expected.rows()))

    def compare_records(self) -> None:
        """The records as a function sees them, with what they lack."""

        def text(record: Any) -> Record:
            return {"text": json.dumps(record, sort_keys=True)}  # workers of Spark have no module of ours

        texts = mapped(self.files.engine, self.frame, text).dataframe
        found = sorted(row.text for row in texts.collect()) if "text" in texts.columns else []
        assert found == sorted(map(spelled, self.data.records))

    def compare_tables(self) -> None:
        if not self.in_order:  # ids are given in the order of the rows
            return
        found = relationalize(self.frame, "root", keep=self.files.engine.keep).tables
        expected = self.data.tables("root")
        for name, frame in found.items():
            rows = [row.asDict(recursive=True) for row in frame.dataframe.collect()]
            kept = [spelled({n: v for n, v in row.items() if v is not None}) for row in rows]
            assert sorted(kept) == sorted(map(spelled, expected.pop(name, []))), name
        assert expected == {}

    COMPARISONS = (compare_rows, compare_options, compare_records, compare_tables)


def rows_of(frame: Frame) -> list[str]:
    return sorted(spelled(row.asDict(recursive=True)) for row in frame.dataframe.collect())


def _option(one: str) -> tuple[str, str]:
    word, _, target = one.partition(":")
    return {"make_struct": "KeepAsStruct"}.get(word, word.title()), target


def _dropping(name: str) -> Callable[[Any], Any]:
    return lambda record: {key: inner for key, inner in record.items() if key != name}


def _turning(name: str) -> Callable[[Any], Any]:
    """A function that changes the type of a field in some records."""
    return lambda record: {**record, name: "odd"} if record["id"] % 2 else {**record, name: 3}


def _nesting(name: str) -> Callable[[Any], Any]:
    return lambda record: {**record, "in": {"x": record.get(name)}, "all": [record.get(name), None]}


def chains(files: Any, seed: int) -> Iterator[Chain]:
    rng = random.Random(seed)
    chain = Chain(files, rng)
    yield chain
    for _ in range(rng.randint(1, 4)):
        rng.choice(Chain.STEPS)(chain)
        yield chain


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_chains_of_transforms(files, seed):
    try:
        for chain in chains(files, seed):
            chain.compare_schema()
        random.Random(seed).choice(Chain.COMPARISONS)(chain)
    except UnsupportedFeature as error:
        assert "an object without fields" in str(error)  # noqa: PT017 - what Sail cannot do is refused
