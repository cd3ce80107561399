"""A run's summary as it is said: amounts where they are worth a word."""

import pytest
from msgspec.structs import replace

from placekeeper.model.jobs import RunSummary, SinkSummary, SourceSummary
from placekeeper.runtime.run.report import report_lines, way_lines


def source(size: int, rows: int | None, reading: float | None = None) -> SourceSummary:
    return SourceSummary(
        name="orders",
        context="orders",
        counts={"new": 3},
        objects_read=3,
        bytes_read=size,
        seconds=0.5,
        rows_read=rows,
        reading_seconds=reading,
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (source(999_999, 7, 1.0), "orders: read 3: new; skipped 0"),
        (
            source(1_240_000_000, 5_178, 2.0),
            "orders: read 3: new; skipped 0 (5,178 rows, 1,240.0 MB in 2.5 s)",
        ),
        (source(2_000_000, 1, 0.0), "orders: read 3: new; skipped 0 (1 row, 2.0 MB in 0.5 s)"),
        (source(2_000_000, None), "orders: read 3: new; skipped 0 (2.0 MB in 0.5 s)"),
    ],
)
def test_a_source_says_rows_bytes_and_seconds(one: SourceSummary, said: str) -> None:
    assert report_lines(RunSummary(sources=(one,)))[0] == f"placekeeper: {said}"


@pytest.mark.parametrize(("size", "amount"), [(999_999, ""), (1_500_000, " (1.5 MB in 3.2 s)")])
def test_a_sink_says_bytes_and_seconds(size: int, amount: str) -> None:
    sink = SinkSummary(path="s3://b/out/", files=2, rows=9, bytes=size, seconds=3.2)
    said = report_lines(RunSummary(sinks=(sink,)))[0]
    assert said == f"placekeeper: wrote 9 rows in 2 files{amount} to s3://b/out/"


def test_the_way_of_each_source_of_files_has_a_line() -> None:
    files = replace(source(1, 1), way="read by the scan: a reason")
    untracked = replace(files, context="", name="s3://b/x/")
    assert way_lines(RunSummary(sources=(files, source(1, 1), untracked))) == [
        "placekeeper: orders: read by the scan: a reason",
        "placekeeper: s3://b/x/ (not tracked): read by the scan: a reason",
    ]
