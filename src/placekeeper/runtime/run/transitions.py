"""transition_s3_path and transition_table: objects that get another storage class.

Source: docs/reference/awsglue.md#transitions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import ObjectsTransitioned
from placekeeper.model.wording import counted
from placekeeper.rules.selection.reading_options import STORAGE_CLASSES
from placekeeper.runtime.run.aged import (
    WITHOUT_EFFECT,
    Aged,
    Room,
    aged_objects,
    kept_notes,
    option_notes,
)
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.purging import pieces

_ARCHIVED: Final = ("GLACIER", "DEEP_ARCHIVE")
_MOST_BYTES: Final = 5 * 2**30
_BATCHED: Final = "the run itself copies, and no batch operation of S3 does"
_WITHOUT_EFFECT: Final = {**WITHOUT_EFFECT, "accountId": _BATCHED, "roleArn": _BATCHED}


class Transition(Struct, frozen=True):
    """Objects to move, and sentences about what is moved and what stays."""

    effects: tuple[ObjectsTransitioned, ...]
    notes: tuple[str, ...]


def find_transition(
    context: RunContext,
    uris: Sequence[str],
    storage_class: object,
    options: Mapping[str, Any],
    name: str,
    room: Room,
) -> Transition:
    """The objects under `uris` that are old enough for another class; `name` is what the script calls them.

    Raises UsageError for a class that is none, UnsupportedFeature where a store has no classes, and what
    `aged_objects` does.
    """
    if not isinstance(storage_class, str) or storage_class not in STORAGE_CLASSES:
        raise UsageError(
            f"{name}: transition_to is a storage class of S3, one of {', '.join(STORAGE_CLASSES)}, not "
            f"{storage_class!r}"
        )
    for path in uris:
        if not path.startswith("s3://"):
            raise UnsupportedFeature(
                f"{name}: {path} is on a local disk, where files have no storage class. Nothing was moved. "
                "Leave the call out"
            )
    found = aged_objects(context, uris, options, name, room, stay={*_ARCHIVED, storage_class})
    moved = [meta for meta in found.objects if meta.size <= _MOST_BYTES]
    if moved:
        context.objects.check_class(moved[0].path, storage_class)
    return Transition(
        tuple(ObjectsTransitioned(objects=piece, storage_class=storage_class) for piece in pieces(moved)),
        tuple(_notes(found, moved, storage_class, options, name)),
    )


def _notes(
    found: Aged, moved: Sequence[ObjectMeta], to: str, options: Mapping[str, Any], name: str
) -> Iterator[str]:
    yield f"{name}: {counted(len(moved), 'object')} to be moved to {to} when the output of the run is visible"
    if moved:
        yield (
            f"{name}: S3 gives these objects a new time, so that bookmarked sources read them again, touched "
            "or changed, as on AWS"
        )
    if there := found.excluded.get(to, 0):
        yield f"{name}: {counted(there, 'object')} in {to} already"
    if archived := sum(found.excluded.get(each, 0) for each in _ARCHIVED if each != to):
        yield f"{name}: {counted(archived, 'object')} kept in the archive: S3 must restore them first"
    if large := len(found.objects) - len(moved):
        yield f"{name}: {counted(large, 'object')} kept, larger than the 5 GiB that S3 copies at once"
    yield from kept_notes(found, options, name)
    yield from option_notes(options, name, _WITHOUT_EFFECT)
