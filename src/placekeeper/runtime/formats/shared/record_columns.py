"""Columns of decoded records: the values of formats whose records describe themselves, as Arrow has them.

A decoded record is a dict. Its values are texts, numbers, truth values, None, dicts and lists.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import hidden_of, missing_paths
from placekeeper.runtime.types.schema_gatherer import KindOf

Record = dict[str, object]
"""One decoded record."""

Shaper = Callable[[object], object]
"""The conversion of a decoded value for Arrow."""


@dataclass(frozen=True)
class RecordColumns:
    """Makes batches of decoded records.

    With `empty_is_null`, an empty text is null where a field has no texts. XML has no other way to say null.
    `kind` names the type of a value, as it did for the schema.
    """

    empty_is_null: bool = False
    kind: KindOf = kind_of

    def batches(
        self, blocks: Iterator[Sequence[Record]], path: str, schema: pa.Schema, *, cells: int
    ) -> Iterator[pa.RecordBatch]:
        """The records of an object as batches of `schema`; a field that a record does not have is null.

        Hidden columns of `schema` list what is missing (`runtime.types.missing_fields`). A batch has about
        `cells` values at most, however short the records are. Raises RecordUnreadable for a value that its
        column cannot hold.
        """
        makers = [self._maker(field, schema) for field in schema]
        most = max(1, cells // max(1, len(makers)))
        for block in blocks:
            for begin in range(0, len(block), most):
                records = block[begin : begin + most]
                arrays = [make(records, path) for make in makers]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def column(self, records: Sequence[Record], field: pa.Field, path: str) -> pa.Array:
        """The column of a field. Raises RecordUnreadable for a value that it cannot hold."""
        return _column(records, field, self._shaper(field), path)

    def _maker(self, field: pa.Field, schema: pa.Schema) -> Callable[[Sequence[Record], str], pa.Array]:
        """The maker of the column of `field` of the records of an object, given its path."""
        about = hidden_of(field)
        if about is not None:
            column = schema.field(about)
            return lambda records, _: missing_paths(records, column)
        shaper = self._shaper(field)
        return lambda records, path: _column(records, field, shaper, path)

    def _shaper(self, field: pa.Field) -> Shaper | None:
        """The conversion of a decoded value for `field`; None if Arrow takes the value as it is."""
        shaper = self._plain_shaper(field)
        holds_texts = pat.is_string(field.type) or (
            is_choice(field) and field.type.get_field_index("string") >= 0
        )
        if holds_texts or not self.empty_is_null:
            return shaper
        return lambda value: None if value == "" else value if shaper is None else shaper(value)

    def _plain_shaper(self, field: pa.Field) -> Shaper | None:
        if is_choice(field):
            return self._choice(field)
        if pat.is_struct(field.type):
            return self._struct(field.type)
        if pat.is_list(field.type):
            inner = self._shaper(field.type.value_field)
            return None if inner is None else lambda value: _each(value, inner)
        return _text if pat.is_string(field.type) else None

    def _struct(self, data_type: pa.DataType) -> Shaper | None:
        inner = {
            child.name: shaper for child in data_type.fields if (shaper := self._shaper(child)) is not None
        }
        if not inner:
            return None

        def shape(value: object) -> object:
            if not isinstance(value, dict):
                return value
            return {name: inner[name](item) if name in inner else item for name, item in value.items()}

        return shape

    def _choice(self, field: pa.Field) -> Shaper:
        children = {child.name: self._shaper(child) for child in field.type.fields}

        def shape(value: object) -> object:
            if value is None:
                return None
            kind = self.kind(value)
            name = "long" if kind == "int" and "int" not in children else kind
            shaper = children[name]
            return {name: value if shaper is None else shaper(value)}

        return shape


def _column(records: Sequence[Record], field: pa.Field, shaper: Shaper | None, path: str) -> pa.Array:
    name = field.name  # asked of Arrow once, not for each record
    values = [record.get(name) for record in records]
    if shaper is not None:
        values = [shaper(value) for value in values]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError, OverflowError) as error:
        raise RecordUnreadable(path, f"field {name}", str(error)) from error


def _each(value: object, inner: Shaper) -> object:
    return [inner(item) for item in value] if isinstance(value, list) else value


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value  # an integer beyond 38 digits
