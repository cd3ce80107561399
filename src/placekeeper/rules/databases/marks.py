"""How far earlier runs had read when: the marks that tell where an open transaction may still write.

A transaction takes its keys after it began. So they do not come before the key that a run had reached before
that. They may be equal to it, where keys are coarse.

Source: docs/reference/database-bookmarks.md#looking-back.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from placekeeper.model.databases import Key, Moment, OpenTransaction, Reached

_MOST_AGES: Final = 40
"""Powers of two of a second: the oldest mark may be half a life old."""

_NEWEST: Final = 16


class OpenSince(Struct, frozen=True):
    """The oldest open transaction, and the key at or after which it may write; None for any key.

    With `is_known` false, the transaction is older than every mark.
    """

    transaction: OpenTransaction
    after: Key | None
    is_known: bool


def open_since(moment: Moment, reached: Sequence[Reached]) -> OpenSince | None:
    """Where the oldest open transaction may still write; None where none is open or nobody tells."""
    if not (moment.knows_open and moment.open):
        return None
    oldest = moment.open[0]
    before = [mark for mark in reached if mark.now_us < oldest.since_us]
    if before:
        return OpenSince(oldest, before[-1].last, is_known=True)
    return OpenSince(oldest, reached[0].last if reached else None, is_known=False)


def since_then(then_xid: int, now_xid: int) -> int | None:
    """How many ids were given since an id; None if rows cannot tell, as in another database.

    Rows tell 32 bits: after half of those, nobody can say which id is the older one.
    """
    given = now_xid - then_xid
    return given if 0 <= given < 2**31 else None


def with_mark(reached: Sequence[Reached], mark: Reached) -> tuple[Reached, ...]:
    """The marks with a new one, thinned: all of the newest, then one for each doubling of the age.

    Of marks with one key the first tells all. A clock that went back makes marks after it useless.
    """
    marks = [one for one in reached if one.now_us < mark.now_us]
    if not marks or marks[-1].last != mark.last:
        marks.append(mark)
    old, newest = marks[:-_NEWEST], marks[-_NEWEST:]
    by_age: dict[int, Reached] = {}
    for one in old:  # the oldest of an age stays: it lives on to be the only one of the next age
        age = ((mark.now_us - one.now_us) // 1_000_000).bit_length()
        by_age.setdefault(min(age, _MOST_AGES), one)
    return (*by_age.values(), *newest)
