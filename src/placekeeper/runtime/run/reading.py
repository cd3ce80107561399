"""One read of a script: the objects that were chosen, as a frame."""

from functools import partial

from placekeeper.model.bookmark import StateElement
from placekeeper.model.plan import Selection
from placekeeper.model.progress import Count, Stage
from placekeeper.runtime import scan
from placekeeper.runtime.connectors.options import grouping_of
from placekeeper.runtime.connectors.sources import Wanted
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.bad_files import BadFiles
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.scan.survey import survey


def frame_of(
    context: RunContext,
    bad_files: BadFiles,
    wanted: Wanted,
    selection: Selection,
    element: StateElement | None,
    tracked_as: str,
) -> Frame:
    """A frame of exactly the chosen objects. `tracked_as` is "" where no bookmark follows the source.

    Raises what `scan` raises.
    """
    source, chosen = wanted.source, [decision.object for decision in selection.chosen]
    objects = context.objects.ready_for(*source.paths)
    to_read = Count(total=len(chosen), total_size=sum(meta.size for meta in chosen))
    for stage in (Stage.TYPING, Stage.READING):
        context.progress.count(stage, to_read)
    reader = context.formats.reader(source.format, wanted.format_options)
    if wanted.columns is not None:
        reader = wanted.columns.described(reader)
    bad_files.watch(tracked_as, source, selection, partial(survey, objects, reader, chosen))
    return scan.scan(
        context.engine.session,
        context.engine.parallelism,
        objects,
        chosen,
        reader,
        wanted.known_schema(element),
        grouping_of(wanted.connection_options, context.formats.readable(source.format)),
        context.notices,
        context.progress,
    )
