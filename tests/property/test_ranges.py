"""Runs whose policy, band, bounds and plan change from one to the next: each object is read once all the
same, and a range of runs reads again what its runs have read.

Every object comes where AWS's window is open still, so that it has no reason to lose it; or from a clock
ahead of ours, so that it waits.
"""

import os
import tempfile
from itertools import combinations
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Selection
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.model.source import Source
from placekeeper.rules.selection.window import Window
from remembering import Runs

HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "30"))
MEMORY = Path("/dev/shm")


class Step(msgspec.Struct, frozen=True):
    """One run: what has come before it (ages in ms), and how it reads; what comes after its plan."""

    policy: Policy
    band_ms: int
    arrived: list[int]
    gap_ms: int
    bounded_files: int | None = None
    most_in_band: int | None = None
    after_plan: list[int] | None = None


AGES = st.lists(st.integers(-5, 8) | st.integers(0, 250), max_size=4)
STEPS = st.builds(
    Step,
    policy=st.sampled_from(Policy),
    band_ms=st.sampled_from([10, 50, 200]),
    arrived=AGES,
    gap_ms=st.integers(1, 60),
    bounded_files=st.none() | st.integers(1, 3),
    most_in_band=st.none() | st.integers(1, 3),
    after_plan=st.none() | AGES,
)


class History(Runs):
    """One source, and the runs that have read it; `read` is what each has read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[dict[str, ObjectMeta]] = [{}]
        self._arrived = 0

    def arrive(self, ages_ms: list[int]) -> None:
        closed_ms = self._closed_ms(-1) or 0
        for age_ms in ages_ms:
            self._arrived += 1
            modified_ms = max(self.world.now_ms() - age_ms, closed_ms + 1)
            self.world.put(f"{self._arrived:03}", (modified_ms, 1, "x"))

    def run(self, step: Step) -> Selection:
        """A run that commits; with `after_plan` it follows a plan of a little earlier."""
        self.world.wait(step.gap_ms)
        self.arrive(step.arrived)
        source, planned = self.source(step), None
        if step.after_plan is not None:
            planned = {d.object.path: d.object for d in self.select(source).chosen}
            self.arrive(step.after_plan)
        selection = self.select(source, planned)
        self.commit(source, selection)
        self.read.append({decision.object.path: decision.object for decision in selection.chosen})
        return selection

    def source(self, step: Step) -> Source:
        reading = ReadingPolicy(
            policy=step.policy, bounded_files=step.bounded_files, max_files_in_band=step.most_in_band
        )
        return msgspec.structs.replace(self.world.source, max_band_ms=step.band_ms, reading=reading)

    def closed_over(self, place: int) -> set[str]:
        """The objects over which the window of a state has closed."""
        closed_ms = self._closed_ms(place) or 0
        return {path for path, (ms, _, _) in self.world.objects().items() if ms <= closed_ms}

    def _closed_ms(self, place: int) -> int | None:
        return Window.between(self.element(place), start_ms=0, band_ms=0).closed_ms

    def again_by(self, policy: Policy, first: int, last: int) -> set[str]:
        """What a range reads by a policy."""
        source = msgspec.structs.replace(self.world.source, reading=ReadingPolicy(policy=policy))
        return self.again(source, first, last)


@settings(max_examples=HISTORIES, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=6))
def test_each_object_is_read_once_and_ranges_read_it_again(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        history = History(Path(folder))
        for step in steps:
            history.run(step)
        last = Step(policy=steps[-1].policy, band_ms=steps[-1].band_ms, arrived=[], gap_ms=20)
        while history.run(last).chosen:
            pass

        read = [path for run in history.read for path in run]
        assert sorted(read) == sorted(history.world.objects())
        for first, end in combinations(range(len(history.states)), 2):
            wanted = {path for run in history.read[first + 1 : end + 1] for path in run}
            assert history.again_by(Policy.EXACT, first, end) == wanted, (first, end)
            by_window = history.again_by(Policy.WINDOW, first, end)
            # Of what an end of the range had closed its window over, no time can tell when it was read.
            later = {path for run in history.read[end + 1 :] for path in run}
            closed_first, closed_last = (history.closed_over(place) for place in (first, end))
            assert wanted - closed_first <= by_window <= wanted | (later & closed_last), (first, end)
