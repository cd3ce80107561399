"""Objects of every store that has an adapter."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import pyarrow as pa

from placekeeper.model.objects import CLASSED_LISTING_SCHEMA, ObjectMeta
from placekeeper.objects.fan_out import Part, one_after_the_other
from placekeeper.objects.local.listing import folders_in_local, list_local, open_local, stat_local
from placekeeper.objects.s3.client import HoldsS3Settings, settings_if_resolved
from placekeeper.objects.s3.clock import s3_skew_ms
from placekeeper.objects.s3.listing import folders_in_s3, list_s3
from placekeeper.objects.s3.objects import open_s3, stat_s3
from placekeeper.objects.s3.storage_classes import check_class_s3
from placekeeper.objects.sorting import sort_externally
from placekeeper.objects.uris import is_s3, literal, local_path, normalise, pattern, split_s3
from placekeeper.ports.clock import Clock
from placekeeper.rules.path_patterns import PathPattern, Step, expanded, fixed_part
from placekeeper.rules.sorted_streams import check_order, coalesced, merge_sorted

LISTED_CONNECTIONS: Final = frozenset({"s3", "file"})
"""The connection types of the sources that ObjectStores lists."""


_Path = str | PathPattern


class _How(NamedTuple):
    """The options of a listing."""

    recurse: bool
    storage_classes: bool


@dataclass(frozen=True)
class ObjectStores(HoldsS3Settings):
    """Implements ports.objects.Objects by the scheme of each URI.

    Without `s3`, the settings that botocore finds in this process are used from the first S3 path on, and
    a pickled copy carries them along. `base` is where relative paths start, the working directory if it is
    empty.
    """

    base: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return (ObjectStores, (self.s3 or settings_if_resolved(), self.base))

    def ready_for(self, *uris: str) -> "ObjectStores":
        """The same with S3's settings resolved now if one of the normalised `uris` needs them.

        For tasks on other machines, which must not look for credentials of their own.
        """
        return replace(self, s3=self._s3()) if any(is_s3(uri) for uri in uris) else self

    def normalise(self, path: str) -> str:
        """See ports.objects.Objects."""
        return normalise(path, self.base)

    def literal(self, path: str) -> str:
        """See ports.objects.Objects."""
        return literal(path, self.base)

    def pattern(self, path: str) -> str:
        """See ports.objects.Objects."""
        return pattern(path, self.base)

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
        takes_hidden: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """See ports.objects.Objects."""
        how = _How(recurse, storage_classes)
        ordered = sorted(expanded(paths, takes_hidden=takes_hidden), key=_beginning)
        groups = [[path] for path in ordered] if in_order else list(_overlapping(ordered))
        split = -(-at_once // max(len(groups), 1))
        parts = (part for group in groups for part in self._parts(group, how, split))
        listed = one_after_the_other(parts, at_once=at_once)
        # Each path may be a stream that is out of order, so all go through one sort.
        yield from sort_externally(listed) if in_order else check_order(coalesced(listed))

    def unsorted(self, folder: str) -> Iterator[pa.RecordBatch]:
        """See ports.objects.Objects."""
        return self._list(folder, _How(recurse=True, storage_classes=False))

    def clock_skew_ms(self, paths: Sequence[str], clock: Clock) -> int | None:
        """See ports.objects.Objects."""
        buckets = {split_s3(path)[0] for path in paths if is_s3(path)}
        skews = [s3_skew_ms(self._s3(), bucket, clock) for bucket in sorted(buckets)]
        known = [skew for skew in skews if skew is not None]
        if len(known) < len(skews):
            return None
        return min([*known, *([0] if any(not is_s3(path) for path in paths) else [])])

    def stat(self, path: str) -> ObjectMeta | None:
        """See ports.objects.Objects. Raises ListingFailed when the store does not say."""
        return stat_s3(self._s3(), path) if is_s3(path) else stat_local(path)

    def check_class(self, path: str, storage_class: str) -> None:
        """See ports.objects.Objects."""
        check_class_s3(self._s3(), path, storage_class)

    def absent(self, paths: Sequence[str]) -> Sequence[str]:
        """See ports.objects.Objects."""
        local = [path for path in paths if not is_s3(path)]
        return [path for path in local if not Path(local_path(fixed_part(path))).exists()]

    def folders_in(self, folder: str) -> Sequence[str]:
        """See ports.objects.Objects."""
        return folders_in_s3(self._s3(), folder) if is_s3(folder) else folders_in_local(folder)

    def shares(self, environ: Mapping[str, str]) -> bool:
        """See ports.objects.Objects."""
        return self._s3().is_of(environ)

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        """See ports.objects.Objects. Raises OSError when the store refuses or fails."""
        return open_s3(self._s3(), object) if is_s3(object.path) else open_local(object)

    def _parts(self, group: Sequence[_Path], how: _How, split: int) -> Iterator[Part]:
        """The listing of a group of paths that may overlap, in parts that can be listed at once."""
        path = group[0]
        if len(group) > 1:
            yield lambda: merge_sorted([self._whole(path, how) for path in group])
        elif isinstance(path, PathPattern):
            yield from self._matching(path.folder, path.steps, path.wants_folders, how)
        elif is_s3(path) and split > 1:
            yield from self._list_s3(path, how, split)
        else:
            yield lambda: self._list(path, how)

    def _whole(self, path: _Path, how: _How) -> Iterator[pa.RecordBatch]:
        if isinstance(path, PathPattern):
            parts = self._matching(path.folder, path.steps, path.wants_folders, how)
            return (batch for part in parts for batch in part())
        return self._list(path, how)

    def _matching(self, folder: str, steps: Sequence[Step], wants_folders: bool, how: _How) -> Iterator[Part]:
        """The listing of what the steps mean below a folder, in key order; a part for each last folder."""
        step, *rest = steps
        if step.literal is not None and (rest or wants_folders):
            yield from self._matching_below(folder + step.literal + "/", rest, wants_folders, how)
        elif step.literal is not None:
            path = folder + step.literal
            yield lambda: self._list(path, how)
        elif not rest:
            yield lambda: self._last(folder, step, wants_folders, how)
        else:
            for batch in self._list(folder, how._replace(recurse=False)):
                for path in batch.column("path").to_pylist():
                    if path.endswith("/") and step.matches(_last_name(path)):
                        yield from self._matching_below(path, rest, wants_folders, how)

    def _matching_below(
        self, folder: str, steps: Sequence[Step], wants_folders: bool, how: _How
    ) -> Iterator[Part]:
        if steps:
            yield from self._matching(folder, steps, wants_folders, how)
        else:
            yield lambda: self._list(folder, how)

    def _last(self, folder: str, step: Step, wants_folders: bool, how: _How) -> Iterator[pa.RecordBatch]:
        """The files of a folder that a step means, and what is in the folders that it means."""
        for batch in self._list(folder, how._replace(recurse=False)):
            paths = batch.column("path").to_pylist()
            meant = [step.matches(_last_name(path)) for path in paths]
            folders = [row for row, path in enumerate(paths) if path.endswith("/")]
            files = pa.array([is_meant and not wants_folders for is_meant in meant], pa.bool_())
            begin = 0
            for row in folders:
                yield batch.slice(begin, row - begin).filter(files.slice(begin, row - begin))
                begin = row + 1
                if meant[row]:
                    yield from self._list(paths[row], how)
            yield batch.slice(begin).filter(files.slice(begin))

    def _list(self, path: str, how: _How) -> Iterator[pa.RecordBatch]:
        if is_s3(path):
            return (batch for part in self._list_s3(path, how) for batch in part())
        listed = list_local(path, recurse=how.recurse)
        return map(_without_class, listed) if how.storage_classes else listed

    def _list_s3(self, path: str, how: _How, split: int = 1) -> Iterator[Part]:
        return list_s3(
            self._s3(), path, recurse=how.recurse, parts=split, storage_classes=how.storage_classes
        )


def _without_class(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Local files, in the schema that has a storage class."""
    return pa.record_batch(
        [*batch.columns, pa.nulls(batch.num_rows, pa.string())], schema=CLASSED_LISTING_SCHEMA
    )


def _last_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _beginning(path: _Path) -> str:
    """What the URIs of all objects of a path begin with."""
    return path.folder if isinstance(path, PathPattern) else path


def _overlapping(paths: Sequence[_Path]) -> Iterator[list[_Path]]:
    """Groups of sorted paths whose listings may interleave; the groups themselves come one after another.

    All objects of a path begin with it, so two paths can meet only if one is the beginning of the other.
    """
    group: list[_Path] = []
    for path in paths:
        if group and not _beginning(path).startswith(_beginning(group[0]).rstrip("/")):
            yield group
            group = []
        group.append(path)
    if group:
        yield group
