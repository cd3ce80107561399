"""Tables of lake formats: their history, their data files, and the rows in these."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.lake import LakeFile, TableHistory
from placekeeper.model.publication import SnapshotAdded
from placekeeper.ports.objects import Objects


class LakeReader(Protocol):
    """A picklable reader of data files of one table: tasks in other processes use it."""

    def read(self, file: LakeFile) -> Iterator[pa.RecordBatch]:
        """The rows of a data file that are not deleted, as batches with the columns of the table.

        Memory is bounded by the size of one data file. The types of a column may differ in their layout from
        those of the table's schema. Raises RecordUnreadable, and OSError if the store does not answer.
        """
        ...


class Partitions(Protocol):
    """Names the partition of rows; picklable."""

    def names(self, batch: pa.RecordBatch) -> pa.Array:
        """The partition of each row as text; rows with one text may share a file."""
        ...


class Writing(Struct, frozen=True):
    """How data files of a table are written: Parquet in these columns and this codec, into this folder.

    Rows of two `partitions` share no file; it is None for a table without such. Values of `keys` are in the
    names of folders `key=value`, and not in the files. With `appends_only` the table is never overwritten.
    """

    schema: pa.Schema
    folder: str
    codec: str
    partitions: Partitions | None
    keys: tuple[str, ...]
    appends_only: bool = False


class Layout(Struct, frozen=True):
    """What a table says of itself beside its columns.

    `partitions` are columns with transforms of Iceberg: `name identity`, `at day`, `id bucket[4]`.
    """

    partitions: tuple[str, ...]
    properties: Mapping[str, str]


class LakeTable(Protocol):
    """A table of a lake format, as it was at one moment."""

    @property
    def history(self) -> TableHistory:
        """The commits that it knows."""
        ...

    @property
    def location(self) -> str:
        """The URI of its folder."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The columns that it has now."""
        ...

    @property
    def reader(self) -> LakeReader:
        """The reader of its data files."""
        ...

    @property
    def layout(self) -> Layout:
        """Its partitions and properties."""
        ...

    @property
    def writing(self) -> Writing:
        """How its data files are written. Raises UnsupportedFeature for a table that is not written here."""
        ...

    def files(self, at: int) -> Sequence[LakeFile]:
        """All data files of a commit, sorted by path. Raises UnsupportedFeature for deletes of another kind
        than the reader knows."""
        ...

    def files_added(self, commits: Sequence[int], at: int) -> Sequence[LakeFile]:
        """The data files that some commits have added, without those that were rewritten until `at`."""
        ...


class LakeCommits(Protocol):
    """Commits to tables of lake formats. None counts before the catalog has its definition."""

    def added(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """The definition of the table (TableInput) with a commit that does what the effect says.

        None if the table has it already. Raises PublishFailed if the table is another one by now or does not
        take these files, MissingExtra, and OSError if a later try may succeed.
        """
        ...

    def taken_back(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """The definition of the table without what the effect has done, None if there is nothing of it.

        Raises NotTakenBack, and leaves all as it is, if others have rewritten what it has added. Raises
        MissingExtra, and OSError if a later try may succeed.
        """
        ...


class LakeMaker(Protocol):
    """Makes tables of lake formats."""

    def new_iceberg(self, spec: Mapping[str, Any], iceberg: Mapping[str, Any]) -> dict[str, Any]:
        """The definition of a new Iceberg table (TableInput), whose first metadata is written.

        `iceberg` is IcebergInput. Raises InvalidInputException for a table that Iceberg does not have,
        MissingExtra, and OSError.
        """
        ...


class Lakes(LakeCommits, LakeMaker, Protocol):
    """What a server does to tables of lake formats."""


class LakeFormat(Protocol):
    """One lake format."""

    def open(self, name: str, spec: Mapping[str, Any], objects: Objects) -> LakeTable:
        """The table that the catalog defines as `spec` (TableInput); `name` is database.table.

        Raises UnsupportedFeature for a definition that does not say where it is, OSError.
        """
        ...
