"""What one read of a script takes, given what its run has opened."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from placekeeper.control.bookmarks.selection import select_objects, start_by_store
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import StateElement
from placekeeper.model.errors import ChangeRefused, UsageError
from placekeeper.model.exchange import Opened
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.policy import OnBadFile
from placekeeper.model.source import Source
from placekeeper.rules.selection.backfill import guarded
from placekeeper.rules.selection.bounds import most_in_band
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.run.context import RunContext


def choose(
    context: RunContext,
    opened: Opened | None,
    source: Source,
    element: StateElement | None,
    tracked_as: str,
    *,
    start_ms: int,
    at_once: int,
) -> Selection:
    """The objects of a source that a run reads. `tracked_as` is "" where no bookmark follows the source.

    `start_ms` is the run's start by our clock; a source goes by that of its store.

    Raises ChangeRefused and BackfillUndecided where the source's policy says so, and PlanStale where the run
    follows a plan that cannot be followed, before anything is read.
    """
    objects, ledger, plan = context.objects, context.ledger, context.plan
    remembers = opened is not None and opened.version is not None and bool(tracked_as)
    if source.reading.on_bad_file is OnBadFile.QUARANTINE and not remembers:
        context.notes.append(
            f"{source.name}: --on-bad-file quarantine counts only with job-bookmark-enable and a "
            "transformation_ctx: a bad file fails the run"
        )
    if opened is None or not tracked_as:
        if source.reading.is_bounded:
            context.notes.append(
                f"{source.name}: boundedFiles and boundedSize count only with bookmarks and a "
                "transformation_ctx: all is read"
            )
        if plan is not None:
            context.notes.append(f"{source.name}: no bookmark follows it, so it is read whole, plan or no")
        return select_objects(objects, ledger, Choice.whole(source), at_once=at_once)
    planned = None if plan is None else plan.objects(opened, tracked_as, source)
    if opened.range is not None:
        begin, end = opened.range.begin.get(tracked_as), opened.state.get(tracked_as)
        choice = Choice.of_range(source, begin, end, after=opened.range.after).with_marks(opened.marks)
        return select_objects(objects, ledger, choice, at_once=at_once)
    start_ms = start_by_store(objects, context.clock, source, start_ms, context.notes.append)
    choice = Choice.next_run(source, element, start_ms=start_ms).with_marks(opened.marks).following(planned)
    selection = select_objects(objects, ledger, choice, at_once=at_once)
    if refused := selection.counts.get(Reason.REFUSED):
        raise ChangeRefused(tracked_as, refused)
    selection = guarded(selection, source, element, tracked_as)
    if (left := selection.counts.get(Reason.BOUNDED)) and not source.reading.is_bounded:
        most = most_in_band(source.reading)
        context.notes.append(
            f"{source.name}: {left:,} objects of the last {source.max_band_ms // 1000:,} s (maxBand) are "
            f"left to later runs: by the window, a bookmark lists {most:,} of them at most (maxFilesInBand)"
        )
    if quarantined := len(selection.quarantined):
        said = (
            "1 object could not be read and is left out until it changes"
            if quarantined == 1
            else f"{quarantined:,} objects could not be read and are left out until they change"
        )
        listed = f"placekeeper bookmark bad {shlex.quote(opened.name)}"
        context.notes.append(f"{source.name}: {said}: {listed}")
    if plan is not None:
        plan.check(tracked_as, selection, less=_found_bad_by(context.run_id, opened.marks))
    return selection


def _found_bad_by(run_id: str, marks: Iterable[Mark]) -> frozenset[str]:
    """What this very run has quarantined before it began again."""
    return frozenset(mark.path for mark in marks if mark.run_id == run_id)


def context_of(transformation_ctx: object) -> str:
    """A read's transformation_ctx; "" where there is none. Raises UsageError for what is no string."""
    if transformation_ctx is None or isinstance(transformation_ctx, str):
        return transformation_ctx or ""
    raise UsageError(
        "transformation_ctx is a string, under which the bookmark keeps the source, "
        f"not {transformation_ctx!r}"
    )


def option_of(name: object, args: Mapping[str, Any]) -> BookmarkOption:
    """The bookmark option of Job.init. Raises UsageError for an unknown one, or a name that is no string."""
    if not isinstance(name, str):
        raise UsageError(
            f"job.init() takes the job's name, as in job.init(args['JOB_NAME'], args), not {name!r}"
        )
    given = args.get("job_bookmark_option") or BookmarkOption.DISABLE
    try:
        return BookmarkOption(given)
    except ValueError:
        listed = ", ".join(BookmarkOption)
        raise UsageError(
            f"job_bookmark_option in job.init()'s args is one of {listed}, not {given!r}"
        ) from None


def range_of(
    option: BookmarkOption, args: Mapping[str, Any], note: Callable[[str], None]
) -> tuple[str, str] | None:
    """The runs of --job-bookmark-from and -to; None where they do not count.

    Raises UsageError for one of them alone.
    """
    bounds = {name: args.get(f"job_bookmark_{name}") or "" for name in ("from", "to")}
    missing = [name for name, run_id in bounds.items() if not run_id]
    if len(missing) == len(bounds):
        return None
    if option is not BookmarkOption.PAUSE:
        note("--job-bookmark-from and --job-bookmark-to count only with job-bookmark-pause")
        return None
    if missing:
        raise UsageError(f"Missing option or value for --job-bookmark-{missing[0]}")
    return bounds["from"], bounds["to"]
