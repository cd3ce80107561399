"""How far a run has come, in numbers that are added up."""

from enum import StrEnum

import msgspec


class Stage(StrEnum):
    """What a run does with objects and files."""

    LISTING = "listing"
    TYPING = "typing"
    """Looking into objects for the names and types of columns."""
    READING = "reading"
    WRITING = "writing"
    PUBLISHING = "publishing"


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What was done of a stage, or is to be done: `done` of `total` objects or files, `size` of `total_size`
    bytes. A total of 0 is not known."""

    done: int = 0
    total: int = 0
    rows: int = 0
    size: int = 0
    total_size: int = 0

    def __add__(self, more: "Count") -> "Count":
        """Both together."""
        return Count(
            done=self.done + more.done,
            total=self.total + more.total,
            rows=self.rows + more.rows,
            size=self.size + more.size,
            total_size=self.total_size + more.total_size,
        )


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """What tasks have read of one source: rows, and the seconds during which at least one of them read.

    A frame that is evaluated twice is read twice, and counts twice.
    """

    rows: int
    seconds: float
