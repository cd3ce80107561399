"""`df.write` and `spark.read` of files, as engines pass them on to the run."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct
from pyspark.sql import DataFrame

DEFAULT_MODE = "error"
"""Spark's mode of a write that names none."""


class FrameWrite(Struct, frozen=True, kw_only=True):
    """A `df.write.….save` or a short form of it, as the script says it.

    `path` is None and `format` is empty where the script says none. `mode` is one of Spark's, in any case.
    """

    dataframe: DataFrame
    path: str | None
    format: str
    options: Mapping[str, str]
    mode: str
    partition_by: tuple[str, ...]
    has_buckets: bool = False


class FrameRead(Struct, frozen=True, kw_only=True):
    """A `spark.read.….load` of files, or a short form of it.

    `is_recursive`: Spark's option recursiveFileLookup. `has_columns`: the columns are known without a file.
    """

    paths: tuple[str, ...]
    format: str
    is_recursive: bool
    has_columns: bool


class Fetched(Struct, frozen=True):
    """Copies of objects of S3 on this machine: `folder` has a folder for each bucket, and `paths`."""

    folder: str
    paths: tuple[str, ...]


class FrameFiles(Protocol):
    """The run, as far as it takes part in `df.write` and `spark.read`."""

    def write_frame(self, write: FrameWrite) -> bool:
        """Stage the files of a write; False if that is the engine's own business."""
        ...

    def check_read(self, paths: Sequence[str]) -> None:
        """Raise StagedPathRead for a path whose files this run has staged."""
        ...

    def literal(self, read: FrameRead) -> Sequence[str]:
        """The folders and files that Spark reads for paths, which may have wildcards, as paths for Sail."""
        ...

    def read_database(self, options: Mapping[str, Any], predicates: Sequence[str] = ()) -> DataFrame:
        """The rows of a table or query of a database, by the options of Spark's format jdbc.

        With `predicates`, those of the table for which one of these is true, once for each.
        """
        ...

    def fetch(self, paths: Sequence[str]) -> Fetched:
        """Copy the objects of S3 that paths or patterns mean to this machine."""
        ...
