"""Columns with Hive's types as the fields of an Iceberg schema, in Iceberg's JSON."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

from placekeeper.rules.catalog.hive_types import ArrayOf, HiveType, MapOf, StructOf, hive_type

_SINGLE: Final = {
    "bigint": "long",
    "tinyint": "int",
    "smallint": "int",
    "varchar": "string",
    "char": "string",
}


def iceberg_fields(columns: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The optional fields of a schema, of names and types. Whether Iceberg has a type is not asked."""
    ids = count(1)
    return [_field(name, hive_type(type or "string"), ids) for name, type in columns]


def _field(name: str, tree: HiveType, ids: Iterator[int]) -> dict[str, Any]:
    return {"id": next(ids), "name": name, "required": False, "type": _type(tree, ids)}


def _type(tree: HiveType, ids: Iterator[int]) -> Any:
    if isinstance(tree, ArrayOf):
        place = next(ids)
        element = _type(tree.item, ids)
        return {"type": "list", "element-id": place, "element": element, "element-required": False}
    if isinstance(tree, MapOf):
        key, value = next(ids), next(ids)
        types = {"key": _type(tree.key, ids), "value": _type(tree.value, ids)}
        return {"type": "map", "key-id": key, "value-id": value, "value-required": False, **types}
    if isinstance(tree, StructOf):
        return {"type": "struct", "fields": [_field(name, one, ids) for name, one in tree.fields]}
    return _SINGLE.get(tree.name.partition("(")[0], tree.name)
