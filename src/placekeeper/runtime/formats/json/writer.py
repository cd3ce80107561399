"""The writer of JSON: one object per line, without null fields, values spelled as Spark does."""

import base64
import datetime
import decimal
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

import msgspec
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.shared.calendar import has_calendar, refuse_beyond_calendar
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, text_codec
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import iso_timestamp, java_double, unwritable
from placekeeper.runtime.types.kinds import NESTED_KEY, REPEATED_NAME

_SLICE_ROWS: Final = 8192
_Shaper = Callable[[Any], Any]
_ZONED: Final = partial(iso_timestamp, zone="Z")
_UNZONED: Final = partial(iso_timestamp, zone="")


@dataclass(frozen=True)
class JsonOutput:
    """JSON Lines."""

    codec: str = "none"

    refused: ClassVar[frozenset[str]] = frozenset({REPEATED_NAME, NESTED_KEY})

    @classmethod
    def of(cls, options: FormatOptions) -> "JsonOutput":
        """The output that Glue's format options describe."""
        return cls(codec=text_codec(options.text("compression", "")))

    @property
    def suffix(self) -> str:
        """`.json`, `.json.gz`, `.json.bz2`, …"""
        return ".json" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for a name that occurs twice: readers take one of the two."""
        refuse_repeated(names, "json")

    def writer(self, file: StagingFile, schema: pa.Schema) -> "JsonWriter":
        """A writer into `file`."""
        return JsonWriter(CompressedFile(file, self.codec), schema)


@dataclass(frozen=True)
class JsonSpelling:
    """How values are spelled, which lines end how, and whether fields that are null are left out."""

    date: Callable[[datetime.date], str] = datetime.date.isoformat
    timestamp: Callable[[datetime.datetime], str] = _ZONED
    ntz: Callable[[datetime.datetime], str] = _UNZONED
    omits_nulls: bool = True
    line_end: str = "\n"


_GLUE_SPELLING: Final = JsonSpelling()


class _KeyTwice(Exception):
    """Two keys of a map have one text."""

    def __init__(self, column: str, key: str) -> None:
        super().__init__(column, key)
        self.column, self.key = column, key


class JsonWriter:
    """Writes batches as lines."""

    buffered_bytes: Final = 0

    def __init__(
        self, file: CompressedFile, schema: pa.Schema, spelling: JsonSpelling = _GLUE_SPELLING
    ) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()
        self._shape = _Shapers(spelling).struct(list(schema))
        self._end = spelling.line_end.encode()
        self._dated = [
            name for name, kind in zip(schema.names, schema.types, strict=True) if has_calendar(kind)
        ]
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a value that JSON cannot give back."""
        for name in self._dated:
            refuse_beyond_calendar(batch.column(name), name, self._rows + 1)
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            rows = batch.slice(begin, _SLICE_ROWS).to_pylist()
            self._file.write(self._lines(self._shaped(rows)))
            self._rows += len(rows)

    def _lines(self, shaped: list[Any]) -> bytes:
        if self._end == b"\n":
            return self._encoder.encode_lines(shaped)
        return b"".join(self._encoder.encode(one) + self._end for one in shaped)

    def _shaped(self, rows: list[dict[str, Any]]) -> list[Any]:
        try:
            return [self._shape(row) for row in rows]
        except _KeyTwice as error:
            row = next(number for number, row in enumerate(rows, self._rows + 1) if self._is_refused(row))
            why = f"two keys of a map are both {error.key!r} in JSON. Make an array of the map, or drop it."
            raise unwritable(error.column, row, why) from error

    def _is_refused(self, row: dict[str, Any]) -> bool:
        try:
            self._shape(row)
        except _KeyTwice:
            return True
        return False

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.close()


@dataclass(frozen=True)
class _Shapers:
    """Conversions of Python values of Arrow types for the encoder; null stays null."""

    spelling: JsonSpelling

    def struct(self, fields: list[pa.Field]) -> _Shaper:
        shapers = [(field.name, self.of(field.type, field.name)) for field in fields]
        omits_nulls = self.spelling.omits_nulls

        def shape(row: dict[str, Any] | None) -> dict[str, Any] | None:
            if row is None:
                return None
            if not omits_nulls:
                return {name: shaper(row[name]) for name, shaper in shapers}
            return {name: shaper(value) for name, shaper in shapers if (value := row[name]) is not None}

        return shape

    def of(self, data_type: pa.DataType, name: str) -> _Shaper:
        """The conversion for a type. `name` is the field that errors name."""
        if pat.is_struct(data_type):
            return self.struct(list(data_type.fields))
        if pat.is_map(data_type):
            return self._map(data_type, name)
        if pat.is_list(data_type):
            element = self.of(data_type.value_type, name)
            return lambda values: None if values is None else [element(value) for value in values]
        if pat.is_timestamp(data_type):
            return _unless_null(self.spelling.timestamp if data_type.tz else self.spelling.ntz)
        if pat.is_date(data_type):
            return _unless_null(self.spelling.date)
        if pat.is_float32(data_type):
            return lambda value: None if value is None else _number(_short_float(value))
        return _scalar

    def _map(self, data_type: pa.DataType, name: str) -> _Shaper:
        key_of, item_of = self.of(data_type.key_type, name), self.of(data_type.item_type, name)

        def shape(pairs: list[tuple[Any, Any]] | None) -> dict[str, Any] | None:
            if pairs is None:
                return None
            shaped: dict[str, Any] = {}
            for key, item in pairs:
                text = _key_text(key_of(key))
                if text in shaped:
                    raise _KeyTwice(name, text)
                shaped[text] = item_of(item)
            return shaped

        return shape


def _unless_null(spell: Callable[[Any], str]) -> _Shaper:
    return lambda value: None if value is None else spell(value)


def _scalar(value: object) -> object:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, decimal.Decimal):
        return msgspec.Raw(format(value, "f").encode())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _number(value: float) -> object:
    return value if math.isfinite(value) else java_double(value)


def _short_float(value: float) -> float:
    """The 64-bit float whose spelling is the shortest one of a 32-bit float: 0.1, not 0.10000000149."""
    return float(pa.scalar(value, pa.float32()).cast(pa.string()).as_py()) if math.isfinite(value) else value


def _key_text(key: object) -> str:
    """A key as text: what stands in the file for such a value, without quotes."""
    return key if isinstance(key, str) else msgspec.json.encode(key).decode()
