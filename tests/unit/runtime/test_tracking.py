"""What a run remembers of the partitions of a catalog's table (bookmarks.md §4.2)."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from placekeeper.model.bookmark import Partition, Source, StateElement
from placekeeper.model.exchange import Opened
from placekeeper.model.plan import Reason, Selection
from placekeeper.runtime.tracking import Tracking


def source(partitions: Sequence[Partition]) -> Source:
    return Source(
        connection_type="s3",
        paths=tuple(partition.path for partition in partitions),
        format="csv",
        partitions=tuple(partitions),
    )


def remembered(
    known: StateElement | None, *partitions: tuple[str, int], reason: Reason = Reason.SKIPPED
) -> tuple[int, tuple[str, ...]]:
    state = {} if known is None else {"rows": known}
    tracking = Tracking(Opened(name="j", run=2, attempt=0, version=2, state=state), run_id="jr_2")
    selection = Selection(
        chosen=(),
        counts={reason: 1},
        watermark_ms=9,
        band_ms=5,
        in_band=(),
        inexpressible=0,
        remembered=(),
        decisions=(),
    )
    tracking.stage("rows", source([Partition(*each) for each in partitions]), selection, pa.schema([]))
    element = tracking.elements(cast("Any", SimpleNamespace()), version=3)["rows"]
    return element.latest_partition_ms, element.latest_partitions


@pytest.fixture
def known() -> StateElement:
    return StateElement(
        source=None, run=1, run_start_ms=1, latest_partition_ms=70, latest_partitions=("s3://b/d=2/",)
    )


def test_the_newest_partitions_are_remembered(known: StateElement) -> None:
    assert remembered(None, ("s3://b/d=1/", 5), ("s3://b/d=3/", 6), ("s3://b/d=2/", 6)) == (
        6,
        ("s3://b/d=2/", "s3://b/d=3/"),
    )
    assert remembered(known, ("s3://b/d=2/", 70), ("s3://b/d=3/", 71)) == (71, ("s3://b/d=3/",))


def test_it_never_goes_back(known: StateElement) -> None:
    """A predicate leaves out the newest: what was seen of it stays seen."""
    assert remembered(known, ("s3://b/d=1/", 5)) == (70, ("s3://b/d=2/",))
    assert remembered(known, ("s3://b/d=3/", 70)) == (70, ("s3://b/d=2/", "s3://b/d=3/"))
    assert remembered(known) == (70, ("s3://b/d=2/",))


def test_a_partition_of_which_something_is_left_is_not_seen_yet(known: StateElement) -> None:
    assert remembered(known, ("s3://b/d=3/", 71), reason=Reason.BOUNDED) == (70, ("s3://b/d=2/",))
