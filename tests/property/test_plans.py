"""Plan = truth: whatever happens between a plan and the run that follows it, the run reads what was planned,
all of it and nothing else, or it is refused (invariant 2)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
from hypothesis import event, given
from hypothesis import strategies as st

from placekeeper.control.bookmarks.plan_file import Plan, SourcePlan
from placekeeper.control.bookmarks.selection import select_as_listed, select_objects
from placekeeper.model.element import FileElement
from placekeeper.model.errors import ListingOutOfOrder, PlanStale
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.model.segments import SegmentRef
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.plan_follower import PlanFollower
from worlds import Facts, InMemory


class Unsorted(InMemory):
    """A store that turns out not to list in key order after some batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._batches = batches

    def listing(self, *paths: Any, in_order: bool = False, **how: Any) -> Any:
        for number, batch in enumerate(super().listing(*paths, **how)):
            if not in_order and number == self._batches:
                raise ListingOutOfOrder("from here on")
            yield batch


T0, T1, T2 = 1_000_000, 1_000_500, 1_000_900
"""The last run, the plan, the run that follows it."""

NAMES = st.sampled_from("abcdef")
FACTS = st.tuples(st.integers(T0 - 200, T2 + 50), st.integers(1, 9), st.sampled_from("xyz"))
CHANGES = st.dictionaries(NAMES, FACTS | st.none(), max_size=3)
READING = st.builds(
    ReadingPolicy, policy=st.sampled_from(Policy), bounded_files=st.none() | st.integers(1, 3)
)


class Ledger:
    """The rows of the last run."""

    def __init__(self, processed: Mapping[str, Facts]) -> None:
        self._rows = [
            {"path": path, "last_modified_ms": ms, "size": size, "e_tag": tag}
            | {"bookmark_version": 2, "run_id": "jr_1"}
            for path, (ms, size, tag) in sorted(processed.items())
        ]

    def rows(self, segments: Sequence[SegmentRef]) -> Any:
        return [pa.RecordBatch.from_pylist(self._rows, schema=LEDGER_SCHEMA)] if self._rows else []


@given(st.dictionaries(NAMES, FACTS), st.sets(NAMES), CHANGES, READING)
def test_what_was_planned_is_what_is_read(
    objects: dict[str, Facts], done: set[str], changes: dict[str, Facts | None], reading: ReadingPolicy
) -> None:
    world = InMemory()
    for name, facts in objects.items():
        world.put(name, facts)
    ledger = Ledger({path: facts for path, facts in world.objects().items() if path[-1] in done})
    source = msgspec.structs.replace(world.source, reading=reading)
    element = FileElement(source=source, run=1, watermark_ms=T0, band_ms=50)

    def selected(choice: Choice) -> Any:
        return select_objects(world, ledger, choice)  # type: ignore[arg-type]

    made = selected(Choice.next_run(source, element, start_ms=T1).explained(None))
    sources = (
        SourcePlan(context="rows", source=source, counts=made.counts, decisions=tuple(made.decisions)),
    )
    plan = Plan(name="job", version=2, state_version=2, planned_ms=T1, sources=sources)
    for name, facts in changes.items():
        world.put(name, facts) if facts is not None else world.delete(name)

    following = PlanFollower(msgspec.json.decode(msgspec.json.encode(plan), type=Plan))
    planned = following.objects(Opened(name="job", run=2, attempt=0, state_version=2), "rows", source)
    run = selected(Choice.next_run(source, element, start_ms=T2).by_plan(planned))
    try:
        following.check("rows", run)
    except PlanStale:
        event("refused")
        assert any(decision.object.path[-1] in changes for decision in made.chosen)
    else:
        event("followed")
        assert [decision.object for decision in run.chosen] == [d.object for d in made.chosen]


@given(
    st.dictionaries(st.text("ab/", min_size=1, max_size=4), FACTS, max_size=12),
    st.sets(NAMES),
    READING,
    st.booleans(),
    st.integers(0, 5),
)
def test_what_is_shown_while_objects_are_listed_is_what_is_selected(
    objects: dict[str, Facts], done: set[str], reading: ReadingPolicy, explains: bool, sorted_batches: int
) -> None:
    world = Unsorted(sorted_batches)
    for name, facts in objects.items():
        world.put(name, facts)
    ledger: Any = Ledger({path: facts for path, facts in world.objects().items() if path[-1] in done})
    source = msgspec.structs.replace(world.source, reading=reading)
    element = FileElement(source=source, run=1, watermark_ms=T0, band_ms=50)
    choice = Choice.next_run(source, element, start_ms=T1)
    choice = choice.explained(None) if explains else choice

    store: Any = world
    selection = select_objects(store, ledger, choice)
    parts = list(select_as_listed(store, ledger, choice))

    kept = [decision for part in parts for decision in part.kept]
    counts = Counter(decision.reason for decision in kept)
    for part in parts:
        counts.update(part.others)
    assert {reason: n for reason, n in counts.items() if n} == selection.counts
    shown = kept if explains else [decision for decision in kept if decision.reason.is_read]
    whole = selection.decisions if explains else selection.chosen
    assert sorted(shown, key=lambda d: d.object.path) == sorted(whole, key=lambda d: d.object.path)
    assert len({decision.object.path for decision in kept}) == len(kept)
