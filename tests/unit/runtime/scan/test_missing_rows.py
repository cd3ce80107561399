"""Rows that tasks leave out, because their ids were missing at the moment of the run."""

import pyarrow as pa
import pytest

from placekeeper.model.databases import BookmarkKeys, DatabaseTable, IdRange, Rows
from placekeeper.runtime.scan.database_rows import without_ids

ROWS = Rows(table=DatabaseTable("", "t"), keys=BookmarkKeys(columns=("id",), unique=True))


@pytest.mark.parametrize(
    ("type", "base"),
    [(pa.int32(), 0), (pa.int64(), 2**62), (pa.decimal128(20, 0), 2**63), (pa.decimal128(38, 0), 10**30)],
)
def test_ids_of_any_size_are_left_out(type: pa.DataType, base: int) -> None:
    batch = pa.record_batch({"id": pa.array([base + 1, base + 2, base + 5, None, base + 9], type)})
    missing = (IdRange(base + 2, base + 3), IdRange(base + 9, base + 9))
    found = without_ids(batch, ROWS, missing).column("id").to_pylist()
    assert found == [base + 1, base + 5, None]
    assert without_ids(batch, ROWS, (IdRange(base + 6, base + 7),)).num_rows == 5
