"""Glue's types: what `DynamicFrame.schema()` answers, and their JSON form."""

import json

from placekeeper.runtime.frames.records import DynamicRecord, dynamic_record, plain  # noqa: F401 - its place on AWS


class DataType:
    """A type with properties."""

    def __init__(self, properties={}):
        self.properties = dict(properties)

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(repr(self))

    @classmethod
    def typeName(cls):
        """The name of the type in JSON: "string", "struct", …"""
        return cls.__name__.removesuffix("Type").lower()

    def jsonValue(self):
        """The type as plain JSON values."""
        return {"dataType": self.typeName(), "properties": self.properties}


class AtomicType(DataType):
    """A type without types inside it."""

    def __repr__(self):
        return f"{type(self).__name__}({self.properties})"

    @classmethod
    def fromJsonValue(cls, json_value):
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

    def __init__(self, precision=10, scale=2, properties={}):
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    def __repr__(self):
        return f"DecimalType({self.precision}, {self.scale}, {self.properties})"

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "precision": self.precision, "scale": self.scale}


class DoubleType(AtomicType):
    """A floating number of 64 bits."""


class EnumType(AtomicType):
    """One of listed strings."""

    def __init__(self, options, properties={}):
        super().__init__(properties)
        self.options = list(options)

    def __repr__(self):
        return f"EnumType({self.options}, {self.properties})"

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "options": self.options}


class FloatType(AtomicType):
    """A floating number of 32 bits."""


class IntegerType(AtomicType):
    """A whole number of 32 bits."""

    @classmethod
    def typeName(cls):
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


class ArrayType(DataType):
    """A list of elements of one type."""

    def __init__(self, elementType=UnknownType(), properties={}):  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.elementType = elementType

    def __repr__(self):
        return f"{type(self).__name__}({self.elementType!r}, {self.properties})"

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type of a JSON value."""
        element = _deserialize_json_value(json_value["elementType"])
        return cls(element, json_value.get("properties", {}))


class SetType(DataType):
    """A list without repetitions."""

    def __init__(self, elementType=UnknownType(), properties={}):  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.elementType = elementType

    def __repr__(self):
        return f"SetType({self.elementType!r}, {self.properties})"

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type of a JSON value."""
        element = _deserialize_json_value(json_value["elementType"])
        return cls(element, json_value.get("properties", {}))


class ChoiceType(DataType):
    """One of several types, record by record."""

    def __init__(self, choices=[], properties={}):
        super().__init__(properties)
        self.choices = {}
        for choice in choices:
            self.add(choice)

    def __repr__(self):
        listed = ", ".join(repr(self.choices[name]) for name in sorted(self.choices))
        return f"ChoiceType([{listed}], {self.properties})"

    def add(self, new_choice):
        """Add a type. Raises ValueError if one of that name is there."""
        if new_choice.typeName() in self.choices:
            raise ValueError(f"the choice holds {new_choice.typeName()} already")
        self.choices[new_choice.typeName()] = new_choice

    def merge(self, new_choices):
        """Take in a type, a list of types or another choice; types of one name are merged."""
        if isinstance(new_choices, ChoiceType):
            new_choices = new_choices.choices.values()
        elif isinstance(new_choices, DataType):
            new_choices = [new_choices]
        for new in new_choices:
            known = self.choices.get(new.typeName())
            self.choices[new.typeName()] = new if known is None else mergeDataTypes(known, new)

    def jsonValue(self):
        """The type as plain JSON values."""
        choices = [self.choices[name].jsonValue() for name in sorted(self.choices)]
        return {**super().jsonValue(), "choices": choices}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type of a JSON value."""
        choices = [_deserialize_json_value(choice) for choice in json_value["choices"]]
        return cls(choices, json_value.get("properties", {}))


class MapType(DataType):
    """Values of one type by string keys."""

    def __init__(self, valueType=UnknownType(), properties={}):  # noqa: B008 - AWS's signature; never changed
        super().__init__(properties)
        self.valueType = valueType

    def __repr__(self):
        return f"MapType({self.valueType!r}, {self.properties})"

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "valueType": self.valueType.jsonValue()}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type of a JSON value."""
        value = _deserialize_json_value(json_value["valueType"])
        return cls(value, json_value.get("properties", {}))


class Field:
    """A field of a struct."""

    def __init__(self, name, dataType, properties={}):
        self.name = name
        self.dataType = dataType
        self.properties = dict(properties)

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        return f"Field({self.name}, {self.dataType!r}, {self.properties})"

    def jsonValue(self):
        """The field as plain JSON values."""
        return {"name": self.name, "container": self.dataType.jsonValue(), "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The field of a JSON value."""
        container = _deserialize_json_value(json_value["container"])
        return cls(json_value["name"], container, json_value.get("properties", {}))


class StructType(DataType):
    """Named fields."""

    def __init__(self, fields=[], properties={}):
        super().__init__(properties)
        self.fields = list(fields)
        self.field_map = {field.name: field for field in self.fields}

    def __iter__(self):
        return iter(self.fields)

    def __repr__(self):
        return f"StructType([{', '.join(map(repr, self.fields))}], {self.properties})"

    def add(self, field):
        """Add a field. Raises ValueError if one of that name is there."""
        if self.hasField(field):
            raise ValueError(f"the struct has a field {field.name} already")
        self.fields.append(field)
        self.field_map[field.name] = field

    def hasField(self, field):
        """Whether there is a field of that name; a Field counts by its name."""
        return (field.name if isinstance(field, Field) else field) in self.field_map

    def getField(self, field):
        """The field of that name. Raises KeyError if there is none."""
        return self.field_map[field.name if isinstance(field, Field) else field]

    def jsonValue(self):
        """The type as plain JSON values."""
        return {**super().jsonValue(), "fields": [field.jsonValue() for field in self.fields]}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type of a JSON value."""
        fields = [Field.fromJsonValue(field) for field in json_value["fields"]]
        return cls(fields, json_value.get("properties", {}))


class EntityType(DataType):
    """Not implemented, here as on AWS."""

    def __init__(self, entity, base_type, properties):
        raise NotImplementedError("EntityType is not implemented in AWS Glue either")


_atomic_types = [
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
_complex_types = [ArrayType, ChoiceType, MapType, StructType, SetType]
_atomic_type_map = {t.typeName(): t for t in _atomic_types}
_complex_type_map = {t.typeName(): t for t in _complex_types}
_all_type_map = {**_atomic_type_map, **_complex_type_map}


def _deserialize_json_string(json_str):
    return _deserialize_json_value(json.loads(json_str))


def _deserialize_json_value(json_val):
    name = json_val["dataType"]
    if name not in _all_type_map:
        raise ValueError(f"gluetypes has no type '{name}'")
    return _all_type_map[name].fromJsonValue(json_val)


def _serialize_schema(schema):
    return json.dumps(schema.jsonValue())


def _make_choice(s1, s2):
    choice = ChoiceType()
    choice.merge(s1)
    choice.merge(s2)
    return choice


def mergeDataTypes(s1, s2):
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
    return _make_choice(s1, s2)


def _merge_structs(s1, s2):
    merged = [
        Field(field.name, mergeDataTypes(field.dataType, s2.getField(field.name).dataType), field.properties)
        if s2.hasField(field.name)
        else field
        for field in s1
    ]
    return StructType(merged + [field for field in s2 if not s1.hasField(field.name)], s1.properties)


def _create_dynamic_record(dynamicRecord):
    return dynamic_record(dynamicRecord)


def _revert_to_dict(dynamicRecord):
    return plain(dynamicRecord)
