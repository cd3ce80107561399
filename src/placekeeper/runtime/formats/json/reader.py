"""The reader of JSON. A first pass gathers the types of what the records hold, a second one reads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import TOO_DEEP
from placekeeper.runtime.formats.json.kinds import kind_of
from placekeeper.runtime.formats.json.paths import Step, parse_path, values_at
from placekeeper.runtime.formats.json.values import BLOCK_BYTES, Record, Values, record_blocks
from placekeeper.runtime.formats.shared.decompression import decompressed
from placekeeper.runtime.formats.shared.encodings import refuse_encoding
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import hidden_of, missing_paths
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

_Shaper = Callable[[object], object]
_Maker = Callable[[list[Record], str], pa.Array]


@dataclass(frozen=True)
class JsonReader:
    """JSON Lines, documents and arrays; `steps` is the parsed jsonPath, None without one.

    `block_bytes` is how much of a file is read at once.
    """

    steps: tuple[Step, ...] | None = None
    compression: str = ""
    block_bytes: int = BLOCK_BYTES

    reads_all_for_schema: bool = True

    @classmethod
    def of(cls, options: FormatOptions) -> "JsonReader":
        """The reader that Glue's format options describe. `multiline` needs no telling apart."""
        refuse_encoding(options, "JSON is read")
        path = options.text("jsonPath", "")
        return cls(steps=parse_path(path) if path else None, compression=options.text("compressionType", ""))

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The types of every record of the object, and how often their fields occur."""
        gatherer = SchemaGatherer(kind_of)
        try:
            for records in self._blocks(file, path):
                gatherer.observe_records(records)
            return gatherer.schema()
        except RecursionError:
            raise RecordUnreadable(path, "its deepest record", TOO_DEEP) from None

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object as batches of `schema`; a field that a record does not have is null.

        Hidden columns of `schema` list what is missing (`runtime.types.missing_fields`).
        """
        makers = [_maker(field, schema) for field in schema]
        most = max(1, self.block_bytes // max(1, len(makers)))  # however short the records are
        for block in self._blocks(file, path):
            for begin in range(0, len(block), most):
                records = block[begin : begin + most]
                arrays = [make(records, path) for make in makers]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _blocks(self, file: BinaryIO, path: str) -> Iterator[list[Record]]:
        plain = decompressed(file, path, self.compression)
        if self.steps is None:
            yield from record_blocks(plain, path, block_bytes=self.block_bytes)
            return
        values = Values(plain, path, block_bytes=self.block_bytes)
        for number, document in enumerate(values.documents(), 1):
            records = list(values_at(document, self.steps))
            yield [_checked(record, path, number) for record in records]


def _checked(value: object, path: str, document: int) -> Record:
    if not isinstance(value, dict):
        raise RecordUnreadable(
            path, f"document {document}", f"jsonPath leads to {str(value)[:60]!r}, not to an object"
        )
    return value


def column_of(records: list[Record], field: pa.Field, path: str) -> pa.Array:
    """The column of a field, of decoded records. Raises RecordUnreadable for a value that it cannot hold."""
    return _column(records, field, _shaper(field), path)


def _maker(field: pa.Field, schema: pa.Schema) -> _Maker:
    """The maker of the column of `field` of the records of an object, given its path."""
    about = hidden_of(field)
    if about is not None:
        column = schema.field(about)
        return lambda records, _: missing_paths(records, column)
    shaper = _shaper(field)
    return lambda records, path: _column(records, field, shaper, path)


def _column(records: list[Record], field: pa.Field, shaper: _Shaper | None, path: str) -> pa.Array:
    name = field.name  # asked of Arrow once, not for each record
    values = [record.get(name) for record in records]
    if shaper is not None:
        values = [shaper(value) for value in values]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError, OverflowError) as error:
        raise RecordUnreadable(path, f"field {name}", str(error)) from error


def _shaper(field: pa.Field) -> _Shaper | None:
    """The conversion of a decoded value for Arrow's `field`; None if Arrow takes the value as it is."""
    if is_choice(field):
        return _choice_shaper(field)
    if pat.is_struct(field.type):
        return _struct_shaper(field.type)
    if pat.is_list(field.type):
        inner = _shaper(field.type.value_field)
        return None if inner is None else lambda value: _each(value, inner)
    if pat.is_string(field.type):
        return _text
    return None


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value  # an integer beyond 38 digits


def _each(value: object, inner: _Shaper) -> object:
    return [inner(item) for item in value] if isinstance(value, list) else value


def _struct_shaper(data_type: pa.DataType) -> _Shaper | None:
    inner = {child.name: shaper for child in data_type.fields if (shaper := _shaper(child)) is not None}
    if not inner:
        return None

    def shape(value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: inner[name](item) if name in inner else item for name, item in value.items()}

    return shape


def _choice_shaper(field: pa.Field) -> _Shaper:
    children = {child.name: _shaper(child) for child in field.type.fields}

    def shape(value: object) -> object:
        if value is None:
            return None
        kind = kind_of(value)
        name = "long" if kind == "int" and "int" not in children else kind
        shaper = children[name]
        return {name: value if shaper is None else shaper(value)}

    return shape
