"""The progress of a run in one line for a person."""

from collections.abc import Mapping

from rich.filesize import decimal

from placekeeper.model.progress import Count, Stage
from placekeeper.model.wording import counted

_SURE_AFTER_S = 2.0
_SURE_FROM = 0.02
"""The part of a stage, and the seconds of it, after which the time that is left is shown."""


def progress_text(counts: Mapping[Stage, Count], now: Stage, seconds: Mapping[Stage, float]) -> str:
    """The line: what the run does now, and the time that is left where it can be estimated.

    `now` is the stage of which something was counted last; `seconds` says how long each stage has gone on.
    Reading and writing go on together.
    """
    count, taken = counts[now], seconds.get(now, 0.0)
    match now:
        case Stage.LISTING:
            return f"listing: {counted(count.done, 'object')}"
        case Stage.TYPING:
            return f"looking for columns: {_of(count, 'object')}{_left(count, taken)}"
        case Stage.PUBLISHING:
            return f"publishing: {_of(count, 'file')}{_left(count, taken)}"
    read, written = counts.get(Stage.READING, Count()), counts.get(Stage.WRITING, Count())
    wrote = f"{decimal(written.size)} written" if written.size else ""
    rows = f"{counted(read.rows, 'row')} read" if read.rows else ""
    if written.size and read.done >= read.total:  # the last rows are on their way
        return "; ".join(
            filter(None, (f"writing: {counted(written.done, 'file')}, {decimal(written.size)}", rows))
        )
    reading = f"reading: {_of(read, 'object')}{_left(read, seconds.get(Stage.READING, 0.0))}"
    return "; ".join(filter(None, (reading, wrote, rows)))


def _of(count: Count, thing: str) -> str:
    """`12 of 40 objects, 1.2 GB of 4.0 GB`; the totals only while they hold: a frame may be read twice."""
    if not 0 < count.total >= count.done:
        return f"{counted(count.done, thing)}, {decimal(count.size)}"
    sizes = f", {decimal(count.size)} of {decimal(count.total_size)}" if count.total_size else ""
    return f"{count.done:,} of {counted(count.total, thing)}{sizes}"


def _left(count: Count, seconds: float) -> str:
    part = count.size / count.total_size if count.total_size else count.done / max(1, count.total)
    if seconds < _SURE_AFTER_S or not _SURE_FROM <= part < 1 or count.done > count.total:
        return ""
    return f", {_duration(seconds * (1 - part) / part)} left"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
