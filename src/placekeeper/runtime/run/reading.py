"""One read of a script: discover, select, read, stage."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.errors import StagedPathRead
from placekeeper.model.exchange import Opened
from placekeeper.model.jobs import SourceSummary
from placekeeper.model.source import ItemSource
from placekeeper.runtime.connectors.base import Asked, Connector, Pending, Tracked, Watch
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.init_arguments import context_of
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.runtime.run.summary import source_summary


class Bookmark(Struct, frozen=True):
    """What Job.init opened, for the reads after it; nothing before it.

    `pending_elements` collects what the reads will remember, None where no bookmark follows them. `start_ms`
    is the start of the run by its own clock.
    """

    opened: Opened | None = None
    pending_elements: PendingElements | None = None
    start_ms: int = 0


def read_source(
    context: RunContext,
    connector: Connector[Any, Any],
    asked: Asked,
    transformation_ctx: str,
    *,
    bookmark: Bookmark,
    hides: Callable[[str], bool],
    watch: Watch,
    number: int,
) -> tuple[Frame, SourceSummary]:
    """Choose the objects of a source, read exactly these, and stage what the bookmark shall remember.

    `hides` is true of a path under which this run has staged something. `number` tells the sources of a run
    apart, where tasks count what they read. Raises StagedPathRead for such a
    path, and what the connector raises.
    """
    began_ms = context.clock.now_ms()
    context = replace(context, progress=context.progress.of_source(number))
    found = connector.discover(context, asked)
    name = found.source.name
    for sentence in found.notes:
        context.note(f"{transformation_ctx or name}: {sentence}")
    hidden = next(filter(hides, found.locations), None)
    if hidden is not None:
        raise StagedPathRead(hidden)
    pending_elements = bookmark.pending_elements if context_of(transformation_ctx) else None
    tracked = Tracked(
        context="" if pending_elements is None else transformation_ctx,
        opened=bookmark.opened,
        element=None if pending_elements is None else pending_elements.element(transformation_ctx),
        earlier=None if pending_elements is None else pending_elements.staged(transformation_ctx),
        start_ms=bookmark.start_ms,
    )
    chosen = connector.select(context, found, tracked)
    frame = connector.read(context, found, chosen, tracked, watch)
    followable = not isinstance(found.source, ItemSource)
    if pending_elements is not None:
        pending = connector.stage(found, chosen, frame.schema, tracked)
        followable = pending is not None
        if pending is not None:
            _stage(context, pending_elements, transformation_ctx, pending)
    if chosen.objects_read and not frame.schema.names:
        context.note(f"{tracked.context or name}: no record of its objects has a field, so there are no rows")
    seconds = (context.clock.now_ms() - began_ms) / 1000
    return frame, source_summary(
        name, tracked.context, chosen, frame, seconds, by_sql=asked.by_sql, followable=followable
    )


def _stage(
    context: RunContext, pending_elements: PendingElements, transformation_ctx: str, pending: Pending
) -> None:
    if not pending_elements.stage(transformation_ctx, pending):
        context.note(
            f"transformation_ctx '{transformation_ctx}' is used more than once: its sources share one "
            "state element, and the next run compares each of them with all"
        )
