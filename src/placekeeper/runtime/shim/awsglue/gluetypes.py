"""Glue's types: what `DynamicFrame.schema()` answers, and their JSON form."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from awsglue._atomic_types import (
    AtomicType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    EnumType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    TimestampNTZType,
    TimestampType,
    UnknownType,
)
from placekeeper.runtime.frames.records import DynamicRecord, dynamic_record, plain


class ArrayType(DataType):
    """A list of elements of one type."""

    def __init__(self, elementType: DataType = UnknownType(), properties: Mapping[str, Any] = {}) -> None:  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.elementType = elementType

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.elementType!r}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        element = _deserialize_json_value(json_value["elementType"])
        return cls(element, json_value.get("properties", {}))


class SetType(DataType):
    """A list without repetitions."""

    def __init__(self, elementType: DataType = UnknownType(), properties: Mapping[str, Any] = {}) -> None:  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.elementType = elementType

    def __repr__(self) -> str:
        return f"SetType({self.elementType!r}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        element = _deserialize_json_value(json_value["elementType"])
        return cls(element, json_value.get("properties", {}))


class ChoiceType(DataType):
    """One of several types, record by record."""

    def __init__(self, choices: Iterable[DataType] = [], properties: Mapping[str, Any] = {}) -> None:
        super().__init__(properties)
        self.choices: dict[str, DataType] = {}
        for choice in choices:
            self.add(choice)

    def __repr__(self) -> str:
        listed = ", ".join(repr(self.choices[name]) for name in sorted(self.choices))
        return f"ChoiceType([{listed}], {self.properties})"

    def add(self, new_choice: DataType) -> None:
        """Add a type. Raises ValueError if one of that name is there."""
        if new_choice.typeName() in self.choices:
            raise ValueError(f"the choice holds {new_choice.typeName()} already")
        self.choices[new_choice.typeName()] = new_choice

    def merge(self, new_choices: DataType | Iterable[DataType]) -> None:
        """Take in a type, a list of types or another choice; types of one name are merged."""
        if isinstance(new_choices, ChoiceType):
            news: Iterable[DataType] = list(new_choices.choices.values())
        else:
            news = [new_choices] if isinstance(new_choices, DataType) else new_choices
        for new in news:
            known = self.choices.get(new.typeName())
            self.choices[new.typeName()] = new if known is None else mergeDataTypes(known, new)

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        choices = [self.choices[name].jsonValue() for name in sorted(self.choices)]
        return {**super().jsonValue(), "choices": choices}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        choices = [_deserialize_json_value(choice) for choice in json_value["choices"]]
        return cls(choices, json_value.get("properties", {}))


class MapType(DataType):
    """Values of one type by string keys."""

    def __init__(self, valueType: DataType = UnknownType(), properties: Mapping[str, Any] = {}) -> None:  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.valueType = valueType

    def __repr__(self) -> str:
        return f"MapType({self.valueType!r}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "valueType": self.valueType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        value = _deserialize_json_value(json_value["valueType"])
        return cls(value, json_value.get("properties", {}))


class Field:
    """A field of a struct."""

    def __init__(self, name: str, dataType: DataType, properties: Mapping[str, Any] = {}) -> None:
        self.name = name
        self.dataType = dataType
        self.properties = dict(properties)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Field({self.name}, {self.dataType!r}, {self.properties})"

    def jsonValue(self) -> dict[str, Any]:
        """The field as plain JSON values."""
        return {"name": self.name, "container": self.dataType.jsonValue(), "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The field of a JSON value."""
        container = _deserialize_json_value(json_value["container"])
        return cls(json_value["name"], container, json_value.get("properties", {}))


class StructType(DataType):
    """Named fields."""

    def __init__(self, fields: Iterable[Field] = [], properties: Mapping[str, Any] = {}) -> None:
        super().__init__(properties)
        self.fields = list(fields)
        self.field_map = {field.name: field for field in self.fields}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __repr__(self) -> str:
        return f"StructType([{', '.join(map(repr, self.fields))}], {self.properties})"

    def add(self, field: Field) -> None:
        """Add a field. Raises ValueError if one of that name is there."""
        if self.hasField(field):
            raise ValueError(f"the struct has a field {field.name} already")
        self.fields.append(field)
        self.field_map[field.name] = field

    def hasField(self, field: str | Field) -> bool:
        """Whether there is a field of that name; a Field counts by its name."""
        return (field.name if isinstance(field, Field) else field) in self.field_map

    def getField(self, field: str | Field) -> Field:
        """The field of that name. Raises KeyError if there is none."""
        return self.field_map[field.name if isinstance(field, Field) else field]

    def jsonValue(self) -> dict[str, Any]:
        """The type as plain JSON values."""
        return {**super().jsonValue(), "fields": [field.jsonValue() for field in self.fields]}

    @classmethod
    def fromJsonValue(cls, json_value: Mapping[str, Any]) -> Self:
        """The type of a JSON value."""
        fields = [Field.fromJsonValue(field) for field in json_value["fields"]]
        return cls(fields, json_value.get("properties", {}))


class EntityType(DataType):
    """Not implemented, here as on AWS."""

    def __init__(self, entity: object, base_type: object, properties: Mapping[str, Any]) -> None:
        raise NotImplementedError("EntityType is not implemented in AWS Glue either")


_ComplexType = ArrayType | ChoiceType | MapType | StructType | SetType
_atomic_types: list[type[AtomicType]] = [
    BinaryType,
    BooleanType,
    ByteType,
    DateType,
    DecimalType,
    DoubleType,
    EnumType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    TimestampType,
    TimestampNTZType,
    UnknownType,
]
_complex_types: list[type[_ComplexType]] = [ArrayType, ChoiceType, MapType, StructType, SetType]
_atomic_type_map = {t.typeName(): t for t in _atomic_types}
_complex_type_map = {t.typeName(): t for t in _complex_types}
_all_type_map: dict[str, type[AtomicType | _ComplexType]] = {**_atomic_type_map, **_complex_type_map}


def _deserialize_json_string(json_str: str) -> DataType:
    return _deserialize_json_value(json.loads(json_str))


def _deserialize_json_value(json_val: Mapping[str, Any]) -> DataType:
    name = json_val["dataType"]
    if name not in _all_type_map:
        raise ValueError(f"gluetypes has no type '{name}'")
    return _all_type_map[name].fromJsonValue(json_val)


def _serialize_schema(schema: DataType) -> str:
    return json.dumps(schema.jsonValue())


def _make_choice(s1: DataType, s2: DataType) -> ChoiceType:
    choice = ChoiceType()
    choice.merge(s1)
    choice.merge(s2)
    return choice


def mergeDataTypes(s1: DataType, s2: DataType) -> DataType:
    """The type that holds the values of both: structs and collections are merged, others make a choice."""
    if isinstance(s1, NullType | UnknownType):
        return s2
    if isinstance(s2, NullType | UnknownType) or s1 == s2:
        return s1
    if isinstance(s1, StructType) and isinstance(s2, StructType):
        return _merge_structs(s1, s2)
    if isinstance(s1, ArrayType | SetType) and type(s1) is type(s2):
        return type(s1)(mergeDataTypes(s1.elementType, s2.elementType), s1.properties)
    if isinstance(s1, MapType) and isinstance(s2, MapType):
        return MapType(mergeDataTypes(s1.valueType, s2.valueType), s1.properties)
    if s1.typeName() == s2.typeName() and not isinstance(s1, ChoiceType):
        return _merge_atomic(s1, s2)
    return _make_choice(s1, s2)


def _merge_atomic(s1: DataType, s2: DataType) -> DataType:
    """One type for two of one name: a decimal or an enumeration that holds both, else the first."""
    if isinstance(s1, DecimalType) and isinstance(s2, DecimalType):
        scale = max(s1.scale, s2.scale)
        whole = max(s1.precision - s1.scale, s2.precision - s2.scale)
        precision = min(38, whole + scale)  # a decimal has no more digits
        return DecimalType(precision, scale, s1.properties)
    if isinstance(s1, EnumType) and isinstance(s2, EnumType):
        return EnumType(list(dict.fromkeys([*s1.options, *s2.options])), s1.properties)
    return s1


def _merge_structs(s1: StructType, s2: StructType) -> StructType:
    merged = [
        Field(field.name, mergeDataTypes(field.dataType, s2.getField(field.name).dataType), field.properties)
        if s2.hasField(field.name)
        else field
        for field in s1
    ]
    return StructType(merged + [field for field in s2 if not s1.hasField(field.name)], s1.properties)


def _create_dynamic_record(dynamicRecord: dict[str, Any]) -> DynamicRecord:
    return dynamic_record(dynamicRecord)


def _revert_to_dict(dynamicRecord: dict[str, Any]) -> Any:
    return plain(dynamicRecord)
