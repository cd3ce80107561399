"""Sets of bookmark versions as sorted ranges, both ends in them: few ranges, however many versions."""

from collections.abc import Iterable, Sequence

from placekeeper.model.segments import VersionRanges


def united(
    ranges: Iterable[tuple[int, int]], *, apart: Sequence[tuple[int, int]] | None = None
) -> VersionRanges:
    """The union. Ranges become one where they touch; with `apart`, also across a gap with none of it."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and (first <= joined[-1][1] + 1 or _is_free(joined[-1][1], first, apart)):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _is_free(after: int, before: int, apart: Sequence[tuple[int, int]] | None) -> bool:
    return apart is not None and not any(first < before and last > after for first, last in apart)


def contain(ranges: VersionRanges, inner: VersionRanges) -> bool:
    """Whether every version of `inner` is in `ranges`."""
    return all(any(first <= low and high <= last for first, last in ranges) for low, high in inner)


def newest_in_both(one: VersionRanges, other: VersionRanges) -> int | None:
    """The largest version that is in both, None when there is none."""
    common = (
        min(last, high) for first, last in one for low, high in other if max(first, low) <= min(last, high)
    )
    return max(common, default=None)


def up_to(ranges: VersionRanges, bound: int) -> VersionRanges:
    """The versions that are at most `bound`."""
    return tuple((first, min(last, bound)) for first, last in ranges if first <= bound)
