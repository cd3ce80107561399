"""Columns that a script declares with `withSchema`, of decoded records: no pass finds their types.

A value that is not of its declared type is null. A field that is not declared is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.shared.declared_values import single
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.record_columns import Record, Shaper
from placekeeper.runtime.types.declared import schema_of_json
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.fields import alternative_of, is_choice

OPTION = "withSchema"
"""The format option that declares a schema."""


def declared_schema(options: FormatOptions) -> pa.Schema | None:
    """The schema that `withSchema` declares: JSON of a StructType of awsglue.gluetypes, or that type itself.

    None without one. Raises UnsupportedFeature for anything else.
    """
    said = options.value(OPTION)
    if said is None or said is False or (isinstance(said, str) and said.strip().lower() in ("", "false")):
        return None
    to_json = getattr(said, "jsonValue", None)
    try:
        declared: Any = to_json() if callable(to_json) else said
        schema = schema_of_json(msgspec.json.decode(declared) if isinstance(declared, str) else declared)
    except (ValueError, msgspec.DecodeError) as error:
        raise UnsupportedFeature(
            f"The format option {OPTION} is a schema in JSON: json.dumps(schema.jsonValue()) of a StructType "
            f"of awsglue.gluetypes: {error}."
        ) from None
    check_depth(schema, f"The schema in {OPTION}")
    return schema


@dataclass(frozen=True)
class DeclaredColumns:
    """Makes batches of decoded records by declared types.

    `recognised` gives the value that a text stands for, where a format has texts only: so the type of a
    choice is found. `wraps` says that one value stands for an array of one, and `value` is the field of a
    struct that a single value belongs to. XML needs both. With `folds_case`, fields of structs are found
    under their names in any case.
    """

    recognised: Callable[[str], object] | None = None
    wraps: bool = False
    value: str = ""
    folds_case: bool = False

    def batches(
        self, blocks: Iterator[Sequence[Record]], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """The records of an object as batches of `schema`. Raises RecordUnreadable for half a character."""
        shapers = [(field, self._shaper(field)) for field in schema]
        for block in blocks:
            arrays = [_column(block, field, shaper, path) for field, shaper in shapers]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _shaper(self, field: pa.Field) -> Shaper:
        """The conversion of a decoded value for a declared field."""
        if is_choice(field):
            return self._choice(field)
        if pat.is_struct(field.type):
            return self._struct(field.type)
        if pat.is_map(field.type):
            return self._map(field.type)
        if pat.is_list(field.type):
            return self._list(self._shaper(field.type.value_field))
        return single(field.type)

    def _struct(self, data_type: pa.DataType) -> Shaper:
        fold = str.lower if self.folds_case else str
        children = [(child.name, fold(child.name), self._shaper(child)) for child in data_type.fields]
        names = {name for name, _, _ in children}

        def shape(value: object) -> object:
            if self.value in names and value not in (None, "") and not isinstance(value, dict | list):
                value = {self.value: value}
            if not isinstance(value, dict):
                return None
            there = {key.lower(): one for key, one in value.items()} if self.folds_case else value
            return {name: shaper(there.get(key)) for name, key, shaper in children}

        return shape

    def _map(self, data_type: pa.DataType) -> Shaper:
        """An object as a map. Its keys are texts; one that is not of the key's type has no place in a map."""
        as_key, item = single(data_type.key_type), self._shaper(data_type.item_field)

        def shape(value: object) -> object:
            if not isinstance(value, dict):
                return None
            keys = [as_key(key) for key in value]
            return None if None in keys else list(zip(keys, map(item, value.values()), strict=True))

        return shape

    def _list(self, element: Shaper) -> Shaper:
        def shape(value: object) -> object:
            if isinstance(value, list):
                return [element(item) for item in value]
            return [element(value)] if self.wraps and value is not None else None

        return shape

    def _choice(self, field: pa.Field) -> Shaper:
        shapers = {child.name: self._shaper(child) for child in field.type.fields}

        def shape(value: object) -> object:
            if value is None:
                return None
            is_text = isinstance(value, str) and self.recognised is not None
            kind = kind_of(self._recognised(value) if is_text else value)
            found = alternative_of(kind, field) or alternative_of("string", field)
            shaped = None if found is None else shapers[found.name](value)
            if shaped is None and "string" in shapers:
                found, shaped = alternative_of("string", field), shapers["string"](value)
            return None if found is None or shaped is None else {found.name: shaped}

        return shape

    def _recognised(self, value: Any) -> Any:
        found = value if self.recognised is None else self.recognised(value)
        return value if found is None else found


def _column(records: Sequence[Record], field: pa.Field, shaper: Shaper, path: str) -> pa.Array:
    name = field.name
    try:
        return pa.array([shaper(record.get(name)) for record in records], field.type)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError) as error:
        raise RecordUnreadable(path, f"field {name}", str(error)) from error
