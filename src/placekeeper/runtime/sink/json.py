"""JSON output: one object per line, fields that are null left out, values spelled as Spark spells them."""

import base64
import datetime
import decimal
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.scan.options import FormatOptions
from placekeeper.runtime.sink.canonical import UNWRITTEN
from placekeeper.runtime.sink.compress import Sink, codec_suffix, text_codec
from placekeeper.runtime.sink.text import iso_timestamp, java_double

_SLICE_ROWS: Final = 8192
_Shaper = Callable[[Any], Any]


@dataclass(frozen=True)
class JsonOutput:
    """JSON Lines."""

    codec: str = "none"

    refused: ClassVar[frozenset[str]] = UNWRITTEN

    @classmethod
    def of(cls, options: FormatOptions) -> "JsonOutput":
        """The output that Glue's format options describe."""
        return cls(codec=text_codec(options.text("compression", "")))

    @property
    def suffix(self) -> str:
        """`.json`, `.json.gz`, `.json.bz2`."""
        return ".json" + codec_suffix(self.codec)

    def writer(self, file: StagingFile, schema: pa.Schema) -> "JsonWriter":
        """A writer into `file`."""
        return JsonWriter(Sink(file, self.codec), schema)


class JsonWriter:
    """Writes batches as lines."""

    buffered_bytes: Final = 0

    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._sink = sink
        self._encoder = msgspec.json.Encoder()
        self._shape = _struct_shaper(list(schema))

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            rows = batch.slice(begin, _SLICE_ROWS).to_pylist()
            self._sink.write(self._encoder.encode_lines([self._shape(row) for row in rows]))

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._sink.close()


def _struct_shaper(fields: list[pa.Field]) -> _Shaper:
    shapers = [(field.name, _shaper(field.type)) for field in fields]

    def shape(row: dict[str, Any] | None) -> dict[str, Any] | None:
        if row is None:
            return None
        return {name: shaper(value) for name, shaper in shapers if (value := row[name]) is not None}

    return shape


def _shaper(data_type: pa.DataType) -> _Shaper:
    """What turns a Python value of an Arrow type into what the encoder takes; null stays null."""
    if pat.is_struct(data_type):
        return _struct_shaper(list(data_type.fields))
    if pat.is_map(data_type):
        item = _shaper(data_type.item_type)
        return lambda pairs: None if pairs is None else {_key(key): item(value) for key, value in pairs}
    if pat.is_list(data_type):
        element = _shaper(data_type.value_type)
        return lambda values: None if values is None else [element(value) for value in values]
    if pat.is_timestamp(data_type):
        zone = "Z" if data_type.tz else ""
        return lambda value: None if value is None else iso_timestamp(value, zone=zone)
    if pat.is_float32(data_type):
        return lambda value: None if value is None else _number(_short_float(value))
    return _scalar


def _scalar(value: object) -> object:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, decimal.Decimal):
        return msgspec.Raw(format(value, "f").encode())
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _number(value: float) -> object:
    return value if math.isfinite(value) else java_double(value)


def _short_float(value: float) -> float:
    """The 64-bit float whose spelling is the shortest one of a 32-bit float: 0.1, not 0.10000000149."""
    return float(pa.scalar(value, pa.float32()).cast(pa.string()).as_py()) if math.isfinite(value) else value


def _key(key: object) -> str:
    return (
        key
        if isinstance(key, str)
        else str(_scalar(key)).lower()
        if isinstance(key, bool)
        else str(_scalar(key))
    )
