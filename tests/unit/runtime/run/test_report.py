"""A run's summary as it is said."""

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
        (source(25, 7, 0.1), "orders: read 3: new (7 rows, 25 bytes in 0.6 s); skipped 0"),
        (source(1_240_000_000, 5_178, 2.0), "orders: read 3: new (5,178 rows, 1.2 GB in 2.5 s); skipped 0"),
        (source(2_000_000, 1, 0.0), "orders: read 3: new (1 row, 2.0 MB in 0.5 s); skipped 0"),
        (source(2_000_000, None), "orders: read 3: new (2.0 MB in 0.5 s); skipped 0"),
        (replace(source(0, 0), counts={}, objects_read=0), "orders: read 0; skipped 0"),
        (
            replace(source(0, 0), counts={"new": 1_000_000, "late": 1, "done": 2_000}, objects_read=0),
            "orders: read 1,000,001: 1,000,000 new, 1 late; skipped 2,000: done",
        ),
        (
            replace(source(0, 0), counts={"deferred": 1}, objects_read=0),
            (
                "orders: read 0; skipped 1: deferred (newer than the end of what this run reads: "
                "a later run reads them)"
            ),
        ),
    ],
)
def test_a_source_says_rows_bytes_and_seconds(one: SourceSummary, said: str) -> None:
    assert report_lines(RunSummary(sources=(one,)))[0] == f"placekeeper: {said}"


@pytest.mark.parametrize(
    ("files", "size", "amount"),
    [
        (0, 0, " in 3.2 s"),
        (1, 1, " in 1 file (1 byte in 3.2 s)"),
        (2, 1_500_000, " in 2 files (1.5 MB in 3.2 s)"),
    ],
)
def test_a_sink_says_bytes_and_seconds(files: int, size: int, amount: str) -> None:
    sink = SinkSummary(path="s3://b/out/", files=files, rows=9, bytes=size, seconds=3.2)
    said = report_lines(RunSummary(sinks=(sink,)))[0]
    assert said == f"placekeeper: wrote 9 rows{amount} to s3://b/out/"


def test_the_way_of_each_source_of_files_has_a_line() -> None:
    files = replace(source(1, 1), way="read by the scan: a reason")
    untracked = replace(files, context="", name="s3://b/x/")
    assert way_lines(RunSummary(sources=(files, source(1, 1), untracked))) == [
        "placekeeper: orders: read by the scan: a reason",
        "placekeeper: s3://b/x/ (not tracked): read by the scan: a reason",
    ]
