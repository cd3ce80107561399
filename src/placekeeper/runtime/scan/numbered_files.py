"""Rows of a lake table with the data file and the place of each: a change knows which rows it means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from placekeeper.model.lake import LakeFile
from placekeeper.ports.lake import LakeReader
from placekeeper.ports.progress import Progress
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.scan.lake_files import scan_lake
from placekeeper.runtime.scan.notices import Notices

_FIELDS = (pa.field("file", pa.string()), pa.field("row", pa.int64()))


@dataclass(frozen=True)
class NumberedReader:
    """Implements LakeReader: the same rows with two columns more, the path of the file and a number in it."""

    reader: LakeReader

    def read(self, file: LakeFile) -> Iterator[pa.RecordBatch]:
        """See ports.lake.LakeReader. The numbers are the same in each reading of a file."""
        number = 0
        for batch in self.reader.read(file):
            rows = batch.num_rows
            paths = pa.repeat(pa.scalar(file.path), rows)
            numbers = pa.array(np.arange(number, number + rows, dtype=np.int64))
            arrays = [*batch.columns, paths, numbers]
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema([*batch.schema, *_FIELDS]))
            number += rows


def numbered_rows(
    engine: Engine,
    reader: LakeReader,
    files: Sequence[LakeFile],
    schema: pa.Schema,
    name: str,
    notices: Notices,
    progress: Progress,
) -> DataFrame:
    """The rows of data files in the columns c0, c1, … of `schema`, then the file's path and the number."""
    numbered = pa.schema([*schema, *_FIELDS])
    return scan_lake(engine, NumberedReader(reader), files, numbered, name, notices, progress).rows
