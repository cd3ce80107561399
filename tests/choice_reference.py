"""Choices, casts and mappings on plain Python values: what the engines are compared with.

A type is a name, ("struct", {name: type}), ("array", type) or ("choice", {kind: type}). A value is what JSON
has. `Walk` gives the type after the actions, and the function that makes the value of a DataFrame.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Type = Any
Place = tuple[str, ...]
"""A path; the elements of an array are the step "[]"."""
Make = Callable[[Any], Any]
Part = tuple[str, Type, Make]
"""What becomes of a field: the end of its name, its type, its values."""
Actions = Callable[[Place, Type], str | None]

_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_FLOATING = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_FAMILIES = (("int", "long"), ("float", "double"))
_KINDS = {bool: "boolean", int: "int", float: "double", str: "string", dict: "struct", list: "array"}


def kind(value: Any) -> str:
    return _KINDS[type(value)]


def type_of(values: Iterable[Any]) -> Type:
    """The type that holds all the values."""
    by_kind: dict[str, list[Any]] = {}
    for value in values:
        if value is not None:
            by_kind.setdefault(kind(value), []).append(value)
    types = {name: _type_of_kind(name, found) for name, found in sorted(by_kind.items())}
    if not types:
        return "null"
    return next(iter(types.values())) if len(types) == 1 else ("choice", types)


def _type_of_kind(name: str, values: list[Any]) -> Type:
    if name == "struct":
        names = dict.fromkeys(key for value in values for key in value)
        return ("struct", {key: type_of(v[key] for v in values if key in v) for key in names})
    if name == "array":
        return ("array", type_of(element for value in values for element in value))
    return name


def places(found: Type, above: Place = ()) -> Iterator[tuple[Place, Type]]:
    """Every field and element below a type, through the alternatives of choices too."""
    if found[0] == "choice":
        for inner in found[1].values():
            yield from places(inner, above)
    elif found[0] == "struct":
        for name, inner in found[1].items():
            yield (*above, name), inner
            yield from places(inner, (*above, name))
    elif found[0] == "array":
        yield (*above, "[]"), found[1]
        yield from places(found[1], (*above, "[]"))


def name_of(found: Type) -> str:
    return found if isinstance(found, str) else str(found[0])


@dataclass(frozen=True)
class Walk:
    """The actions of a resolveChoice or toDF, from the inside out."""

    actions: Actions

    def fields(self, fields: Mapping[str, Type], above: Place = ()) -> tuple[dict[str, Type], Make]:
        """The fields of a struct afterwards; columns that a choice adds come last."""
        made: list[tuple[str, str, Type, Make]] = []
        more: list[tuple[str, str, Type, Make]] = []
        for name, inner in fields.items():
            parts = [(name + end, name, t, make) for end, t, make in self.field(inner, (*above, name))]
            made.append(parts[0])
            more += parts[1:]
        both = made + more
        types = {name: inner for name, _, inner, _ in both}
        return types, lambda value: {name: make(value.get(key)) for name, key, _, make in both}

    def field(self, found: Type, place: Place) -> list[Part]:
        """What becomes of one field."""
        action = self.actions(place, found)
        if found[0] != "choice":
            below, make = self._below(found, place)
            if action is not None and action.startswith("cast:"):
                wanted = action[5:]
                return [("", wanted, lambda value: cast(make(value), below, wanted))]
            return [("", below, make)]
        alternatives = {name: self._below(inner, place) for name, inner in found[1].items()}
        return self._choice(alternatives, action, is_element=place[-1] == "[]")

    def _below(self, found: Type, place: Place) -> tuple[Type, Make]:
        if found[0] == "choice":
            ((_, inner, make),) = self.field(found, place)
            return inner, make
        if found[0] == "struct":
            types, make_fields = self.fields(found[1], place)
            return ("struct", types), lambda value: None if value is None else make_fields(value)
        if found[0] == "array":
            ((_, element, each),) = self.field(found[1], (*place, "[]"))
            return ("array", element), lambda value: None if value is None else [each(v) for v in value]
        return found, lambda value: value

    def _choice(
        self, there: dict[str, tuple[Type, Make]], action: str | None, *, is_element: bool
    ) -> list[Part]:
        def one(name: str, value: Any) -> Any:
            return None if value is None or kind(value) != name else there[name][1](value)

        def all_of(value: Any) -> Any:
            return None if value is None else {name: one(name, value) for name in there}

        types = {name: inner for name, (inner, _) in there.items()}
        if action is None:
            return [("", ("choice", types), all_of)]
        if action == "make_struct" or (action == "make_cols" and is_element):
            return [("", ("struct", types), all_of)]
        if action == "make_cols":
            return [(f"_{n}", types[n], lambda value, n=n: one(n, value)) for n in there]
        word, _, wanted = action.partition(":")
        if word == "project":
            name = _alternative(wanted, types)
            if name is None:
                return [("", wanted, lambda _: None)]
            return [("", wanted, lambda value: cast(one(name, value), types[name], wanted))]
        return [
            (
                "",
                wanted,
                lambda value: (
                    None if value is None else cast(one(kind(value), value), types[kind(value)], wanted)
                ),
            )
        ]


def _alternative(wanted: str, types: Mapping[str, Type]) -> str | None:
    if wanted in types:
        return wanted
    family = next((family for family in _FAMILIES if wanted in family), ())
    return next((name for name in family if name in types), None)


def shown(found: Type, value: Any) -> Any:
    """A value as a DataFrame has it: every field is there, a choice is a struct."""
    (_, _, make), *_ = Walk(lambda _place, _type: None).field(found, ("",))
    return make(value)


def cast(value: Any, found: Type, wanted: str) -> Any:
    """A value as a DataFrame has it, cast to string, long, int or double; None for what cannot be."""
    if value is None or name_of(found) == wanted:
        return value
    if found[0] == "choice":
        alternative, inner = next((n, v) for n, v in value.items() if v is not None)
        return cast(inner, found[1][alternative], wanted)
    if wanted == "string":
        return text(value, found)
    if isinstance(value, dict | list):
        return None
    if wanted == "double":
        return _parsed(value, _FLOATING, float)
    whole = _parsed(value, _WHOLE, int)
    bits = 31 if wanted == "int" else 63
    return whole if whole is not None and -(2**bits) <= whole < 2**bits else None


def _parsed(value: Any, grammar: re.Pattern[str], make: Callable[[Any], Any]) -> Any:
    if isinstance(value, str):
        return make(value) if grammar.fullmatch(value) else None
    return make(value)


def text(value: Any, found: Type) -> str:
    """A value as text; nested ones as JSON, without the null fields of structs."""
    return value if isinstance(value, str) else _json(value, found)


def _json(value: Any, found: Type) -> str:
    if found[0] == "choice":
        present = [(name, inner) for name, inner in value.items() if inner is not None]
        return _json(present[0][1], found[1][present[0][0]]) if present else "null"
    if found[0] == "struct":
        parts = [f"{json.dumps(n)}:{_json(v, found[1][n])}" for n, v in value.items() if v is not None]
        return "{" + ",".join(parts) + "}"
    if found[0] == "array":
        return "[" + ",".join("null" if v is None else _json(v, found[1]) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def mapped(
    records: list[dict[str, Any]],
    mappings: list[tuple[Place, str | None, Place]],
) -> list[dict[str, Any]]:
    """The records that mappings make, as a DataFrame has them; a source that no record has is left out."""
    whole = type_of(records)
    types = {place: found for place, found in places(whole) if _is_through_structs(whole, place)}
    made = []
    for record in records:
        row: dict[str, Any] = {}
        for source, wanted, target in mappings:
            if source not in types:
                continue
            value = shown(types[source], _at(record, source))
            if wanted is not None:
                value = cast(value, types[source], wanted)
            inner = row
            for name in target[:-1]:
                inner = inner.setdefault(name, {})
            inner[target[-1]] = value
        made.append(row)
    return made


def _is_through_structs(whole: Type, place: Place) -> bool:
    for name in place:
        if whole[0] != "struct" or name not in whole[1]:
            return False
        whole = whole[1][name]
    return True


def _at(value: Any, place: Place) -> Any:
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value
