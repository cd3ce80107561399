"""The quotes of a block of CSV: which open a field, which close it, and which break the grammar."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from placekeeper.runtime.scan.csv.dialect import Dialect
from placekeeper.runtime.scan.csv.places import NOWHERE, Bytes, Flags, Positions, Wrong, first_of


@dataclass(frozen=True)
class Quotes:
    """Where the quotes of a block are.

    outside: ordinals of the specials that are no quotes and stand in no quoted field
    quoted: of each of these, whether the field that it ends is quoted
    opening: bytes of the quotes that begin a field; known where one is wrong or open, and else empty
    doubled: bytes that are the second quote of a doubled one
    """

    outside: Positions
    quoted: Flags
    opening: Positions
    doubled: Positions
    wrong: Wrong | None


def quotes_of(at: Positions, kind: Bytes, size: int, dialect: Dialect) -> Quotes | None:
    """None where there are no quotes."""
    is_quote = kind == ord(dialect.quote) if dialect.quote is not None else np.zeros(0, bool)
    if not is_quote.any():
        return None
    inside = _odd(is_quote)
    opens, closes = is_quote & inside, is_quote & ~inside
    # Before an opening quote there is a separator, a line end, or the closing quote that it doubles.
    follows = np.empty(len(at), bool)
    follows[0] = at[0] == 0
    np.equal(at[1:], at[:-1] + 1, out=follows[1:])
    doubles = np.zeros(len(at), bool)
    doubles[1:] = opens[1:] & follows[1:] & is_quote[:-1]
    stray = opens & ~follows
    # After a closing quote, too. What follows the last byte is not known yet.
    loose = closes.copy()
    loose[:-1] &= ~follows[1:]
    loose[-1] &= at[-1] != size - 1
    broken = inside & (kind != ord(dialect.separator)) & ~is_quote
    outside = np.flatnonzero(~(inside | is_quote)).astype(np.int32)
    quoted = closes.take(outside - 1, mode="wrap")
    quoted[:1] &= outside[:1] > 0
    wrongs = (stray, loose, broken) if not dialect.multi_line else (stray, loose)
    if inside[-1] or any(wrong.any() for wrong in wrongs):
        opening = at[opens & ~doubles]
        wrong = _wrong_quote(at, opening, wrongs, dialect)
    else:
        opening, wrong = NOWHERE, None
    doubled = at[doubles] if doubles.any() else NOWHERE
    return Quotes(outside, quoted, opening, doubled, wrong)


def _odd(flags: Flags) -> Flags:
    """Of each place, whether the number of flags up to it is odd: 64 places at a time."""
    words = np.zeros(-(-len(flags) // 64), "<u8")
    packed = np.packbits(flags, bitorder="little")
    words.view(np.uint8)[: len(packed)] = packed
    for distance in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(distance)
    odd_so_far = np.bitwise_xor.accumulate(words >> np.uint64(63))
    words[1:] ^= np.uint64(0) - odd_so_far[:-1]  # all ones where it is odd
    return np.unpackbits(words.view(np.uint8), count=len(flags), bitorder="little").view(bool)


def _wrong_quote(
    at: Positions, opening: Positions, wrongs: tuple[Flags, ...], dialect: Dialect
) -> Wrong | None:
    """The first of stray quotes, text after closing ones, and line ends in quoted fields."""
    found = []
    for wrong, reason in zip(wrongs, (_STRAY, _LOOSE, _BROKEN), strict=False):
        if not wrong.any():
            continue
        position = int(at[wrong.argmax()])
        since = int(opening[max(int(np.searchsorted(opening, position, side="right")) - 1, 0)])
        said = reason.format(quote=dialect.quote)
        begin = since if reason is _BROKEN else position
        found.append(Wrong(begin, said, since if reason is _LOOSE else None))
    return first_of(*found)


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
