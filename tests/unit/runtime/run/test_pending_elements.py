"""What a run remembers, of the partitions of a catalog's table too.

Source: docs/reference/bookmarks.md#new-partitions.
"""

import re
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest

from placekeeper.model.catalog import TableRef
from placekeeper.model.element import FileElement, IdElement, NextWindow, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision, Decisions, Reason, Selection, decision_batch
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource, Partition, TableSource
from placekeeper.runtime.connectors.pending import FilePending, decode_schema, encode_schema, segment_key
from placekeeper.runtime.run.pending_elements import PendingElements


def source(partitions: Sequence[Partition]) -> TableSource:
    return TableSource(
        connection_type="s3",
        table=TableRef(database="d", name="t"),
        paths=tuple(partition.path for partition in partitions),
        format="csv",
        partitions=tuple(partitions),
    )


def remembered(
    known: StateElement | None, *partitions: tuple[str, int], reason: Reason = Reason.SKIPPED
) -> tuple[int, tuple[str, ...]]:
    state = {} if known is None else {"rows": known}
    pending_elements = PendingElements(
        Opened(name="j", run=2, attempt=0, version=2, state=state), run_id="jr_2"
    )
    selection = Selection(chosen=(), counts={reason: 1}, next_window=NextWindow(watermark_ms=9, band_ms=5))
    pending_elements.stage(
        "rows",
        FilePending.of(
            source([Partition(*each) for each in partitions]),
            selection,
            pa.schema([]),
            pending_elements.element("rows"),
        ),
    )
    element = pending_elements.elements(cast("Any", SimpleNamespace()), version=3)["rows"]
    return element.latest_partition_ms, element.latest_partitions


@pytest.fixture
def known() -> StateElement:
    return FileElement(
        source=None, run=1, watermark_ms=1, latest_partition_ms=70, latest_partitions=("s3://b/d=2/",)
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
    assert remembered(None) == (0, ())


def test_a_partition_of_which_something_is_left_is_not_seen_yet(known: StateElement) -> None:
    assert remembered(known, ("s3://b/d=3/", 71), reason=Reason.BOUNDED) == (70, ("s3://b/d=2/",))


class Segments:
    """A ledger that keeps what is written."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def write(
        self, key: str, rows: Iterable[pa.RecordBatch], *, versions: tuple[tuple[int, int], ...]
    ) -> SegmentRef:
        self.rows[key] = [row for batch in rows for row in batch.to_pylist()]
        return SegmentRef(key=key, rows=len(self.rows[key]), size=1, digest="d", versions=versions)


SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
OTHER = pa.schema([("id", pa.string())])
SOURCE = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")
FIRST, SECOND = (SegmentRef(key=key, rows=1, size=1, digest="d") for key in ("one", "two"))


def decision(path: str, ms: int = 7, reason: Reason = Reason.NEW) -> Decision:
    return Decision(ObjectMeta(path=path, last_modified_ms=ms, size=2, e_tag="t", version="v"), reason)


def chosen(*paths: str, **more: Any) -> Selection:
    said = {name: more.pop(name) for name in ("counts", "remembered") if name in more}
    next_window = NextWindow(**{"watermark_ms": 90, "band_ms": 20, **more})
    counts = {Reason.NEW: len(paths)}
    return Selection(
        chosen=tuple(map(decision, paths)), next_window=next_window, **{"counts": counts, **said}
    )


def pending_elements_from(known: StateElement | None = None) -> PendingElements:
    state = {} if known is None else {"rows": known}
    return PendingElements(Opened(name="j", run=4, attempt=0, version=8, state=state), run_id="jr_4")


def element_after(
    *selections: Selection, known: StateElement | None = None, ledger: Segments | None = None
) -> StateElement:
    pending_elements = pending_elements_from(known)
    for selection in selections:
        pending_elements.stage(
            "rows", FilePending.of(SOURCE, selection, SCHEMA, pending_elements.element("rows"))
        )
    return pending_elements.elements(cast("Any", ledger or Segments()), version=9)["rows"]


def test_an_element_is_what_its_run_has_found() -> None:
    ledger = Segments()
    selection = chosen(
        "s3://b/z",
        "s3://b/é",
        in_band=(("s3://b/z", 85), ("s3://b/a", 80)),
        unlisted=3,
        inexpressible=2,
        remembered=(decision("s3://b/m", reason=Reason.ASSUMED),),
    )

    found = element_after(selection, ledger=ledger)

    assert (found.source, found.run, found.watermark_ms, found.band_ms) == (SOURCE.kept, 4, 90, 20)
    assert found.in_band == (("s3://b/a", 80), ("s3://b/z", 85))
    assert (found.unlisted, found.inexpressible, found.leaving_since) == (3, 2, 0)
    assert found.schema is not None
    assert decode_schema(found.schema) == SCHEMA
    (segment,) = found.segments
    assert segment.key == segment_key("jr_4", "rows")
    assert segment.versions == ((9, 9),)
    assert [(row["path"], row["reason"]) for row in ledger.rows[segment.key]] == [
        *(("s3://b/m", "assumed"), ("s3://b/z", "new"), ("s3://b/é", "new"))
    ]
    facts = {"last_modified_ms": 7, "size": 2, "e_tag": "t", "version": "v"}
    facts |= {"bookmark_version": 9, "run_id": "jr_4"}
    assert all(facts.items() <= row.items() for row in ledger.rows[segment.key])


def test_a_run_that_finds_nothing_keeps_segments_and_columns() -> None:
    known = FileElement(
        source=None, run=1, watermark_ms=1, segments=(FIRST, SECOND), schema=encode_schema(OTHER)
    )

    assert element_after(chosen(), known=known).segments == (FIRST, SECOND)
    assert element_after(chosen(), known=known).schema == encode_schema(OTHER)
    assert element_after(chosen("a"), known=known).schema == encode_schema(SCHEMA)
    assert element_after(chosen("a"), known=known).segments[:2] == (FIRST, SECOND)
    assert element_after(chosen()).schema == encode_schema(SCHEMA)
    assert element_after(chosen()).segments == ()


def test_two_readings_under_one_context_are_one() -> None:
    """What either has read is processed, what either leaves is left, and the window stays open over both."""
    one = chosen("a", "b", in_band=(("a", 1),), unlisted=1, inexpressible=2, watermark_ms=50, band_ms=30)
    other = chosen(
        *("b", "c"),
        in_band=(("c", 3),),
        unlisted=4,
        inexpressible=8,
        watermark_ms=90,
        band_ms=10,
        counts={Reason.NEW: 2, Reason.BOUNDED: 1},
    )
    for pair in ((one, other), (other, one)):
        ledger = Segments()
        found = element_after(*pair, ledger=ledger)
        assert [row["path"] for row in ledger.rows[segment_key("jr_4", "rows")]] == ["a", "b", "c"]
        assert (found.in_band, found.unlisted, found.inexpressible) == ((("a", 1), ("c", 3)), 5, 10)
        assert (found.watermark_ms, found.band_ms, found.leaving_since) == (50, 30, 9)


def test_staging_says_whether_a_context_is_new() -> None:
    pending_elements = pending_elements_from()
    assert pending_elements.stage(
        "rows", FilePending.of(SOURCE, chosen("a"), SCHEMA, pending_elements.element("rows"))
    )
    assert not pending_elements.stage(
        "rows", FilePending.of(SOURCE, chosen("b"), SCHEMA, pending_elements.element("rows"))
    )
    assert pending_elements.stage(
        "others", FilePending.of(SOURCE, chosen("a"), SCHEMA, pending_elements.element("others"))
    )


@pytest.mark.parametrize("left", [Reason.BOUNDED, Reason.UNPLANNED])
def test_since_when_runs_leave_objects_is_the_version_of_the_first_of_them(left: Reason) -> None:
    leaves = chosen("a", counts={Reason.NEW: 1, left: 1})
    before = FileElement(source=None, run=1, watermark_ms=1)
    leaving = FileElement(source=None, run=1, watermark_ms=1, leaving_since=6)

    assert element_after(leaves).leaving_since == 9
    assert element_after(leaves, known=before).leaving_since == 9
    assert element_after(leaves, known=leaving).leaving_since == 6
    assert element_after(chosen("a"), known=leaving).leaving_since == 0
    waits = chosen("a", counts={Reason.NEW: 1, Reason.DEFERRED: 1})  # for its time, as on AWS: none is left
    assert element_after(waits, known=leaving).leaving_since == 0


def test_what_a_function_made_of_records_is_remembered() -> None:
    known = FileElement(source=None, run=1, watermark_ms=1, derived={"old": encode_schema(OTHER), "f": "x"})
    pending_elements = pending_elements_from(known)
    assert pending_elements.derived("old") == OTHER
    assert pending_elements.derived("new") is None
    pending_elements.learn("new", SCHEMA)
    pending_elements.learn("f", SCHEMA)
    assert pending_elements.derived("new") == SCHEMA
    assert pending_elements.derived("f") == SCHEMA  # this run's, not that of before

    pending_elements.stage("rows", FilePending.of(SOURCE, chosen(), SCHEMA, pending_elements.element("rows")))
    pending_elements.stage(
        "others", FilePending.of(SOURCE, chosen(), SCHEMA, pending_elements.element("others"))
    )
    elements = pending_elements.elements(cast("Any", Segments()), version=9)
    learnt = {"new": encode_schema(SCHEMA), "f": encode_schema(SCHEMA)}
    assert elements["rows"].derived == {"old": encode_schema(OTHER), **learnt}
    assert elements["others"].derived == learnt


def test_contexts_of_a_run_have_segments_of_their_own() -> None:
    keys = {segment_key(run, context) for run in ("jr_1", "jr_2") for context in ("a", "b", "../x", "a/b")}
    assert len(keys) == 8
    assert all(re.fullmatch(r"jr_[12]/[0-9a-f]{16}\.parquet", key) for key in keys)


def test_each_commit_of_a_run_has_segments_of_its_own() -> None:
    keys = [segment_key("jr_1", "rows", ordinal) for ordinal in range(3)]
    assert len(set(keys)) == 3
    assert keys[0] == segment_key("jr_1", "rows")


def test_a_segment_has_each_object_once_by_path() -> None:
    """What was remembered and what was read are each sorted, and may be in several batches."""
    ledger = Segments()
    batches = [decision_batch([decision(path) for path in paths]) for paths in ("ac", "eg")]
    remembered = Decisions.of([decision("b", reason=Reason.ASSUMED), decision("f", reason=Reason.ASSUMED)])
    selection = msgspec.structs.replace(chosen(remembered=remembered), chosen=Decisions(batches))
    element_after(selection, chosen("c", "d"), ledger=ledger)
    rows = ledger.rows[segment_key("jr_4", "rows")]
    assert [row["path"] for row in rows] == list("abcdefg")
    assert [row["path"] for row in rows if row["reason"] == "assumed"] == ["b", "f"]


def test_ids_go_on_within_a_run_and_after_it() -> None:
    opened = Opened(name="j", run=2, attempt=0, version=2, state={"known": IdElement(next_id=7, run=1)})
    pending_elements = PendingElements(opened, run_id="jr_2")
    assert (pending_elements.next_id("known"), pending_elements.next_id("new")) == (7, 1)
    pending_elements.learn_next_id("known", 9)
    pending_elements.learn_next_id("new", 1)
    assert pending_elements.next_id("known") == 9
    pending_elements.learn_next_id("known", 12)
    assert pending_elements.element("known") is None

    elements = pending_elements.elements(cast("Any", SimpleNamespace()), version=3)
    assert elements == {"known": IdElement(next_id=12, run=2), "new": IdElement(next_id=1, run=2)}


def test_a_context_has_either_a_source_or_ids_in_one_run() -> None:
    reading = FilePending.of(SOURCE, chosen("a"), SCHEMA, None)
    pending_elements = pending_elements_from(None)
    pending_elements.stage("rows", reading)
    with pytest.raises(UsageError, match="'rows' was used for a source in this run"):
        pending_elements.learn_next_id("rows", 2)
    pending_elements.learn_next_id("flat", 2)
    with pytest.raises(UsageError, match="was used for something of another kind in this run"):
        pending_elements.stage("flat", reading)
