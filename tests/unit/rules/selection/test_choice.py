"""The rule for one object, and the streaming join that applies it."""

from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.element import FileElement
from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import (
    CLASSED_LISTING_SCHEMA,
    LEDGER_SCHEMA,
    LISTING_SCHEMA,
    LedgerRow,
    ObjectMeta,
)
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.source import FileSource, Partition
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import ByWindow, Exact, InRange, Rule
from placekeeper.rules.selection.join import BAD_SIZE, select
from placekeeper.rules.selection.window import IncludeList, RangeEnd, ReadSince, Window

# A run that starts at 1000 with a band of 100, after one that started at 500 with a band of 100.
WINDOW = Window(start_ms=1000, band_ms=100, previous_start_ms=500, previous_band_ms=100)
OVERLAPPING = Window(start_ms=1000, band_ms=700, previous_start_ms=900, previous_band_ms=100)
SOURCE = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")
RULES = (
    Exact(WINDOW),
    Exact(WINDOW, imported=IncludeList.of(FileElement(source=None, run=1, watermark_ms=500))),
    ByWindow(WINDOW, IncludeList()),
    ByWindow(WINDOW, IncludeList(), read_since=ReadSince(since=2)),
    ByWindow(WINDOW, IncludeList(), end=RangeEnd(IncludeList(), ReadSince(since=2))),
    InRange(after=1),
    # Where settling all that is closed and known would be wrong: each has to be looked at.
    ByWindow(WINDOW, IncludeList(), imported=True),
    ByWindow(
        WINDOW,
        IncludeList(),
        partitions=[Partition("a", 80)],
        latest=FileElement(source=None, run=1, watermark_ms=500, latest_partition_ms=70),
    ),
    ByWindow(OVERLAPPING, IncludeList(), end=RangeEnd(IncludeList(), ReadSince())),
)


def _object(ms: int, size: int = 1, e_tag: str | None = "a", path: str = "s3://b/k") -> ObjectMeta:
    return ObjectMeta(path=path, last_modified_ms=ms, size=size, e_tag=e_tag)


def test_an_object_that_cannot_be_addressed_is_bad_and_counted() -> None:
    selection = _select([_object(900, size=BAD_SIZE)], {})

    assert selection.counts == {Reason.BAD: 1}
    assert selection.chosen == ()


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("rule", [Exact(WINDOW), ByWindow(WINDOW, IncludeList())])
def test_an_excluded_class_keeps_from_reading_what_is_not_done(explain: bool, rule: Rule) -> None:
    objects = [_object(900, path=path) for path in ("a", "b", "c", "d")]
    listed = _classed(objects, ["GLACIER", "GLACIER", "STANDARD", None])
    ledger = [_ledger_batch("a", LedgerRow(900, 1, "a", "jr_1"))]

    choice = _choice(rule, explains=explain, excluded_classes=("GLACIER",))
    selection = select([listed], ledger, choice)

    assert [decision.object.path for decision in selection.chosen] == ["c", "d"]
    excluded = {"b"} if isinstance(rule, Exact) else {"a", "b"}  # the window knows no ledger
    assert selection.counts[Reason.EXCLUDED_CLASS] == len(excluded)
    assert not excluded & {path for path, _ in selection.next_window.in_band}


def test_an_unordered_listing_is_refused() -> None:
    listing = [_batch([_object(1, path="b")]), _batch([_object(1, path="a")])]

    with pytest.raises(ListingOutOfOrder):
        select(listing, [], _choice(Exact(WINDOW)))
    with pytest.raises(ListingOutOfOrder):
        select([_batch([_object(1, path="a"), _object(1, path="a")])], [], _choice(Exact(WINDOW)))


def test_in_band_holds_what_was_processed_by_now_in_the_last_band() -> None:
    objects = [
        _object(900, path="a"),
        _object(901, path="b"),
        _object(1000, path="c"),
        _object(1001, path="d"),
    ]
    ledger = {"b": LedgerRow(901, 1, "a", "jr_1", 1)}

    assert _select(objects, ledger).next_window.in_band == (("b", 901), ("c", 1000))


_paths = st.text(alphabet="ab/é-", min_size=1, max_size=3)
_facts = st.tuples(st.integers(0, 1100), st.integers(0, 2), st.sampled_from(["x", "y", None]))


@given(
    listed=st.dictionaries(_paths, _facts, max_size=30),
    known=st.dictionaries(_paths, st.tuples(_facts, st.integers(1, 2)), max_size=30),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    explain=st.booleans(),
    rule=st.sampled_from(RULES),
)
def test_the_join_decides_as_the_rule_does_for_each_object(
    listed: dict[str, tuple[int, int, str | None]],
    known: dict[str, tuple[tuple[int, int, str | None], int]],
    cuts: list[int],
    explain: bool,
    rule: Rule,
) -> None:
    objects = [_object(*facts, path=path) for path, facts in sorted(listed.items(), key=_utf8)]
    ledger = {
        path: LedgerRow(*facts, f"jr_{path}", version)
        for path, (facts, version) in sorted(known.items(), key=_utf8)
    }
    expected = [
        Decision(o, rule.decide(o, ledger.get(o.path)), f"jr_{o.path}" if o.path in ledger else None)
        for o in objects
    ]

    selection = _select(objects, ledger, cuts, rule=rule, explains=explain)

    assert list(selection.chosen) == [d for d in expected if d.reason.is_read]
    assert selection.counts == {r: n for r in Reason if (n := sum(d.reason is r for d in expected))}
    assert list(selection.next_window.in_band) == sorted(
        (d.object.path, d.object.last_modified_ms)
        for d in expected
        if d.reason.is_processed and 900 < d.object.last_modified_ms <= 1000
    )
    assert selection.next_window.watermark_ms == 1000
    assert list(selection.decisions) == (expected if explain else [])


def _utf8(item: tuple[str, object]) -> bytes:
    return item[0].encode()


def _choice(rule: Rule, excluded_classes: tuple[str, ...] = (), **more) -> Choice:
    source = msgspec.structs.replace(SOURCE, excluded_classes=excluded_classes)
    return Choice(source=source, rule=rule, window=WINDOW, excluded=lambda _: None, **more)


def _select(objects, ledger, cuts=(2,), rule=None, **more):
    return select(
        _batches([_batch([o]) for o in objects], cuts),
        _batches([_ledger_batch(path, row) for path, row in ledger.items()], cuts),
        _choice(rule or Exact(WINDOW), **more),
    )


def _batch(objects: list[ObjectMeta]) -> pa.RecordBatch:
    rows = [
        {"path": o.path, "last_modified_ms": o.last_modified_ms, "size": o.size, "e_tag": o.e_tag}
        for o in objects
    ]
    return pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)


def _classed(objects: list[ObjectMeta], classes: list[str | None]) -> pa.RecordBatch:
    return pa.record_batch([*_batch(objects).columns, classes], schema=CLASSED_LISTING_SCHEMA)


def _ledger_batch(path: str, row: LedgerRow) -> pa.RecordBatch:
    facts = {
        "path": path,
        "last_modified_ms": row.last_modified_ms,
        "size": row.size,
        "e_tag": row.e_tag,
        "bookmark_version": row.bookmark_version,
        "run_id": row.run_id,
    }
    return pa.RecordBatch.from_pylist([facts], schema=LEDGER_SCHEMA)


def _batches(singles: list[pa.RecordBatch], cuts) -> Iterator[pa.RecordBatch]:
    """The rows, cut into batches of the given sizes in turn."""
    at, turn = 0, 0
    while at < len(singles):
        size = cuts[turn % len(cuts)]
        yield pa.Table.from_batches(singles[at : at + size]).combine_chunks().to_batches()[0]
        at, turn = at + size, turn + 1


def _bad(meta: ObjectMeta) -> Mark:
    return Mark(path=meta.path, kind=MarkKind.QUARANTINED, version=1, at_ms=1, object=meta)


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("rule", [Exact(WINDOW), ByWindow(WINDOW, IncludeList())])
def test_a_quarantined_object_is_left_to_the_next_run_and_holds_the_watermark_back(
    explain: bool, rule: Rule
) -> None:
    objects = [_object(ms, path=path) for path, ms in (("a", 700), ("b", 800), ("c", 950))]
    marks = {"b": _bad(objects[1]), "c": _bad(_object(949, path="c"))}

    selection = select([_batch(objects)], [], _choice(rule, explains=explain, marks=marks))

    assert [d.object.path for d in selection.chosen] == ["a", "c"], "c has changed since"
    assert [d.object.path for d in selection.quarantined] == ["b"]
    assert selection.counts == {Reason.NEW: 2, Reason.QUARANTINED: 1}
    assert selection.next_window.watermark_ms == 800, "AWS, going on from its string, reads b"
    assert {path for path, _ in selection.next_window.in_band} <= {"a"}


@pytest.mark.parametrize("explain", [False, True])
def test_a_skipped_object_is_left_out_and_holds_nothing_back(explain: bool) -> None:
    objects = [_object(ms, path=path) for path, ms in (("a", 700), ("b", 800))]
    marks = {"b": Mark(path="b", kind=MarkKind.SKIPPED, version=1, at_ms=1)}

    selection = select([_batch(objects)], [], _choice(Exact(WINDOW), explains=explain, marks=marks))

    assert selection.counts == {Reason.NEW: 1, Reason.LEFT_OUT: 1}
    assert selection.next_window.watermark_ms == WINDOW.start_ms
    known = {"b": LedgerRow(800, 1, "a", "jr_1", 1)}
    batches = [_ledger_batch(path, row) for path, row in known.items()]
    again = select([_batch(objects)], batches, _choice(Exact(WINDOW), explains=explain, marks=marks))
    assert again.counts == {Reason.NEW: 1, Reason.DONE: 1}, "what was processed stays so"
