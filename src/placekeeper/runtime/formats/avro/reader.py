"""The reader of Avro, block by block; unions of several types become choices."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import fastavro
import msgspec
import pyarrow as pa
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.avro.container import AvroFile, Block, number
from placekeeper.runtime.formats.avro.options import has_logical_types
from placekeeper.runtime.formats.avro.shapes import Record, Shaping
from placekeeper.runtime.formats.avro.values import shaper
from placekeeper.runtime.formats.shared.nanoseconds import cuts_nanoseconds
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.exact import ValueRefused, check_values, needs_check

_BATCH_ROWS: Final = 8192
_END: Final = b"\0"
_NO_SCHEMA: Final = (
    *(ValueError, TypeError, KeyError, AttributeError, RecursionError),
    *(SchemaParseException, UnknownType),
)
_BROKEN: Final = (
    *(EOFError, IndexError, ValueError, TypeError, KeyError, OverflowError, MemoryError),
    *(SchemaResolutionError, pa.ArrowException),
)


@dataclass(frozen=True)
class AvroReader:
    """Reads Avro files. With `logical`, logical types are read as such (version 1.8).

    `schema_text` is a schema to which the files' own are resolved, in JSON; empty without one.
    """

    logical: bool = False
    schema_text: str = ""
    cut_nanoseconds: bool = False

    reads_all_for_schema: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "AvroReader":
        """The reader that format options describe. Raises UnsupportedFeature for another version."""
        return cls(
            logical=has_logical_types(options),
            schema_text=options.text("avroSchema", "").strip(),
            cut_nanoseconds=cuts_nanoseconds(options),
        )

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of the head."""
        return self._layout(AvroFile(file, path).schema, path).schema

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object, block by block."""
        avro = AvroFile(file, path)
        layout = self._layout(avro.schema, path)
        for block in avro.blocks():
            for first, records in layout.records(block, path):
                yield layout.batch(first, records, schema, path)

    def _layout(self, own: object, path: str) -> "_Layout":
        try:
            wanted = msgspec.json.decode(self.schema_text) if self.schema_text else own
        except msgspec.DecodeError as error:
            raise UnsupportedFeature(f"The schema in avroSchema is no JSON: {error}.") from error
        try:
            if wanted == own:
                return self._by_own_schema(own, path)
            return self._resolved(own, wanted, path)
        except _NO_SCHEMA as error:
            raise RecordUnreadable(path, "Avro head", f"its schema is broken: {error}") from error

    def _by_own_schema(self, own: object, path: str) -> "_Layout":
        shaping = Shaping(path, self.logical, self.cut_nanoseconds)
        record, decoding = shaping.of(_as_record(own))
        assert isinstance(record, Record)  # noqa: S101 - _as_record made it one
        layout = _Layout(record, record.least_bytes, _array_of(decoding))
        check_depth(layout.schema, path)
        return layout

    def _resolved(self, own: object, wanted: object, path: str) -> "_Layout":
        shaping = Shaping(path, self.logical, self.cut_nanoseconds, resolved=True)
        record, _ = shaping.of(_as_record(wanted))
        assert isinstance(record, Record)  # noqa: S101 - _as_record made it one
        layout = _Layout(
            record,
            Shaping(path, logical=False).of(_as_record(own))[0].least_bytes,
            _array_of(_without_logical_types(_as_record(own))),
            _array_of(_without_logical_types(_as_record(wanted))),
        )
        check_depth(layout.schema, path)
        return layout


@dataclass(frozen=True)
class _Layout:
    """What the records of a file are, and how fastavro decodes them: as an array, which takes one call.

    `least_bytes` are those of the shortest record.
    """

    record: Record
    least_bytes: int
    decoding: Any
    resolution: Any = None

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([shape.field(name) for name, shape in self.record.fields])

    def records(self, block: Block, path: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The records of a block in parts, each with the number of its first one."""
        if not block.data:  # as with records of nulls alone: the number could be any
            for begin in range(0, block.count, _BATCH_ROWS):
                part = min(_BATCH_ROWS, block.count - begin)
                yield block.first + begin, self._decoded(part, b"", block, path)
            return
        if self.least_bytes * block.count > len(block.data) or not self.least_bytes:
            raise RecordUnreadable(path, block.place, "the block has another number of bytes than they take")
        found = self._decoded(block.count, block.data, block, path)
        for begin in range(0, len(found), _BATCH_ROWS):
            yield block.first + begin, found[begin : begin + _BATCH_ROWS]

    def _decoded(self, count: int, data: bytes, block: Block, path: str) -> list[dict[str, Any]]:
        encoded = io.BytesIO(number(count) + data + _END)
        try:
            found: Any = fastavro.schemaless_reader(
                encoded,
                self.decoding,
                self.resolution,
                return_record_name=self.resolution is None,
                return_record_name_override=self.resolution is None,
            )
        except _BROKEN as error:
            raise RecordUnreadable(path, block.place, _words(error)) from error
        if len(found) != count or encoded.read(1):
            raise RecordUnreadable(path, block.place, "the block has another number of bytes than they take")
        records: list[dict[str, Any]] = found
        return records

    def batch(
        self, first: int, records: list[dict[str, Any]], schema: pa.Schema, path: str
    ) -> pa.RecordBatch:
        """Records as a batch of `schema`; a column that the file does not have is null."""
        shapes = dict(self.record.fields)
        arrays = []
        for field in schema:
            shape = shapes.get(field.name)
            if shape is None:
                arrays.append(pa.nulls(len(records), field.type))
                continue
            name, shape_value = field.name, shaper(shape, field)
            try:
                values = [record[name] for record in records]
                if shape_value is not None:
                    values = [shape_value(value) for value in values]
                array = pa.array(values, field.type)
                if needs_check(array.type):
                    check_values(array)
            except (ValueRefused, *_BROKEN) as error:
                rows = f"column {name}, records {first} to {first + len(records) - 1}"
                raise RecordUnreadable(path, rows, _words(error)) from error
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_record(schema: Any) -> Any:
    """The schema of a record; any other type becomes the column `value`, as Spark has it."""
    if isinstance(schema, dict) and schema.get("type") in ("record", "error"):
        return schema
    return {"type": "record", "name": "value_", "fields": [{"name": "value", "type": schema}]}


def _array_of(schema: object) -> Any:
    return fastavro.parse_schema({"type": "array", "items": schema})


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_logical_types(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {"type", "items", "values", "fields"}
    return {
        name: _without_logical_types(part) if name in inner else part
        for name, part in schema.items()
        if name != "logicalType"
    }


def _words(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said or "the bytes end within a record"
