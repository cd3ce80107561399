"""The beginning of the next window, once all reads of a run under one context are known."""

from collections.abc import Sequence

import msgspec

from placekeeper.model.element import NextWindow
from placekeeper.model.source import Partition


def joined(one: NextWindow, other: NextWindow) -> NextWindow:
    """Join the windows of two reads under one context. The result stays open over what either read leaves."""
    return NextWindow(
        watermark_ms=min(one.watermark_ms, other.watermark_ms),
        band_ms=max(one.band_ms, other.band_ms),
        in_band=tuple({*one.in_band, *other.in_band}),
        unlisted=one.unlisted + other.unlisted,
        inexpressible=one.inexpressible + other.inexpressible,
    )


def committed(
    next_window: NextWindow,
    before: NextWindow | None,
    partitions: Sequence[Partition],
    *,
    leaves_some: bool,
    version: int,
) -> NextWindow:
    """The window as the commit `version` stores it: with `leaving_since` and the newest partitions.

    A run that leaves objects to the next one keeps the newest partitions of before, because the objects may
    be in newer ones.
    """
    before = before or NextWindow(watermark_ms=0)
    latest_ms, latest = before.latest_partition_ms, before.latest_partitions
    if partitions and not leaves_some:
        latest_ms, latest = _latest(partitions, before)
    return msgspec.structs.replace(
        next_window,
        in_band=tuple(sorted(next_window.in_band)),
        leaving_since=(before.leaving_since or version) if leaves_some else 0,
        latest_partition_ms=latest_ms,
        latest_partitions=latest,
    )


def _latest(partitions: Sequence[Partition], before: NextWindow) -> tuple[int, tuple[str, ...]]:
    newest_ms = max(before.latest_partition_ms, *(p.created_ms for p in partitions))  # some may be left out
    newest = {partition.path for partition in partitions if partition.created_ms == newest_ms}
    seen = before.latest_partitions if before.latest_partition_ms == newest_ms else ()
    return newest_ms, tuple(sorted(newest.union(seen)))
