"""What a footer says is the same whether another one was seen before, or none."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placekeeper.runtime.formats.parquet.reader import ParquetReader
from placekeeper.runtime.formats.shared.footers import Footer

INSIDE = pa.struct([("x", pa.int64())])
MAP = pa.map_(pa.string(), pa.int64())
PAIRS = pa.list_(pa.struct([pa.field("key", pa.string(), nullable=False), ("value", pa.int64())]))


def file_of(table: pa.Table, said: dict[bytes, bytes] | None = None, **options: Any) -> bytes:
    body = io.BytesIO()
    pq.write_table(table if said is None else table.replace_schema_metadata(said), body, **options)
    return body.getvalue()


def one(data_type: Any, *values: Any, name: str = "c") -> pa.Table:
    return pa.table({name: pa.array(values, data_type)})


MICROSECONDS = pa.timestamp("us")
FILES = {
    "numbers": file_of(one(pa.int64(), 1)),
    "more numbers": file_of(one(pa.int64(), 1, 2, 3), row_group_size=1),
    "other name": file_of(one(pa.int64(), 1, name="d")),
    "never null": file_of(pa.table([[1]], pa.schema([pa.field("c", pa.int64(), nullable=False)]))),
    "unsigned": file_of(one(pa.uint64(), 1)),
    "unsigned, not by Arrow": file_of(one(pa.uint64(), 1), store_schema=False),
    "moments": file_of(one(MICROSECONDS, 1)),
    "moments of UTC": file_of(one(pa.timestamp("us", "UTC"), 1)),
    "moments without statistics": file_of(one(MICROSECONDS, 1), write_statistics=False),
    "moments out of range": file_of(one(MICROSECONDS, 2**62)),
    "milliseconds": file_of(one(pa.timestamp("ms"), 1)),
    "nanoseconds": file_of(one(pa.timestamp("ns"), 1)),
    "duration": file_of(one(pa.duration("us"), 1)),
    "days": file_of(one(pa.date32(), 1)),
    "days out of range": file_of(one(pa.date32(), 2**30)),
    "INT96": file_of(one(MICROSECONDS, 1), use_deprecated_int96_timestamps=True),
    "INT96 of Spark": file_of(
        one(MICROSECONDS, 1), {b"org.apache.spark.version": b"3.5.0"}, use_deprecated_int96_timestamps=True
    ),
    "numbers of an old Spark": file_of(one(pa.int64(), 1), {b"org.apache.spark.version": b"2.4.0"}),
    "struct": file_of(one(INSIDE, {"x": 1}), store_schema=False),
    "other struct": file_of(one(INSIDE, {"x": 1}, name="d"), store_schema=False),
    "list": file_of(one(pa.list_(pa.int64()), [1]), store_schema=False),
    "old list": file_of(one(pa.list_(pa.int64()), [1]), store_schema=False, use_compliant_nested_type=False),
    "map": file_of(one(MAP, [("a", 1)]), store_schema=False),
    "list of pairs": file_of(one(PAIRS, [{"key": "a", "value": 1}]), store_schema=False),
    "list of moments": file_of(one(pa.list_(MICROSECONDS), [1]), write_statistics=False),
    "decimal": file_of(one(pa.decimal128(10, 2), 1)),
    "other decimal": file_of(one(pa.decimal128(12, 2), 1)),
    "checksums": file_of(one(pa.int64(), 1), write_page_checksum=True),
    "dictionary": file_of(one(pa.dictionary(pa.int32(), pa.string()), "x")),
    "text": file_of(one(pa.string(), "x")),
    "bytes": file_of(one(pa.binary(), b"x"), store_schema=False),
    "fixed bytes": file_of(one(pa.binary(2), b"xy"), store_schema=False),
    "longer fixed bytes": file_of(one(pa.binary(3), b"xyz"), store_schema=False),
}


def footer(name: str, like: Footer | None = None) -> Footer | str:
    try:
        return ParquetReader().footer(io.BytesIO(FILES[name]), "file:///x", like)
    except Exception as error:  # noqa: BLE001 - what it refuses must be the same too
        return str(error)


@pytest.mark.parametrize("name", FILES)
def test_a_footer_says_the_same_after_any_other(name: str) -> None:
    alone = footer(name)
    others = {before: footer(before) for before in FILES}
    like = {before: other for before, other in others.items() if isinstance(other, Footer)}
    assert [before for before, other in like.items() if footer(name, other) != alone] == []
    assert len(like) > 20


def test_types_are_looked_at_once() -> None:
    first = footer("numbers")
    assert isinstance(first, Footer)
    other = footer("more numbers", first)
    assert isinstance(other, Footer)
    assert other.schema is first.schema
    assert other.origin is first.origin is not None
