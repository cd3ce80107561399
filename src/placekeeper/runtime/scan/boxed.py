"""Texts that hold records of a format: each is read as a small file of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import msgspec
import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.json.values import Values
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.record_columns import RecordColumns
from placekeeper.runtime.frames.unboxing import VALUE
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

_PATH = "the text"
_FAST: "Final[msgspec.json.Decoder[object]]" = msgspec.json.Decoder()


@dataclass(frozen=True)
class JsonTexts:
    """Texts of JSON; each has one value, of any kind."""

    def schema(self, texts: Sequence[bytes]) -> tuple[pa.Schema, int]:
        """The schema with the one field VALUE for these texts, and how many cannot be read."""
        gatherer, unread = SchemaGatherer(kind_of), 0
        for text in texts:
            try:
                gatherer.observe_records([{VALUE: _document(text)}])
            except RecordUnreadable:
                unread += 1
        return gatherer.schema().remove_metadata(), unread

    def check(self, text: bytes) -> None:
        """Raise RecordUnreadable for a text that cannot be read."""
        _document(text)

    def values(self, texts: Sequence[bytes | None], field: pa.Field) -> pa.Array:
        """What the texts hold, as values of `field`; null for those that cannot be read."""
        return RecordColumns().column(
            [{} if text is None else _record(text) for text in texts], field.with_name(VALUE), _PATH
        )


def _record(text: bytes) -> dict[str, object]:
    try:
        return {VALUE: _document(text)}
    except RecordUnreadable:
        return {}


def _document(text: bytes) -> object:
    """The value of a text. The fast parser reads most; what it refuses, the other reads or names."""
    try:
        return _FAST.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    documents = list(Values(BytesIO(text), _PATH).documents())
    if len(documents) != 1:
        raise RecordUnreadable(_PATH, "its whole length", f"it has {len(documents)} JSON values, not one")
    return documents[0]


@dataclass(frozen=True)
class RecordTexts:
    """Texts of another format; each has one record."""

    reader: Reader

    def schema(self, texts: Sequence[bytes]) -> tuple[pa.Schema, int]:
        """The schema with the one field VALUE for these texts, and how many cannot be read."""
        schemas = []
        for text in texts:
            try:
                schemas.append(self._schema(text))
            except RecordUnreadable:
                continue
        unread = len(texts) - len(schemas)
        if not schemas:
            return pa.schema([]), unread
        fields = list(merge_schemas(schemas).remove_metadata())
        return pa.schema([pa.field(VALUE, pa.struct(fields))]), unread

    def check(self, text: bytes) -> None:
        """Raise RecordUnreadable for a text that cannot be read."""
        self._schema(text)

    def _schema(self, text: bytes) -> pa.Schema:
        schema = self.reader.schema(BytesIO(text), _PATH)
        self._row(text, schema)
        return schema

    def values(self, texts: Sequence[bytes | None], field: pa.Field) -> pa.Array:
        """What the texts hold, as values of `field`; null for those that cannot be read."""
        schema = pa.schema(field.type.fields)
        rows = [None if text is None else self._row_or_none(text, schema) for text in texts]
        there = [row for row in rows if row is not None]
        if not there:
            return pa.nulls(len(rows), field.type)
        table = pa.Table.from_batches(there, schema).combine_chunks().to_struct_array()
        structs = table.combine_chunks() if isinstance(table, pa.ChunkedArray) else table
        places = iter(range(len(there)))
        taken = pa.array([None if row is None else next(places) for row in rows], pa.int64())
        return structs.take(taken).cast(field.type)

    def _row_or_none(self, text: bytes, schema: pa.Schema) -> pa.RecordBatch | None:
        try:
            return self._row(text, schema)
        except RecordUnreadable:
            return None

    def _row(self, text: bytes, schema: pa.Schema) -> pa.RecordBatch:
        batches = [batch for batch in self.reader.read(BytesIO(text), _PATH, schema) if batch.num_rows]
        rows = sum(batch.num_rows for batch in batches)
        if rows != 1:
            raise RecordUnreadable(_PATH, "its whole length", f"it has {rows} records, not one")
        return batches[0]
