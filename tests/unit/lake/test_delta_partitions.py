"""Values of partition columns come from their text, whether a file is read whole or as a new one."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lake_tables import stores
from placekeeper.lake.delta import DeltaFormat, DeltaLakeTable

AT = dt.datetime(2024, 1, 5, 1, 2, 3, 450000)
VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "binary": (pa.binary(), [b"ab", b"\xff\x00", b"\\u0041", None]),
    "boolean": (pa.bool_(), [True, False, None]),
    "date": (pa.date32(), [dt.date(2024, 1, 5), None]),
    "decimal": (pa.decimal128(6, 2), [Decimal("1.50"), Decimal("-3.00")]),
    "double": (pa.float64(), [1.0, 1e-7, 1e20]),
    "text": (pa.string(), ["a b", "a%20b", "ä/=x", None]),
    "timestamp": (
        pa.timestamp("us", "UTC"),
        [AT.replace(tzinfo=dt.UTC), dt.datetime(1900, 1, 1, tzinfo=dt.UTC), None],
    ),
    "timestamp_ntz": (pa.timestamp("us"), [AT, dt.datetime(1900, 1, 1)]),
}


@pytest.mark.parametrize("type", sorted(VALUES))
def test_whole_and_new_files_have_the_values_that_were_written(type: str, tmp_path: Path) -> None:
    arrow, values = VALUES[type]
    uri = str(tmp_path / "rows")
    rows = pa.table({"id": pa.array(range(len(values)), pa.int64()), "k": pa.array(values, arrow)})
    write_deltalake(uri, rows, partition_by=["k"])
    table = DeltaFormat().open("d.t", {"StorageDescriptor": {"Location": uri}}, stores({})[0])
    for files in (table.files(0), table.files_added([0], 0)):
        assert _values(table, files) == values


def _values(table: DeltaLakeTable, files: Any) -> list[Any]:
    read = [row for file in files for batch in table.reader.read(file) for row in batch.to_pylist()]
    return [row["k"] for row in sorted(read, key=lambda row: row["id"])]
