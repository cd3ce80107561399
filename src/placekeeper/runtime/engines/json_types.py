"""Documents of JSON, their records, and values of JSON as values of Spark's types."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
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
_BETWEEN: Final = " \t\r\n"
_OF_JAVA: Final = ("'", "INF", "Infinity")
_NUMBERS_AS_TEXT: Final = frozenset({"NaN", "Infinity", "+Infinity", "-Infinity", "+INF", "-INF"})
"""Texts that Spark takes as a double."""

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


class Doubled(dict[str, Any]):
    """An object that has a field twice; `pairs` are all of its fields."""

    pairs: Sequence[tuple[str, Any]]


class Unfit(ValueError):
    """A value is none of its type."""


def is_blank(text: str) -> bool:
    """Whether a text holds no document."""
    return not text.strip(_BETWEEN)


def parsed(text: str, *, is_of_file: bool) -> Any:
    """The first document of a text: Spark does not look at what follows it. Raises ValueError.

    As a text, a number of a file is spelled as it is there, and one of another text as Java spells it.
    """
    return (_OF_FILE if is_of_file else _OF_TEXT).raw_decode(text, _begin(text))[0]


def looked_at(text: str) -> tuple[Any, bool]:
    """The same, for its types alone; and whether nothing follows it. Raises ValueError for a field twice."""
    document, end = _LOOK.raw_decode(text, _begin(text))
    return document, is_blank(text[end:])


def may_be_read_by_spark(text: str, schema: StructType) -> bool:
    """Whether Spark may find a value in a malformed text.

    It takes single quotes and -INF, and keeps what stood before an object that is cut.
    """
    if any(sign in text for sign in _OF_JAVA):
        return True
    return text.count("{") > 1 and any(_has_objects(field.dataType) for field in schema)


def records_of(document: Any) -> Iterator[dict[str, Any]]:
    """The records of a document: an object is one, and an array of objects has many. Raises ValueError."""
    records = document if isinstance(document, list) else [document]
    for record in records:
        if not isinstance(record, dict):
            raise ValueError(f"{record!r} is no object")
    yield from records


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


def row_of(record: dict[str, Any], kind: StructType) -> tuple[Any, ...]:
    """The fields of an object; null where one has no value of its type, as in Spark's mode PERMISSIVE.

    Of a field that stands twice, the last value of its type counts.
    """
    made: dict[str, Any] = dict.fromkeys(kind.names)
    kinds = {field.name: field.dataType for field in kind}
    for name, value in record.pairs if isinstance(record, Doubled) else record.items():
        if name in kinds:
            with suppress(Unfit):
                made[name] = value_of(value, kinds[name])
    return tuple(made.values())


def value_of(value: Any, kind: DataType) -> Any:
    """A value of JSON as one of the type. Raises Unfit, also for an array or a map with such a value."""
    match kind:
        case _ if value is None:
            return None
        case StringType():
            return _text_of(value)
        case StructType() if isinstance(value, dict):
            return row_of(value, kind)
        case ArrayType() if isinstance(value, list):
            return [value_of(one, kind.elementType) for one in value]
        case MapType() if isinstance(value, dict):
            pairs = value.pairs if isinstance(value, Doubled) else value.items()
            return {name: value_of(one, kind.valueType) for name, one in pairs}
        case DoubleType() | FloatType() if isinstance(value, str) and value in _NUMBERS_AS_TEXT:
            return float(value.replace("INF", "inf"))
        case _:
            return _scalar(value, kind)


def _scalar(value: Any, kind: DataType) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case BooleanType() if isinstance(value, bool):
            return value
        case DoubleType() | FloatType() if is_number:
            return float(str(value)) if isinstance(value, int) else float(value)
        case DecimalType() if isinstance(value, int) and is_number:
            return Decimal(value)
        case _ if is_number and isinstance(value, int) and type(kind) in _BITS:
            most = 1 << (_BITS[type(kind)] - 1)
            if -most <= value < most:
                return value
    raise Unfit(f"{value!r} is no {kind.simpleString()}")


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


def _begin(text: str) -> int:
    return len(text) - len(text.lstrip(_BETWEEN))


def _has_objects(kind: DataType) -> bool:
    return isinstance(kind, StructType | MapType) or (
        isinstance(kind, ArrayType) and _has_objects(kind.elementType)
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = Doubled(made)
    doubled.pairs = pairs
    return doubled


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a field twice")
    return made


_OF_FILE: Final = json.JSONDecoder(parse_float=SpelledFloat, object_pairs_hook=_object)
_OF_TEXT: Final = json.JSONDecoder(parse_float=PlainFloat, object_pairs_hook=_object)
_LOOK: Final = json.JSONDecoder(object_pairs_hook=_once)
