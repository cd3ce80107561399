"""Runs as a table that fits a terminal: what ran, how it ended, what it read and wrote."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from placekeeper.cli.output import GAP, cut, instant
from placekeeper.model.jobs import JobRun, OutputFate, RunSummary
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_ids import short
from placekeeper.rules.jobs.run_options import Visibility

LOST = "the process that launched it is dead. The job's next run, or placekeeper dev, records that"
COLUMNS = ("run id", "job", "state", "started", "took", "read", "wrote")
_RIGHT = ("took", "read", "wrote")
_JOB = COLUMNS.index("job")
_SHORTEST_JOB = 8


def visible_line(rows: int) -> str:
    """What a killed run could not say itself: that its output is visible."""
    return f"It had committed before: its output is visible ({counted(rows, 'row')}), and is not made again"


def run_lines(
    runs: Sequence[JobRun],
    lost: Collection[str],
    width: int | None = None,
    *,
    visible: Mapping[str, int] = MappingProxyType({}),
) -> list[str]:
    """A line for each run below a heading, and one below it for each error.

    `read` counts objects, `wrote` rows. `lost` are the ids of runs whose launcher is dead, and `visible`
    the rows of killed runs whose output is visible. With the `width`
    of a terminal, names of jobs and errors are cut to it, and instants have no year.
    """
    rows = [COLUMNS, *(_row(run, visible.get(run.id), is_short=width is not None) for run in runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    if width is not None:
        others = sum(widths) - widths[_JOB] + len(GAP) * (len(COLUMNS) - 1)
        widths[_JOB] = max(_SHORTEST_JOB, min(widths[_JOB], width - others))
    lines = [_line(rows[0], widths)]
    for run, row in zip(runs, rows[1:], strict=True):
        lines.append(_line(row, widths))
        reason = LOST if run.id in lost else (run.error_message or "").partition("\n")[0]
        if reason:
            lines.append(cut(f"  {reason}", width))
        if run.id in visible:
            lines.append(cut(f"  {visible_line(visible[run.id])}", width))
    return lines


def _row(run: JobRun, visible: int | None, *, is_short: bool) -> tuple[str, ...]:
    summary = run.summary
    return (
        short(run.id),
        run.job_name,
        run.state,
        _without_year(run.started_ms) if is_short else instant(run.started_ms),
        "" if run.completed_ms is None else _seconds(run.completed_ms - run.started_ms),
        "" if summary is None else _count(sum(source.objects_read for source in summary.sources)),
        _wrote(summary, visible),
    )


def _wrote(summary: RunSummary | None, visible: int | None) -> str:
    rows = visible if summary is None or visible is not None else _published_rows(summary)
    return "" if rows is None else _count(rows)


def _published_rows(summary: RunSummary) -> int | None:
    """Rows that somebody can see; what a run has staged and dropped was never there.

    None if a part is visible and the summary does not say which.
    """
    is_in_part = summary.fate in (OutputFate.WAITS, OutputFate.STAYS_IN_PART) or summary.earlier_commits
    if not summary.published and summary.output_visibility == Visibility.IMMEDIATE:
        return sum(sink.rows for sink in summary.sinks)
    if not summary.published and is_in_part:
        return None
    return sum(sink.rows for sink in summary.sinks if summary.published or sink.of_batches)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if name in _RIGHT else cut(cell, width).ljust(width)
        for name, cell, width in zip(COLUMNS, row, widths, strict=True)
    ]
    return GAP.join(cells).rstrip()


def _without_year(epoch_ms: int) -> str:
    return f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%m-%d %H:%M:%S}"


def _seconds(ms: int) -> str:
    """`3.2 s`, `14 min`, `2.5 h`: at most seven characters."""
    if ms < 100_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms / 60_000:.0f} min" if ms < 100 * 60_000 else f"{ms / 3_600_000:.1f} h"


def _count(number: int) -> str:
    """`12,345`, `123k`, `4.5M`: at most six characters."""
    if number < 100_000:
        return f"{number:,}"
    return f"{number // 1000}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"
