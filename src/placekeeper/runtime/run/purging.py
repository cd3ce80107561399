"""purge_s3_path and purge_table: which objects a run deletes (docs/reference/awsglue.md#purge)."""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import UsageError
from placekeeper.model.exchange import MAX_BODY_BYTES
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import ObjectsPurged, PartitionsDropped
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.emptied import STAGED, emptied
from placekeeper.rules.path_patterns import escaped
from placekeeper.rules.selection.reading_options import storage_classes
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.replacing import refuse_half

RETENTION_HOURS: Final = 168.0
"""How young an object may be at most to be deleted, where a script does not say."""

_OPTIONS: Final = frozenset({"retentionPeriod", "excludeStorageClasses", "partitionPredicate"})
_WITHOUT_EFFECT: Final = {
    "manifestFilePath": "the run's summary says what was deleted",
    "transactionId": "AWS retired governed tables",
}
_PIECE: Final = 1000
"""How many objects one effect names."""
_MOST_BYTES: Final = MAX_BODY_BYTES * 3 // 4
_HOUR_MS: Final = 3_600_000
_Any = TypeVar("_Any")


class Room:
    """Bounds how many objects one commit deletes: it names each of them in one message."""

    def __init__(self, waiting: Iterable[ObjectsPurged], *, is_bounded: bool = True) -> None:
        """`waiting` are to be deleted already; without `is_bounded` there is room for any number."""
        self._left = _MOST_BYTES if is_bounded else math.inf
        self._left -= sum(_bytes_of(meta) for purge in waiting for meta in purge.objects)

    def take(self, meta: ObjectMeta, name: str) -> None:
        """Count one more object. Raises UsageError if there are too many."""
        self._left -= _bytes_of(meta)
        if self._left < 0:
            raise UsageError(
                f"{name}: there are more objects to delete than one commit can name "
                f"({_MOST_BYTES // 2**20} MiB of names, about a million). Nothing was written or deleted. "
                "Delete folder by folder, each in a run of its own, or run with --output-visibility "
                "immediate."
            )


class Purge(Struct, frozen=True):
    """Objects to delete, and sentences about what is deleted and what stays."""

    effects: tuple[ObjectsPurged, ...]
    notes: tuple[str, ...]


def find_objects(
    context: RunContext, paths: Sequence[str], options: Mapping[str, Any], name: str, room: Room
) -> Purge:
    """The objects under `paths` that are old enough, as they are now; `name` is what the script calls them.

    Raises UsageError for a bad option or too many objects, ListingFailed if a store does not list, TargetBusy
    if another run publishes one of them now.
    """
    hours = _retention_hours(options.get("retentionPeriod"))
    excluded = storage_classes(_texts(options.get("excludeStorageClasses")))
    uris = [context.objects.normalise(path) for path in paths]
    skew_ms = context.objects.clock_skew_ms(uris, context.clock) or 0
    until_ms = context.clock.now_ms() + skew_ms - int(hours * _HOUR_MS)
    context.client.replacing(uris)  # settles what ended runs have begun
    objects: list[ObjectMeta] = []
    young = kept = 0
    listed = [escaped(uri) for uri in uris]
    for batch in context.objects.listing(listed, recurse=True, in_order=True, storage_classes=bool(excluded)):
        for meta, is_excluded in zip(object_rows(batch), _excluded(batch, excluded), strict=True):
            if STAGED in meta.path:
                continue
            if is_excluded:
                kept += 1
            elif meta.last_modified_ms > until_ms:
                young += 1
            else:
                room.take(meta, name)
                objects.append(meta)
    refuse_half(objects, context.client.replacing(uris).unsettled)
    return Purge(
        deletions(objects),
        _notes(options, name, deleted=len(objects), young=young, kept=kept, hours=hours),
    )


def objects_under(context: RunContext, folders: Sequence[str]) -> Iterator[ObjectMeta]:
    """Every object in folders, by their URIs, that is not staged. Raises ListingFailed."""
    listed = [escaped(folder) for folder in folders]
    for batch in context.objects.listing(listed, recurse=True, in_order=True):
        yield from _not_staged(batch)


def is_anything_under(context: RunContext, folder: str, but: Container[str]) -> bool:
    """Whether there is an object in a folder, besides some; the listing ends with the first one.

    Raises ListingFailed.
    """
    batches = context.objects.unsorted(folder)
    return any(meta.path not in but for batch in batches for meta in _not_staged(batch))


def _not_staged(batch: pa.RecordBatch) -> Iterator[ObjectMeta]:
    return (meta for meta in object_rows(batch) if STAGED not in meta.path)


def deletions(objects: Sequence[ObjectMeta]) -> tuple[ObjectsPurged, ...]:
    """The effects that delete objects as they are now."""
    return tuple(ObjectsPurged(objects=piece) for piece in _pieces(objects))


def meant_by(context: RunContext, database: str, table: str, options: Mapping[str, Any]) -> TableSnapshot:
    """A catalog's table, with the partitions that `partitionPredicate` means.

    Raises UsageError for a predicate that is no string, InvalidInputException for one that is not
    understood, EntityNotFoundException.
    """
    predicate = options.get("partitionPredicate") or ""
    if not isinstance(predicate, str):
        raise UsageError(f"partitionPredicate is a string, such as \"year='2025'\", not {predicate!r}")
    predicates = (predicate,) if predicate.strip() else ()
    return context.client.table(
        TableRef(database=database.lower(), name=table.lower(), predicates=predicates)
    )


def locations_of(found: TableSnapshot) -> list[str]:
    """Where the files of a table are, or of those of its partitions that are meant."""
    partitions = [location for each in found.partitions or () if (location := _location(each.spec))]
    return partitions if found.ref.predicates else [*filter(None, [_location(found.spec)]), *partitions]


def drops(
    context: RunContext, found: TableSnapshot, purge: Purge, *, at_once: bool
) -> tuple[PartitionsDropped, ...]:
    """The effects that drop the partitions of a table whose files go."""
    folders = {
        context.objects.normalise(location).rstrip("/") + "/": partition
        for partition in found.partitions or ()
        if (location := _location(partition.spec))
    }
    gone = emptied(folders, (meta for effect in purge.effects for meta in effect.objects)) if folders else ()
    return tuple(
        PartitionsDropped(
            id=uuid4().hex,
            database=found.ref.database,
            table=found.ref.name,
            partitions=piece,
            at_once=at_once,
        )
        for piece in _pieces(gone)
    )


def _bytes_of(meta: ObjectMeta) -> int:
    """How long the message gets by an object, at most."""
    return len(meta.path.encode()) + len(meta.e_tag or "") + len(meta.version or "") + 64


def _location(spec: Mapping[str, Any]) -> str:
    return str((spec.get("StorageDescriptor") or {}).get("Location") or "")


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


def _excluded(batch: pa.RecordBatch, excluded: Sequence[str]) -> Sequence[bool]:
    if not excluded:
        return [False] * batch.num_rows
    found = pc.is_in(batch.column("storage_class"), pa.array(excluded, pa.string()))
    return [bool(one) for one in found.to_pylist()]


def _pieces(objects: Iterable[_Any]) -> Iterator[tuple[_Any, ...]]:
    rest = iter(objects)
    while piece := tuple(islice(rest, _PIECE)):
        yield piece


def _notes(
    options: Mapping[str, Any], name: str, *, deleted: int, young: int, kept: int, hours: float
) -> tuple[str, ...]:
    said = [f"{name}: {counted(deleted, 'object')} to be deleted when the output of the run is visible"]
    if young:
        said.append(
            f"{name}: {counted(young, 'object')} kept, younger than {hours:g} hours (retentionPeriod)"
        )
    if kept:
        said.append(f"{name}: {counted(kept, 'object')} kept for the storage class (excludeStorageClasses)")
    said += [
        f"{name}: option {option} has no effect: {why}"
        for option, why in _WITHOUT_EFFECT.items()
        if option in options
    ]
    unknown = sorted(set(options) - _OPTIONS - set(_WITHOUT_EFFECT))
    return (*said, *(f"{name}: unknown option '{option}' was ignored" for option in unknown))
