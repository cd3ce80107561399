"""Columns against a format: names and types that it cannot hold are refused before anything is written."""

from collections.abc import Iterable, Sequence
from typing import Final

from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.format import OutputFormat
from placekeeper.runtime.types.kinds import (
    EMPTY_STRUCT,
    NESTED,
    NESTED_KEY,
    REPEATED_NAME,
    Place,
    kinds_of,
    place_text,
)

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
    NESTED_KEY: "it is a map whose keys are not single values. Make an array of it, or drop the column.",
}


def repeated(names: Iterable[str], *, minds_case: bool) -> list[str]:
    """The names that are there more than once, each as often as it is there."""
    spelled = list(names)
    keys = spelled if minds_case else [name.lower() for name in spelled]
    return [name for name, key in zip(spelled, keys, strict=True) if keys.count(key) > 1]


def check_columns(
    columns: Iterable[tuple[str, spark_types.DataType]],
    keys: Sequence[str],
    output: OutputFormat,
    format: str,
) -> None:
    """Raise UnsupportedFeature, naming column and part, for what a format or a folder's name cannot hold.

    `columns` are names and types; those in `keys` become folders.
    """
    names = []
    for name, data_type in columns:
        kinds = list(kinds_of(data_type, (name,)))
        if name not in keys:
            names.append(name)
            _check(name, data_type, kinds, output.refused, format)
        elif kinds[0][1] in NESTED:
            raise UnsupportedFeature(
                f"The partition key {name} is of type {data_type.simpleString()}: the name of a folder holds "
                "a single value. Choose another key, or convert it to a string."
            )
    output.check_names(names)


def _check(
    name: str,
    data_type: spark_types.DataType,
    kinds: Sequence[tuple[Place, str]],
    refused: frozenset[str],
    format: str,
) -> None:
    for place, kind in kinds:
        if kind in _ADVICE and kind in refused:
            part = "it" if place == (name,) else f"its part {place_text(place)}"
            advice = part + _ADVICE[kind].removeprefix("it")
            raise UnsupportedFeature(f"{format} cannot hold the column {name}: {advice}")
        if kind in refused or kind not in _WRITTEN | _ADVICE.keys():
            raise UnsupportedFeature(
                f"{format} cannot hold the column {name} of type {data_type.simpleString()} ({kind}): drop "
                "the column, cast it, or write another format."
            )
