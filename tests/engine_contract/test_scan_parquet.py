"""Parquet is read alike on every engine, whatever wrote it."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as sf

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.scan import scan
from placekeeper.runtime.types.fields import is_choice


def parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


NOON = datetime(2024, 5, 6, 12, 0, 0, 123456)


def test_types(files):
    schema = pa.schema(
        [
            ("byte", pa.int8()),
            ("short", pa.int16()),
            ("int", pa.int32()),
            ("long", pa.int64()),
            ("unsigned", pa.uint32()),
            ("float", pa.float32()),
            ("decimal", pa.decimal128(12, 2)),
            ("day", pa.date32()),
            ("bytes", pa.binary()),
            ("coded", pa.dictionary(pa.int8(), pa.string())),
            ("nested", pa.struct([("list", pa.list_(pa.struct([("x", pa.large_string())])))])),
            ("map", pa.map_(pa.string(), pa.int32())),
        ]
    )
    row = {
        "byte": 1,
        "short": 2,
        "int": 3,
        "long": 4,
        "unsigned": 2**32 - 1,
        "float": 0.5,
        "decimal": Decimal("12.30"),
        "day": date(2024, 5, 6),
        "bytes": b"\x00\xff",
        "coded": "x",
        "nested": {"list": [{"x": "y"}, None]},
        "map": {"k": 1},
    }
    files.put("a.parquet", parquet(pa.Table.from_pylist([{**row, "map": [("k", 1)]}, {}], schema=schema)))
    assert files.rows("parquet") == sorted([row, dict.fromkeys(row)], key=repr)


@pytest.mark.parametrize(
    ("data_type", "options"),
    [
        (pa.timestamp("us", tz="UTC"), {}),
        (pa.timestamp("us"), {}),
        (pa.timestamp("ns", tz="America/New_York"), {}),
        (pa.timestamp("ns"), {"use_deprecated_int96_timestamps": True}),
    ],
)
def test_every_timestamp_is_one_instant_to_the_microsecond(files, data_type, options):
    column = pa.array([int(NOON.replace(tzinfo=UTC).timestamp()) * 10**6 + 123456], pa.int64())
    column = column.cast(pa.timestamp("us", tz=data_type.tz)).cast(data_type)
    files.put("a.parquet", parquet(pa.table({"t": column}), **options))
    frame = files.scan("parquet")
    assert frame.schema.field("t").type == pa.timestamp("us", tz="UTC")
    assert frame.dataframe.schema.simpleString() == "struct<t:timestamp>"
    texts = frame.dataframe.select(
        sf.date_format("t", "yyyy-MM-dd HH:mm:ss.SSSSSS").alias("text"), sf.unix_micros("t").alias("micros")
    ).collect()
    assert [(row.text, row.micros) for row in texts] == [("2024-05-06 12:00:00.123456", 1714996800123456)]


def test_files_are_united_and_what_they_disagree_on_is_a_choice(files):
    files.put("a.parquet", parquet(pa.table({"id": pa.array([1], pa.int32()), "v": ["x"]})))
    files.put(
        "b.parquet", parquet(pa.table({"v": pa.array([2.5]), "id": pa.array([2], pa.int64()), "w": [True]}))
    )
    frame = files.scan("parquet")
    assert frame.schema.names == ["id", "v", "w"]
    assert frame.schema.field("id").type == pa.int64()
    assert is_choice(frame.schema.field("v"))
    assert files.rows("parquet") == [
        {"id": 1, "v": {"double": None, "string": "x"}, "w": None},
        {"id": 2, "v": {"double": 2.5, "string": None}, "w": True},
    ]


def test_nested_structs_are_united(files):
    one = pa.table({"s": pa.array([{"a": 1}], pa.struct([("a", pa.int32())]))})
    two = pa.table(
        {"s": pa.array([{"b": "x", "a": 2}, None], pa.struct([("b", pa.string()), ("a", pa.int64())]))}
    )
    files.put("a.parquet", parquet(one))
    files.put("b.parquet", parquet(two))
    assert files.rows("parquet") == [{"s": None}, {"s": {"a": 1, "b": None}}, {"s": {"a": 2, "b": "x"}}]


def test_decimals_are_widened(files):
    files.put("a.parquet", parquet(pa.table({"d": pa.array([Decimal("1.5")], pa.decimal128(4, 1))})))
    files.put("b.parquet", parquet(pa.table({"d": pa.array([Decimal("2.125")], pa.decimal128(6, 3))})))
    assert files.rows("parquet") == [{"d": Decimal("1.500")}, {"d": Decimal("2.125")}]


def test_nothing_chosen_is_an_empty_frame_with_the_known_schema(files):
    known = pa.schema([("a", pa.int32()), ("t", pa.timestamp("us", tz="UTC")), ("n", pa.null())])
    frame = scan(files.engine, files.objects, [], FORMATS.reader("parquet", {}), known)
    assert frame.schema == known
    assert frame.dataframe.schema.simpleString() == "struct<a:int,t:timestamp,n:void>"
    assert frame.dataframe.collect() == []
    assert scan(files.engine, files.objects, [], FORMATS.reader("json", {}), None).dataframe.columns == []


def test_a_type_without_a_counterpart_is_refused_by_name(files):
    files.put("a.parquet", parquet(pa.table({"t": pa.array([1], pa.time64("us"))})))
    with pytest.raises(UnsupportedFeature, match=r"a\.parquet, column t has the type time64"):
        files.scan("parquet")


def test_an_object_that_changed_after_it_was_listed_is_not_read(files):
    files.put("a.parquet", parquet(pa.table({"a": [1]})))
    frame = files.scan("parquet")
    files.put("a.parquet", parquet(pa.table({"a": [1, 2, 3]})))
    with pytest.raises(Exception, match="changed after this run listed it"):
        frame.dataframe.collect()


def test_row_groups_are_streamed(files):
    table = pa.table({"n": list(range(200_000))})
    files.put("a.parquet", parquet(table, row_group_size=70_000))
    total = files.scan("parquet").dataframe.agg(sf.sum("n").alias("s"), sf.count("n").alias("c")).collect()[0]
    assert (total.s, total.c) == (sum(range(200_000)), 200_000)


def test_a_field_of_a_null_struct_is_null(files):
    inner = pa.struct([("a", pa.float64()), ("t", pa.string())])
    rows = [
        {"i": 1, "s": {"a": 1.5, "t": "x"}, "l": [{"a": 2.5, "t": "y"}], "m": [("k", {"a": 3.5, "t": "z"})]},
        {"i": 2, "s": None, "l": [None], "m": [("k", None)]},
    ]
    types = {"i": pa.int32(), "s": inner, "l": pa.list_(inner), "m": pa.map_(pa.string(), inner)}
    files.put("a.parquet", parquet(pa.Table.from_pylist(rows, pa.schema(list(types.items())))))
    frame = files.scan("parquet").dataframe
    found = frame.selectExpr("i", "s.a", "s.t", "l[0].a AS l", "m['k'].a AS m").collect()
    assert sorted(tuple(row) for row in found) == [(1, 1.5, "x", 2.5, 3.5), (2, None, None, None, None)]
