"""The files of a target: those that are neither hidden nor excluded nor archived nor empty, by folder."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from placekeeper.model.crawling import CrawledFolder
from placekeeper.model.errors import ListingFailed
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.wording import counted
from placekeeper.ports.objects import Objects
from placekeeper.rules.crawling.lakes import lake_of
from placekeeper.rules.globs import globs_pattern
from placekeeper.rules.path_patterns import escaped
from placekeeper.runtime.connectors.listing_notes import meant_folder

_ARCHIVED: Final = ("GLACIER", "DEEP_ARCHIVE")
_AT_ONCE: Final = 4
_WORDS: Final = {
    "hidden": "hidden (their names, or those of folders above them, begin with _ or .)",
    "excluded": "excluded by Exclusions",
    "archived": "archived in S3 Glacier",
    "empty": "empty",
}


class Listed(Struct, frozen=True):
    """What is at a target: its folder, with a slash at the end, and its files by their folders.

    `is_file` is true for a target that is one file: then it is the folder, without a slash. `others` are
    folders with files that are left out, and such files that are tables, each with a slash at its end.
    """

    root: str
    folders: Mapping[str, Sequence[ObjectMeta]]
    is_file: bool = False
    others: frozenset[str] = frozenset()

    @property
    def seen(self) -> list[CrawledFolder]:
        """The folders that have files."""
        return [
            CrawledFolder(
                folder,
                len(files),
                sum(file.size for file in files),
                max(file.last_modified_ms for file in files),
            )
            for folder, files in self.folders.items()
        ]


def check_there(objects: Objects, path: str) -> None:
    """Raises ListingFailed for a local path that does not exist. In S3 there are only objects."""
    place = objects.literal(path)
    if objects.absent([escaped(place)]):
        raise ListingFailed(
            f"{path}: there is no such path{meant_folder(place, objects.folders_in)}. Mend the target "
            "(UpdateCrawler), make the folder, or mount its disk. Nothing was changed."
        )


def listed(
    objects: Objects,
    path: str,
    exclusions: Sequence[str],
    said: list[str],
    known: Collection[str] = frozenset(),
) -> Listed:
    """The files of an include path. What is left out is counted in `said`. `known` are locations of tables.

    Raises ListingFailed, UnsupportedFeature for a path that is none, and UsageError for a broken glob.
    """
    target = objects.literal(path)
    one = None if target.endswith("/") else objects.stat(target)
    if one is not None:
        return Listed(target, {target: [one]}, is_file=True)
    root = target.rstrip("/") + "/"
    excluded = globs_pattern(exclusions) if exclusions else None
    folders: dict[str, list[ObjectMeta]] = defaultdict(list)
    skipped: Counter[str] = Counter()
    lakes: dict[str, str] = {}
    others: set[str] = set()
    only = [escaped(root)]
    batches = objects.listing(only, recurse=True, in_order=True, at_once=_AT_ONCE, storage_classes=True)
    for batch in batches:
        classes = batch.column("storage_class").to_pylist()
        for meta, storage_class in zip(object_rows(batch), classes, strict=True):
            below = meta.path[len(root) :]
            if below.endswith(("/", "_$folder$")) or not below:
                continue  # the mark of a folder
            if (lake := lake_of(below)) is not None:
                lakes[root + lake[1]] = lake[0]
            folder = f"{meta.path.rpartition('/')[0]}/"
            why = _why_not(meta, below, excluded, storage_class)
            if not why:
                folders[folder].append(meta)
                continue
            skipped[why] += 1
            if why != "hidden":
                others.update([folder, f"{meta.path}/"] if meta.path in known else [folder])
    for kind, count in skipped.items():
        said.append(f"{root}: {counted(count, 'file')} left out: {_WORDS[kind]}")
    for place, kind in lakes.items():
        own = [folder for folder in folders if folder.startswith(place)]
        others.update([place, *own])
        files = counted(sum(len(folders.pop(folder)) for folder in own), "file")
        said.append(
            f"{place}: a table of {kind}, which is not crawled: {files} left out. Register it with its own "
            "client"
        )
    if not folders:
        what = "the folder does not exist" if objects.absent(only) else "there are no files"
        said.append(f"{root}: {what}{meant_folder(root, objects.folders_in)}")
    return Listed(root, folders, others=frozenset(others))


def _why_not(
    meta: ObjectMeta, below: str, excluded: re.Pattern[str] | None, storage_class: str | None
) -> str:
    """Why a file is left out, as a key of `_WORDS`; empty if it is not."""
    if _is_hidden(below):
        return "hidden"
    if excluded is not None and excluded.fullmatch(below):
        return "excluded"
    if storage_class in _ARCHIVED:
        return "archived"
    return "" if meta.size else "empty"


def _is_hidden(below: str) -> bool:
    *folders, name = below.split("/")
    return name.startswith(("_", ".")) or any(
        folder.startswith(".") or (folder.startswith("_") and "=" not in folder) for folder in folders
    )
