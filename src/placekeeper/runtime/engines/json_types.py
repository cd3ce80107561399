"""Documents of JSON, their records, and values of JSON as values of Spark's types."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StringType,
    StructType,
)

from placekeeper.model.errors import UnsupportedFeature

TEXT_OF_MANY: Final = (
    "spark.read.json: an object or an array stands where other records, or the schema, have a text. Spark "
    "gives it as it is in the file, which is not available on Sail. Give a schema with the type of the "
    "object, read with create_dynamic_frame, or run the job with --engine spark, where that is installed"
)
_TEXT_OF_NUMBER: Final = (
    "spark.read.json: the number {} stands where other records, or the schema, have a text. Java spells it "
    "in another way, which is not available on Sail. Write it as a text into the JSON, or run the job with "
    "--engine spark, where that is installed"
)
_LEAST_PLAIN: Final = 1e-3
_LEAST_LONG: Final = 1e7
_BITS: Final[Mapping[type[DataType], int]] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}


class SpelledFloat(float):
    """A number with its spelling in the text, which a field of the type string keeps."""

    text: str | None

    def __new__(cls, text: str) -> "SpelledFloat":
        """The number of a text."""
        made = super().__new__(cls, text)
        made.text = text
        return made


class PlainFloat(SpelledFloat):
    """A number as Java spells it, where Python does so too."""

    def __new__(cls, text: str) -> "PlainFloat":
        """The number of a text."""
        made: PlainFloat = super().__new__(cls, text)  # type: ignore[assignment]
        is_alike = _LEAST_PLAIN <= abs(made) < _LEAST_LONG or not made
        made.text = repr(float(made)) if is_alike else None
        return made


class DoubledField(ValueError):
    """An object has a field twice."""


def parsed(text: str, *, is_of_file: bool) -> Any:
    """A document. Raises ValueError: malformed, or with a field twice in an object.

    As a text, a number of a file is spelled as it is there, and one of another text as Java spells it.
    """
    kind = SpelledFloat if is_of_file else PlainFloat
    return json.loads(text, parse_float=kind, object_pairs_hook=_object)


def looked_at(text: str) -> Any:
    """The same, for its types alone."""
    return json.loads(text, object_pairs_hook=_object)


def records_of(document: Any) -> Iterator[dict[str, Any]]:
    """The records of a document: an object is one, and an array of objects has many. Raises ValueError."""
    if isinstance(document, dict):
        yield document
    elif isinstance(document, list):
        for item in document:
            yield from records_of(item)
    else:
        raise ValueError(f"{document!r} is no object")


def can_be(kind: DataType) -> bool:
    """Whether `value_of` makes values of the type."""
    match kind:
        case StructType():
            return all(can_be(field.dataType) for field in kind)
        case ArrayType():
            return can_be(kind.elementType)
        case MapType():
            return isinstance(kind.keyType, StringType) and can_be(kind.valueType)
        case _:
            return type(kind) in (StringType, BooleanType, DoubleType, FloatType, *_BITS)


def value_of(value: Any, kind: DataType) -> Any:
    """A value of JSON as one of the type; None where it is none, as in Spark's mode PERMISSIVE."""
    match kind:
        case _ if value is None:
            return None
        case StringType():
            return _text_of(value)
        case StructType():
            if not isinstance(value, dict):
                return None
            return tuple(value_of(value.get(field.name), field.dataType) for field in kind)
        case ArrayType():
            return [value_of(one, kind.elementType) for one in value] if isinstance(value, list) else None
        case MapType():
            if not isinstance(value, dict):
                return None
            return {name: value_of(one, kind.valueType) for name, one in value.items()}
        case _:
            return _scalar(value, kind)


def _scalar(value: Any, kind: DataType) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case BooleanType():
            return value if isinstance(value, bool) else None
        case DoubleType() | FloatType() if is_number:
            return float(value)
        case DecimalType() if isinstance(value, int) and is_number:
            return Decimal(value)
        case _ if is_number and isinstance(value, int) and type(kind) in _BITS:
            most = 1 << (_BITS[type(kind)] - 1)
            return value if -most <= value < most else None
        case _:
            return None


def _text_of(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case SpelledFloat(text=str(text)):
            return text
        case dict() | list():
            raise UnsupportedFeature(TEXT_OF_MANY)
        case float():
            raise UnsupportedFeature(_TEXT_OF_NUMBER.format(value))
        case _:
            return str(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise DoubledField("an object has a field twice")
    return made
