"""Tables of lake formats: their history, their data files, and the rows in these."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from placekeeper.model.lake import LakeFile, TableHistory
from placekeeper.ports.objects import Objects


class LakeReader(Protocol):
    """A picklable reader of data files of one table: tasks in other processes use it."""

    def read(self, file: LakeFile) -> Iterator[pa.RecordBatch]:
        """The rows of a data file that are not deleted, as batches with the columns of the table.

        Memory is bounded. The types of a column may differ in their layout from those of the table's schema.
        Raises RecordUnreadable, and OSError if the store does not answer.
        """
        ...


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

    def files(self, at: int) -> Sequence[LakeFile]:
        """All data files of a commit, sorted by path. Raises UnsupportedFeature for deletes of another kind
        than the reader knows."""
        ...

    def files_added(self, commits: Sequence[int], at: int) -> Sequence[LakeFile]:
        """The data files that some commits have added, without those that were rewritten until `at`."""
        ...


class LakeFormat(Protocol):
    """One lake format."""

    def open(self, name: str, spec: Mapping[str, Any], objects: Objects) -> LakeTable:
        """The table that the catalog defines as `spec` (TableInput); `name` is database.table.

        Raises UnsupportedFeature for a definition that does not say where it is, OSError.
        """
        ...
