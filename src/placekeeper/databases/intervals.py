"""Ranges of whole-number keys and single numbers as intervals that do not overlap."""

from collections.abc import Iterable, Iterator

from placekeeper.model.databases import IdRange, KeyRange

Interval = tuple[int | None, int | None]
"""First and last whole number, both included; None is no bound."""


def intervals(ranges: Iterable[KeyRange], ids: Iterable[IdRange], *, descending: bool) -> list[Interval]:
    """What any of the ranges or ids has, sorted in ascending order, no number twice."""
    found = [_interval(range, descending=descending) for range in ranges]
    found += [(id.first, id.last) for id in ids]
    return list(_merged(sorted((pair for pair in found if not _is_empty(pair)), key=_start)))


def _interval(range: KeyRange, *, descending: bool) -> Interval:
    after = None if range.after is None else int(range.after[0].text)
    upto = None if range.upto is None else int(range.upto[0].text)
    step = -1 if descending else 1
    first = None if after is None else after + step
    last = upto - step if upto is not None and range.to_before else upto
    return (last, first) if descending else (first, last)


def _is_empty(pair: Interval) -> bool:
    first, last = pair
    return first is not None and last is not None and first > last


def _start(pair: Interval) -> tuple[bool, int]:
    first, _ = pair
    return first is not None, first or 0


def _merged(pairs: Iterable[Interval]) -> Iterator[Interval]:
    current: Interval | None = None
    for first, last in pairs:
        if current is None:
            current = (first, last)
        elif current[1] is None or first is None or first <= current[1] + 1:
            ends = (current[1], last)
            current = (current[0], None if ends[0] is None or ends[1] is None else max(ends[0], ends[1]))
        else:
            yield current
            current = (first, last)
    if current is not None:
        yield current
