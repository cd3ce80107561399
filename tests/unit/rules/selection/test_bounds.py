"""Runs that take a part: the oldest first, and what the next run still finds, on our side and on AWS's."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.element import FileElement, StateElement
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA, ObjectMeta
from placekeeper.model.plan import Decision, Reason, Selection
from placekeeper.model.policy import ReadingPolicy
from placekeeper.model.source import FileSource
from placekeeper.rules.selection.bounds import MOST_LISTED, Limits, band, beyond_band, most_in_band, watermark
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import ByWindow, Exact
from placekeeper.rules.selection.join import select
from placekeeper.rules.selection.window import IncludeList, Window

BAND_MS = 20
SOURCE = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")


def _select(objects: dict[str, int], rule_of, window: Window, **bounds: int) -> Selection:
    rows = [{"path": path, "last_modified_ms": ms, "size": 10} for path, ms in sorted(objects.items())]
    listing = [pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)]
    choice = Choice(
        source=SOURCE,
        rule=rule_of(window),
        window=window,
        excluded=lambda _: None,
        limits=Limits(**bounds),
    )
    return select(listing, [], choice)


def _paths(selection: Selection) -> list[str]:
    return [decision.object.path for decision in selection.chosen]


FIRST = Window(start_ms=100, band_ms=BAND_MS)
OBJECTS = {"d": 10, "a": 30, "c": 30, "b": 95}


def test_the_oldest_come_first_and_of_equals_the_first_by_path() -> None:
    selection = _select(OBJECTS, Exact, FIRST, bounded_files=2)

    assert _paths(selection) == ["a", "d"]
    assert selection.counts == {Reason.NEW: 2, Reason.BOUNDED: 2}
    assert selection.next_window.watermark_ms == 30  # c is left: the next run finds it in the band
    assert selection.next_window.in_band == (("a", 30),)


def test_bytes_bound_too_and_one_object_is_always_taken() -> None:
    assert _paths(_select(OBJECTS, Exact, FIRST, bounded_bytes=29)) == ["a", "d"]
    assert _paths(_select(OBJECTS, Exact, FIRST, bounded_bytes=1)) == ["d"]


def test_a_bound_in_bytes_is_reached_exactly() -> None:
    assert _paths(_select(OBJECTS, Exact, FIRST, bounded_bytes=20)) == ["a", "d"]
    assert _paths(_select(OBJECTS, Exact, FIRST, bounded_bytes=19)) == ["d"]
    assert _paths(_select(OBJECTS, Exact, FIRST, bounded_bytes=40)) == ["a", "b", "c", "d"]


def test_what_a_plan_leaves_out_holds_the_watermark_back() -> None:
    """No bound is set: the plan alone leaves objects to the next run, which has to find them by AWS's window
    too."""
    window = Window(start_ms=200, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)
    rows = [
        {"path": path, "last_modified_ms": ms, "size": 1} for path, ms in (("a", 190), ("b", 130), ("c", 150))
    ]
    listing = [pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)]
    planned = {"a": ObjectMeta(path="a", last_modified_ms=190, size=1, e_tag=None)}
    choice = Choice(
        source=SOURCE,
        rule=ByWindow(window, IncludeList()),
        window=window,
        excluded=lambda _: None,
        planned=planned,
    )

    selection = select(listing, [], choice)

    assert selection.counts == {Reason.NEW: 1, Reason.UNPLANNED: 2}
    assert selection.next_window.watermark_ms == 130  # not the run's start: b and c are older than that
    after = Window(
        start_ms=300, band_ms=BAND_MS, previous_start_ms=130, previous_band_ms=selection.next_window.band_ms
    )
    seen = IncludeList.of(
        FileElement(source=None, run=2, watermark_ms=130, in_band=selection.next_window.in_band)
    )
    following = Choice(source=SOURCE, rule=ByWindow(after, seen), window=after, excluded=lambda _: None)
    assert {"b", "c"} <= set(_paths(select(listing, [], following)))


def test_a_run_that_takes_all_reads_up_to_its_start() -> None:
    assert _select(OBJECTS, Exact, FIRST, bounded_files=4).next_window.watermark_ms == 100


def test_what_is_late_and_left_no_string_can_say() -> None:
    window = Window(start_ms=200, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)

    selection = _select({"a": 10, "b": 20, "c": 150}, Exact, window, bounded_files=1)

    assert _paths(selection) == ["a"]
    assert (selection.next_window.watermark_ms, selection.next_window.inexpressible) == (100, 1)


def test_of_the_last_part_of_the_window_only_so_many_are_taken() -> None:
    window = Window(start_ms=110, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)
    seen = IncludeList.of(FileElement(source=None, run=1, watermark_ms=100, in_band=(("e", 99),)))

    selection = _select(
        {"a": 105, "b": 101, "c": 103, "e": 99},
        lambda w: ByWindow(w, seen),
        window,
        most_in_band=3,
    )

    assert _paths(selection) == ["b", "c"]  # e, which an earlier run has read, is in the list as well
    assert selection.counts == {Reason.NEW: 2, Reason.DONE: 1, Reason.BOUNDED: 1}
    assert selection.next_window.in_band == (("b", 101), ("c", 103), ("e", 99))


def test_what_a_wider_band_takes_into_the_list_counts_too() -> None:
    window = Window(start_ms=110, band_ms=100, previous_start_ms=100, previous_band_ms=1)
    rows = [
        {"path": path, "last_modified_ms": ms, "size": 1} for path, ms in (("a", 20), ("b", 101), ("c", 102))
    ]
    known = [{**rows[0], "bookmark_version": 2, "run_id": "jr_1"}]
    choice = Choice(
        source=SOURCE,
        rule=ByWindow(window, IncludeList()),
        window=window,
        excluded=lambda _: None,
        limits=Limits(most_in_band=2),
    )

    selection = select(
        [pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)],
        [pa.RecordBatch.from_pylist(known, schema=LEDGER_SCHEMA)],
        choice,
    )

    assert _paths(selection) == ["b"]
    assert selection.next_window.in_band == (("a", 20), ("b", 101))


def test_of_the_last_part_of_the_window_the_oldest_are_listed_and_the_rest_is_counted() -> None:
    choice = Choice(
        source=SOURCE, rule=Exact(FIRST), window=FIRST, excluded=lambda _: None, limits=Limits(most_listed=2)
    )
    rows = [
        {"path": path, "last_modified_ms": ms, "size": 10}
        for path, ms in (("a", 99), ("b", 81), ("c", 80), ("d", 99), ("e", 100), ("f", 90))
    ]

    selection = select([pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)], [], choice)

    assert len(selection.chosen) == 6
    assert (selection.next_window.in_band, selection.next_window.unlisted) == ((("b", 81), ("f", 90)), 3)


@given(
    arrivals=st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=5), min_size=1, max_size=4
    ),
    files=st.integers(1, 3),
    gaps=st.lists(st.integers(1, 60), min_size=4, max_size=4),
)
def test_bounded_runs_by_the_window_read_what_one_run_would_each_once(
    arrivals: list[dict[str, int]], files: int, gaps: list[int]
) -> None:
    """Each arrival is modified at most a band before the run that first sees it; then runs come until nothing
    is left."""
    listed: dict[str, int] = {}
    read: list[tuple[str, int]] = []
    element: StateElement | None = None
    now_ms = 100

    def run(now_ms: int, element: StateElement | None) -> tuple[StateElement, int]:
        window = Window.between(element, start_ms=now_ms, band_ms=BAND_MS)
        seen = IncludeList() if element is None else IncludeList.of(element)
        selection = _select(listed, lambda w: ByWindow(w, seen), window, bounded_files=files)
        read.extend((d.object.path, d.object.last_modified_ms) for d in selection.chosen)
        after = FileElement(
            source=None,
            run=1,
            watermark_ms=selection.next_window.watermark_ms,
            band_ms=BAND_MS,
            in_band=selection.next_window.in_band,
        )
        return after, selection.counts.get(Reason.BOUNDED, 0)

    for number, (arrived, gap) in enumerate(zip(arrivals, gaps, strict=False)):
        listed |= {f"{path}{number}": now_ms - min(age, BAND_MS - 1) for path, age in arrived.items()}
        element, left = run(now_ms, element)
        while left:
            now_ms += 1
            element, left = run(now_ms, element)
        now_ms += gap

    assert sorted(read) == sorted(listed.items())


def test_a_clock_that_went_back_takes_nothing_from_the_list() -> None:
    window = Window(start_ms=60, band_ms=50, previous_start_ms=100, previous_band_ms=10)
    row = {"path": "a", "last_modified_ms": 45, "size": 1}
    known = {**row, "bookmark_version": 2, "run_id": "jr_1"}
    choice = Choice(source=SOURCE, rule=Exact(window), window=window, excluded=lambda _: None, planned={})

    selection = select(
        [pa.RecordBatch.from_pylist([row], schema=LISTING_SCHEMA)],
        [pa.RecordBatch.from_pylist([known], schema=LEDGER_SCHEMA)],
        choice,
    )

    assert selection.next_window.in_band == (("a", 45),)


def _decisions(objects: dict[str, int]) -> list[Decision]:
    return [
        Decision(ObjectMeta(path=path, last_modified_ms=ms, size=1, e_tag=None), Reason.NEW)
        for path, ms in objects.items()
    ]


def test_a_list_has_room_for_a_thousand_unless_it_is_said() -> None:
    assert (MOST_LISTED, most_in_band(ReadingPolicy())) == (1000, 1000)
    assert most_in_band(ReadingPolicy(max_files_in_band=5)) == 5
    assert most_in_band(ReadingPolicy(max_files_in_band=5000)) == 5000


def test_what_is_older_than_the_last_part_is_not_bounded_by_it() -> None:
    chosen = _decisions({"a": 80, "b": 81, "c": 82, "d": 100})  # FIRST's last part is (80, 100]

    assert beyond_band(chosen, FIRST, carried=0, most=2) == {"d"}
    assert beyond_band(chosen, FIRST, carried=1, most=2) == {"c", "d"}
    assert beyond_band(chosen, FIRST, carried=2, most=2) == {"b", "c", "d"}
    assert beyond_band(chosen, FIRST, carried=3, most=2) == {"b", "c", "d"}
    assert beyond_band(chosen, FIRST, carried=0, most=3) == set()


def test_the_next_window_is_as_wide_as_what_is_left_needs_it() -> None:
    """Its closed end is the instant before the oldest that it has to see."""
    window = Window(start_ms=200, band_ms=5, previous_start_ms=100, previous_band_ms=30)  # closed up to 70
    left = _decisions({"late": 70, "b": 71, "c": 90, "d": 150})

    assert watermark(window, left) == 100
    assert band(window, 100, left) == 30  # 100 - 30 = 70: 71 is open
    assert band(window, 100, left[2:]) == 11  # 100 - 11 = 89: 90 is open
    assert band(window, 150, left[3:]) == 5
    assert band(window, 100, left[:1]) == 5  # no width opens what was closed
    assert (watermark(window, []), band(window, 200, [])) == (200, 5)
    assert watermark(window, left[3:]) == 150
    assert watermark(Window(start_ms=200, band_ms=5), left) == 70
    assert watermark(window, _decisions({"ahead": 205})) == 200


def _planned(known: dict[str, int], objects: dict[str, int], window: Window, *planned: str) -> Selection:
    """What a run takes that follows a plan of these objects; those that are known were read before."""
    rows = [
        {"path": path, "last_modified_ms": ms, "size": 1} for path, ms in sorted((known | objects).items())
    ]
    ledger = [{**row, "bookmark_version": 2, "run_id": "jr_1"} for row in rows if row["path"] in known]
    choice = Choice(
        source=SOURCE,
        rule=Exact(window),
        window=window,
        excluded=lambda _: None,
        planned={
            path: ObjectMeta(path=path, last_modified_ms=objects[path], size=1, e_tag=None)
            for path in planned
        },
    )
    return select(
        [pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)],
        [pa.RecordBatch.from_pylist(ledger, schema=LEDGER_SCHEMA)],
        choice,
    )


def test_what_was_read_before_is_not_left_by_a_plan_and_stays_in_the_list() -> None:
    """The watermark falls back to what is left, and the list reaches as far back as the window then does."""
    selection = _planned({"done": 25, "old": 10}, {"left": 30, "now": 95}, FIRST, "now")

    assert selection.counts == {Reason.DONE: 2, Reason.NEW: 1, Reason.UNPLANNED: 1}
    assert (selection.next_window.watermark_ms, selection.next_window.band_ms) == (30, BAND_MS)
    assert selection.next_window.in_band == (("done", 25),)  # of (10, 30]


def test_the_list_is_as_wide_as_the_next_window() -> None:
    window = Window(start_ms=200, band_ms=5, previous_start_ms=100, previous_band_ms=40)
    selection = _planned({}, {"a": 65, "left": 70, "now": 90}, window, "now", "a")

    assert (selection.next_window.watermark_ms, selection.next_window.band_ms) == (100, 31)
    assert selection.next_window.in_band == (("now", 90),)  # of (69, 100]; of a band of 5 there would be none


def test_a_run_that_leaves_nothing_has_nothing_that_a_string_cannot_say() -> None:
    assert _select(OBJECTS, Exact, FIRST).next_window.inexpressible == 0
    assert _select(OBJECTS, Exact, FIRST, bounded_files=9).next_window.inexpressible == 0


def test_what_is_left_at_the_closed_end_no_string_can_say() -> None:
    window = Window(start_ms=200, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)
    selection = _select({"a": 10, "closed": 80, "open": 81}, Exact, window, bounded_files=1)

    assert (
        selection.next_window.watermark_ms,
        selection.next_window.band_ms,
        selection.next_window.inexpressible,
    ) == (100, 20, 1)


def test_what_an_import_covers_is_remembered_without_being_read() -> None:
    window = Window(start_ms=200, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)
    selection = _select({"a": 10, "b": 150}, lambda w: Exact(w, imported=IncludeList()), window)

    assert [d.object.path for d in selection.remembered] == ["a"]
    assert _paths(selection) == ["b"]


def test_a_plan_leaves_what_the_next_run_would_not_read_as_it_is() -> None:
    """What waits for its time is not left by the plan, and does not hold the watermark back."""
    selection = _planned({"done": 25}, {"ahead": 101, "now": 95}, FIRST, "now")

    assert selection.counts == {Reason.DONE: 1, Reason.NEW: 1, Reason.DEFERRED: 1}
    assert selection.next_window.watermark_ms == 100


def test_what_an_earlier_list_has_counts_where_it_is_in_this_one_too() -> None:
    window = Window(start_ms=110, band_ms=BAND_MS, previous_start_ms=100, previous_band_ms=BAND_MS)
    seen = IncludeList.of(FileElement(source=None, run=1, watermark_ms=100, in_band=(("e", 85), ("f", 91))))

    def counts(known: dict[str, int]) -> dict[Reason, int]:
        objects = {"a": 105, **known}
        return _select(objects, lambda w: ByWindow(w, seen), window, most_in_band=1).counts

    assert counts({"e": 85}) == {Reason.NEW: 1, Reason.DONE: 1}  # before (90, 110]
    assert counts({"f": 91}) == {Reason.BOUNDED: 1, Reason.DONE: 1}
