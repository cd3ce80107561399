"""The summary of a run at its end: nothing is silent (invariant 9)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.exchange import Opened
from placekeeper.model.jobs import RunSummary, SourceSummary, StageSummary
from placekeeper.model.progress import Reads
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.runtime.connectors.base import Chosen
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.dimension_tables import dimension_notes
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.scan.database_choice import ChosenRows


class Bookmarked(Struct, frozen=True):
    """What a run did with its bookmarks: the last one that it opened, and the earlier commits."""

    opened: Opened | None
    option: BookmarkOption | None
    committed: int | None
    earlier_commits: tuple[tuple[str, int | None], ...]
    has_failed: bool


def run_summary(
    context: RunContext,
    output: Output,
    *,
    bookmark: Bookmarked,
    sources: Mapping[int, SourceSummary],
    stages: tuple[StageSummary, ...],
    published: bool,
    began_ms: int,
) -> RunSummary:
    """The summary of what a run has read, written and remembered."""
    opened, option = bookmark.opened, bookmark.option
    read = _with_reads(sources, context.progress.reads())
    may_have_come = bookmark.has_failed and option is None  # to Job.init, later
    said = [] if may_have_come else warnings(option, read, context.options)
    said += dimension_notes(read, context.script)
    return RunSummary(
        bookmark_name=opened.name if opened else None,
        bookmark_option=option.value if option else None,
        bookmark_versions=(opened.version if opened else None, bookmark.committed),
        earlier_commits=bookmark.earlier_commits,
        bookmark_found=opened.found if opened else None,
        sources=read,
        sinks=output.sinks,
        stages=stages,
        engine=context.engine.name,
        glue_version=context.glue_version,
        output_visibility=context.options.output_visibility.value,
        published=published,
        fate=output.fate,
        restored_version=output.restored_version,
        seconds=(context.clock.now_ms() - began_ms) / 1000,
        notes=tuple(dict.fromkeys((*context.notes, *said))),
        warnings=tuple(context.warnings),
    )


def _with_reads(
    sources: Mapping[int, SourceSummary], reads: Mapping[int, Reads]
) -> tuple[SourceSummary, ...]:
    """The sources, in the order in which they were read, with what tasks have read of each."""
    nothing = Reads(rows=0, seconds=0.0)

    def one(number: int, source: SourceSummary) -> SourceSummary:
        is_read = source.objects_read or (source.of_rows and not source.tracked)
        found = reads.get(number) if is_read else nothing
        if found is None:
            return source
        return replace(source, rows_read=found.rows, reading_seconds=found.seconds)

    return tuple(one(number, source) for number, source in sources.items())


def source_summary(
    name: str,
    context: str,
    chosen: Chosen,
    frame: Frame,
    seconds: float,
    *,
    by_sql: bool = False,
    followable: bool = True,
) -> SourceSummary:
    """One source of a run; a context of "" says that no bookmark follows it."""
    return SourceSummary(
        name=name,
        context=context if followable else "",
        counts={reason.value: n for reason, n in sorted(chosen.counts.items())},
        objects_read=chosen.objects_read,
        bytes_read=chosen.bytes_read,
        seconds=seconds,
        rows_read=None if frame.known is None else frame.known.count,
        way=frame.way,
        by_sql=by_sql,
        of_rows=isinstance(chosen, ChosenRows) or not followable,
        followable=followable,
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
    untracked = [
        source.name for source in sources if source.followable and not source.tracked and not source.by_sql
    ]
    if untracked and option in (BookmarkOption.ENABLE, BookmarkOption.PAUSE):
        said.append(
            f"sources without a transformation_ctx are read whole by every run: {', '.join(untracked)}"
        )
    if by_sql := [source for source in sources if source.by_sql]:
        names = list(dict.fromkeys(source.name for source in by_sql))
        objects = sum(source.objects_read for source in by_sql if not source.of_rows)
        of_objects = "" if all(source.of_rows for source in by_sql) else f" ({counted(objects, 'object')})"
        said.append(
            f"{counted(len(names), 'table')}{of_objects} read by SQL, which no bookmark follows: "
            f"{', '.join(names)}"
        )
    if options.output_visibility is Visibility.IMMEDIATE:
        said.append(
            "output was visible at once (--output-visibility immediate), so rows are delivered at least once"
        )
    return said
