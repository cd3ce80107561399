"""Which columns a format can hold: told from names and types, before anything is written."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature

NESTED: Final = frozenset({"struct", "array", "map"})
EMPTY_STRUCT: Final = "struct without fields"
REPEATED_NAME: Final = "struct with two fields of one name"
NESTED_KEY: Final = "map with keys that are no single values"

_WRITTEN: Final = NESTED | {
    *("void", "boolean", "byte", "short", "integer", "long", "float", "double", "decimal"),
    *("string", "char", "varchar", "binary", "date", "timestamp", "timestamp_ntz"),
}
"""Spark's names of the types that some format is written with."""

_ADVICE: Final = {
    "void": "it is null in every record of this run, so that it has no type. Leave such columns out with "
    "DropNullFields, or give it a type with ApplyMapping.",
    EMPTY_STRUCT: "it is a struct without fields. Leave it out with DropFields, or write JSON.",
    REPEATED_NAME: "it is a struct with two fields of one name. Rename one of them, or drop it.",
    NESTED_KEY: "it is a map whose keys are no single values. Make an array of it, or drop the column.",
}


class Holder(Protocol):
    """What a format says of the columns that it cannot hold."""

    @property
    def refused(self) -> frozenset[str]:
        """The kinds (`kinds_of`) that it cannot hold, at any depth."""
        ...

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for names that it cannot hold."""
        ...


def check_columns(
    columns: Iterable[tuple[str, spark_types.DataType]], keys: Sequence[str], output: Holder, format: str
) -> None:
    """Raise UnsupportedFeature, naming column and part, for what a format or a folder's name cannot hold.

    `columns` are names and types; those in `keys` become folders.
    """
    names = []
    for name, data_type in columns:
        kinds = list(kinds_of(data_type, name))
        if name not in keys:
            names.append(name)
            _check(name, data_type, kinds, output.refused, format)
        elif kinds[0][1] in NESTED:
            raise UnsupportedFeature(
                f"The partition key {name} is of type {data_type.simpleString()}: the name of a folder holds "
                "a single value. Choose another key, or make a text of it."
            )
    output.check_names(names)


def kinds_of(data_type: spark_types.DataType, place: str) -> Iterator[tuple[str, str]]:
    """A type and every type within it: where it is (`a.b`), and Spark's name of it, or one of ours.

    Ours are EMPTY_STRUCT, REPEATED_NAME and NESTED_KEY; they come beside Spark's.
    """
    yield place, re.sub(r"\W.*", "", data_type.typeName())
    if isinstance(data_type, spark_types.StructType):
        if not data_type.fields:
            yield place, EMPTY_STRUCT
        if len(set(data_type.names)) < len(data_type.names):
            yield place, REPEATED_NAME
        for field in data_type.fields:
            yield from kinds_of(field.dataType, f"{place}.{field.name}")
    elif isinstance(data_type, spark_types.ArrayType):
        yield from kinds_of(data_type.elementType, f"{place}[]")
    elif isinstance(data_type, spark_types.MapType):
        keys = list(kinds_of(data_type.keyType, f"{place}.key"))
        if keys[0][1] in NESTED:
            yield place, NESTED_KEY
        yield from keys
        yield from kinds_of(data_type.valueType, f"{place}.value")


def _check(
    name: str,
    data_type: spark_types.DataType,
    kinds: Sequence[tuple[str, str]],
    refused: frozenset[str],
    format: str,
) -> None:
    for place, kind in kinds:
        if kind in _ADVICE and kind in refused:
            part = "it" if place == name else f"its part {place}"
            advice = part + _ADVICE[kind].removeprefix("it")
            raise UnsupportedFeature(f"{format} cannot hold the column {name}: {advice}")
        if kind in refused or kind not in _WRITTEN | _ADVICE.keys():
            raise UnsupportedFeature(
                f"{format} cannot hold the column {name} of type {data_type.simpleString()} ({kind}): drop "
                "the column, cast it, or write another format."
            )
