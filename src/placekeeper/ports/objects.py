"""Objects: list, open, stage, publish. Implementations are picklable: tasks on other machines use them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import StagedFile
from placekeeper.ports.clock import Clock


class Objects(Protocol):
    """Reads objects of every store that has an adapter, by URI."""

    def normalise(self, path: str) -> str:
        """The canonical URI of a path or URI as scripts write it.

        `/data/x`, `data/x` and `file:///data/x` become `file:///data/x`; `s3a://` and `s3n://` become `s3://`.
        Raises UnsupportedFeature for a scheme without adapter or a path with a glob.
        """
        ...

    def ready_for(self, *uris: str) -> "Objects":
        """The same, with what these normalised URIs need resolved now, so that tasks elsewhere have it."""
        ...

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Every object under the normalised `paths`, each once, as batches of LISTING_SCHEMA.

        With `storage_classes`, of CLASSED_LISTING_SCHEMA.
        A path is an object or a folder; without `recurse` only a folder's direct children are listed, folders
        among them as rows whose path ends in a slash.
        Raises ListingOutOfOrder when a store turns out not to list in key order, unless `in_order` asks to
        sort first (externally: memory does not grow with the number of objects). Up to `at_once` parts are
        listed at the same time, where a store can (paths, and folders in S3); the order stays. Raises
        ListingFailed on anything that keeps the listing from being complete, after what is worth asking
        again was asked again; a path where nothing is lists nothing.
        """
        ...

    def clock_skew_ms(self, paths: Sequence[str], clock: Clock) -> int | None:
        """How far the clock that stamps objects under the normalised `paths` is ahead of `clock`.

        Negative if it is behind, 0 for local files. Where stores differ, the one furthest behind: then what
        the others stamp may wait for a run, and nothing is passed over. None if a store does not say.
        """
        ...

    def stat(self, path: str) -> ObjectMeta | None:
        """The object at a normalised URI as it is now, or None. Raises ListingFailed."""
        ...

    def absent(self, paths: Sequence[str]) -> Sequence[str]:
        """Those of the normalised `paths` that are certainly not there: local ones.

        In S3 a folder is no thing that could be missing.
        """
        ...

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        """A readable, seekable binary file on exactly the object that was listed.

        Every GET carries If-Match; a local file is checked on opening and on closing. Raises ObjectChanged;
        OSError when the store does not answer.
        """
        ...


class Files(Protocol):
    """Fetches single files that a job names: scripts, modules, what lies beside them."""

    def copy(self, location: str, target: BinaryIO) -> str:
        """Write the file at a path or URI, as jobs name it, to `target`; its canonical URI.

        From disks, S3, Google Cloud Storage, Azure and HTTP. Raises FileNotFoundError, OSError with what the
        store said and what to do, UnsupportedFeature for any other scheme.
        """
        ...


class StagingFile(Protocol):
    """A file that is being staged: a task writes it, and what `finish` returns goes into the manifest."""

    def write(self, data: bytes) -> int:
        """Append bytes."""
        ...

    def finish(self, *, rows: int) -> StagedFile:
        """Make what was written durable, still invisible, and describe it."""
        ...

    def abort(self) -> None:
        """Drop what was written; never raises for something already gone."""
        ...


class Staging(Protocol):
    """Writes output that becomes visible only when it is published."""

    def ready_for(self, *uris: str) -> "Staging":
        """The same, with what these normalised URIs need resolved now, so that tasks elsewhere have it."""
        ...

    def create(self, path: str, *, run_id: str, immediate: bool = False) -> StagingFile:
        """Begin the file that will be visible at the URI `path`.

        With `immediate`, the file is written to its final name and is visible when finished.
        """
        ...

    def publish(self, file: StagedFile) -> None:
        """Make one staged file visible. Doing it again, or after it was done, changes nothing.

        Raises PublishFailed when it can no longer succeed, OSError when it may later.
        """
        ...

    def take_back(self, file: StagedFile) -> None:
        """Undo `publish`, or drop what was staged. Doing it again changes nothing. Raises OSError when it may
        succeed later.
        """
        ...

    def sweep(self, target: str, *, run_id: str) -> int:
        """Remove whatever the run left staged under the target folder's URI; how many files that were.

        Raises ListingFailed or OSError when the store does not let us look.
        """
        ...
