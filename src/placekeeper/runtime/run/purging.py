"""purge_s3_path and purge_table: which objects a run deletes (docs/reference/awsglue.md#purge)."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import uuid4

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import ObjectsPurged, PartitionsDropped
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.emptied import STAGED, emptied
from placekeeper.rules.catalog.table_kinds import check_files
from placekeeper.rules.path_patterns import escaped
from placekeeper.runtime.run.aged import Room, aged_objects, kept_notes, option_notes
from placekeeper.runtime.run.context import RunContext

_PIECE: Final = 1000
"""How many objects one effect names."""
_Any = TypeVar("_Any")


class Purge(Struct, frozen=True):
    """Objects to delete, and sentences about what is deleted and what stays."""

    effects: tuple[ObjectsPurged, ...]
    notes: tuple[str, ...]


def find_objects(
    context: RunContext, uris: Sequence[str], options: Mapping[str, Any], name: str, room: Room
) -> Purge:
    """The objects under `uris` that are old enough, as they are now; `name` is what the script calls them.

    Raises what `aged_objects` does.
    """
    found = aged_objects(context, uris, options, name, room)
    count = counted(len(found.objects), "object")
    said = f"{name}: {count} to be deleted when the output of the run is visible"
    return Purge(
        deletions(found.objects), (said, *kept_notes(found, options, name), *option_notes(options, name))
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
    return tuple(ObjectsPurged(objects=piece) for piece in pieces(objects))


def meant_by(context: RunContext, database: str, table: str, options: Mapping[str, Any]) -> TableSnapshot:
    """A catalog's table, with the partitions that `partitionPredicate` means.

    Raises UsageError for a predicate that is no string, InvalidInputException for one that is not
    understood, EntityNotFoundException, and UnsupportedFeature for a table that is not made of files.
    """
    predicate = options.get("partitionPredicate") or ""
    if not isinstance(predicate, str):
        raise UsageError(f"partitionPredicate is a string, such as \"year='2025'\", not {predicate!r}")
    predicates = (predicate,) if predicate.strip() else ()
    found = context.client.table(
        TableRef(database=database.lower(), name=table.lower(), predicates=predicates)
    )
    check_files(f"the table {database}.{table}", found.spec)
    return found


def locations_of(context: RunContext, found: TableSnapshot) -> list[str]:
    """The URIs of the folders of a table's files, or of those of its partitions that are meant."""
    partitions = [location for each in found.partitions or () if (location := _location(each.spec))]
    meant = partitions if found.ref.predicates else [*filter(None, [_location(found.spec)]), *partitions]
    return [context.objects.literal(location) for location in meant]


def drops(
    context: RunContext, found: TableSnapshot, purges: Iterable[ObjectsPurged], *, at_once: bool
) -> tuple[PartitionsDropped, ...]:
    """The effects that drop the partitions of a table whose files go."""
    folders = {
        context.objects.literal(location).rstrip("/") + "/": partition
        for partition in found.partitions or ()
        if (location := _location(partition.spec))
    }
    gone = emptied(folders, (meta for effect in purges for meta in effect.objects)) if folders else ()
    return tuple(
        PartitionsDropped(
            id=uuid4().hex,
            database=found.ref.database,
            table=found.ref.name,
            partitions=piece,
            at_once=at_once,
        )
        for piece in pieces(gone)
    )


def _location(spec: Mapping[str, Any]) -> str:
    return str((spec.get("StorageDescriptor") or {}).get("Location") or "")


def pieces(objects: Iterable[_Any]) -> Iterator[tuple[_Any, ...]]:
    """Values in pieces of what one effect names."""
    rest = iter(objects)
    while piece := tuple(islice(rest, _PIECE)):
        yield piece
