"""Marks: those in force, their effect on one object, and the limit of bad files."""

from collections.abc import Iterable, Sequence

from placekeeper.model.bookmark import BookmarkVersion, Change
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason

DEFAULT_SHARE = 0.1
"""The share of a source's chosen objects that may be bad, unless a job says otherwise."""

OF_RUNS = frozenset({MarkKind.QUARANTINED, MarkKind.HELD})
"""What runs have noted: it ends with a reset, and with a rewind to before it."""

_OF_INTEREST = OF_RUNS | {MarkKind.SKIPPED}


def in_force(marks: Iterable[Mark], turns: Sequence[BookmarkVersion]) -> dict[str, Mark]:
    """The quarantines, skips and held tables in force, by path.

    `marks` are oldest first; the newest of a path counts.
    `turns` are the resets and rewinds of the bookmark. A reset ends what runs have noted. A rewind ends
    what they noted after the state to which it returns. A skip never ends by itself.
    """
    newest = {mark.path: mark for mark in marks}
    return {
        path: mark
        for path, mark in newest.items()
        if mark.kind in _OF_INTEREST and not any(_ends(turn, mark) for turn in turns)
    }


def _ends(turn: BookmarkVersion, mark: Mark) -> bool:
    if mark.kind not in OF_RUNS or turn.version <= mark.version:
        return False
    if turn.change is Change.REWIND:
        return mark.version >= (turn.state_version or 0)
    return turn.change is Change.RESET


def marked(reason: Reason, listed: ObjectMeta, mark: Mark | None) -> Reason:
    """The reason of an object that would be read for `reason`, given its mark in force.

    A quarantine holds for the unreadable object until it changes, a skip for any object of that path.
    """
    if mark is None or not (reason.is_read or reason is Reason.REFUSED):
        return reason
    if mark.kind is MarkKind.SKIPPED:
        return Reason.LEFT_OUT
    return Reason.QUARANTINED if mark.object is not None and is_same(mark.object, listed) else reason


def is_same(one: ObjectMeta, other: ObjectMeta) -> bool:
    """Whether two objects have the same time, size and e_tag."""
    return (one.last_modified_ms, one.size, one.e_tag) == (other.last_modified_ms, other.size, other.e_tag)


def most_bad(share: float, chosen: int) -> int:
    """The most bad objects among the chosen ones of a source: its share of them, at least one."""
    return max(1, int(chosen * share))
