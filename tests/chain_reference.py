"""Transforms over self-describing records in plain Python: what the engines' frames are compared with."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import choice_reference as reference
from choice_reference import Fields, Place, Type

Record = dict[str, Any]
Leaf = tuple[str, Type, Callable[[Record], Any]]
"""A flat column: its name, its type, and its value in a record; GONE where the record lacks it."""

GONE = object()


@dataclass(frozen=True)
class Data:
    """Records and the types of their fields."""

    fields: Fields
    records: list[Record]

    @classmethod
    def read(cls, records: list[Record]) -> "Data":
        return cls(reference.fields_of(records), copy.deepcopy(records))

    def resolved(self, actions: reference.Actions) -> "Data":
        fields, make = reference.Walk(actions).fields(self.fields)
        return Data(fields, [make(record) for record in self.records])

    def rows(self) -> list[Record]:
        """The rows of the DataFrame."""
        return [reference.shown(record, ("struct", self.fields)) for record in self.records]

    def mapped_by(self, function: Callable[[Record], Record]) -> "Data":
        records = [function(copy.deepcopy(record)) for record in self.records]
        return Data(reference.fields_of(records, self.fields), records)

    def united(self, other: "Data") -> "Data":
        fields = reference.merged_fields(self.fields, other.fields)
        return Data(fields, self.records + copy.deepcopy(other.records))

    def joined(self, other: "Data", key: str) -> "Data":
        """Records with equal keys, which both frames have; a name in both gets a dot here."""

        def ours(found: dict[str, Any]) -> dict[str, Any]:
            return {f".{name}" if name in other.fields else name: value for name, value in found.items()}

        pairs = [(one, two) for one in self.records for two in other.records if _are_equal(one, two, key)]
        return Data(ours(self.fields) | other.fields, [ours(one) | two for one, two in pairs])

    def without_nulls(self) -> "Data":
        """Without the fields whose type is null, and without structs that have no others."""
        fields = _kept_fields(self.fields)
        return Data(fields, [_kept(record, ("struct", fields)) for record in self.records])

    def mapped(self, mappings: list[tuple[Place, str | None, Place]]) -> "Data":
        """What mappings make; a source that no record has is left out."""
        whole = ("struct", self.fields)
        types = {
            place: found for place, found in reference.places(whole) if _is_through_structs(whole, place)
        }
        there = [mapping for mapping in mappings if mapping[0] in types]
        fields: Fields = {}
        for source, wanted, target in there:
            inner = fields
            for name in target[:-1]:
                inner = inner.setdefault(name, ("struct", {}))[1]
            inner[target[-1]] = types[source] if wanted is None else wanted
        return Data(fields, [_remapped(record, types, there) for record in self.records])

    def unnested(self) -> "Data":
        """A column for each field of the structs."""
        flat = [leaf for name, found in self.fields.items() for leaf in leaves(name, found, _get(name))]
        records = [
            {name: value for name, _, get in flat if (value := get(record)) is not GONE}
            for record in self.records
        ]
        return Data({name: found for name, found, _ in flat}, records)

    def tables(self, root: str) -> dict[str, list[Record]]:
        """The tables of relationalize, without what is null."""
        made: dict[str, list[Record]] = {root: []}
        ids: dict[str, int] = {}

        def flat(record: Record, row: Record, fields: Fields) -> None:
            found = [leaf for name, t in fields.items() for leaf in leaves(name, t, _get(name), pivots=True)]
            for path, inner, get in found:
                value = get(record)
                if value is None or value is GONE:
                    continue
                if inner[0] != "array":
                    row[path] = reference.shown(value, inner)
                    continue
                row[path] = ids[path] = ids.get(path, 0) + 1
                rows = made.setdefault(f"{root}_{path}", [])
                for index, element in enumerate(value):
                    rows.append({"id": row[path], "index": index})
                    flat({f"{path}.val": element}, rows[-1], {f"{path}.val": inner[1]})

        for record in self.records:
            made[root].append({})
            flat(record, made[root][-1], self.fields)
        return made


def _are_equal(one: Record, two: Record, key: str) -> bool:
    return one.get(key) is not None and one.get(key) == two.get(key)


def _kept_fields(fields: Fields) -> Fields:
    kept = {name: _kept_type(found) for name, found in fields.items() if found != "null"}
    return {name: found for name, found in kept.items() if found is not None}


def _kept_type(found: Type) -> Type | None:
    if found[0] == "struct":
        fields = _kept_fields(found[1])
        return ("struct", fields) if fields or not found[1] else None
    if found[0] == "array" and found[1][0] == "struct":
        element = _kept_type(found[1])
        return None if element is None else ("array", element)
    return found


def _kept(value: Any, found: Type) -> Any:
    if isinstance(value, dict) and found[0] == "struct":
        return {name: _kept(inner, found[1][name]) for name, inner in value.items() if name in found[1]}
    if isinstance(value, list) and found[0] == "array":
        return [_kept(inner, found[1]) for inner in value]
    return value


def _remapped(
    record: Record, types: dict[Place, Type], mappings: Iterable[tuple[Place, str | None, Place]]
) -> Record:
    row: Record = {}
    for source, wanted, target in mappings:
        inner = row
        for name in target[:-1]:
            inner = inner.setdefault(name, {})
        value = _at(record, source)
        if value is not GONE:
            inner[target[-1]] = value if wanted is None else reference.cast(value, types[source], wanted)
    return row


def _is_through_structs(whole: Type, place: Place) -> bool:
    for name in place:
        if whole[0] != "struct" or name not in whole[1]:
            return False
        whole = whole[1][name]
    return True


def _at(value: Any, place: Place) -> Any:
    for name in place:
        if not isinstance(value, dict) or name not in value:
            return GONE
        value = value[name]
    return value


def _get(name: str) -> Callable[[Record], Any]:
    return lambda record: record.get(name, GONE)


def leaves(name: str, found: Type, get: Callable[[Record], Any], *, pivots: bool = False) -> Iterator[Leaf]:
    """The fields of a column that are no structs; of a choice, those of its struct beside its other types."""
    if found[0] == "struct":
        for field, inner in found[1].items():
            yield from leaves(f"{name}.{field}", inner, _inside(get, field), pivots=pivots)
        return
    if found[0] != "choice":
        yield name, found, get
        return
    apart = {kind: t for kind, t in found[1].items() if kind == "struct" or (pivots and kind == "array")}
    rest = {kind: t for kind, t in found[1].items() if kind not in apart}
    if rest:
        yield name, reference.choice_of(rest), _one_of(get, found, rest)
    for kind, inner in apart.items():
        own = kind == "struct" or (not rest and "array" in apart)
        yield from leaves(
            name if own else f"{name}.{kind}", inner, _one_of(get, found, {kind: inner}), pivots=pivots
        )


def _inside(get: Callable[[Record], Any], field: str) -> Callable[[Record], Any]:
    def inner(record: Record) -> Any:
        value = get(record)
        return value.get(field, GONE) if isinstance(value, dict) else GONE

    return inner


def _one_of(get: Callable[[Record], Any], found: Type, kinds: Fields) -> Callable[[Record], Any]:
    def inner(record: Record) -> Any:
        value = get(record)
        if value is GONE or value is None or reference.alternative(value, found[1]) in kinds:
            return value
        return None

    return inner


def type_of_json(container: dict[str, Any]) -> Type:
    """A type in the JSON form of awsglue.gluetypes, as the reference writes types."""
    name = container["dataType"]
    if name == "struct":
        return ("struct", {f["name"]: type_of_json(f["container"]) for f in container["fields"]})
    if name == "array":
        return ("array", type_of_json(container["elementType"]))
    if name == "choice":
        return ("choice", {one["dataType"]: type_of_json(one) for one in container["choices"]})
    return name


def lines(fields: Fields, indent: str = "") -> Iterator[str]:
    """The lines that printSchema prints below root."""
    for name, found in fields.items():
        yield f"{indent}|-- {name}: {reference.name_of(found)}"
        yield from _lines_below(found, f"{indent}|    ")


def _lines_below(found: Type, indent: str) -> Iterator[str]:
    if found[0] == "choice":
        for name, inner in found[1].items():
            yield f"{indent}|-- {name}"
            yield from _lines_below(inner, f"{indent}|    ")
    elif found[0] == "struct":
        yield from lines(found[1], indent)
    elif found[0] == "array":
        yield from lines({"element": found[1]}, indent)


def spelled(value: Any) -> str:
    """A value as text that tells 1 from 1.0 and from true."""
    return json.dumps(value, sort_keys=True)
