"""The quotes of a block of CSV: what stands outside of them, and which break the grammar."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from placekeeper.runtime.scan.csv.bits import Bits, moved_on, odd, packed, places, unpacked
from placekeeper.runtime.scan.csv.dialect import Dialect
from placekeeper.runtime.scan.csv.places import Bytes, Flags, Wrong, first_of

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Quotes:
    """What the quotes of a block make of it.

    ends: the separators and line ends that stand in no quoted field
    doubled: the second quotes of doubled ones; None if there are none
    begins: the quotes that begin a field
    is_open: whether a field is open at the end
    """

    ends: Flags
    doubled: Flags | None
    begins: Bits
    is_open: bool
    wrong: Wrong | None

    def last(self) -> int:
        """The byte of the last quote that begins a field."""
        return int(places(self.begins, len(self.ends))[-1])


def quotes_of(text: Bytes, ends: Flags, quotes: Flags, dialect: Dialect) -> Quotes:
    """`ends` and `quotes` are the separators and line ends, and the quotes, that are not escaped."""
    size = len(text)
    end, quote = packed(ends), packed(quotes)
    inside = odd(quote)
    opens, closes = quote & inside, quote & ~inside
    outside = end & ~inside
    # Before an opening quote there is a separator, a line end, or the closing quote that it doubles.
    before = moved_on(outside | closes)
    before[0] |= np.uint64(1)  # the block begins where a row begins
    doubles = opens & moved_on(closes)
    begins = opens & ~doubles
    stray = places(opens & ~before, size)
    # After a closing quote, too. What follows the last byte is not known yet.
    loose = places(moved_on(closes) & ~(outside | quote), size) - 1
    broken = np.empty(0, np.intp) if dialect.multi_line else places(end & inside, size)
    broken = broken[text.take(broken) != ord(dialect.separator)]
    wrong = _wrong(stray, loose, broken, begins, size, dialect)
    is_open = bool(unpacked(inside[-1:], (size - 1) % 64 + 1)[-1])
    doubled = unpacked(doubles, size) if doubles.any() else None
    return Quotes(unpacked(outside, size), doubled, begins, is_open, wrong)


def _wrong(
    stray: Places, loose: Places, broken: Places, begins: Bits, size: int, dialect: Dialect
) -> Wrong | None:
    """The first of stray quotes, text after closing ones, and line ends in quoted fields."""
    if not (len(stray) or len(loose) or len(broken)):
        return None
    opening = places(begins, size)

    def since(position: int) -> int:
        return int(opening[np.searchsorted(opening, position, side="right") - 1])

    quote = dialect.quote
    return first_of(
        Wrong(int(stray[0]), _STRAY.format(quote=quote)) if len(stray) else None,
        Wrong(int(loose[0]), _LOOSE.format(quote=quote), since(loose[0])) if len(loose) else None,
        Wrong(since(broken[0]), _BROKEN.format(quote=quote)) if len(broken) else None,
    )


_STRAY: Final = (
    "a quote ({quote}) stands within a field that does not begin with one. Quote the whole field and double "
    "the quote, or pass the format option quoteChar: -1 if quotes mean nothing in this file."
)
_LOOSE: Final = (
    "text follows a closing quote ({quote}). Double a quote that belongs to the value, close the value that "
    "is open, or pass the format option quoteChar: -1 if quotes mean nothing in this file."
)
_BROKEN: Final = (
    "a quote ({quote}) that is opened on this line is not closed on it. Close it, or pass the format option "
    "multiLine: True if values hold line breaks, or quoteChar: -1 if quotes mean nothing in this file."
)
