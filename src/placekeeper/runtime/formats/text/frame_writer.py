"""Text as `df.write.text` of Spark has it: the only column, a line for each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, frame_codec
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.kinds import NESTED

OPTIONS: Final = frozenset({"compression", "codec", "lineSep"})
"""Those of Spark's options that count here."""

_OF_VALUES: Final = {
    *("void", "boolean", "byte", "short", "integer", "long", "float", "double", "decimal"),
    *("binary", "date", "timestamp", "timestamp_ntz"),
}


@dataclass(frozen=True)
class FrameTextOutput:
    """Lines of text."""

    line_end: str = "\n"
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = NESTED | _OF_VALUES

    @classmethod
    def of(cls, options: FormatOptions) -> "FrameTextOutput":
        """The output that Spark's options describe. Raises UnsupportedFeature for an unknown codec."""
        return cls(options.text("lineSep", "\n"), frame_codec(options))

    @property
    def suffix(self) -> str:
        """`.txt`, `.txt.gz`, …"""
        return ".txt" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature unless there is one column."""
        if len(names) != 1:
            raise UnsupportedFeature(
                f"Text data source supports only a single column, and you have {len(names)} columns."
            )

    def writer(self, file: StagingFile, schema: pa.Schema) -> "FrameTextWriter":
        """A writer into `file`."""
        del schema
        return FrameTextWriter(CompressedFile(file, self.codec), self.line_end)


class FrameTextWriter:
    """Writes the values of the column as lines; null is an empty one."""

    buffered_bytes: Final = 0

    def __init__(self, file: CompressedFile, line_end: str) -> None:
        self._file = file
        self._end = line_end

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        lines = batch.column(0).to_pylist()
        self._file.write("".join(f"{line or ''}{self._end}" for line in lines).encode())

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.close()
