"""The objects that one read of a script takes, given the state that its run has opened."""

import shlex
from collections.abc import Iterable

from placekeeper.control.bookmarks.selection import select_objects, start_by_store
from placekeeper.model.bookmark import source_elements
from placekeeper.model.errors import ChangeRefused
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.policy import OnBadFile
from placekeeper.model.source import SourceOfObjects
from placekeeper.model.wording import counted
from placekeeper.rules.selection.backfill import guarded
from placekeeper.rules.selection.bounds import most_in_band
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.base import Run, Tracked


def choose(run: Run, source: SourceOfObjects, tracked: Tracked, *, at_once: int) -> Selection:
    """The objects of a source that a run reads, listed in up to `at_once` parts at the same time.

    The run's start is that by our clock; a source goes by that of its store.

    Raises ChangeRefused and BackfillUndecided where the source's policy says so, and PlanStale where the run
    follows a plan that cannot be followed, before anything is read.
    """
    objects, ledger, plan = run.objects, run.ledger, run.plan
    opened, context = tracked.opened, tracked.context
    remembers = opened is not None and opened.version is not None and bool(context)
    if source.reading.on_bad_file is OnBadFile.QUARANTINE and not remembers:
        run.note(
            f"{source.name}: --on-bad-file quarantine works only with job-bookmark-enable and a "
            "transformation_ctx, so a bad file fails the run"
        )
    if opened is None or not context:
        if source.reading.is_bounded:
            run.note(
                f"{source.name}: boundedFiles and boundedSize work only with bookmarks and a "
                "transformation_ctx, so everything is read"
            )
        if plan is not None:
            run.note(f"{source.name}: no bookmark follows this source, so it is read whole, also with a plan")
        return select_objects(objects, ledger, Choice.whole(source), at_once=at_once)
    planned = None if plan is None else plan.objects(opened, context, source)
    if opened.range is not None:
        begin, end = source_elements(opened.range.begin), source_elements(opened.state)
        choice = Choice.of_range(
            source, begin.get(context), end.get(context), after=opened.range.after
        ).with_marks(opened.marks)
        return select_objects(objects, ledger, choice, at_once=at_once)
    start_ms = start_by_store(objects, run.clock, source, tracked.start_ms, run.note)
    choice = (
        Choice.next_run(source, tracked.element, start_ms=start_ms).with_marks(opened.marks).by_plan(planned)
    )
    selection = select_objects(objects, ledger, choice, at_once=at_once)
    if refused := selection.counts.get(Reason.REFUSED):
        raise ChangeRefused(opened.name, context, refused)
    selection = guarded(selection, source, tracked.element, context)
    if (left := selection.counts.get(Reason.BOUNDED)) and not source.reading.is_bounded:
        most = most_in_band(source.reading)
        run.note(
            f"{source.name}: later runs read {counted(left, 'object')} of the last "
            f"{source.max_band_ms // 1000:,} s (maxBand): in the window policy, a bookmark lists at most "
            f"{most:,} of them (maxFilesInBand)"
        )
    if quarantined := len(selection.quarantined):
        said = (
            "1 object could not be read and is left out until it changes"
            if quarantined == 1
            else f"{quarantined:,} objects could not be read and are left out until they change"
        )
        listed = f"placekeeper bookmark bad {shlex.quote(opened.name)}"
        run.note(f"{source.name}: {said}: {listed}")
    if plan is not None:
        plan.check(context, selection, less=_found_bad_by(run.run_id, opened.marks))
    return selection


def _found_bad_by(run_id: str, marks: Iterable[Mark]) -> frozenset[str]:
    """The paths that this run quarantined before it began again."""
    return frozenset(mark.path for mark in marks if mark.run_id == run_id)
