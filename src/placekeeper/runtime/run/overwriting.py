"""The objects that a write of a script replaces (docs/explanation/publication.md)."""

from collections.abc import Container, Sequence

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.run.aged import Room
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.purging import objects_under
from placekeeper.runtime.run.replacing import to_overwrite


def replaced_objects(
    context: RunContext,
    output: Output,
    folders: Sequence[str],
    name: str,
    *,
    at_once: bool,
    but: Container[str] = (),
) -> Sequence[ObjectMeta]:
    """The objects in folders, besides some, that this run has not asked to delete; `name` is of the write.

    Raises TargetBusy, UsageError for too many objects, and ListingFailed.
    """
    deleted = output.deleted

    def listed() -> list[ObjectMeta]:
        room = Room(output.named, is_bounded=not at_once)
        found: list[ObjectMeta] = []
        for meta in objects_under(context, folders):
            if meta.path not in deleted and meta.path not in but:
                room.take(meta, name)
                found.append(meta)
        return found

    return to_overwrite(context.client, folders, listed) if folders else []
