"""Where the texts of fields begin and end in a block of CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from placekeeper.runtime.formats.csv.places import Bytes, Positions


@dataclass(frozen=True)
class Bounds:
    """Of the fields of a block, one behind the other.

    ends: the separator or the line end behind each field
    after: the byte at which what follows that begins
    quote: the byte that stands around some fields; None if there is none in the block
    """

    text: Bytes
    ends: Positions
    after: Positions
    quote: int | None

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def all(self) -> Positions:
        """Of the text of every field, without its quotes: its start and its end, by turns."""
        bounds = np.zeros(len(self) * 2, np.int32)
        bounds[1::2] = self.ends
        bounds[2::2] = self.after[: max(len(self) - 1, 0)]
        if self.quote is not None:
            quoted = self.text.take(bounds[0::2]) == self.quote
            bounds[0::2] += quoted
            bounds[1::2] -= quoted
        return bounds

    def start_of(self, ordinals: Positions) -> Positions:
        """The starts of fields, with their quotes."""
        return np.where(ordinals == 0, 0, self.after.take(ordinals - 1, mode="clip")).astype(np.int32)

    def of_columns(self, first: int, count: int, width: int, numbers: Sequence[int]) -> Positions:
        """The same as `all` of the columns with these rising numbers, row by row.

        There are `count` rows of `width` fields from the field `first` on, and nothing between them.
        """
        table = slice(first, first + count * width)
        ends, after = self.ends[table].reshape(count, width), self.after[table].reshape(count, width)
        bounds = np.empty((count, len(numbers), 2), np.int32)
        for place, number in enumerate(numbers):
            starts, stops = bounds[:, place, 0], bounds[:, place, 1]
            stops[:] = ends[:, number]
            if number:
                starts[:] = after[:, number - 1]
            else:
                starts[1:] = after[:-1, -1]
                starts[:1] = self.after[first - 1] if first else 0
            if self.quote is not None:
                quoted = self.text.take(starts) == self.quote
                if quoted.any():
                    starts += quoted
                    stops -= quoted
        return bounds.ravel()
