"""Objects of every store that has an adapter."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import pyarrow as pa

from placekeeper.model.objects import CLASSED_LISTING_SCHEMA, ObjectMeta
from placekeeper.objects.fan_out import Part, one_after_the_other
from placekeeper.objects.local.listing import list_local, open_local, stat_local
from placekeeper.objects.s3.client import S3Settings, settings_if_resolved, settings_of_process
from placekeeper.objects.s3.clock import s3_skew_ms
from placekeeper.objects.s3.listing import list_s3
from placekeeper.objects.s3.objects import open_s3, stat_s3
from placekeeper.objects.sorting import sort_externally
from placekeeper.objects.uris import is_s3, local_path, normalise, split_s3
from placekeeper.ports.clock import Clock
from placekeeper.rules.sorted_streams import check_order, coalesced, merge_sorted

LISTED_CONNECTIONS: Final = frozenset({"s3", "file"})
"""The connection types of the sources that ObjectStores lists."""


class _How(NamedTuple):
    """The options of a listing."""

    recurse: bool
    storage_classes: bool


@dataclass(frozen=True)
class ObjectStores:
    """Implements ports.objects.Objects by the scheme of each URI.

    Without `s3`, the settings that botocore finds in this process are used from the first S3 path on, and
    a pickled copy carries them along. `base` is where relative paths start, the working directory if it is
    empty.
    """

    s3: S3Settings | None = None
    base: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return (ObjectStores, (self.s3 or settings_if_resolved(), self.base))

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "ObjectStores":
        """With S3's settings from these environment variables, if they are complete."""
        return cls(S3Settings.of(environ))

    def ready_for(self, *uris: str) -> "ObjectStores":
        """The same with S3's settings resolved now if one of the normalised `uris` needs them.

        For tasks on other machines, which must not look for credentials of their own.
        """
        return replace(self, s3=self._s3()) if any(is_s3(uri) for uri in uris) else self

    def normalise(self, path: str) -> str:
        """See ports.objects.Objects."""
        return normalise(path, self.base)

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """See ports.objects.Objects."""
        how = _How(recurse, storage_classes)
        ordered = sorted(set(paths))
        groups = [[path] for path in ordered] if in_order else list(_overlapping(ordered))
        split = -(-at_once // max(len(groups), 1))
        parts = (part for group in groups for part in self._parts(group, how, split))
        listed = one_after_the_other(parts, at_once=at_once)
        # Each path may be a stream that is out of order, so all go through one sort.
        yield from sort_externally(listed) if in_order else check_order(coalesced(listed))

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

    def absent(self, paths: Sequence[str]) -> Sequence[str]:
        """See ports.objects.Objects."""
        return [path for path in paths if not is_s3(path) and not Path(local_path(path)).exists()]

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        """See ports.objects.Objects. Raises OSError when the store refuses or fails."""
        return open_s3(self._s3(), object) if is_s3(object.path) else open_local(object)

    def _parts(self, group: Sequence[str], how: _How, split: int) -> Iterator[Part]:
        """The listing of a group of paths that may overlap, in parts that can be listed at once."""
        if len(group) > 1:
            yield lambda: merge_sorted([self._list(path, how) for path in group])
        elif is_s3(group[0]) and split > 1:
            yield from self._list_s3(group[0], how, split)
        else:
            yield lambda: self._list(group[0], how)

    def _list(self, path: str, how: _How) -> Iterator[pa.RecordBatch]:
        if is_s3(path):
            return (batch for part in self._list_s3(path, how) for batch in part())
        listed = list_local(path, recurse=how.recurse)
        return map(_without_class, listed) if how.storage_classes else listed

    def _list_s3(self, path: str, how: _How, split: int = 1) -> Iterator[Part]:
        return list_s3(
            self._s3(), path, recurse=how.recurse, parts=split, storage_classes=how.storage_classes
        )

    def _s3(self) -> S3Settings:
        return self.s3 or settings_of_process()


def _without_class(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Local files, in the schema that has a storage class."""
    return pa.record_batch(
        [*batch.columns, pa.nulls(batch.num_rows, pa.string())], schema=CLASSED_LISTING_SCHEMA
    )


def _overlapping(paths: Sequence[str]) -> Iterator[list[str]]:
    """Groups of sorted paths whose listings may interleave; the groups themselves come one after another.

    All objects of a path begin with it, so two paths can meet only if one is the beginning of the other.
    """
    group: list[str] = []
    for path in paths:
        if group and not path.startswith(group[0].rstrip("/")):
            yield group
            group = []
        group.append(path)
    if group:
        yield group
