"""What a run reads of a table of a database, and how far the next one looks back.

Keys are compared by the database alone. So a rule takes keys of rows that are there, and asks a function for
their order.

Source: docs/reference/database-bookmarks.md#bookmark-keys, #looking-back.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from placekeeper.model.databases import (
    BookmarkKeys,
    IdRange,
    Key,
    KeyRange,
    KeyType,
    LookBack,
    Moment,
)
from placekeeper.model.element import KeyElement
from placekeeper.rules.databases.key_values import is_time, moved, time_value, whole_number

_FAR: Final = 10**40
"""Beyond any whole number of a database."""


ComesBefore = Callable[[Key, Key], bool]
"""Whether one key comes before another in the order of reading; the second is that of a row that is there."""


class Reading(Struct, frozen=True, kw_only=True):
    """The keys that a run reads: `new` ones, and `late` ones among those that were read already.

    `last` is the key up to which the table is read then. `changed_since` is the lowest transaction whose rows
    can be late, where that is known. `nulls` says that rows with a null key are read too.
    """

    last: Key | None
    new: KeyRange | None = None
    late: KeyRange | None = None
    changed_since: int | None = None
    nulls: bool = False


class Split(Struct, frozen=True, kw_only=True):
    """The new keys in two parts: the `deep` ones that nobody looks at again, and those of the `window`.

    `old_window` are keys of the window that earlier runs have read.
    """

    deep: KeyRange | None = None
    window: KeyRange | None = None
    old_window: KeyRange | None = None


def upper_bound(
    types: Iterable[KeyType], moment: Moment, look_back: LookBack, *, descending: bool
) -> Key | None:
    """The last key that may be read: a time, by the clock of the database. None without a bound.

    A row with a key in the future would push the bookmark past all rows until then. Nobody knows the zone of
    a time without one, UTC or that of the database. The later clock counts, so that new rows are read; where
    rows are held back, the earlier one.
    """
    first = next(iter(types))
    if descending or not is_time(first):
        return None
    clocks = _clocks(first, moment)
    held_us = look_back.hold_back_seconds * 1_000_000
    value = time_value(first, min(clocks) - held_us if held_us else max(clocks))
    return None if value is None else (value,)


def before_running_second(last: Key | None, moment: Moment) -> Key | None:
    """The bound before the running second, if the last key is just that second; None if it is not.

    Such keys are most likely whole seconds. Then a row may come or change in this second without a later key.
    """
    if last is None or last[0].type not in ("timestamp", "timestamptz"):
        return None
    second, _, fraction = last[0].text.rstrip("Z").partition(".")
    for clock_us in () if fraction.strip("0") else _clocks(last[0].type, moment):
        running_us = clock_us // 1_000_000 * 1_000_000
        running = time_value(last[0].type, running_us)
        if running is not None and running.text.startswith(second):
            value = time_value(last[0].type, running_us - 1)
            return None if value is None else (value,)
    return None


def _clocks(first: KeyType, moment: Moment) -> tuple[int, ...]:
    """The clocks by which a time may have been written: without a zone, also that of the database's zone."""
    now_us = moment.now_us if moment.bound_us is None else moment.bound_us
    if first == "timestamptz" or moment.local_us is None:
        return (now_us,)
    return (now_us, moment.local_us)


def earlier_clock(first: KeyType, moment: Moment) -> Key | None:
    """The earlier clock by which a time may have been written; None where there is only one."""
    if not is_time(first) or len(set(clocks := _clocks(first, moment))) < 2:
        return None
    value = time_value(first, min(clocks))
    return None if value is None else (value,)


def reading(known: KeyElement | None, last: Key | None, moment: Moment, *, has_row_key: bool) -> Reading:
    """What is read up to the key `last` of a table, of which an earlier run has read what `known` says.

    `last` is the last key that comes after the known one, None if none does. Without a column that tells
    equal rows apart (`has_row_key`), all rows must be looked at to count them.
    """
    if known is None or known.last is None:
        new = None if last is None else KeyRange(upto=last)
        return Reading(last=last, new=new, nulls=known is None)
    new = None if last is None else KeyRange(after=known.last, upto=last)
    looks_back = known.recheck_after != known.last
    return Reading(
        last=known.last if last is None else last,
        new=new,
        late=KeyRange(after=known.recheck_after, upto=known.last) if looks_back else None,
        changed_since=_since(known, moment) if has_row_key else None,
    )


def split(reading: Reading, known: KeyElement | None, recheck: Key | None, before: ComesBefore) -> Split:
    """The new keys in parts, when later runs look again at what comes after the key `recheck`.

    It is that of a row that is there, or None: then they look at all.
    """
    before_new = None if known is None else known.last
    if reading.last is None:
        return Split()
    if before_new is None:
        return Split(
            deep=None if recheck is None else KeyRange(upto=recheck),
            window=None if recheck == reading.last else KeyRange(after=recheck, upto=reading.last),
        )
    if reading.new is not None and recheck is not None and before(before_new, recheck):
        return Split(
            deep=KeyRange(after=before_new, upto=recheck),
            window=None if recheck == reading.last else KeyRange(after=recheck, upto=reading.last),
        )
    old = None if recheck == before_new else KeyRange(after=recheck, upto=before_new)
    return Split(window=reading.new, old_window=old)


def time_behind(last: Key, look_back: LookBack, *, descending: bool) -> Key | None:
    """The time that lies `seconds` behind the last key; None where the first key is none."""
    if not is_time(last[0].type):
        return None
    value = moved(last[0], look_back.seconds if descending else -look_back.seconds)
    return None if value is None else (value,)


def earliest(keys: Iterable[Key | None], before: ComesBefore) -> Key | None:
    """The first of keys in the order of reading; None, which stands for the begin, comes before all."""
    found: Key | None = None
    for key in keys:
        if key is None:
            return None
        if found is None or before(key, found):
            found = key
    return found


def gap_range(
    keys: BookmarkKeys, begin: Key | None, last: Key | None, *, most: int | None = None
) -> IdRange | None:
    """The whole numbers after the key `begin` and up to `last` among which rows may be missing.

    None unless the keys are one unique whole number. `most` bounds how many of them, the last ones.
    """
    first, end = whole_number(begin), whole_number(last)
    if first is None or end is None or not keys.unique or len(keys.columns) != 1:
        return None
    if keys.descending:
        found = IdRange(end, first - 1)
        return found if most is None else IdRange(end, min(found.last, end + most - 1))
    found = IdRange(first + 1, end)
    return found if most is None else IdRange(max(found.first, end - most + 1), end)


def covered_ids(keys: BookmarkKeys, late: KeyRange | None) -> IdRange | None:
    """The whole numbers that are looked at again anyway; None if there are none."""
    if late is None:
        return None
    end = whole_number(late.upto)
    if end is None:
        return None
    begin = whole_number(late.after)
    if keys.descending:
        return IdRange(end, _FAR if begin is None else begin - 1)
    return IdRange(-_FAR if begin is None else begin + 1, end)


def _since(known: KeyElement, moment: Moment) -> int | None:
    """The transaction since which rows can be late.

    None if the database counts anew: it was restored, or another one stands in its place. Rows tell 32 bits:
    after half of those, nobody can say which id is the older one.
    """
    if known.since_xid is None or moment.oldest_xid is None:
        return None
    if not 0 <= moment.oldest_xid - known.since_xid < 2**31:
        return None
    return known.since_xid
