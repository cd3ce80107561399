"""The types that Spark finds for JSON, and values of JSON as values of these types.

Spark's rules (JsonInferSchema): fields are sorted by name; numbers are bigint, double or, beyond 64 bits,
decimal; what never has a value is a string; types that do not fit make a string. An empty text tells no type.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
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
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
)

from placekeeper.model.errors import UnsupportedFeature

_DIGITS: Final = 38
_LONG_DIGITS: Final = 20
"""Of a bigint, where Spark widens it to a decimal."""

_TEXT_OF_MANY: Final = (
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


class _Blank(NullType):
    """Of an empty text, which may stand where there is no number."""


_NOTHING: Final = NullType()
_BLANK: Final = _Blank()
_TEXT: Final = StringType()


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


class Survey:
    """The type of the records seen so far. `is_plain`: each record is one object, and no type was widened
    to a string.
    """

    def __init__(self) -> None:
        self.kind: DataType = _NOTHING
        self.is_plain = True

    def see(self, document: Any) -> None:
        """Look at one document. Raises ValueError where it holds no object."""
        if isinstance(document, list):
            self.is_plain = False
        for record in records_of(document):
            self.kind = self.merged(self.kind, self._of(record))

    def merged(self, one: DataType, other: DataType) -> DataType:
        """The type of what has one of two types."""
        if one == other or type(other) is NullType:
            return one
        if type(one) is NullType:
            return other
        if isinstance(one, _Blank) or isinstance(other, _Blank):
            kind = other if isinstance(one, _Blank) else one
            self.is_plain = self.is_plain and isinstance(kind, StringType)
            return kind
        match one, other:
            case StructType(), StructType():
                return self._structs(one, other)
            case ArrayType(), ArrayType():
                return ArrayType(self.merged(one.elementType, other.elementType))
        if _is_number(one) and _is_number(other):
            return _numbers(one, other)
        if not _is_scalar(one) or not _is_scalar(other):
            raise UnsupportedFeature(_TEXT_OF_MANY)
        self.is_plain = False
        return _TEXT

    def schema(self) -> StructType:
        """The columns that Spark finds."""
        found = _canonical(self.kind)
        return found if isinstance(found, StructType) else StructType()

    def _structs(self, one: StructType, other: StructType) -> StructType:
        kinds = {field.name: field.dataType for field in one}
        for field in other:
            kinds[field.name] = self.merged(kinds.get(field.name, _NOTHING), field.dataType)
        return StructType([StructField(name, kinds[name]) for name in sorted(kinds)])

    def _of(self, value: Any) -> DataType:
        match value:
            case None:
                return _NOTHING
            case str():
                return _TEXT if value else _BLANK
            case bool():
                return BooleanType()
            case int():
                return _whole(value)
            case float():
                return DoubleType()
            case list():
                kind: DataType = _NOTHING
                for item in value:
                    kind = self.merged(kind, self._of(item))
                return ArrayType(kind)
            case _:
                return StructType([StructField(name, self._of(value[name])) for name in sorted(value)])


def parsed(text: str, *, is_of_file: bool) -> Any:
    """A document. Raises ValueError: malformed, or with a field twice in an object.

    As a text, a number of a file is spelled as it is there, and one of another text as Java spells it.
    """
    kind = SpelledFloat if is_of_file else PlainFloat
    return json.loads(text, parse_float=kind, object_pairs_hook=_object)


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
            raise UnsupportedFeature(_TEXT_OF_MANY)
        case float():
            raise UnsupportedFeature(_TEXT_OF_NUMBER.format(value))
        case _:
            return str(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise DoubledField("an object has a field twice")
    return made


def _whole(value: int) -> DataType:
    if -(1 << 63) <= value < 1 << 63:
        return LongType()
    digits = len(str(abs(value)))
    return DecimalType(digits, 0) if digits <= _DIGITS else DoubleType()


def _is_number(kind: DataType) -> bool:
    return isinstance(kind, LongType | DoubleType | DecimalType)


def _is_scalar(kind: DataType) -> bool:
    return not isinstance(kind, StructType | ArrayType)


def _numbers(one: DataType, other: DataType) -> DataType:
    if isinstance(one, DoubleType) or isinstance(other, DoubleType):
        return DoubleType()
    digits = max(one.precision if isinstance(one, DecimalType) else _LONG_DIGITS for one in (one, other))
    return DecimalType(digits, 0)


def _canonical(kind: DataType) -> DataType | None:
    """The type as Spark shows it: nulls are strings, and structs without a field are left out."""
    match kind:
        case NullType():
            return _TEXT
        case ArrayType():
            item = _canonical(kind.elementType)
            return None if item is None else ArrayType(item)
        case StructType():
            fields = _fields((field.name, _canonical(field.dataType)) for field in kind)
            return StructType(fields) if fields else None
        case _:
            return kind


def _fields(kinds: Iterable[tuple[str, DataType | None]]) -> list[StructField]:
    return [StructField(name, kind) for name, kind in kinds if kind is not None]
