"""The registry of formats: one row each. All questions about a format's name are answered here.

Some formats bring libraries that the others do not need. So `_of` imports their readers and writers by
name, when a script uses the format.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed
from placekeeper.rules.catalog.serdes import (
    AVRO_SERDE,
    CSV_CLASSIFIED,
    GROK_SERDE,
    JSON_SERDE,
    LAZY_SIMPLE,
    OPEN_CSV,
    ORC_SERDE,
    PARQUET_HIVE,
    XML_CLASSIFIED,
    SerDe,
)
from placekeeper.runtime.formats.avro import options as avro_options
from placekeeper.runtime.formats.csv import frame_writer as csv_frames
from placekeeper.runtime.formats.csv import options as csv_options
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.csv.writer import CsvOutput
from placekeeper.runtime.formats.format import Format, OutputFormat, Reader
from placekeeper.runtime.formats.grok import options as grok_options
from placekeeper.runtime.formats.json import frame_writer as json_frames
from placekeeper.runtime.formats.json import options as json_options
from placekeeper.runtime.formats.orc import options as orc_options
from placekeeper.runtime.formats.parquet import options as parquet_options
from placekeeper.runtime.formats.parquet.reader import ParquetReader
from placekeeper.runtime.formats.parquet.writer import ParquetOutput
from placekeeper.runtime.formats.shared.declared_columns import OPTION
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.text import frame_writer as text_frames
from placekeeper.runtime.formats.xml import options as xml_options


def _of(module: str, name: str, options: FormatOptions) -> Any:
    """What a class of a module below this package makes of options. The module is imported now."""
    return getattr(importlib.import_module(f"placekeeper.runtime.formats.{module}"), name).of(options)


_CSV: Final = Format(
    name="csv",
    options=csv_options.OPTIONS,
    of_reading=csv_options.OF_READING,
    of_writing=csv_options.OF_WRITING,
    reader=CsvReader.of,
    output=CsvOutput.of,
    is_grouped=True,
    keeps_malformed=True,
    serdes=(OPEN_CSV, LAZY_SIMPLE, CSV_CLASSIFIED),
)
_JSON: Final = Format(
    name="json",
    options=json_options.OPTIONS,
    of_reading=json_options.OF_READING,
    reader=partial(_of, "json.reader", "JsonReader"),
    output=partial(_of, "json.writer", "JsonOutput"),
    is_grouped=True,
    keeps_malformed=True,
    serdes=(JSON_SERDE,),
)
_PARQUET: Final = Format(
    name="parquet",
    other_names=("glueparquet",),
    options=parquet_options.OPTIONS,
    of_reading=parquet_options.OPTIONS,
    without_effect=parquet_options.WITHOUT_EFFECT,
    reader=ParquetReader.of,
    output=ParquetOutput.of,
    native_names=frozenset({"parquet"}),
    serdes=(PARQUET_HIVE,),
)
_ORC: Final = Format(
    name="orc",
    options=orc_options.OPTIONS,
    of_reading=orc_options.OPTIONS,
    reader=partial(_of, "orc.reader", "OrcReader"),
    output=partial(_of, "orc.writer", "OrcOutput"),
    native_names=frozenset({"orc"}),
    serdes=(ORC_SERDE,),
)
_AVRO: Final = Format(
    name="avro",
    options=avro_options.OPTIONS,
    of_reading=avro_options.OF_READING,
    reader=partial(_of, "avro.reader", "AvroReader"),
    output=partial(_of, "avro.writer", "AvroOutput"),
    serdes=(AVRO_SERDE,),
)
_XML: Final = Format(
    name="xml",
    options=xml_options.OPTIONS,
    required=frozenset({"rowTag"}),
    of_reading=xml_options.OF_READING,
    of_writing=xml_options.OF_WRITING,
    reader=partial(_of, "xml.reader", "XmlReader"),
    output=partial(_of, "xml.writer", "XmlOutput"),
    is_grouped=True,
    keeps_malformed=True,
    serdes=(XML_CLASSIFIED,),
)
_GROK: Final = Format(
    name="groklog",
    options=grok_options.OPTIONS,
    required=frozenset({"logFormat"}),
    of_reading=grok_options.OPTIONS,
    reader=partial(_of, "grok.reader", "GrokReader"),
    is_grouped=True,
    keeps_malformed=True,
    serdes=(GROK_SERDE,),
)


@dataclass(frozen=True)
class Formats:
    """Formats by their names. A name is taken in any case."""

    rows: tuple[Format, ...]

    def including(self, row: Format) -> "Formats":
        """These formats and one more. Raises ValueError for a name that is taken."""
        taken = sorted(name for known in self.rows for name in set(row.names) & set(known.names))
        if taken:
            raise ValueError(f"there is a format of the name {', '.join(taken)} already")
        return Formats((*self.rows, row))

    def readable(self, name: str) -> Format:
        """The format that a script reads. Raises UnsupportedFeature, with the names there are."""
        return self._found(name, [row for row in self.rows if row.reader is not None], "read")

    def writable(self, name: str) -> Format:
        """The format that a script writes. Raises UnsupportedFeature, with the names there are."""
        return self._found(name, [row for row in self.rows if row.output is not None], "written")

    def reader(self, name: str, options: Mapping[str, object]) -> Reader:
        """The reader of a format. Raises UnsupportedFeature for a format or an option that is not read."""
        row = self.readable(name)
        assert row.reader is not None  # noqa: S101 - `readable` found it
        chosen = FormatOptions(options)
        if OPTION not in row.options:
            chosen.refuse(OPTION, because="it counts for json and xml. Call with_frame_schema of the frame")
        return row.reader(chosen.also_called("compressionType", "compression"))

    def output(self, name: str, options: Mapping[str, object]) -> OutputFormat:
        """The maker of a format's writers. Raises UnsupportedFeature for what is not written here."""
        make = self.writable(name).output
        assert make is not None  # noqa: S101 - `writable` found it
        return make(FormatOptions(options).also_called("compression", "compressionType"))

    def of_serde(self, serde: SerDe) -> Format:
        """The format of the files of a catalog table. Raises UnsupportedFeature if none has this SerDe."""
        found = next((row for row in self.rows if serde in row.serdes), None)
        if found is None:
            raise UnsupportedFeature(f"No format that is read here has the SerDe {serde.name}.")
        return found

    def is_native(self, name: str) -> bool:
        """True if AWS leaves files of this name to Spark's own reader."""
        return any(name.lower() in row.native_names for row in self.rows)

    def listed(self, word: str) -> str:
        """The names in a sentence: `csv, json or parquet` with the word `or`."""
        return listed([row.name for row in self.rows], word)

    @staticmethod
    def _found(name: str, rows: Sequence[Format], done: str) -> Format:
        found = next((row for row in rows if name.lower() in row.names), None)
        if found is None:
            there = listed([row.name for row in rows], "and")
            raise UnsupportedFeature(f"The format {name!r} is not {done} yet: {there} are.")
        return found


@dataclass(frozen=True, kw_only=True)
class FrameFormat:
    """A format of `df.write`: Spark's names, Spark's options that count here, and the maker of its writers.

    `codec_setting` is the key of the session's configuration that names the codec.
    """

    name: str
    other_names: frozenset[str] = frozenset()
    options: frozenset[str]
    output: Callable[[FormatOptions], OutputFormat]
    codec_setting: str = ""


_FRAME_FORMATS: Final = (
    FrameFormat(
        name="csv",
        other_names=frozenset({"com.databricks.spark.csv"}),
        options=csv_frames.OPTIONS,
        output=csv_frames.FrameCsvOutput.of,
    ),
    FrameFormat(name="json", options=json_frames.OPTIONS, output=json_frames.FrameJsonOutput.of),
    FrameFormat(
        name="parquet",
        options=frozenset({"compression"}),
        output=ParquetOutput.of,
        codec_setting="spark.sql.parquet.compression.codec",
    ),
    FrameFormat(
        name="orc", options=frozenset({"compression"}), output=partial(_of, "orc.writer", "OrcOutput")
    ),
    FrameFormat(name="text", options=text_frames.OPTIONS, output=text_frames.FrameTextOutput.of),
)


def frame_format(name: str) -> FrameFormat | None:
    """The format of `df.write` of a name, in any case; None for one that engines write themselves."""
    lowered = name.lower()
    return next((row for row in _FRAME_FORMATS if lowered == row.name or lowered in row.other_names), None)


FORMATS: Final = Formats((_CSV, _JSON, _PARQUET, _ORC, _AVRO, _XML, _GROK))
"""The formats that are read and written here."""
