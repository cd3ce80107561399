"""Partitions whose files a run deletes: which they are, and whether there is nothing else in their folders.

Source: docs/reference/awsglue.md#purge.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from placekeeper.model.catalog import TablePartition, Undecided
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import EmptiedPartition

STAGED = "/_placekeeper/"
"""A part of the paths of objects that are staged: nobody sees them."""


def digest_of(objects: Iterable[ObjectMeta]) -> str:
    """What tells a set of objects, as they are, from any other. Those that are staged do not count."""
    digest = sha256()
    seen = (meta for meta in objects if STAGED not in meta.path)
    for meta in sorted(seen, key=lambda meta: meta.path):
        digest.update(repr((meta.path, meta.last_modified_ms, meta.size, meta.e_tag)).encode())
    return digest.hexdigest()


def emptied(
    folders: Mapping[str, TablePartition], objects: Iterable[ObjectMeta]
) -> Iterator[EmptiedPartition]:
    """The partitions of which objects are to be deleted; `folders` are their URIs, which end in a slash."""
    inside: dict[str, list[ObjectMeta]] = {}
    for meta in objects:
        for folder in _folders_of(meta.path):
            if folder in folders:
                inside.setdefault(folder, []).append(meta)
    for folder, found in sorted(inside.items()):
        yield EmptiedPartition(folders[folder].values, folder, digest_of(found))


def leaving(known: Undecided | None, open_ids: Collection[str], id: str, before: dict[str, Any]) -> Undecided:
    """What a partition remembers while the run of a change looks whether it may go.

    `open_ids` are the changes that may still be taken back; others count no more. Runs that add the partition
    meanwhile write themselves down too, and then it stays.
    """
    if known is None or not all(other in open_ids for other in known.needed_by):
        return Undecided(needed_by=(id,), before=before)
    return (
        known if id in known.needed_by else Undecided(needed_by=(*known.needed_by, id), before=known.before)
    )


def _folders_of(path: str) -> Iterator[str]:
    """The folders that an object is in, with a slash at the end, the innermost first."""
    while (end := path.rfind("/")) > 0:
        yield path[: end + 1]
        path = path[:end]
