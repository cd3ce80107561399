"""Random Parquet files: the engine's own reader gives the rows of the scan, whatever the types and values."""

import math
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.progress import NO_PROGRESS
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.formats.parquet.reader import ParquetReader
from placekeeper.runtime.frames.fields import select_fields
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.native import FolderValues, Natively, footers_of, grouped
from placekeeper.runtime.scan.notices import NO_NOTICES

EXAMPLES = 60 if installed().sail else 6
LEAST, MOST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
NAMES = ["a", "B", "a.b", "x y", "ä", "n`q", "1", "select", "c'd", 'e"f', "t=1", "{z}", " lead", "trail "]


def ints(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def moments(zone: str | None, unit: str) -> st.SearchStrategy[datetime]:
    step = 1 if unit == "us" else 1000
    return st.datetimes(LEAST, MOST).map(
        lambda one: one.replace(
            microsecond=one.microsecond // step * step, tzinfo=None if zone is None else UTC
        )
    )


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    return st.integers(-most, most).map(
        lambda one: Decimal((int(one < 0), tuple(map(int, str(abs(one)))), -scale))
    )


SINGLE: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.bool_(), st.booleans()),
    (pa.int8(), ints(8)),
    (pa.int16(), ints(16)),
    (pa.int32(), ints(32)),
    (pa.int64(), ints(64)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), st.floats()),
    (pa.string(), st.text(max_size=8)),
    (pa.large_string(), st.text(max_size=8)),
    (pa.binary(), st.binary(max_size=8)),
    (pa.date32(), st.dates(date.min, date.max)),
    *((pa.timestamp(unit, zone), moments(zone, unit)) for unit in ("ms", "us") for zone in (None, "UTC")),
    (pa.timestamp("us", "Asia/Tokyo"), moments("Asia/Tokyo", "us").filter(lambda one: 1 < one.year < 9999)),
    *((pa.decimal128(p, s), decimals(p, s)) for p, s in ((5, 2), (9, 0), (18, 18), (20, 3), (38, 10))),
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 0) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    kind = draw(st.sampled_from(["single"] * 6 + (["struct", "list", "map"] if depth < 2 else [])))
    if kind == "single":
        return draw(st.sampled_from(SINGLE))
    if kind == "struct":
        names = draw(st.lists(st.sampled_from(["p", "q", "r.s"]), min_size=1, unique=True))
        children = [(name, *draw(typed(depth + 1))) for name in names]
        values = st.fixed_dictionaries({name: st.none() | inner for name, _, inner in children})
        return pa.struct([(name, data_type) for name, data_type, _ in children]), values
    data_type, inner = draw(typed(depth + 1))
    if kind == "list":
        return pa.list_(data_type), st.lists(st.none() | inner, max_size=3)
    pairs = st.dictionaries(st.text(max_size=3), st.none() | inner, max_size=3).map(lambda d: list(d.items()))
    return pa.map_(pa.string(), data_type), pairs


@st.composite
def tables(draw: st.DrawFn) -> list[pa.Table]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    columns = [(name, *draw(typed())) for name in names]
    schema = pa.schema([(name, data_type) for name, data_type, _ in columns])
    row = st.fixed_dictionaries({name: st.none() | values for name, _, values in columns})
    files = draw(st.lists(st.lists(row, max_size=5), min_size=1, max_size=3))
    return [pa.Table.from_pylist(rows, schema=schema) for rows in files]


WRITING = st.fixed_dictionaries(
    {
        "row_group_size": st.sampled_from([1, 2, 100]),
        "use_dictionary": st.booleans(),
        "compression": st.sampled_from(["none", "snappy", "zstd", "gzip"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "version": st.sampled_from(["1.0", "2.4", "2.6"]),
        "store_schema": st.booleans(),
        "store_decimal_as_integer": st.booleans(),
        "write_statistics": st.booleans(),
        "use_compliant_nested_type": st.booleans(),
    }
)


def rows_of(frame: Frame) -> list[str]:
    return sorted(repr(plain(row)) for row in frame.rows.toArrow().to_pylist())


def plain(value: Any) -> Any:
    """Values that compare by what they are: a NaN is one."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def natively(engine: Engine, objects: Any, metas: list[ObjectMeta]) -> Natively | str:
    """The read by the engine's own reader, or why there is none."""
    reader = ParquetReader()
    folders = FolderValues(pa.schema([]), lambda _path, _rows: [])
    _, paths = grouped(engine.name, metas, folders)
    way, footers = footers_of(objects, reader, metas, engine.name, NO_NOTICES, NO_PROGRESS)
    if not way.is_native:
        return way.reason
    return Natively.of(engine, reader.engine_format, footers, folders.columns, paths)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables=tables(), writing=WRITING)
def test_both_ways_give_the_same_rows(files: Any, tables: list[pa.Table], writing: dict[str, Any]) -> None:
    shutil.rmtree(files.folder)
    files.folder.mkdir()
    for number, table in enumerate(tables):
        pq.write_table(table, files.folder / f"{number}.parquet", **writing)
    metas = files.chosen()

    read = natively(files.engine, files.objects, metas)

    event(read if isinstance(read, str) else "native")
    if isinstance(read, str):
        return
    native = read.frame()
    scanned = files.scan("parquet", metas)
    assert native.schema.equals(scanned.schema, check_metadata=True)
    assert native.rows.schema == scanned.rows.schema
    assert rows_of(native) == rows_of(scanned)
    last = [(native.schema.names[-1],)]
    assert rows_of(select_fields(native, last)) == rows_of(select_fields(scanned, last))
