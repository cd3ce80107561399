"""The table of runs fits a terminal, and says what was read and written."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from placekeeper.cli.run_table import LOST, run_lines
from placekeeper.model.jobs import JobRun, JobRunState, OutputFate, RunSummary, SinkSummary, SourceSummary

STARTED_MS = 1_795_909_205_000
WIDTH = 80


def run(
    name: str,
    state: JobRunState,
    *,
    seconds: float = 3.2,
    read: int = 0,
    rows: int = 0,
    error: str = "",
    is_published: bool = True,
) -> JobRun:
    source = SourceSummary(
        name="s", context="s", counts={"new": read}, objects_read=read, bytes_read=0, seconds=1.0
    )
    sink = SinkSummary(path="file:///out/", files=1, rows=rows, bytes=1)
    return JobRun(
        id=f"jr_{'0123456789abcdef' * 4}",
        job_name=name,
        job_spec={},
        arguments={},
        state=state,
        attempt=0,
        started_ms=STARTED_MS,
        modified_ms=STARTED_MS,
        completed_ms=STARTED_MS + round(seconds * 1000),
        error_message=error or None,
        summary=RunSummary(sources=(source,), sinks=(sink,), published=is_published),
    )


RUNS = [
    run("orders", JobRunState.SUCCEEDED, read=1234, rows=5_678_901),
    run("a-job-with-quite-a-long-name", JobRunState.SUCCEEDED, seconds=86_400, read=99_999, rows=999_999),
    run("flights", JobRunState.FAILED, error=f"RecordUnreadable: s3://{'b' * 90}/x.csv, line 2\nmore"),
]


def test_every_line_fits_a_terminal_of_80_columns() -> None:
    lines = run_lines(RUNS, frozenset(), WIDTH)
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].split() == ["run", "id", "job", "state", "started", "took", "read", "wrote"]
    assert lines[1].split()[-4:] == ["3.2", "s", "1,234", "5.7M"]
    assert "a-job-with-q…" in lines[2]
    assert lines[2].endswith("24.0 h  99,999   999k")
    assert lines[4].startswith("  RecordUnreadable: s3://bbb")
    assert lines[4].endswith("…")


def test_without_a_terminal_nothing_is_cut() -> None:
    lines = run_lines(RUNS, frozenset())
    assert "a-job-with-quite-a-long-name" in lines[2]
    assert "2026-11-28 23:40:05Z" in lines[1]
    assert lines[4] == f"  RecordUnreadable: s3://{'b' * 90}/x.csv, line 2"


def test_a_run_whose_launcher_is_dead_says_so() -> None:
    [going_on] = [run("orders", JobRunState.RUNNING)]
    assert run_lines([going_on], {going_on.id})[2] == f"  {LOST}"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(99.94, "99.9 s"), (100, "2 min"), (5_999, "100 min"), (6_000, "1.7 h")]
)
def test_durations(seconds: float, shown: str) -> None:
    assert shown in run_lines([run("o", JobRunState.SUCCEEDED, seconds=seconds)], frozenset())[1]


def test_rows_that_were_never_published_were_not_written() -> None:
    [_, line, *_] = run_lines([run("o", JobRunState.FAILED, rows=3, is_published=False)], frozenset())
    assert line.split()[-1] == "0"


def test_rows_of_a_failed_run_are_those_that_somebody_can_see() -> None:
    """What waits is known when it has come to its end; before, a number would be wrong."""
    failed = run("o", JobRunState.FAILED, rows=3, is_published=False)
    assert failed.summary is not None
    waits = replace(failed, summary=replace(failed.summary, fate=OutputFate.WAITS))
    assert _wrote(waits) == ""
    assert _wrote(waits, {waits.id: 3}) == "3"
    at_once = replace(failed.summary, output_visibility="immediate")
    assert _wrote(replace(failed, summary=at_once)) == "3"


def _wrote(one: JobRun, visible: Mapping[str, int] = MappingProxyType({})) -> str:
    heading, line, *_ = run_lines([one], frozenset(), visible=visible)
    return line[heading.index("read") + len("read") :].strip()
