"""What a run says of its sources at the end: nothing is silent (invariant 9)."""

from collections.abc import Sequence

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.jobs import SourceSummary
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.runtime.connectors.base import Chosen


def source_summary(name: str, context: str, chosen: Chosen, seconds: float) -> SourceSummary:
    """One source of a run; a context of "" says that no bookmark follows it."""
    return SourceSummary(
        name=name,
        context=context,
        counts={reason.value: n for reason, n in sorted(chosen.counts.items())},
        objects_read=chosen.objects_read,
        bytes_read=chosen.bytes_read,
        seconds=seconds,
    )


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
        said.append(
            f"sources without a transformation_ctx are read whole by every run: {', '.join(untracked)}"
        )
    if options.output_visibility is Visibility.IMMEDIATE:
        said.append(
            "output was visible at once (--output-visibility immediate), so rows are delivered at least once"
        )
    return said
