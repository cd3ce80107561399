"""The objects under paths that are old enough for a script to delete or to move, and those that stay.

Source: docs/reference/awsglue.md#purge.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import UsageError
from placekeeper.model.exchange import MAX_BODY_BYTES
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import ObjectsPurged, ObjectsTransitioned
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.emptied import STAGED
from placekeeper.rules.path_patterns import escaped
from placekeeper.rules.selection.reading_options import storage_classes
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.replacing import refuse_half

RETENTION_HOURS: Final = 168.0
"""How young an object may be at most to be deleted, where a script does not say."""

_OPTIONS: Final = frozenset({"retentionPeriod", "excludeStorageClasses", "partitionPredicate"})
WITHOUT_EFFECT: Final = {
    "manifestFilePath": "the run's summary says what was done",
    "transactionId": "AWS retired governed tables",
}
"""Options that change nothing, and why."""
_MOST_BYTES: Final = MAX_BODY_BYTES * 3 // 4
_HOUR_MS: Final = 3_600_000


class Room:
    """Bounds how many objects one commit deletes or moves: it names each of them in one message."""

    def __init__(
        self, waiting: Iterable[ObjectsPurged | ObjectsTransitioned], *, is_bounded: bool = True
    ) -> None:
        """`waiting` are named already; without `is_bounded` there is room for any number."""
        self._left = _MOST_BYTES if is_bounded else math.inf
        self._left -= sum(_bytes_of(meta) for effect in waiting for meta in effect.objects)

    def take(self, meta: ObjectMeta, name: str) -> None:
        """Count one more object. Raises UsageError if there are too many."""
        self._left -= _bytes_of(meta)
        if self._left < 0:
            raise UsageError(
                f"{name}: there are more objects than one commit can name "
                f"({_MOST_BYTES // 2**20} MiB of names, about a million). Nothing was written or deleted. "
                "Take folder by folder, each in a run of its own, or run with --output-visibility "
                "immediate."
            )


class Aged(Struct, frozen=True):
    """Objects that are old enough; how many are too young, and how many stay for each storage class."""

    objects: Sequence[ObjectMeta]
    hours: float
    young: int
    excluded: Mapping[str, int]


def aged_objects(
    context: RunContext,
    uris: Sequence[str],
    options: Mapping[str, Any],
    name: str,
    room: Room,
    *,
    stay: Iterable[str] = (),
) -> Aged:
    """The objects under `uris` that are old enough, as they are now; `name` is what the script calls them.

    Those of the storage classes `stay` stay, beside those that the options exclude. Raises UsageError for a
    bad option or too many objects, ListingFailed if a store does not list, TargetBusy if another run
    publishes one of them now.
    """
    hours = _retention_hours(options.get("retentionPeriod"))
    excluded = {*storage_classes(_texts(options.get("excludeStorageClasses"))), *stay}
    skew_ms = context.objects.clock_skew_ms(uris, context.clock) or 0
    until_ms = context.clock.now_ms() + skew_ms - int(hours * _HOUR_MS)
    context.client.replacing(uris)  # settles what ended runs have begun
    objects: list[ObjectMeta] = []
    kept: Counter[str] = Counter()
    young = 0
    for meta, storage_class in _listed(context, uris, with_classes=bool(excluded)):
        if storage_class in excluded:
            kept[storage_class] += 1
        elif meta.last_modified_ms > until_ms:
            young += 1
        else:
            room.take(meta, name)
            objects.append(meta)
    refuse_half(objects, context.client.replacing(uris).unsettled)
    return Aged(objects, hours, young, kept)


def kept_notes(found: Aged, options: Mapping[str, Any], name: str) -> Iterator[str]:
    """Sentences about what stays because it is young, or because the options exclude its storage class."""
    if found.young:
        count, hours = counted(found.young, "object"), f"{found.hours:g}"
        yield f"{name}: {count} kept, younger than {hours} hours (retentionPeriod)"
    excluded = _texts(options.get("excludeStorageClasses"))
    if kept := sum(found.excluded.get(each, 0) for each in set(excluded)):
        yield f"{name}: {counted(kept, 'object')} kept for the storage class (excludeStorageClasses)"


def option_notes(
    options: Mapping[str, Any], name: str, without_effect: Mapping[str, str] = WITHOUT_EFFECT
) -> Iterator[str]:
    """Sentences about options that change nothing."""
    for option, why in without_effect.items():
        if option in options:
            yield f"{name}: option {option} has no effect: {why}"
    for option in sorted(set(options) - _OPTIONS - set(without_effect)):
        yield f"{name}: unknown option '{option}' was ignored"


def _listed(
    context: RunContext, uris: Sequence[str], *, with_classes: bool
) -> Iterator[tuple[ObjectMeta, str]]:
    """The objects under URIs that are not staged, with their storage classes, empty where nobody asks."""
    listed = [escaped(uri) for uri in uris]
    for batch in context.objects.listing(listed, recurse=True, in_order=True, storage_classes=with_classes):
        classes = batch.column("storage_class").to_pylist() if with_classes else [""] * batch.num_rows
        for meta, storage_class in zip(object_rows(batch), classes, strict=True):
            if STAGED not in meta.path:
                yield meta, storage_class or ""


def _bytes_of(meta: ObjectMeta) -> int:
    """How long the message gets by an object, at most."""
    return len(meta.path.encode()) + len(meta.e_tag or "") + len(meta.version or "") + 64


def _retention_hours(value: object) -> float:
    if value is None:
        return RETENTION_HOURS
    try:
        hours = float(str(value))
    except ValueError:
        hours = -1.0
    if not 0 <= hours < float("inf"):
        raise UsageError(f"retentionPeriod is a number of hours, such as 0 or 168, not {value!r}")
    return hours


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise UsageError(f"excludeStorageClasses is a list of strings, such as ['GLACIER'], not {value!r}")
