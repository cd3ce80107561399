"""The types that Spark finds for records of JSON, by its rules (JsonInferSchema).

Fields are sorted by name; numbers are bigint, double or, beyond 64 bits, decimal; what never has a value is a
string; types that do not fit make a string. An empty text tells no type.
"""

from collections.abc import Iterable
from typing import Any, Final

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.json_types import TEXT_OF_MANY, records_of

_DIGITS: Final = 38
_LONG_DIGITS: Final = 20
"""Of a bigint, where Spark widens it to a decimal."""

_MOST: Final = 1 << 63
_BLANK, _TEXT, _BOOLEAN, _LONG, _DECIMAL, _DOUBLE = (1 << bit for bit in range(6))
_NUMBERS: Final = _LONG | _DECIMAL | _DOUBLE


class Seen:
    """What stood at one place of the records: kinds of values (bits), fields of objects, items of arrays."""

    __slots__ = ("digits", "fields", "items", "kinds")

    def __init__(self) -> None:
        self.kinds = 0
        self.digits = 0
        self.fields: dict[str, Seen] | None = None
        self.items: Seen | None = None

    def see(self, value: Any) -> None:
        """Add a value."""
        if isinstance(value, str):
            self.kinds |= _TEXT if value else _BLANK
        elif isinstance(value, dict):
            fields = self.fields
            if fields is None:
                fields = self.fields = {}
            for name, one in value.items():
                seen = fields.get(name)
                if seen is None:
                    seen = fields[name] = Seen()
                seen.see(one)
        elif isinstance(value, list):
            self.items = self.items or Seen()
            for one in value:
                self.items.see(one)
        elif isinstance(value, bool):
            self.kinds |= _BOOLEAN
        elif isinstance(value, int):
            self._see_whole(value)
        elif isinstance(value, float):
            self.kinds |= _DOUBLE

    def add(self, other: "Seen") -> None:
        """Add all that another one has seen."""
        self.kinds |= other.kinds
        self.digits = max(self.digits, other.digits)
        if other.fields is not None:
            self.fields = self.fields or {}
            for name, seen in other.fields.items():
                self.fields.setdefault(name, Seen()).add(seen)
        if other.items is not None:
            self.items = self.items or Seen()
            self.items.add(other.items)

    @property
    def is_plain(self) -> bool:
        """Whether all values are of one type, so that no rule of Spark's has to change one."""
        several = self.kinds & (_TEXT | _BLANK | _BOOLEAN), self.kinds & _NUMBERS, self.fields, self.items
        below = [*(self.fields or {}).values(), *([self.items] if self.items else [])]
        is_one = sum(1 for kind in several if kind not in (0, None)) <= 1
        is_text = not self.kinds & _BOOLEAN or not self.kinds & (_TEXT | _BLANK)
        return is_one and is_text and all(seen.is_plain for seen in below)

    def kind(self) -> DataType | None:
        """The type as Spark shows it; None for objects without a field. Raises UnsupportedFeature."""
        scalars = self.kinds & ~_BLANK
        shapes = (self.fields is not None) + (self.items is not None) + (scalars != 0)
        if shapes > 1:
            raise UnsupportedFeature(TEXT_OF_MANY)
        if self.fields is not None:
            return self.struct()
        if self.items is not None:
            item = self.items.kind()
            return None if item is None else ArrayType(item)
        return self._scalar(scalars)

    def struct(self) -> StructType | None:
        """The type of objects; None without a field."""
        _check_names(self.fields or {})
        kinds = {name: seen.kind() for name, seen in (self.fields or {}).items()}
        found = [StructField(name, kind) for name in sorted(kinds) if (kind := kinds[name]) is not None]
        return StructType(found) if found else None

    def _scalar(self, scalars: int) -> DataType:
        if scalars == _BOOLEAN:
            return BooleanType()
        if not scalars or scalars & ~_NUMBERS:
            return StringType()
        if scalars == _LONG:
            return LongType()
        if scalars & _DOUBLE:
            return DoubleType()
        return DecimalType(max(self.digits, _LONG_DIGITS if scalars & _LONG else 0), 0)

    def _see_whole(self, value: int) -> None:
        if -_MOST <= value < _MOST:
            self.kinds |= _LONG
            return
        digits = len(str(abs(value)))
        self.kinds |= _DECIMAL if digits <= _DIGITS else _DOUBLE
        self.digits = max(self.digits, digits if digits <= _DIGITS else 0)


def _check_names(names: Iterable[str]) -> None:
    """Raises UnsupportedFeature for names of which Spark makes one column, or another one."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise UnsupportedFeature(
                f"spark.read.json: the fields {other} and {name} differ only in case. Spark keeps one of "
                "them and loses the values of the other, which is not available on Sail. Give a schema with "
                "the fields that you need, or give them one name in the JSON"
            )
    if "_corrupt_record" in seen:
        raise UnsupportedFeature(
            f"spark.read.json: the JSON has a field {seen['_corrupt_record']}. Spark keeps malformed records "
            "there, which is not available on Sail. Give the field another name, or give a schema without it"
        )


class Survey:
    """The records seen so far."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._is_of_objects = True

    def see(self, document: Any, is_alone: bool) -> None:
        """Look at one document; `is_alone` where nothing follows it. Raises ValueError without an object."""
        self._is_of_objects = self._is_of_objects and is_alone and isinstance(document, dict)
        for record in records_of(document):
            self._seen.see(record)

    def add(self, other: "Survey") -> None:
        """Add all that another one has seen."""
        self._seen.add(other._seen)
        self._is_of_objects = self._is_of_objects and other._is_of_objects

    @property
    def is_plain(self) -> bool:
        """Whether each document is one object, and no value has to become one of another type."""
        return self._is_of_objects and self._seen.is_plain

    def schema(self) -> StructType:
        """The columns that Spark finds. Raises UnsupportedFeature for an object in place of a text."""
        return self._seen.struct() or StructType()
