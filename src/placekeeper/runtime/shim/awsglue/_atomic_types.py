"""Glue's types without types inside them, and the base of all: scripts import them from awsglue.gluetypes."""

from collections.abc import Iterable, Mapping
from typing import Any, Self


class DataType:
    """A type with properties."""

    def __init__(self, properties: Mapping[str, Any] = {}) -> None:
        self.properties = dict(properties)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))

    @classmethod
    def typeName(cls) -> str:
        """The name of the type in JSON: "string", "struct", …"""
        return cls.__name__.removesuffix("Type").lower()

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {"dataType": self.typeName(), "properties": self.properties}


class AtomicType(DataType):
    """A type without types inside it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.properties})"

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        arguments = {key: value for key, value in json_value.items() if key != "dataType"}
        return cls(**arguments)


class BinaryType(AtomicType):
    """Bytes."""


class BooleanType(AtomicType):
    """True or false."""


class ByteType(AtomicType):
    """A whole number of 8 bits."""


class DateType(AtomicType):
    """A day."""


class DecimalType(AtomicType):
    """A decimal number."""

    def __init__(self, precision: int = 10, scale: int = 2, properties: Mapping[str, Any] = {}) -> None:
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "precision": self.precision, "scale": self.scale}


class DoubleType(AtomicType):
    """A floating number of 64 bits."""


class EnumType(AtomicType):
    """One of listed strings."""

    def __init__(self, options: Iterable[str], properties: Mapping[str, Any] = {}) -> None:
        super().__init__(properties)
        self.options = list(options)

    def __repr__(self) -> str:
        return f"EnumType({self.options}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "options": self.options}


class FloatType(AtomicType):
    """A floating number of 32 bits."""


class IntegerType(AtomicType):
    """A whole number of 32 bits."""

    @classmethod
    def typeName(cls) -> str:
        """Its name is int."""
        return "int"


class LongType(AtomicType):
    """A whole number of 64 bits."""


class NullType(AtomicType):
    """Nothing but null."""


class ShortType(AtomicType):
    """A whole number of 16 bits."""


class StringType(AtomicType):
    """Text."""


class TimestampType(AtomicType):
    """A moment."""


class TimestampNTZType(AtomicType):
    """A date and time without a zone."""


class UnknownType(AtomicType):
    """A type that is not known."""
