"""The quotes of a block of CSV: what is outside of them, which are plain, and which break the grammar."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from placekeeper.runtime.formats.csv.bits import Bits, moved_on, odd, packed, places, unpacked
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.places import Bytes, Flags, Wrong, first_of

Places = NDArray[np.intp]
_NEVER: Final = -1


@dataclass(frozen=True)
class Quotes:
    """The effect of the quotes of a block.

    ends: the separators and line ends that stand in no quoted field
    doubled: the second quotes of doubled ones; None if there are none
    begins: the quotes that begin a field
    is_open: whether a field is open at the end
    has_plain: whether fields that do not begin with a quote hold some, which are plain characters
    """

    ends: Flags
    doubled: Flags | None
    begins: Bits
    is_open: bool
    has_plain: bool
    wrong: Wrong | None

    def last(self) -> int:
        """The byte of the last quote that begins a field."""
        return int(places(self.begins, len(self.ends))[-1])


def quotes_of(text: Bytes, ends: Flags, quotes: Flags, dialect: Dialect) -> Quotes:
    """`ends` and `quotes` are the separators and line ends, and the quotes, that are not escaped.

    Quotes that are plain characters are looked for only where there are some: one after the other.
    """
    found = _followed(text, ends, quotes, dialect, has_plain=False)
    if found is not None:
        return found
    quotes = quotes.copy()
    quotes[plain_quotes(ends, quotes)] = False
    found = _followed(text, ends, quotes, dialect, has_plain=True)
    assert found is not None  # noqa: S101 - it looks for no plain ones
    return found


def plain_quotes(ends: Flags, quotes: Flags) -> Places:
    """The quotes within fields that do not begin with one. What follows an error is not looked at."""
    special = np.flatnonzero(ends | quotes)
    plain, begin, closed = [], 0, _NEVER
    is_quoted = False
    for place, is_quote in zip(special.tolist(), quotes.take(special).tolist(), strict=True):
        if is_quoted:
            if is_quote:
                is_quoted, closed = False, place
        elif closed != _NEVER:
            if place != closed + 1:  # text follows a closing quote
                break
            is_quoted, closed, begin = is_quote, _NEVER, place + 1
        elif not is_quote:
            begin = place + 1
        elif place == begin:
            is_quoted = True
        else:
            plain.append(place)
    return np.array(plain, np.intp)


def _followed(text: Bytes, ends: Flags, quotes: Flags, dialect: Dialect, *, has_plain: bool) -> Quotes | None:
    """What the quotes make of a block. With `has_plain`, plain ones were found and are not among them.

    Otherwise None, if there are some.
    """
    size = len(text)
    end, quote = packed(ends), packed(quotes)
    inside = odd(quote)
    opens, closes = quote & inside, quote & ~inside
    outside = end & ~inside
    # Before an opening quote there is a separator, a line end, or the closing quote that it doubles.
    before = moved_on(outside | closes)
    before[0] |= np.uint64(1)  # the block begins where a row begins
    if not has_plain and (opens & ~before).any():
        return None
    doubles = opens & moved_on(closes)
    begins = opens & ~doubles
    # After a closing quote, too. What follows the last byte is not known yet.
    loose = places(moved_on(closes) & ~(outside | quote), size) - 1
    broken = np.empty(0, np.intp) if dialect.multi_line else places(end & inside, size)
    broken = broken[text.take(broken) != ord(dialect.separator)]
    wrong = _wrong(loose, broken, begins, size, dialect)
    is_open = bool(unpacked(inside[-1:], (size - 1) % 64 + 1)[-1])
    doubled = unpacked(doubles, size) if doubles.any() else None
    return Quotes(unpacked(outside, size), doubled, begins, is_open, has_plain, wrong)


def _wrong(loose: Places, broken: Places, begins: Bits, size: int, dialect: Dialect) -> Wrong | None:
    """The first of text after closing quotes, and line ends in quoted fields."""
    if not (len(loose) or len(broken)):
        return None
    opening = places(begins, size)

    def since(position: int) -> int:
        return int(opening[np.searchsorted(opening, position, side="right") - 1])

    quote = dialect.quote
    return first_of(
        Wrong(int(loose[0]), _LOOSE.format(quote=quote), since(loose[0])) if len(loose) else None,
        Wrong(since(broken[0]), _BROKEN.format(quote=quote)) if len(broken) else None,
    )


_LOOSE: Final = (
    "text follows a closing quote ({quote}). Double a quote that belongs to the value, close the value that "
    "is open, or pass the format option quoteChar: -1 if quotes mean nothing in this file."
)
_BROKEN: Final = (
    "a quote ({quote}) that is opened on this line is not closed on it. Close it, or pass the format option "
    "multiLine: True if values hold line breaks, or quoteChar: -1 if quotes mean nothing in this file."
)
