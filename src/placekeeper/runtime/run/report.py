"""A run's summary in lines, as it is said at the end of the run."""

from collections.abc import Collection, Mapping

from placekeeper.model.jobs import OutputFate, RunSummary, SinkSummary, SourceSummary, StageSummary
from placekeeper.model.plan import Reason
from placekeeper.model.wording import counted, size_text
from placekeeper.rules.jobs.glue_versions import RUN_GLUE_VERSION

_READ = [reason.value for reason in Reason if reason.is_read]
_SKIPPED = [reason.value for reason in Reason if not reason.is_read]


_SAID = {
    Reason.DEFERRED.value: "deferred (newer than the end of what this run reads: a later run reads them)"
}
"""Reasons that say too little by their names."""

_FATES = {
    OutputFate.NONE: "none of {which} was published",
    OutputFate.WAITS: "{which} is committed, and not all of it is visible yet",
    OutputFate.TAKEN_BACK: "none of {which} was published",
    OutputFate.STAYS_IN_PART: "{which} was published in part: the error says what is there",
}


def report_lines(
    summary: RunSummary,
    error_message: str | None = None,
    shown: str = "",
    said_before: Collection[str] = (),
) -> list[str]:
    """The lines: what was read and why, what was written, what the bookmark did, what to know.

    `shown` is the begin of the error message that the error stream has already, and is not said again.
    Nor are the notes `said_before`.
    """
    lines = [f"placekeeper: {_source_line(source)}" for source in summary.sources]
    lines += [f"placekeeper: {_sink_line(sink)}" for sink in summary.sinks]
    lines += [f"placekeeper: {line}" for stage in summary.stages if (line := _stage_line(stage))]
    if not summary.published and not all(sink.of_batches for sink in summary.sinks):
        which = "output since the last job.commit()" if summary.earlier_commits else "this output"
        lines.append(f"placekeeper: {_FATES[summary.fate].format(which=which)}")
    if summary.sources:
        tracked = sum(source.tracked for source in summary.sources)
        lines.append(f"placekeeper: {tracked:,} of {counted(len(summary.sources), 'source')} tracked")
    lines += [
        f"placekeeper: bookmark {name} committed as version {version}, before job.init() was called again"
        for name, version in summary.earlier_commits
        if version is not None
    ]
    opened, committed = summary.bookmark_versions
    if committed is not None:
        lines.append(
            f"placekeeper: bookmark {summary.bookmark_name} committed as version {committed} "
            f"in {summary.seconds:.1f} s on {summary.engine}{_as_glue(summary)}{_restored(summary)}"
        )
    elif opened is not None:
        lines.append(f"placekeeper: bookmark {summary.bookmark_name} did not move")
    lines += [f"placekeeper: note: {note}" for note in summary.notes if note not in said_before]
    lines += [f"placekeeper: warning: {warning}" for warning in summary.warnings]
    if error_message is not None:
        lines.append(f"placekeeper: FAILED{_reason(error_message, shown.rstrip('.'))}")
    return lines


def way_lines(summary: RunSummary) -> list[str]:
    """A line for each source of files: the reader that reads it, and why."""
    return [f"placekeeper: {_name(source)}: {source.way}" for source in summary.sources if source.way]


def _restored(summary: RunSummary) -> str:
    if summary.restored_version is None:
        return ""
    return f", and taken back: version {summary.restored_version} is the state before it"


def _as_glue(summary: RunSummary) -> str:
    is_usual = summary.glue_version in (None, RUN_GLUE_VERSION)
    return "" if is_usual else f" as Glue {summary.glue_version}"


def _reason(error_message: str, shown: str) -> str:
    if not shown or not error_message.startswith(shown):
        return f": {error_message.splitlines()[0]}"
    more = error_message.removeprefix(shown).strip(". ").splitlines()
    return f" with the error above{f'. {more[0]}' if more else ''}"


def _stage_line(stage: StageSummary) -> str:
    counts = [
        *([counted(stage.errors, "error record")] if stage.errors else []),
        *([f"{stage.dropped:,} dropped by exception"] if stage.dropped else []),
    ]
    site = f" ({stage.site})" if stage.site else ""
    return f"{stage.stage}{site}: {', '.join(counts)}. One says: {stage.sample}" if counts else ""


def _sink_line(sink: SinkSummary) -> str:
    catalog = f" ({sink.catalog})" if sink.catalog else ""
    files = f" in {counted(sink.files, 'file')}"
    if sink.files:
        files += _amount(None, sink.bytes, sink.seconds)
    elif sink.rows:  # a database has no files
        files = f" in {sink.seconds:.1f} s"
    return f"wrote {counted(sink.rows, 'row')}{files} to {sink.path}{catalog}"


def _source_line(source: SourceSummary) -> str:
    seconds = source.seconds + (source.reading_seconds or 0.0)
    if source.of_rows:
        return f"{_name(source)}: {_rows_line(source, f'{seconds:.1f} s')}"
    amount = _amount(source.rows_read, source.bytes_read, seconds) if source.objects_read else ""
    return f"{_name(source)}: {counts_line(source.counts, amount)}"


def _rows_line(source: SourceSummary, seconds: str) -> str:
    """`read 3 rows: 1 new, 2 late (0.4 s); skipped 0`; `read 3 rows (0.4 s)` where no bookmark follows."""
    if source.tracked or source.objects_read:
        amount = f" ({seconds})" if source.objects_read else ""
        return counts_line(source.counts, amount, "row")
    rows = "all rows" if source.rows_read is None else counted(source.rows_read, "row")
    return f"read {rows} ({seconds})"


def _name(source: SourceSummary) -> str:
    return source.context or f"{source.name} (not tracked)"


def _amount(rows: int | None, size: int, seconds: float) -> str:
    """` (165,178 rows, 13.4 MB in 1.2 s)`."""
    what = "" if rows is None else f"{counted(rows, 'row')}, "
    return f" ({what}{size_text(size)} in {seconds:.1f} s)"


def counts_line(counts: Mapping[str, int], amount: str = "", noun: str = "") -> str:
    """`read 1,033: 1,031 new, 1 late, 1 changed; skipped 179: done`, with an `amount` behind what is read.

    `noun` says what is counted, where it is no objects: "row".
    """
    return f"read {_detail(counts, _READ, noun)}{amount}; skipped {_detail(counts, _SKIPPED)}"


def _detail(counts: Mapping[str, int], reasons: list[str], noun: str = "") -> str:
    found = {_SAID.get(reason, reason): counts[reason] for reason in reasons if counts.get(reason)}
    number = sum(found.values())
    told = counted(number, noun) if noun else f"{number:,}"
    if len(found) < 2:
        return ": ".join([told, *found])
    return f"{told}: {', '.join(f'{n:,} {reason}' for reason, n in found.items())}"
