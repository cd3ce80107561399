"""JSON as `df.write.json` of Spark has it: one object per line, timestamps to the millisecond."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pyarrow as pa

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.json.column_texts import ColumnTexts
from placekeeper.runtime.formats.json.writer import JsonOutput, JsonWriter
from placekeeper.runtime.formats.shared import frame_texts
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, frame_codec
from placekeeper.runtime.formats.shared.frame_texts import FrameTexts
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frame_texts.OPTIONS | {
    *("compression", "codec", "ignoreNullFields", "lineSep", "encoding", "charset", "pretty"),
}
"""Those of Spark's options that count here, or are refused."""


@dataclass(frozen=True)
class FrameJsonOutput:
    """JSON Lines in Spark's spelling."""

    texts: FrameTexts = field(default_factory=FrameTexts)
    omits_nulls: bool = True
    line_end: str = "\n"
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = JsonOutput.refused

    @classmethod
    def of(cls, options: FormatOptions) -> "FrameJsonOutput":
        """The output that Spark's options describe. Raises UnsupportedFeature for what is not written."""
        options = options.also_called("encoding", "charset")
        if options.text("encoding", "UTF-8").upper() not in ("UTF-8", "UTF8"):
            raise UnsupportedFeature("df.write writes UTF-8 here. Leave the option encoding out.")
        options.refuse("pretty", because="a record is one line. Leave it out")
        return cls(
            FrameTexts.of(options),
            omits_nulls=options.flag("ignoreNullFields", default=True),
            line_end=options.text("lineSep", "\n"),
            codec=frame_codec(options),
        )

    @property
    def suffix(self) -> str:
        """`.json`, `.json.gz`, `.json.bz2`, …"""
        return ".json" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for a name that occurs twice."""
        JsonOutput().check_names(names)

    def writer(self, file: StagingFile, schema: pa.Schema) -> JsonWriter:
        """A writer into `file`."""
        texts = ColumnTexts(self.texts.column, self.omits_nulls)
        return JsonWriter(CompressedFile(file, self.codec), schema, texts, self.line_end)
