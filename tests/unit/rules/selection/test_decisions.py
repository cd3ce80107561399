"""The rules for one object: the tables in docs/explanation/selection.md line by line, and AWS's example."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from placekeeper.model.element import FileElement
from placekeeper.model.objects import LEDGER_FACTS, LEDGER_SCHEMA, LISTING_SCHEMA, LedgerRow, ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.model.policy import OnChanged, OnTouched, ReadingPolicy
from placekeeper.model.source import Partition
from placekeeper.rules.bookmarks.aws_string import object_hash
from placekeeper.rules.selection.decisions import Aligned, ByWindow, Exact, InRange, Rule
from placekeeper.rules.selection.window import IncludeList, RangeEnd, ReadSince, Window

# A run that starts at 1000 with a band of 100, after one that started at 500 with a band of 100.
WINDOW = Window(start_ms=1000, band_ms=100, previous_start_ms=500, previous_band_ms=100)
FIRST_RUN = Window(start_ms=1000, band_ms=100)


def _object(ms: int, size: int = 1, e_tag: str | None = "a", path: str = "s3://b/k") -> ObjectMeta:
    return ObjectMeta(path=path, last_modified_ms=ms, size=size, e_tag=e_tag)


def _list(*pairs: tuple[str, int]) -> IncludeList:
    return IncludeList.of(FileElement(source=None, run=1, watermark_ms=500, in_band=pairs))


@pytest.mark.parametrize(
    ("listed", "known", "reason"),
    [
        # no ledger row
        (_object(501), None, Reason.NEW),
        (_object(401), None, Reason.NEW),  # inside the previous band: AWS would still see it
        (_object(400), None, Reason.LATE),  # m ≤ T1 - dt: AWS has closed the window over it
        (_object(1), None, Reason.LATE),
        (_object(1000), None, Reason.NEW),  # m = T2 is in
        (_object(1001), None, Reason.DEFERRED),
        # the same object again
        (_object(450), LedgerRow(450, 1, "a", "jr_1"), Reason.DONE),
        (_object(1001), LedgerRow(1001, 1, "a", "jr_1"), Reason.DONE),  # a clock ahead of ours
        # changed
        (_object(600, e_tag="b"), LedgerRow(450, 1, "a", "jr_1"), Reason.CHANGED),
        (_object(450, e_tag="b"), LedgerRow(450, 1, "a", "jr_1"), Reason.CHANGED),  # the same second
        (_object(450, size=2), LedgerRow(450, 1, "a", "jr_1"), Reason.CHANGED),
        (_object(10, e_tag="b"), LedgerRow(450, 1, "a", "jr_1"), Reason.CHANGED),  # into the past
        (_object(1001, e_tag="b"), LedgerRow(450, 1, "a", "jr_1"), Reason.DEFERRED),
        # touched: the store says that the content is the same
        (_object(600), LedgerRow(450, 1, "a", "jr_1"), Reason.TOUCHED),
        (_object(10), LedgerRow(450, 1, "a", "jr_1"), Reason.TOUCHED),
        # without an e_tag nobody can say that it is the same
        (_object(600, e_tag=None), LedgerRow(450, 1, None, "jr_1"), Reason.CHANGED),
        (_object(450, e_tag=None), LedgerRow(450, 1, None, "jr_1"), Reason.DONE),
    ],
)
def test_the_exact_rule(listed: ObjectMeta, known: LedgerRow | None, reason: Reason) -> None:
    assert Exact(WINDOW).decide(listed, known) is reason


@pytest.mark.parametrize("ms", [1, 400, 900, 1000])
def test_a_first_run_reads_everything_up_to_its_start(ms: int) -> None:
    assert Exact(FIRST_RUN).decide(_object(ms), None) is Reason.NEW


@pytest.mark.parametrize(
    ("reading", "listed", "reason"),
    [
        (ReadingPolicy(touched=OnTouched.IGNORE), _object(600), Reason.IGNORED),
        (ReadingPolicy(touched=OnTouched.IGNORE), _object(600, size=2), Reason.CHANGED),
        (ReadingPolicy(changed=OnChanged.IGNORE), _object(600, size=2), Reason.IGNORED),
        (ReadingPolicy(changed=OnChanged.IGNORE), _object(600), Reason.TOUCHED),
        (ReadingPolicy(changed=OnChanged.FAIL), _object(600, size=2), Reason.REFUSED),
        (ReadingPolicy(changed=OnChanged.FAIL), _object(600), Reason.TOUCHED),
        (ReadingPolicy(changed=OnChanged.FAIL), _object(450), Reason.DONE),
        (ReadingPolicy(changed=OnChanged.FAIL), _object(1001, size=2), Reason.DEFERRED),
    ],
)
def test_what_is_known_and_different_goes_by_the_policy(
    reading: ReadingPolicy, listed: ObjectMeta, reason: Reason
) -> None:
    assert Exact(WINDOW, reading).decide(listed, LedgerRow(450, 1, "a", "jr_1")) is reason


@pytest.mark.parametrize(
    ("ms", "path", "reason"),
    [
        (400, "s3://b/k", Reason.ASSUMED),  # AWS's window had closed over it
        (450, "s3://b/listed", Reason.ASSUMED),
        (450, "s3://b/k", Reason.NEW),  # in the band, and not in AWS's list
        (501, "s3://b/k", Reason.NEW),
        (1001, "s3://b/k", Reason.DEFERRED),
    ],
)
def test_after_an_import_what_aws_has_covered_is_assumed(ms: int, path: str, reason: Reason) -> None:
    rule = Exact(WINDOW, imported=_list(("s3://b/listed", 450)))

    assert rule.decide(_object(ms, path=path), None) is reason
    assert rule.decide(_object(ms, path=path), LedgerRow(ms, 1, "a", "jr_1")) is Reason.DONE


@pytest.mark.parametrize(
    ("ms", "reason"),
    [
        (400, Reason.SKIPPED),  # m = T1 - dt: the window is open at this end
        (401, Reason.NEW),
        (450, Reason.DONE),  # in the list
        (500, Reason.NEW),  # m = T1 is still decided by the list
        (501, Reason.NEW),
        (900, Reason.NEW),  # m = T2 - dt
        (901, Reason.NEW),
        (1000, Reason.NEW),  # m = T2
        (1001, Reason.DEFERRED),
    ],
)
def test_the_window_rule(ms: int, reason: Reason) -> None:
    rule = ByWindow(WINDOW, _list(("s3://b/k", 450)))

    known = Reason.DONE if reason is Reason.SKIPPED else reason
    assert rule.decide(_object(ms), None) is reason
    assert rule.decide(_object(ms), LedgerRow(ms, 1, "a", "jr_1")) is known  # the ledger only names
    assert rule.decide(_object(ms), LedgerRow(ms, 2, "a", "jr_1")) is reason


def test_the_example_of_aws() -> None:
    """Files F2 to F10, observed at T1 and at T2; those with a stroke have an older time, but are seen later.

    From the page of December 2020, "Tracking files using modification timestamps"
    (docs/reference/bookmarks.md#aws-window).
    """
    t1, t2, dt = 500, 1000, 100
    modified = {
        "F2": 350,
        "F3": 410,
        "F4": 440,
        "F5": 480,
        "F3'": 420,
        "F4'": 450,
        "F5'": 490,
        "F7": 600,
        "F8": 850,
        "F9": 920,
        "F10": 980,
    }
    seen_at_t1 = {"F2", "F3", "F4", "F5"}

    first = ByWindow(Window(start_ms=t1, band_ms=dt), IncludeList())
    read_first = {name for name in seen_at_t1 if first.decide(_object(modified[name]), None).is_read}
    assert read_first == seen_at_t1

    saved = [name for name in seen_at_t1 if Window(start_ms=t1, band_ms=dt).is_in_band(modified[name])]
    assert sorted(saved) == ["F3", "F4", "F5"]

    window = Window(start_ms=t2, band_ms=dt, previous_start_ms=t1, previous_band_ms=dt)
    second = ByWindow(window, _list(*((name, modified[name]) for name in saved)))
    read_second = {n for n, ms in modified.items() if second.decide(_object(ms, path=n), None).is_read}
    assert read_second == {"F3'", "F4'", "F5'", "F7", "F8", "F9", "F10"}
    assert {name for name in read_second if window.is_in_band(modified[name])} == {"F9", "F10"}


def test_an_object_overwritten_in_the_band_is_read_again_by_aws_too() -> None:
    rule = ByWindow(WINDOW, _list(("s3://b/k", 450), ("s3://b/l", 451)))

    assert rule.decide(_object(460), None) is Reason.NEW
    assert rule.decide(_object(450), None) is Reason.DONE


def test_what_came_after_the_watermark_is_in_no_list() -> None:
    """The ledger stands in for the part of a list that was cut, and for nothing else: AWS reads it again."""
    element = FileElement(source=None, run=1, watermark_ms=500, in_band=(("s3://b/a", 450),), unlisted=1)
    rule = ByWindow(WINDOW, IncludeList.of(element))

    assert rule.decide(_object(500), LedgerRow(500, 1, "a", "jr_1")) is Reason.DONE
    assert rule.decide(_object(501), LedgerRow(501, 1, "a", "jr_1")) is Reason.NEW


def test_what_a_cut_list_leaves_out_is_in_the_ledger() -> None:
    element = FileElement(source=None, run=1, watermark_ms=500, in_band=(("s3://b/a", 450),), unlisted=1)
    rule = ByWindow(WINDOW, IncludeList.of(element))

    assert rule.decide(_object(450), LedgerRow(450, 1, "a", "jr_1")) is Reason.DONE
    assert rule.decide(_object(460), LedgerRow(450, 1, "a", "jr_1")) is Reason.NEW  # overwritten since
    assert rule.decide(_object(450), None) is Reason.NEW


@pytest.mark.parametrize(
    ("version", "is_in"),
    [(6, True), (7, True), (8, False)],  # up to the version at which the range begins
)
def test_a_cut_list_ends_with_the_version_of_its_state(version: int, is_in: bool) -> None:
    """The ledger is that of a later state: what came after the list is not in it."""
    element = FileElement(source=None, run=1, watermark_ms=500, in_band=(("s3://b/a", 450),), unlisted=1)
    seen = IncludeList.of(element, up_to=7)

    assert seen.has(_object(450), LedgerRow(450, 1, "a", "jr_1", version)) is is_in


@pytest.mark.parametrize(("version", "is_taken"), [(5, False), (6, True), (7, True), (8, False)])
def test_what_runs_took_begins_and_ends_with_a_version(version: int, is_taken: bool) -> None:
    row = LedgerRow(450, 1, "a", "jr_1", version)

    assert ReadSince(since=6, up_to=7).has(_object(450), row) is is_taken


def test_without_an_element_nothing_is_listed_and_nothing_was_taken() -> None:
    row = LedgerRow(450, 1, "a", "jr_1", 1)

    assert not IncludeList.of(None).has(_object(450), row)
    assert not ReadSince.of(None).has(_object(450), row)
    assert not ReadSince().has(_object(450), row)
    assert not ReadSince(since=1).has(_object(451), row)  # changed since
    assert not ReadSince(since=1).has(_object(450), None)
    assert ByWindow(WINDOW, IncludeList()).decide(_object(450), row) is Reason.NEW  # AWS knows no ledger


def test_the_list_of_an_imported_bookmark_is_that_of_aws() -> None:
    hashes = (object_hash("s3://b/k450"), object_hash("s3://b/k"))
    element = FileElement(source=None, run=1, watermark_ms=500, include_list=hashes)
    seen = IncludeList.of(element)

    assert seen.has(_object(450))
    assert not seen.has(_object(451))


def test_a_first_window_is_closed_over_nothing() -> None:
    window = Window.between(None, start_ms=1000, band_ms=100)
    element = FileElement(source=None, run=1, watermark_ms=500, band_ms=100)

    assert (window.closed_ms, window.is_closed_over(0), window.may_be_listed(0)) == (None, False, False)
    assert Window.between(element, start_ms=1000, band_ms=100) == WINDOW
    assert Window(start_ms=1000, band_ms=100, previous_start_ms=500).closed_ms == 500


def test_a_list_of_paths_alone_goes_by_the_path() -> None:
    alone = IncludeList([object_hash(f"s3://b/{name}") for name in "klm"])

    assert all(alone.has(_object(ms, path=f"s3://b/{name}")) for name in "klm" for ms in (450, 460))
    assert not alone.has(_object(450, path="s3://b/n"))


@pytest.mark.parametrize(
    ("path", "ms", "known", "reason"),
    [
        ("s3://b/d=3/k", 10, None, Reason.NEW),  # a partition made after the newest one seen
        ("s3://b/d=3/k", 1001, None, Reason.DEFERRED),
        ("s3://b/d=2b/k", 10, None, Reason.NEW),  # made at the same time, and not in the list
        ("s3://b/d=2/k", 10, None, Reason.SKIPPED),  # the newest one seen
        ("s3://b/d=1/k", 10, None, Reason.SKIPPED),
        ("s3://b/d=1/k", 600, None, Reason.NEW),  # a new file in an old partition
        ("s3://b/elsewhere/k", 10, None, Reason.SKIPPED),
        ("s3://b/d=3/k", 10, LedgerRow(10, 1, "a", "jr_1", 6), Reason.DONE),  # a bounded run took it
        ("s3://b/d=3/k", 10, LedgerRow(9, 1, "a", "jr_1", 6), Reason.NEW),
        ("s3://b/d=3/k", 10, LedgerRow(10, 1, "a", "jr_1", 5), Reason.NEW),  # a partition made once more
    ],
)
def test_all_files_of_a_new_partition_are_read(
    path: str, ms: int, known: LedgerRow | None, reason: Reason
) -> None:
    latest = FileElement(
        source=None, run=1, watermark_ms=500, latest_partition_ms=70, latest_partitions=("s3://b/d=2/",)
    )
    partitions = [
        Partition("s3://b/d=3/", 80),
        Partition("s3://b/d=1/", 60),
        Partition("s3://b/d=2/", 70),
        Partition("s3://b/d=2b/", 70),
    ]
    rule = ByWindow(
        WINDOW, IncludeList(), partitions=partitions, latest=latest, read_since=ReadSince(since=6)
    )

    assert rule.decide(_object(ms, path=path), known) is reason


def test_a_new_partition_may_be_the_first_by_name() -> None:
    latest = FileElement(source=None, run=1, watermark_ms=500, latest_partition_ms=70)
    rule = ByWindow(WINDOW, IncludeList(), partitions=[Partition("s3://b/d=0/", 80)], latest=latest)

    assert rule.decide(_object(10, path="s3://b/d=0/k"), None) is Reason.NEW
    assert rule.decide(_object(10, path="s3://a/k"), None) is Reason.SKIPPED


def test_an_imported_list_of_paths_says_nothing_of_what_came_after_its_watermark() -> None:
    imported = IncludeList([object_hash("s3://b/k")])

    assert Exact(WINDOW, imported=imported).decide(_object(500), None) is Reason.ASSUMED
    assert Exact(WINDOW, imported=imported).decide(_object(501), None) is Reason.NEW


def test_on_a_first_run_no_partition_is_newer_than_another() -> None:
    rule = ByWindow(FIRST_RUN, IncludeList(), partitions=[Partition("s3://b/d=3/", 80)])

    assert rule.decide(_object(10, path="s3://b/d=3/k"), None) is Reason.NEW
    assert rule.decide(_object(1001, path="s3://b/d=3/k"), None) is Reason.DEFERRED


@pytest.mark.parametrize(
    ("rule", "settled"),
    [
        (Exact(WINDOW), [True, True, False, False, False]),
        (ByWindow(WINDOW, IncludeList()), [True, False, False, False, False]),  # closed up to 400
        (ByWindow(FIRST_RUN, IncludeList()), [False] * 5),
        # Of these each has to be looked at: what is closed and known may be read all the same.
        (ByWindow(WINDOW, IncludeList(), imported=True), [False] * 5),
        (ByWindow(WINDOW, IncludeList(), partitions=[Partition("a", 80)]), [False] * 5),
        (ByWindow(WINDOW, IncludeList(), end=RangeEnd(IncludeList(), ReadSince())), [False] * 5),
        (InRange(after=1), [False, False, False, True, True]),
    ],
)
def test_what_needs_no_second_look_is_settled_in_batches(rule: Rule, settled: list[bool]) -> None:
    """Not only rightly, as a property test has it, but at all: each object that is not costs Python."""
    objects = [
        _object(ms, path=path) for path, ms in (("a", 400), ("b", 401), ("c", 402), ("d", 1), ("e", 2))
    ]
    rows: list[dict[str, Any] | None] = [
        {"last_modified_ms": 400, "size": 1, "e_tag": "a", "bookmark_version": 2},
        {"last_modified_ms": 401, "size": 1, "e_tag": "a", "bookmark_version": 2},
        {"last_modified_ms": 402, "size": 2, "e_tag": "a", "bookmark_version": 2},
        {"last_modified_ms": 1, "size": 2, "e_tag": "a", "bookmark_version": 1},
        None,
    ]
    listed = pa.RecordBatch.from_pylist(
        [msgspec.structs.asdict(one) for one in objects], schema=LISTING_SCHEMA
    )
    facts = pa.schema([LEDGER_SCHEMA.field(name) for name in LEDGER_FACTS])
    known = pa.RecordBatch.from_pylist([row or {} for row in rows], schema=facts)

    assert rule.settle(Aligned(listed, known)).to_pylist() == settled


def test_without_e_tags_an_object_is_settled_and_one_that_got_or_lost_its_tag_is_not() -> None:
    tags = [(None, None), ("a", None), (None, "a"), ("a", "b"), ("a", "a")]
    listed = pa.RecordBatch.from_pylist(
        [{"path": str(n), "last_modified_ms": 1, "size": 1, "e_tag": tag} for n, (tag, _) in enumerate(tags)],
        schema=LISTING_SCHEMA,
    )
    facts = pa.schema([LEDGER_SCHEMA.field(name) for name in LEDGER_FACTS])
    rows = [{"last_modified_ms": 1, "size": 1, "e_tag": tag, "bookmark_version": 2} for _, tag in tags]
    known = pa.RecordBatch.from_pylist(rows, schema=facts)

    settled = Exact(WINDOW).settle(Aligned(listed, known)).to_pylist()
    assert settled == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (None, Reason.OUTSIDE),
        (LedgerRow(450, 1, "a", "jr_1", 2), Reason.OUTSIDE),  # the version of "from" itself
        (LedgerRow(450, 1, "a", "jr_1", 3), Reason.AGAIN),
        (LedgerRow(450, 2, "a", "jr_1", 3), Reason.OVERWRITTEN),
        (LedgerRow(449, 1, "a", "jr_1", 3), Reason.OVERWRITTEN),
        (LedgerRow(450, 1, "a", "jr_1", 3, "late"), Reason.AGAIN),
        (LedgerRow(450, 1, "a", "jr_1", 3, "assumed"), Reason.OUTSIDE),  # no run has read it
        (LedgerRow(450, 1, "a", "jr_1", 3, "seeded"), Reason.OUTSIDE),
    ],
)
def test_a_range_of_runs(known: LedgerRow | None, reason: Reason) -> None:
    assert InRange(after=2).decide(_object(450), known) is reason


@pytest.mark.parametrize(
    ("ms", "path", "reason"),
    [
        (400, "s3://b/k", Reason.SKIPPED),
        (450, "s3://b/first", Reason.DONE),
        (501, "s3://b/k", Reason.NEW),
        (
            950,
            "s3://b/k",
            Reason.DEFERRED,
        ),  # in the last part of the window, and the last run had not seen it
        (950, "s3://b/last", Reason.NEW),
        (1001, "s3://b/k", Reason.DEFERRED),
    ],
)
def test_a_range_of_runs_by_the_window(ms: int, path: str, reason: Reason) -> None:
    end = RangeEnd(_list(("s3://b/last", 950)), ReadSince())
    rule = ByWindow(WINDOW, _list(("s3://b/first", 450)), end=end)

    assert rule.decide(_object(ms, path=path), None) is reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("both", Reason.DONE),  # the first run of the range had it in its list: not among what came after it
        ("last", Reason.NEW),  # it came late, and the runs up to the last one had read it
        ("neither", Reason.DEFERRED),
    ],
)
def test_what_both_ends_of_a_range_list_is_not_in_it(name: str, reason: Reason) -> None:
    close = Window(start_ms=550, band_ms=100, previous_start_ms=500, previous_band_ms=100)
    end = RangeEnd(_list(("both", 480), ("last", 480)), ReadSince())
    rule = ByWindow(close, _list(("both", 480)), end=end)

    assert rule.decide(_object(480, path=name), None) is reason


@pytest.mark.parametrize(
    ("ms", "path", "reason"),
    [
        (400, "s3://b/k", Reason.ASSUMED),  # the window has closed over it
        (450, "s3://b/listed", Reason.ASSUMED),
        (450, "s3://b/k", Reason.NEW),
        (1001, "s3://b/k", Reason.DEFERRED),
    ],
)
def test_what_an_imported_window_covers_is_assumed_by_either_policy(
    ms: int, path: str, reason: Reason
) -> None:
    seen = _list(("s3://b/listed", 450))

    assert Exact(WINDOW, imported=seen).decide(_object(ms, path=path), None) is reason
    assert ByWindow(WINDOW, seen, imported=True).decide(_object(ms, path=path), None) is reason


@pytest.mark.parametrize(
    ("ms", "version", "reason"),
    [
        (700, 6, Reason.DONE),  # a run that followed a plan has read it, and left an older one
        (700, 5, Reason.NEW),
        (300, 6, Reason.DONE),
        (1001, 6, Reason.DEFERRED),
    ],
)
def test_what_runs_took_that_left_the_rest_is_not_read_again(ms: int, version: int, reason: Reason) -> None:
    rule = ByWindow(WINDOW, IncludeList(), read_since=ReadSince(since=6))

    assert rule.decide(_object(ms), LedgerRow(ms, 1, "a", "jr_1", version)) is reason


@pytest.mark.parametrize(
    ("ms", "version", "reason"),
    [
        (1001, 8, Reason.NEW),  # beyond the watermark of the last run, which left an older one
        (1001, 5, Reason.DEFERRED),
        (950, 8, Reason.NEW),
        (950, 5, Reason.DEFERRED),
        (700, 7, Reason.DONE),  # the first run of the range had taken it, as one of such runs
        (1001, 7, Reason.DONE),
    ],
)
def test_a_range_between_runs_that_left_objects(ms: int, version: int, reason: Reason) -> None:
    end = RangeEnd(IncludeList(), ReadSince(since=6))
    rule = ByWindow(WINDOW, IncludeList(), read_since=ReadSince(since=6, up_to=7), end=end)

    assert rule.decide(_object(ms), LedgerRow(ms, 1, "a", "jr_1", version)) is reason
