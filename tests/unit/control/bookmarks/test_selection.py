"""What a run reads of one source, on listings and ledgers made up."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.model.catalog import TableRef
from placekeeper.model.element import FileElement
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA
from placekeeper.model.plan import Reason
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.model.source import FileSource, Partition, TableSource
from placekeeper.rules.selection.choice import Choice

SOURCE = FileSource(
    connection_type="s3", paths=("s3://b/",), format="csv", reading=ReadingPolicy(policy=Policy.WINDOW)
)


class Listed:
    """A store with objects of these names and times."""

    def __init__(self, **times: int) -> None:
        self.rows = [
            {"path": f"s3://b/{name}", "last_modified_ms": ms, "size": 1}
            for name, ms in sorted(times.items())
        ]

    def listing(self, *_: Any, **__: Any) -> Any:
        yield pa.RecordBatch.from_pylist(self.rows, schema=LISTING_SCHEMA)


class Processed:
    """A ledger that has all of a store's objects, by the version of the commit that processed each."""

    def __init__(self, store: Listed, **versions: int) -> None:
        self.batch = pa.RecordBatch.from_pylist(
            [
                {**row, "bookmark_version": version, "run_id": "jr_1"}
                for row, (_, version) in zip(store.rows, sorted(versions.items()), strict=True)
            ],
            schema=LEDGER_SCHEMA,
        )

    def rows(self, _: Any) -> Any:
        yield self.batch


def test_what_came_late_is_in_a_range_that_begins_with_a_cut_list() -> None:
    store: Any = Listed(late=450, listed=450, unlisted=460)
    ledger: Any = Processed(store, late=4, listed=2, unlisted=2)
    begin = FileElement(
        source=SOURCE,
        run=1,
        watermark_ms=500,
        band_ms=100,
        in_band=(("s3://b/listed", 450),),
        unlisted=1,
    )
    end = FileElement(source=SOURCE, run=2, watermark_ms=1000, band_ms=100)

    selection = select_objects(store, ledger, Choice.of_range(SOURCE, begin, end, after=2))

    assert [decision.object.path for decision in selection.chosen] == ["s3://b/late"]


def test_what_is_excluded_now_has_not_gone() -> None:
    store: Any = Listed(kept=450, excluded=450)
    ledger: Any = Processed(Listed(excluded=450, deleted=450, kept=450), excluded=4, deleted=4, kept=4)
    source = FileSource(connection_type="s3", paths=("s3://b/",), format="csv", exclusions=("**/excluded",))
    end = FileElement(source=source, run=2, watermark_ms=1000)

    selection = select_objects(store, ledger, Choice.of_range(source, None, end, after=2))

    assert selection.counts == {Reason.AGAIN: 1, Reason.EXCLUDED: 1, Reason.GONE: 1}


@pytest.mark.parametrize("glob", ["[", "[z-a]", "{a,b"])
def test_a_broken_glob_is_refused_before_anything_is_listed(glob: str) -> None:
    """By a plan and by a run: both choose here."""
    store: Any = None
    source = msgspec.structs.replace(SOURCE, exclusions=(glob,))
    with pytest.raises(UsageError, match="in exclusions is broken"):
        select_objects(store, store, Choice.next_run(source, None, start_ms=1_000))


def test_by_the_window_a_range_has_the_partitions_that_came_in_it() -> None:
    store: Any = Listed(**{"1/a": 10, "2/b": 10, "3/c": 10, "3/d": 600, "2/e": 600})
    ledger: Any = Processed(store, **{"1/a": 2, "2/b": 4, "3/c": 6, "3/d": 6, "2/e": 4})
    partitions = tuple(Partition(f"s3://b/{n}/", n) for n in (1, 2, 3))
    source = TableSource(
        connection_type="s3",
        paths=tuple(p.path for p in partitions),
        format="csv",
        reading=SOURCE.reading,
        table=TableRef(database="d", name="t"),
        partitions=partitions,
    )
    begin, end = (
        FileElement(
            source=None,
            run=number,
            watermark_ms=number * 500,
            band_ms=100,
            latest_partition_ms=number,
            latest_partitions=(f"s3://b/{number}/",),
        )
        for number in (1, 2)
    )

    selection = select_objects(store, ledger, Choice.of_range(source, begin, end, after=2))

    assert [decision.object.path for decision in selection.chosen] == ["s3://b/2/b", "s3://b/2/e"]
