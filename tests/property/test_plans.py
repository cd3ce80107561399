"""Plan = truth: whatever happens between a plan and the run that follows it, the run reads what was planned,
all of it and nothing else, or it is refused (invariant 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
from hypothesis import event, given
from hypothesis import strategies as st

from placekeeper.control.bookmarks.plan_file import Plan, SourcePlan
from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.model.element import FileElement
from placekeeper.model.errors import PlanStale
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.model.segments import SegmentRef
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.plan_follower import PlanFollower
from worlds import Facts, InMemory

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
    sources = (SourcePlan(context="rows", source=source, counts=made.counts, decisions=made.decisions),)
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
