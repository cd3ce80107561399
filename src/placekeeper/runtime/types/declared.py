"""Schemas that scripts declare, in the JSON form of `awsglue.gluetypes`."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.merging import merge_fields
from placekeeper.runtime.types.table import LOCAL_TIMESTAMP, NAMED

_OTHERS: Final = {
    "null": pa.null(),
    "unknown": pa.null(),
    "enum": pa.string(),
    "timestampntz": LOCAL_TIMESTAMP,
}


def schema_of_json(declared: Mapping[str, Any]) -> pa.Schema:
    """The schema of a frame for a StructType in JSON. Raises ValueError for what is no such schema."""
    try:
        if declared["dataType"] != "struct":
            raise ValueError(f"a schema is a struct, not {declared['dataType']}")
        return pa.schema(_fields(declared))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no schema in the JSON form of awsglue.gluetypes: {error!r}") from None


def _fields(struct: Mapping[str, Any]) -> list[pa.Field]:
    return [_field(field["name"], field["container"]) for field in struct["fields"]]


def _field(name: str, declared: Mapping[str, Any]) -> pa.Field:
    kind = declared["dataType"]
    if kind == "choice":
        return _choice(name, [_field("", one) for one in declared["choices"]])
    if kind == "struct":
        return pa.field(name, pa.struct(_fields(declared)))
    if kind in ("array", "set"):
        return pa.field(name, list_of(_field("element", declared["elementType"])))
    if kind == "map":
        return pa.field(name, map_of(pa.string(), _field("value", declared["valueType"])))
    if kind == "decimal":
        return pa.field(name, pa.decimal128(declared.get("precision", 10), declared.get("scale", 2)))
    found = NAMED.get(kind, _OTHERS.get(kind))
    if found is None:
        raise ValueError(f"'{kind}' is no type of awsglue.gluetypes")
    return pa.field(name, found)


def _choice(name: str, alternatives: list[pa.Field]) -> pa.Field:
    """Alternatives that are one type to a frame, such as int and long, make no choice of their own."""
    merged = pa.field(name, pa.null())
    for one in alternatives:
        merged = merge_fields(merged, one)
    return merged
