"""Self-describing records in plain Python: their types, choices, casts and texts, as engines must give them.

A type is a name, ("struct", {name: type}), ("array", type) or ("choice", {kind: type}). A value is what JSON
has; a field that a record lacks is no key of it. A choice is whichever value is there.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Type = Any
Fields = dict[str, Type]
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
    name = _KINDS[type(value)]
    return "long" if name == "int" and not -(2**31) <= value < 2**31 else name


def alternatives(found: Type) -> dict[str, Type]:
    """The types that a value may have, by their names."""
    if found == "null":
        return {}
    return dict(found[1]) if found[0] == "choice" else {name_of(found): found}


def alternative(value: Any, types: Mapping[str, Type]) -> str:
    """The name of the type that a value has."""
    name = kind(value)
    return name if name in types else "int" if name == "long" else "long"


def choice_of(types: Mapping[str, Type]) -> Type:
    """The choice between some types; the type itself where there is one, null without any."""
    if "int" in types and "long" in types:
        types = {name: found for name, found in types.items() if name != "int"}
    if not types:
        return "null"
    return next(iter(types.values())) if len(types) == 1 else ("choice", dict(sorted(types.items())))


def type_of(values: Iterable[Any], before: Type | None = None) -> Type:
    """The type that holds all the values.

    `before` is the type that they had before a function of the script made them anew: then a whole number
    is long, unless it was int and all of them fit, and what is always null stays what it was.
    """
    by_kind: dict[str, list[Any]] = {}
    for value in values:
        if value is not None:
            by_kind.setdefault(kind(value), []).append(value)
    if not by_kind:
        return "null" if before is None else before
    known = None if before is None else alternatives(before)
    if known is not None and "int" in by_kind and "int" not in known:
        by_kind["long"] = by_kind.pop("int") + by_kind.get("long", [])
    return choice_of({name: _type_of_kind(name, values, known) for name, values in by_kind.items()})


def _type_of_kind(name: str, values: list[Any], known: dict[str, Type] | None) -> Type:
    if name == "struct":
        before = None if known is None else known.get(name, ("struct", {}))[1]
        return ("struct", fields_of(values, before))
    if name == "array":
        element = None if known is None else known.get(name, ("array", "null"))[1]
        return ("array", type_of((inner for value in values for inner in value), element))
    return name


def fields_of(records: list[dict[str, Any]], before: Fields | None = None) -> Fields:
    """The fields of records: those known from before first, then by their first appearance."""
    there = dict.fromkeys(key for record in records for key in record)
    names = [name for name in before or {} if name in there]
    names += [name for name in there if name not in names]
    return {
        key: type_of(
            [record[key] for record in records if key in record],
            None if before is None else before.get(key, "null"),
        )
        for key in names
    }


def merged(one: Type, other: Type) -> Type:
    """The type that holds the values of two types."""
    types = alternatives(one)
    for name, found in alternatives(other).items():
        there = types.get(name)
        if there is None:
            types[name] = found
        elif name == "struct":
            types[name] = ("struct", merged_fields(there[1], found[1]))
        elif name == "array":
            types[name] = ("array", merged(there[1], found[1]))
    return choice_of(types)


def merged_fields(one: Fields, other: Fields) -> Fields:
    """The fields of both, in order of first appearance."""
    return {name: merged(one.get(name, "null"), other.get(name, "null")) for name in {**one, **other}}


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

    def fields(self, fields: Fields, above: Place = ()) -> tuple[Fields, Make]:
        """The fields of a struct afterwards, and the records; columns that a choice adds come last."""
        made: list[tuple[str, str, Type, Make]] = []
        more: list[tuple[str, str, Type, Make]] = []
        for name, inner in fields.items():
            parts = [(name + end, name, t, make) for end, t, make in self.field(inner, (*above, name))]
            made.append(parts[0])
            more += parts[1:]
        both = made + more
        types = {name: inner for name, _, inner, _ in both}
        return types, lambda value: {name: make(value[key]) for name, key, _, make in both if key in value}

    def field(self, found: Type, place: Place) -> list[Part]:
        """What becomes of one field."""
        action = self.actions(place, found)
        if found[0] != "choice":
            below, make = self._below(found, place)
            if action is not None and action.startswith("cast:"):
                wanted = action[5:]
                return [("", wanted, lambda value: cast(make(value), below, wanted))]
            return [("", below, make)]
        there = {name: self._below(inner, place) for name, inner in found[1].items()}
        return _resolved(there, action, is_element=place[-1] == "[]")

    def _below(self, found: Type, place: Place) -> tuple[Type, Make]:
        if found[0] == "struct":
            types, make_fields = self.fields(found[1], place)
            return ("struct", types), lambda value: None if value is None else make_fields(value)
        if found[0] == "array":
            ((_, element, each),) = self.field(found[1], (*place, "[]"))
            return ("array", element), lambda value: None if value is None else [each(v) for v in value]
        return found, lambda value: value


def _resolved(there: Mapping[str, tuple[Type, Make]], action: str | None, *, is_element: bool) -> list[Part]:
    """What becomes of a choice between these types."""
    types = {name: inner for name, (inner, _) in there.items()}

    def one(name: str, value: Any) -> Any:
        if value is None or alternative(value, there) != name:
            return None
        return there[name][1](value)

    def whole(value: Any) -> Any:
        return None if value is None else one(alternative(value, there), value)

    if action is None:
        return [("", ("choice", types), whole)]
    if action == "make_struct" or (action == "make_cols" and is_element):
        return [("", ("struct", types), lambda v: None if v is None else {n: one(n, v) for n in there})]
    if action == "make_cols":
        return [(f"_{n}", types[n], lambda value, n=n: one(n, value)) for n in there]
    word, _, wanted = action.partition(":")
    if word == "cast":
        return [("", wanted, lambda value: cast(whole(value), ("choice", types), wanted))]
    family = next((family for family in _FAMILIES if wanted in family), ())
    name = wanted if wanted in types else next((name for name in family if name in types), None)
    if name is None:
        return [("", wanted, lambda _: None)]
    return [("", wanted, lambda value: cast(one(name, value), types[name], wanted))]


def shown(value: Any, found: Type) -> Any:
    """A value as a DataFrame has it: every field is there, a choice is a struct."""
    if value is None:
        return None
    if found[0] == "choice":
        name = alternative(value, found[1])
        return {n: shown(value, inner) if n == name else None for n, inner in found[1].items()}
    if found[0] == "struct":
        return {name: shown(value.get(name), inner) for name, inner in found[1].items()}
    if found[0] == "array":
        return [shown(inner, found[1]) for inner in value]
    return value


def cast(value: Any, found: Type, wanted: str) -> Any:
    """A value, cast to string, long, int or double; None for what cannot be."""
    if value is None or name_of(found) == wanted:
        return value
    if found[0] == "choice":
        return cast(value, found[1][alternative(value, found[1])], wanted)
    if wanted == "string":
        return value if isinstance(value, str) else text(value, found)
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
    """A value as JSON, without the null fields of structs."""
    if value is None:
        return "null"
    if found[0] == "choice":
        return text(value, found[1][alternative(value, found[1])])
    if found[0] == "struct":
        parts = [
            f"{json.dumps(n)}:{text(value[n], t)}" for n, t in found[1].items() if value.get(n) is not None
        ]
        return "{" + ",".join(parts) + "}"
    if found[0] == "array":
        return "[" + ",".join(text(inner, found[1]) for inner in value) + "]"
    return _java(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _java(value: float) -> str:
    """A floating number as Java prints it."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{rest}E{Decimal(repr(value)).adjusted()}"
