"""A reader of files whose records are made of those of another reader."""

from dataclasses import dataclass, replace
from typing import BinaryIO, Self

from placekeeper.runtime.formats.format import Reader, why_whole
from placekeeper.runtime.formats.shared.given_records import Given, giving
from placekeeper.runtime.formats.shared.malformed import Malformed, keeping
from placekeeper.runtime.formats.shared.together import together_bytes


@dataclass(frozen=True)
class WrappedReader:
    """What is asked of a reader besides its records, as `reader` answers it.

    A class of this kind gives records away if it has `of_given` (see GivesRecords), and reads objects
    together if it has `read_together` (see ReadsTogether). Large objects are cut if it has `read_range`.
    """

    reader: Reader

    @property
    def reads_all_for_schema(self) -> bool:
        """See Reader."""
        return self.reader.reads_all_for_schema

    @property
    def together_bytes(self) -> int:
        """See ReadsTogether."""
        return together_bytes(self.reader)

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        """See ReadsRanges."""
        if self.reader.reads_all_for_schema:  # a column of a later piece would come behind the added ones
            return "columns are added behind its own, which are found by reading all of it"
        return why_whole(self.reader, file, path, least)

    def keeping(self, malformed: Malformed) -> Self:
        """See KeepsMalformed."""
        return replace(self, reader=keeping(self.reader, malformed))

    def giving(self, given: Given) -> Self | None:
        """See GivesRecords."""
        own = giving(self.reader, given)
        return None if own is None else replace(self, reader=own)
