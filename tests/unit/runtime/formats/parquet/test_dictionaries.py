"""Columns whose values repeat get a dictionary, others none. What is read back is the same."""

import datetime
import decimal
import io
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from memory_staging import MemoryFile
from placekeeper.runtime.formats.parquet.writer import ParquetOutput

ROWS = 50_000
REPEATED = {
    "few": pa.array([number % 7 for number in range(ROWS)]),
    "many": pa.array([number * 7919 % 10_000 for number in range(ROWS)]),
    "runs": pa.array([number // 1000 for number in range(ROWS)]),
    "texts": pa.array([f"region-{number % 30}" for number in range(ROWS)]),
    "numbers": pa.array([decimal.Decimal(number % 9) for number in range(ROWS)], pa.decimal128(9, 2)),
    "days": pa.array([datetime.date(2020, 1, 1)] * ROWS),
    "nulls": pa.nulls(ROWS, pa.int64()),
}
DISTINCT = {
    "id": pa.array(range(ROWS)),
    "double": pa.array([number / 7 for number in range(ROWS)]),
    "text": pa.array([f"user-{number}" for number in range(ROWS)]),
    "decimal": pa.array([decimal.Decimal(number) for number in range(ROWS)], pa.decimal128(9, 2)),
    "moment": pa.array(range(ROWS), pa.timestamp("us", "UTC")),
}


def written(batches: Iterable[pa.RecordBatch]) -> pq.ParquetFile:
    file, first = MemoryFile(), None
    for batch in batches:
        first = first or ParquetOutput().writer(file, batch.schema)
        first.write(batch)
    first.close()
    return pq.ParquetFile(io.BytesIO(file.data))


def dictionaries(file: pq.ParquetFile) -> dict[str, bool]:
    group = file.metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    return {column.path_in_schema: column.has_dictionary_page for column in columns}


@pytest.mark.parametrize("name", [*REPEATED, *DISTINCT])
def test_a_dictionary_is_for_what_repeats(name):
    column = REPEATED.get(name, DISTINCT.get(name))
    batch = pa.RecordBatch.from_arrays([column], [name])
    file = written([batch.slice(0, ROWS // 2), batch.slice(ROWS // 2)])
    assert dictionaries(file) == {name: name in REPEATED}
    assert file.read().column(0).combine_chunks() == column


def test_columns_within_others_have_one():
    inner = pa.struct([("a.b", pa.int64()), ("l", pa.list_(pa.field("element", pa.int64())))])
    values = [{"m": [(str(number), {"a.b": number, "l": [number]})]} for number in range(2000)]
    column = pa.array(values, pa.struct([("m", pa.map_(pa.string(), inner))]))
    file = written([pa.RecordBatch.from_arrays([column], ["s"])])
    assert dictionaries(file) == {
        "s.m.key_value.key": True,
        "s.m.key_value.value.a.b": True,
        "s.m.key_value.value.l.list.element": True,
    }
    assert file.read().column(0).to_pylist() == column.to_pylist()


def test_few_rows_have_one():
    assert dictionaries(written([pa.RecordBatch.from_pydict({"n": [1, 2, 3]})])) == {"n": True}
