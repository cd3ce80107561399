"""purge_s3_path and purge_table: which objects a run deletes (docs/reference/awsglue.md#purge)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import ObjectsPurged
from placekeeper.model.wording import counted
from placekeeper.rules.selection.reading_options import storage_classes
from placekeeper.runtime.run.context import RunContext

RETENTION_HOURS: Final = 168.0
"""How young an object may be at most to be deleted, where a script does not say."""

_OPTIONS: Final = frozenset({"retentionPeriod", "excludeStorageClasses", "partitionPredicate"})
_WITHOUT_EFFECT: Final = {
    "manifestFilePath": "the run's summary says what was deleted",
    "transactionId": "AWS retired governed tables",
}
_PIECE: Final = 1000
"""How many objects one effect names."""
_HOUR_MS: Final = 3_600_000
_STAGED: Final = "/_placekeeper/"


@dataclass(frozen=True)
class Purge:
    """Objects to delete, and sentences about what is deleted and what stays."""

    effects: tuple[ObjectsPurged, ...]
    notes: tuple[str, ...]


def find_objects(context: RunContext, paths: Sequence[str], options: Mapping[str, Any], name: str) -> Purge:
    """The objects under `paths` that are old enough, as they are now; `name` is what the script calls them.

    Raises UsageError for a bad option, ListingFailed if a store does not list.
    """
    hours = _retention_hours(options.get("retentionPeriod"))
    excluded = storage_classes(_texts(options.get("excludeStorageClasses")))
    uris = [context.objects.normalise(path) for path in paths]
    skew_ms = context.objects.clock_skew_ms(uris, context.clock) or 0
    until_ms = context.clock.now_ms() + skew_ms - int(hours * _HOUR_MS)
    objects: list[ObjectMeta] = []
    young = kept = 0
    for batch in context.objects.listing(uris, recurse=True, in_order=True, storage_classes=bool(excluded)):
        for meta, is_excluded in zip(object_rows(batch), _excluded(batch, excluded), strict=True):
            if _STAGED in meta.path:
                continue
            if is_excluded:
                kept += 1
            elif meta.last_modified_ms > until_ms:
                young += 1
            else:
                objects.append(meta)
    return Purge(
        deletions(objects),
        _notes(options, name, deleted=len(objects), young=young, kept=kept, hours=hours),
    )


def objects_under(context: RunContext, folders: Sequence[str]) -> Iterator[ObjectMeta]:
    """Every object in folders, by their URIs, that is not staged. Raises ListingFailed."""
    for batch in context.objects.listing(folders, recurse=True, in_order=True):
        yield from (meta for meta in object_rows(batch) if _STAGED not in meta.path)


def deletions(objects: Sequence[ObjectMeta]) -> tuple[ObjectsPurged, ...]:
    """The effects that delete objects as they are now."""
    return tuple(ObjectsPurged(objects=piece) for piece in _pieces(objects))


def locations_of(context: RunContext, database: str, table: str, options: Mapping[str, Any]) -> list[str]:
    """Where the files of a catalog's table are, or of the partitions that `partitionPredicate` means.

    Raises UsageError for a predicate that is no string, InvalidInputException for one that is not
    understood, EntityNotFoundException.
    """
    predicate = options.get("partitionPredicate") or ""
    if not isinstance(predicate, str):
        raise UsageError(f"partitionPredicate is a string, such as \"year='2025'\", not {predicate!r}")
    predicates = (predicate,) if predicate.strip() else ()
    found = context.client.table(
        TableRef(database=database.lower(), name=table.lower(), predicates=predicates)
    )
    partitions = _locations(found)
    if predicates:
        return partitions
    return [*filter(None, [_location(found.spec)]), *partitions]


def _locations(found: TableSnapshot) -> list[str]:
    return [location for each in found.partitions or () if (location := _location(each.spec))]


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


def _pieces(objects: Sequence[ObjectMeta]) -> Iterator[tuple[ObjectMeta, ...]]:
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
