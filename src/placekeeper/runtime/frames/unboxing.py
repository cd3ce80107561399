"""unbox: a column of texts becomes what the texts hold (docs/reference/awsglue.md#unbox)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.frames.columns import Item, find, frame_of, items_of, struct_item
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.paths import Path, no_field
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.nulls import nulls_below_nulls
from placekeeper.runtime.types.spark import spark_type

VALUE = "value"
"""The name of the field that stands for what a text holds."""

_BOX = "box"
_FOUND = "found binary, unread long"


class Parser(Protocol):
    """Reads texts of one format. Tasks in other processes use it."""

    def schema(self, texts: Sequence[bytes]) -> tuple[pa.Schema, int]:
        """The schema with the one field VALUE for these texts, and how many cannot be read."""
        ...

    def check(self, text: bytes) -> None:
        """Raise RecordUnreadable for a text that cannot be read."""
        ...

    def values(self, texts: Sequence[bytes | None], field: pa.Field) -> pa.Array:
        """What the texts hold, as values of `field`; null for those that cannot be read."""
        ...


@dataclass(frozen=True)
class Survey:
    """What the texts of a column hold: `field` is None without any, `unread` of them cannot be read."""

    field: pa.Field | None
    unread: int


def text_item(frame: Frame, path: Path) -> Item:
    """The column of texts at a path. Raises ValueError if there is none, or if it holds something else."""
    found = find(items_of(frame), path)
    if found is None:
        raise ValueError(f"unbox: {no_field(path, frame.schema.names)}")
    data_type = found.field.type
    if not (pat.is_string(data_type) or pat.is_binary(data_type) or pat.is_null(data_type)):
        kind = "choice" if is_choice(found.field) else glue_name(data_type)
        raise ValueError(f"unbox: the field '{'.'.join(path)}' is {kind}. Only texts can be unboxed")
    return found


def survey(frame: Frame, path: Path, parser: Parser) -> Survey:
    """Look at all texts of a column. This evaluates the frame."""
    boxes = frame.rows.select(text_item(frame, path).column.cast("binary").alias(_BOX))
    reports = boxes.mapInArrow(_Surveying(parser), _FOUND).collect()
    schemas = [pa.ipc.read_schema(pa.py_buffer(bytes(row.found))) for row in reports if row.found is not None]
    return Survey(
        merge_schemas(schemas).field(VALUE) if schemas else None,
        sum(row.unread for row in reports),
    )


def unbox(frame: Frame, path: Path, parser: Parser, field: pa.Field) -> Frame:
    """The frame with what the texts hold, as values of `field`, in the place of the texts."""
    return through(lambda frame: _unboxed(frame, path, parser, field), frame)


def _unboxed(frame: Frame, path: Path, parser: Parser, field: pa.Field) -> Frame:
    item = text_item(frame, path)
    made = field.with_name(item.name)
    if pat.is_null(field.type):
        opened, column = frame, F.lit(None)
    else:
        boxed = frame.rows.withColumn(_BOX, item.column.cast("binary"))
        schema = spark_types.StructType(
            [*frame.rows.schema.fields, spark_types.StructField(_BOX, spark_type(field.type))]
        )
        opened = replace(frame, rows=boxed.mapInArrow(_Opening(parser, field), schema))
        column = F.col(_BOX)
    return frame_of(opened, _with(items_of(opened), path, item.computed(column, made)))


@dataclass(frozen=True)
class Readable:
    """Keeps the records whose text at a path can be read, and those without a text there."""

    path: Path
    format: str
    parser: Parser

    def __call__(self, record: Mapping[str, Any]) -> bool:
        """True. Raises RecordUnreadable for a text that cannot be read."""
        found: Any = record
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            return True
        try:
            self.parser.check(found.encode() if isinstance(found, str) else bytes(found))
        except RecordUnreadable as error:
            where = f"the text in '{'.'.join(self.path)}' is not {self.format}"
            raise RecordUnreadable(where, error.place, error.reason) from None
        return True


def _with(items: Iterable[Item], path: Path, value: Item) -> list[Item]:
    """The items with another one in the place of that at a path."""
    name, *rest = path
    return [
        item
        if item.name != name
        else struct_item(name, _with(item.children(), tuple(rest), value), unless_null=item)
        if rest
        else value
        for item in items
    ]


@dataclass(frozen=True)
class _Surveying:
    """Batches of texts → one row: the schema of what they hold, and how many cannot be read."""

    parser: Parser

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schemas, unread = [], 0
        for batch in batches:
            there = [text for text in batch.column(0).to_pylist() if text is not None]
            if not there:
                continue
            schema, failed = self.parser.schema(there)
            unread += failed
            if schema.names:
                schemas.append(schema)
        found = merge_schemas(schemas).serialize().to_pybytes() if schemas else None
        yield pa.RecordBatch.from_arrays(
            [pa.array([found], pa.binary()), pa.array([unread], pa.int64())], ["found", "unread"]
        )


@dataclass(frozen=True)
class _Opening:
    """Batches whose last column has texts → the same with what the texts hold in that column."""

    parser: Parser
    field: pa.Field

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            values = self.parser.values(batch.columns[-1].to_pylist(), self.field)
            columns = [*batch.columns[:-1], values]
            yield nulls_below_nulls(pa.RecordBatch.from_arrays(columns, names=batch.schema.names))
