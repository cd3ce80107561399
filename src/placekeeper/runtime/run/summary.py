"""What a run says of its sources at the end: nothing is silent (invariant 9)."""

from collections.abc import Mapping, Sequence

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.jobs import SourceSummary
from placekeeper.model.plan import Reason, Selection
from placekeeper.rules.jobs.run_options import RunOptions, Visibility

_SHOWN = 5
"""Paths that are named; a table may have ten thousand of them."""


def source_summary(name: str, context: str, selection: Selection, seconds: float) -> SourceSummary:
    """One source of a run; a context of "" says that no bookmark follows it."""
    return SourceSummary(
        name=name,
        context=context,
        counts={reason.value: n for reason, n in sorted(selection.counts.items())},
        objects_read=len(selection.chosen),
        bytes_read=sum(decision.object.size for decision in selection.chosen),
        seconds=seconds,
    )


def listing_notes(paths: Sequence[str], absent: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """Sentences about paths of a source that are not there, about a source in which nothing is, and about
    folders that are not looked into."""
    said = [f"{path}: there is no such path, so nothing was read from it" for path in absent[:_SHOWN]]
    if len(absent) > _SHOWN:
        said.append(f"{len(absent) - _SHOWN:,} more paths are not there, so nothing was read from them")
    missing = frozenset(absent)
    there = [path for path in paths if path not in missing]
    named = ", ".join(there[:_SHOWN]) + (f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else "")
    if there and not counts:
        said.append(f"{named}: no object there: a wrong path, or an empty folder")
    if folders := counts.get(Reason.FOLDER):
        said.append(
            f"{named}: {folders:,} folders below are not read, because recurse is off: to read them, "
            '"recurse": True in connection_options (of a table: additional_options)'
        )
    return said


def warnings(
    option: BookmarkOption | None, sources: Sequence[SourceSummary], options: RunOptions
) -> list[str]:
    """Sentences about what is not remembered and why; `option` is None when Job.init was never called."""
    said = []
    if option is None:
        said.append("job.init() was never called: no source is tracked")
    elif option is BookmarkOption.DISABLE:
        said.append(
            "bookmarks are off for this run (--job-bookmark-option job-bookmark-enable turns them on)"
        )
    untracked = [source.name for source in sources if not source.tracked]
    if untracked and option in (BookmarkOption.ENABLE, BookmarkOption.PAUSE):
        said.append(f"no transformation_ctx, so read whole by every run: {', '.join(untracked)}")
    if options.output_visibility is Visibility.IMMEDIATE:
        said.append("output was visible at once (--output-visibility immediate): delivered at least once")
    return said
