"""What `placekeeper plan` prints, and when: rows come while objects are listed, and none is kept."""

import io
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from placekeeper.cli.plan_output import print_plan_json, print_plan_tables
from placekeeper.control.bookmarks.plan_file import Plan
from placekeeper.control.bookmarks.plan_stream import PlanStream, SourceStream
from placekeeper.control.bookmarks.selection import select_as_listed
from placekeeper.model import kinds
from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.model.plan import Reason
from placekeeper.model.source import FileSource
from placekeeper.rules.selection.choice import Choice

SOURCE = FileSource(connection_type="s3", paths=("s3://b/",), format="csv", recurse=True)
ROWS = 500

Print = Callable[[PlanStream], None]


def table(plan: PlanStream) -> None:
    print_plan_tables(plan, lambda decision: True, both=False)


class Listed:
    """A store of so many batches of objects, that tells when the next batch is listed."""

    def __init__(self, batches: int, listed: Callable[[int], None] = lambda _: None) -> None:
        self.batches = batches
        self.listed = listed

    def listing(self, *_: Any, **__: Any) -> Iterator[pa.RecordBatch]:
        for number in range(self.batches):
            self.listed(number)
            yield self.batch(number)

    def batch(self, number: int) -> pa.RecordBatch:
        paths = [f"s3://b/{number:06}/{row:06}" for row in range(ROWS)]
        columns = [paths, [number] * ROWS, [7] * ROWS, ["e"] * ROWS, [None] * ROWS]
        return pa.record_batch(columns, schema=LISTING_SCHEMA)

    def rows(self, _: Any) -> Iterator[pa.RecordBatch]:
        """The ledger, which knows nothing."""
        return iter(())

    def plan(self) -> PlanStream:
        store: Any = self
        parts = select_as_listed(store, store, Choice.next_run(SOURCE, None, start_ms=1 << 50))
        source = SourceStream("rows", SOURCE, parts, absent=["s3://c/"], marks={}, explains=False)
        return PlanStream(name="job", version=2, state_version=None, planned_ms=5, sources=[source])


@pytest.mark.parametrize("show", [table, print_plan_json])
def test_objects_are_printed_while_others_are_listed(show: Print, capsys: pytest.CaptureFixture[str]) -> None:
    printed: list[bool] = []

    def listed(number: int) -> None:
        printed.append(number == 0 or f"s3://b/{number - 1:06}/{ROWS - 1:06}" in capsys.readouterr().out)

    show(Listed(4, listed).plan())
    assert printed == [True] * 4


@pytest.mark.parametrize("show", [table, print_plan_json])
def test_no_printed_object_is_kept(show: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peak among forty batches is that among four, and the packed paths."""

    def peak(batches: int) -> int:
        tracemalloc.start()
        try:
            show(Listed(batches).plan())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    class Nowhere(io.TextIOBase):
        def write(self, text: str) -> int:
            return len(text)

    monkeypatch.setattr(sys, "stdout", Nowhere())
    peak(4)
    assert peak(40) < 1.5 * peak(4)


def test_the_json_is_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan_json(Listed(3).plan())
    plan = kinds.decode(capsys.readouterr().out, Plan)
    assert plan == kinds.decode(msgspec.json.encode(Listed(3).plan().whole()), Plan)
    (source,) = plan.sources
    assert source.counts == {Reason.NEW: 3 * ROWS}
    assert len(source.decisions) == 3 * ROWS


def test_the_json_of_a_plan_without_objects(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan_json(Listed(0).plan())
    (source,) = kinds.decode(capsys.readouterr().out, Plan).sources
    assert (source.decisions, source.counts, source.absent) == ([], {}, ["s3://c/"])


def test_counts_and_absent_paths_follow_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    table(Listed(1).plan())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["reason", "modified", "size", "processed", "by", "object"]
    assert lines[-2:] == [f"rows: would read {ROWS}: new; skipped 0", "  s3://c/: there is no such path"]
    assert {line.index("s3://") for line in lines[1:-2]} == {lines[0].index("object")}
