"""What a reader of files with columns of their own carries to tasks."""

import io
import pickle
from datetime import UTC, datetime

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.connectors.folder_columns import FolderColumns
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.format import Reader, reader_of
from placekeeper.runtime.formats.shared.options import FormatOptions


def meta(number: int) -> ObjectMeta:
    return ObjectMeta(path=f"file:///in/{number}.csv", last_modified_ms=number * 1000, size=4)


def described(count: int) -> Reader:
    options = FormatOptions({"attachTimestamp": "at"})
    columns = FolderColumns.of(["file:///in/"], [meta(n) for n in range(count)], options, infer=False)
    return columns.described(CsvReader())


def test_the_times_of_files_do_not_go_to_every_task() -> None:
    assert len(pickle.dumps(described(10))) == len(pickle.dumps(described(1000)))


def test_each_file_is_read_with_its_own_time() -> None:
    reader = described(3)
    schema = reader.schema(io.BytesIO(b"1\n"), meta(0).path)
    assert schema.names == ["col0", "at"]
    for number in (2, 1):
        batches = reader_of(reader, meta(number)).read(io.BytesIO(b"1\n"), meta(number).path, schema)
        (row,) = pa.Table.from_batches(batches).to_pylist()
        assert row["at"] == datetime.fromtimestamp(number, UTC)
