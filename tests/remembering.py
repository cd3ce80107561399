"""Runs of one source without a database: what they select, what the state is after each, ranges of them."""

from pathlib import Path

import pyarrow as pa

from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkState
from placekeeper.model.element import StateElement
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Selection
from placekeeper.model.source import Source
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.pending import FilePending
from placekeeper.runtime.run.pending_elements import PendingElements
from worlds import InMemory

CONTEXT = "rows"


class Runs:
    """`states` are those after each run that committed, the empty one first."""

    def __init__(self, folder: Path) -> None:
        self.world = InMemory()
        self.states: list[BookmarkState] = [{}]
        self.start_ms = 0
        self._ledger = SegmentFolder(folder)

    def element(self, place: int) -> StateElement | None:
        """What the state after a run remembers."""
        return self.states[place].get(CONTEXT)

    def select(self, source: Source, planned: dict[str, ObjectMeta] | None = None) -> Selection:
        """What a run that begins now reads."""
        self.start_ms = self.world.now_ms()
        return select_objects(
            self.world,  # type: ignore[arg-type] - lists, which is all that is asked of it
            self._ledger,
            Choice.next_run(source, self.element(-1), start_ms=self.start_ms).by_plan(planned),
        )

    def commit(self, source: Source, selection: Selection) -> None:
        """The run has read it."""
        version = 2 * len(self.states)
        opened = Opened(name="j", run=1, attempt=0, version=version - 1, state=self.states[-1])
        pending_elements = PendingElements(opened, run_id=f"jr_{version}")
        pending_elements.stage(
            CONTEXT, FilePending.of(source, selection, pa.schema([]), pending_elements.element(CONTEXT))
        )
        self.states.append(pending_elements.elements(self._ledger, version=version))

    def again(self, source: Source, first: int, last: int) -> set[str]:
        """What a range reads, from the end of the run `first` to that of the run `last`."""
        choice = Choice.of_range(source, self.element(first), self.element(last), after=2 * first)
        chosen = select_objects(self.world, self._ledger, choice).chosen  # type: ignore[arg-type]
        return {decision.object.path for decision in chosen}
