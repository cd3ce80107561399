"""`spark.read` in a run: staged paths are refused, and what Spark cannot reach is copied to this machine."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from shutil import copyfileobj

from pyspark.errors import AnalysisException

from placekeeper.model.errors import StagedPathRead, UnsupportedFeature
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.wording import counted
from placekeeper.rules.path_patterns import fixed_part
from placekeeper.runtime.engines.frame_files import Fetched, FrameRead, LiteralPaths
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.frame_targets import is_file_path
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.read_places import literal_paths

_S3 = "s3://"
_STEPS_OUT = frozenset({".", ".."})
_ITS_KEY = (
    "a local disk has no such name. Read with create_dynamic_frame, or bring a file system for S3 "
    "(--extra-jars)"
)


class FrameReads:
    """Takes part in `spark.read` of files."""

    def __init__(self, context: RunContext, output: Output) -> None:
        self._context = context
        self._output = output
        self._numbers = count()

    def check(self, paths: Sequence[str]) -> None:
        """Raise StagedPathRead for a path below or above which this run has staged files."""
        for path in paths:
            if not is_file_path(path):
                continue
            try:
                uri = fixed_part(self._context.objects.pattern(path))
            except UnsupportedFeature:
                continue  # the engine may know what it means
            if self._output.hides(uri):
                raise StagedPathRead(path)

    def literal(self, read: FrameRead) -> LiteralPaths:
        """See `literal_paths`."""
        return literal_paths(self._context.objects, read)

    def fetch(self, paths: Sequence[str]) -> Fetched:
        """Copy what paths of S3 mean into the run's folder; the local paths have the same wildcards.

        Each read has a copy of its own: a frame may be evaluated late. Raises AnalysisException where there
        is nothing, UnsupportedFeature on a cluster, which does not see this machine's disk; ListingFailed,
        ObjectChanged and OSError.
        """
        folder = self._context.folder
        if folder is None or not (self._context.options.master or "local").startswith("local"):
            raise UnsupportedFeature(
                f"Spark has no file system for {paths[0]} here. Bring one (--extra-jars with hadoop-aws), or "
                "read with create_dynamic_frame, which needs none"
            )
        scratch = folder / "scratch" / str(next(self._numbers))
        return Fetched(str(scratch), tuple(self._fetched(path, scratch) for path in paths))

    def _fetched(self, path: str, scratch: Path) -> str:
        objects = self._context.objects
        pattern = objects.pattern(path)
        copied = size = 0
        for batch in objects.listing([pattern], recurse=True, in_order=True):
            for meta in object_rows(batch):
                if meta.path.endswith("/"):
                    continue  # the marker of a folder
                self._copy(meta, scratch)
                copied += 1
                size += meta.size
        if not copied:
            raise AnalysisException(f"[PATH_NOT_FOUND] Path does not exist: {path}.")
        self._context.note(
            f"{path}: {counted(copied, 'object')} ({size:,} bytes) copied to this machine for spark.read, "
            "which no bookmark follows"
        )
        return f"{scratch}/{pattern.removeprefix(_S3)}"

    def _copy(self, meta: ObjectMeta, scratch: Path) -> None:
        """Raises UnsupportedFeature for a key that no file of its own can have."""
        key = meta.path.removeprefix(_S3)
        if not _STEPS_OUT.isdisjoint(key.split("/")):
            raise UnsupportedFeature(f"{meta.path} cannot be copied for spark.read: {_ITS_KEY}")
        file = scratch / key
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with self._context.objects.open(meta) as source, file.open("xb") as target:
                copyfileobj(source, target)
        except (FileExistsError, NotADirectoryError) as error:
            raise UnsupportedFeature(
                f"{meta.path} cannot be copied for spark.read beside another object: {_ITS_KEY}"
            ) from error
