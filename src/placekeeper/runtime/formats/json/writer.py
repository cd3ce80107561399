"""The writer of JSON: one object per line, without null fields, values spelled as Spark does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.json.column_texts import ColumnTexts, KeyTwice
from placekeeper.runtime.formats.shared.calendar import has_calendar, refuse_beyond_calendar
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, text_codec
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import text_bytes, unwritable
from placekeeper.runtime.types.kinds import NESTED_KEY, REPEATED_NAME

_SLICE_ROWS: Final = 32_768
_GLUE_TEXTS: Final = ColumnTexts()


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


class JsonWriter:
    """Writes batches as lines, each with its end."""

    buffered_bytes: Final = 0

    def __init__(
        self, file: CompressedFile, schema: pa.Schema, texts: ColumnTexts = _GLUE_TEXTS, line_end: str = "\n"
    ) -> None:
        self._file = file
        self._texts = texts
        self._end = line_end
        self._dated = [
            name for name, kind in zip(schema.names, schema.types, strict=True) if has_calendar(kind)
        ]
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a value that JSON cannot give back."""
        for name in self._dated:
            refuse_beyond_calendar(batch.column(name), name, self._rows + 1)
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            part = batch.slice(begin, _SLICE_ROWS)
            self._file.write(text_bytes(self._objects(part)))
            self._rows += part.num_rows

    def _objects(self, part: pa.RecordBatch) -> pa.Array:
        try:
            return self._texts.objects(part, self._end)
        except KeyTwice as error:
            row = next(row for row in range(part.num_rows) if self._is_refused(part.slice(row, 1)))
            why = f"two keys of a map are both {error.key!r} in JSON. Make an array of the map, or drop it."
            raise unwritable(error.column, self._rows + 1 + row, why) from error

    def _is_refused(self, row: pa.RecordBatch) -> bool:
        try:
            self._texts.objects(row)
        except KeyTwice:
            return True
        return False

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.close()
