"""Objects and staging that count: what is listed, written and published."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.progress import Count, Stage
from placekeeper.model.publication import StagedFile
from placekeeper.ports.clock import Clock
from placekeeper.ports.objects import Objects, Staging, StagingFile
from placekeeper.ports.progress import Progress


class CountedObjects(Struct, frozen=True):
    """Implements ports.objects.Objects by another, and counts what is listed."""

    objects: Objects
    progress: Progress

    def normalise(self, path: str) -> str:
        """See ports.objects.Objects."""
        return self.objects.normalise(path)

    def literal(self, path: str) -> str:
        """See ports.objects.Objects."""
        return self.objects.literal(path)

    def pattern(self, path: str) -> str:
        """See ports.objects.Objects."""
        return self.objects.pattern(path)

    def ready_for(self, *uris: str) -> Objects:
        """See ports.objects.Objects."""
        return replace(self, objects=self.objects.ready_for(*uris))

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
        listed = 0
        try:
            for batch in self.objects.listing(
                paths,
                recurse=recurse,
                in_order=in_order,
                at_once=at_once,
                storage_classes=storage_classes,
                takes_hidden=takes_hidden,
            ):
                listed += batch.num_rows
                self.progress.count(Stage.LISTING, Count(done=batch.num_rows))
                yield batch
        except ListingOutOfOrder:  # all is listed once more
            self.progress.count(Stage.LISTING, Count(done=-listed))
            raise

    def unsorted(self, folder: str) -> Iterator[pa.RecordBatch]:
        """See ports.objects.Objects."""
        return self.objects.unsorted(folder)

    def clock_skew_ms(self, paths: Sequence[str], clock: Clock) -> int | None:
        """See ports.objects.Objects."""
        return self.objects.clock_skew_ms(paths, clock)

    def stat(self, path: str) -> ObjectMeta | None:
        """See ports.objects.Objects."""
        return self.objects.stat(path)

    def check_class(self, path: str, storage_class: str) -> None:
        """See ports.objects.Objects."""
        self.objects.check_class(path, storage_class)

    def absent(self, paths: Sequence[str]) -> Sequence[str]:
        """See ports.objects.Objects."""
        return self.objects.absent(paths)

    def folders_in(self, folder: str) -> Sequence[str]:
        """See ports.objects.Objects."""
        return self.objects.folders_in(folder)

    def shares(self, environ: Mapping[str, str]) -> bool:
        """See ports.objects.Objects."""
        return self.objects.shares(environ)

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        """See ports.objects.Objects."""
        return self.objects.open(object)


class CountedStaging(Struct, frozen=True):
    """Implements ports.objects.Staging by another, and counts what is written and published."""

    staging: Staging
    progress: Progress

    def ready_for(self, *uris: str) -> Staging:
        """See ports.objects.Staging."""
        return replace(self, staging=self.staging.ready_for(*uris))

    def create(self, path: str, *, run_id: str, immediate: bool = False) -> StagingFile:
        """See ports.objects.Staging."""
        return _CountedFile(self.staging.create(path, run_id=run_id, immediate=immediate), self.progress)

    def publish(self, file: StagedFile) -> None:
        """See ports.objects.Staging."""
        self.staging.publish(file)
        self.progress.count(Stage.PUBLISHING, Count(done=1, size=file.size))

    def take_back(self, file: StagedFile) -> None:
        """See ports.objects.Staging."""
        self.staging.take_back(file)

    def sweep(self, target: str, *, run_id: str) -> int:
        """See ports.objects.Staging."""
        return self.staging.sweep(target, run_id=run_id)


@dataclass
class _CountedFile:
    file: StagingFile
    progress: Progress

    def write(self, data: bytes) -> int:
        written = self.file.write(data)
        self.progress.count(Stage.WRITING, Count(size=written))
        return written

    def finish(self, *, rows: int) -> StagedFile:
        finished = self.file.finish(rows=rows)
        self.progress.count(Stage.WRITING, Count(done=1, rows=rows))
        return finished

    def abort(self) -> None:
        self.file.abort()
