"""One summary for what all batches of a stream wrote to a target."""

from collections.abc import Sequence

from msgspec.structs import replace

from placekeeper.model.jobs import SinkSummary


def summed(sinks: Sequence[SinkSummary]) -> list[SinkSummary]:
    """One summary for what all batches wrote to a target under one context: a stream may have many."""
    sums: dict[tuple[str, str], SinkSummary] = {}
    for one in sinks:
        if one.of_batches:
            known = sums.get((one.path, one.context))
            sums[one.path, one.context] = one if known is None else _sum(known, one)
    return [*(one for one in sinks if not one.of_batches), *sums.values()]


def _sum(one: SinkSummary, other: SinkSummary) -> SinkSummary:
    return replace(
        one,
        files=one.files + other.files,
        rows=one.rows + other.rows,
        bytes=one.bytes + other.bytes,
        seconds=one.seconds + other.seconds,
    )
