"""Objects: list, open, stage, publish. Implementations are picklable: tasks on other machines use them."""

from collections.abc import Iterator, Mapping, Sequence
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

    def literal(self, path: str) -> str:
        """The same of a path that means just itself, such as a location of the catalog: `[` is no wildcard.

        `listing` and `absent` take it as `rules.path_patterns.escaped` spells it.
        """
        ...

    def pattern(self, path: str) -> str:
        """The same of a path of a read, which may have wildcards (rules/path_patterns.py).

        `listing`, `clock_skew_ms` and `absent` take such paths.
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
        takes_hidden: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Every object under the normalised `paths`, each once, as batches of LISTING_SCHEMA.

        With `storage_classes`, of CLASSED_LISTING_SCHEMA. With `takes_hidden`, wildcards match hidden
        names too.
        A path is an object or a folder; without `recurse` only a folder's direct children are listed, folders
        among them as rows whose path ends in a slash.
        Raises ListingOutOfOrder if a store turns out not to list in key order, unless `in_order` asks for an
        external sort first (memory does not grow with the number of objects). Up to `at_once` parts are
        listed at the same time, where a store can (paths, and folders in S3); the order stays. Raises
        ListingFailed if the listing cannot be completed, after the retries that may help. A path without
        objects lists nothing.
        """
        ...

    def unsorted(self, folder: str) -> Iterator[pa.RecordBatch]:
        """Every object under a normalised URI as it is listed, to see whether there is one.

        Raises ListingFailed.
        """
        ...

    def clock_skew_ms(self, paths: Sequence[str], clock: Clock) -> int | None:
        """How far the clock that stamps objects under the normalised `paths` is ahead of `clock`.

        In ms; negative if it is behind, 0 for local files. If stores differ, that of the one furthest behind:
        then objects of the others may wait for a run, and none is passed over. None if a store does not say.
        """
        ...

    def stat(self, path: str) -> ObjectMeta | None:
        """The object at a normalised URI as it is now, or None. Raises ListingFailed."""
        ...

    def check_class(self, path: str, storage_class: str) -> None:
        """Raises UnsupportedFeature if the store of a normalised URI has no such storage class.

        Raises OSError if it does not say. Nothing is written.
        """
        ...

    def absent(self, paths: Sequence[str]) -> Sequence[str]:
        """The normalised `paths` that certainly do not exist: local ones only.

        In S3 a folder cannot be missing, because it is only a prefix.
        """
        ...

    def folders_in(self, folder: str) -> Sequence[str]:
        """Names of folders directly in a normalised folder, for advice: those of one cheap look.

        It may be some of them, and none where the folder does not exist. Raises ListingFailed.
        """
        ...

    def shares(self, environ: Mapping[str, str]) -> bool:
        """Whether a client of S3 that goes by these environment variables alone has the same endpoint, region
        and credentials."""
        ...

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        """A readable, seekable binary file with the content of exactly the object that was listed.

        Every GET carries If-Match; a local file is checked on opening and on closing. Raises ObjectChanged,
        and OSError if the store does not answer.
        """
        ...


class Files(Protocol):
    """Fetches single files that a job names: scripts, modules and other files."""

    def copy(self, location: str, target: BinaryIO) -> str:
        """Write the file at a path or URI, as jobs name it, to `target`; returns its canonical URI.

        It may be on disk, in S3, Google Cloud Storage or Azure, or at a web address. Raises
        FileNotFoundError, OSError with the store's error and what to do, and UnsupportedFeature for another
        scheme.
        """
        ...


class StagingFile(Protocol):
    """A file that a task is staging; the result of `finish` goes into the manifest."""

    def write(self, data: bytes) -> int:
        """Append bytes."""
        ...

    def finish(self, *, rows: int) -> StagedFile:
        """Make the file durable, still invisible, and describe it."""
        ...

    def abort(self) -> None:
        """Delete the file. Never raises for one that is already gone."""
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
        """Make one staged file visible. Repeating it changes nothing.

        Raises PublishFailed if it can no longer succeed, OSError if a later try may succeed.
        """
        ...

    def take_back(self, file: StagedFile) -> None:
        """Undo `publish`, or delete the staged file. Repeating it changes nothing.

        Raises OSError if a later try may succeed.

        """
        ...

    def sweep(self, target: str, *, run_id: str) -> int:
        """Delete what the run left staged under the target folder's URI; returns the number of files.

        Raises ListingFailed or OSError if the store does not list or delete them.
        """
        ...
