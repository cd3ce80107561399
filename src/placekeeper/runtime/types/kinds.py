"""Kinds: Spark's names of a type and of the types within it, and a few names of ours."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from pyspark.sql import types as spark_types

NESTED: Final = frozenset({"struct", "array", "map"})
EMPTY_STRUCT: Final = "struct without fields"
REPEATED_NAME: Final = "struct with two fields of one name"
NESTED_KEY: Final = "map with keys that are not single values"


class Part(Enum):
    """A part of a type that has no name, and how a place spells it."""

    ELEMENT = "[]"
    KEY = ".key"
    VALUE = ".value"


Place = tuple[str | Part, ...]
"""Where a type is: the name of the column, then the names of fields, and parts of arrays and maps."""


def place_text(place: Place) -> str:
    """A place as messages have it: `a.b[]`."""
    column, *rest = place
    steps = (step.value if isinstance(step, Part) else f".{step}" for step in rest)
    return f"{column}{''.join(steps)}"


def kinds_of(data_type: spark_types.DataType, place: Place) -> Iterator[tuple[Place, str]]:
    """A type and every type within it: where it is, and Spark's name of it, or one of ours.

    `place` is that of the type itself. Ours are EMPTY_STRUCT, REPEATED_NAME and NESTED_KEY; they come beside
    Spark's.
    """
    yield place, re.sub(r"\W.*", "", data_type.typeName())
    if isinstance(data_type, spark_types.StructType):
        if not data_type.fields:
            yield place, EMPTY_STRUCT
        if len(set(data_type.names)) < len(data_type.names):
            yield place, REPEATED_NAME
        for field in data_type.fields:
            yield from kinds_of(field.dataType, (*place, field.name))
    elif isinstance(data_type, spark_types.ArrayType):
        yield from kinds_of(data_type.elementType, (*place, Part.ELEMENT))
    elif isinstance(data_type, spark_types.MapType):
        keys = list(kinds_of(data_type.keyType, (*place, Part.KEY)))
        if keys[0][1] in NESTED:
            yield place, NESTED_KEY
        yield from keys
        yield from kinds_of(data_type.valueType, (*place, Part.VALUE))
