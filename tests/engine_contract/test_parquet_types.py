"""Each type of Parquet is the same value on every engine, when collected and when written again."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parquet_footer import CONVERTED, I32, LOGICAL, STRUCT, annotated, logical
from placekeeper.model.errors import UnsupportedFeature


def parquet(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def put(files: Any, name: str, column: pa.Array) -> None:
    files.put(name, parquet(pa.table({"c": column})))


def written_json(files: Any, output: Any, frame: Any) -> list[Any]:
    output.publish(output.write(frame.dataframe, "json"))
    lines = [line for name in output.visible() for line in (output.folder / name).read_text().splitlines()]
    return sorted((json.loads(line, parse_float=Decimal).get("c") for line in lines), key=repr)


def written_parquet(output: Any, frame: Any) -> list[Any]:
    output.publish(output.write(frame.dataframe, "parquet"))
    tables = [pq.ParquetFile(output.folder / name).read() for name in output.visible()]
    return sorted((value for table in tables for value in table.column(0).to_pylist()), key=repr)


CASES: dict[str, tuple[bytes, str, list[Any], list[Any]]] = {
    "enum": (
        annotated(parquet(pa.table({"c": ["A", "B"]}), store_schema=False), {"c": logical(4, 4)}),
        "string",
        ["A", "B"],
        ["A", "B"],
    ),
    "enum of old": (
        annotated(
            parquet(pa.table({"c": ["A"]}), store_schema=False),
            {"c": {LOGICAL: (STRUCT, None), CONVERTED: (I32, 4)}},
        ),
        "string",
        ["A"],
        ["A"],
    ),
    "json": (
        parquet(pa.table({"c": pa.array(['{"a":1}'], pa.json_())})),
        "string",
        ['{"a":1}'],
        ['{"a":1}'],
    ),
    "uuid": (
        parquet(pa.table({"c": pa.array([bytes(range(16))], pa.uuid())})),
        "string",
        ["00010203-0405-0607-0809-0a0b0c0d0e0f"],
        ["00010203-0405-0607-0809-0a0b0c0d0e0f"],
    ),
    "float16": (parquet(pa.table({"c": pa.array([1.5], pa.float16())})), "float", [1.5], [Decimal("1.5")]),
    "uint64": (
        parquet(pa.table({"c": pa.array([2**64 - 1], pa.uint64())})),
        "decimal(20,0)",
        [Decimal(2**64 - 1)],
        [2**64 - 1],
    ),
    "uint8": (parquet(pa.table({"c": pa.array([255], pa.uint8())})), "smallint", [255], [255]),
    "duration": (parquet(pa.table({"c": pa.array([7], pa.duration("us"))})), "bigint", [7], [7]),
    "38 digits": (
        parquet(pa.table({"c": pa.array([Decimal("9" * 20 + "." + "9" * 18)], pa.decimal128(38, 18))})),
        "decimal(38,18)",
        [Decimal("9" * 20 + "." + "9" * 18)],
        [Decimal("9" * 20 + "." + "9" * 18)],
    ),
    "dates at the ends": (
        parquet(pa.table({"c": [date(1, 1, 1), date(9999, 12, 31)]})),
        "date",
        [date(1, 1, 1), date(9999, 12, 31)],
        ["0001-01-01", "9999-12-31"],
    ),
    "a list view in a struct": (
        parquet(
            pa.table(
                {
                    "c": pa.array(
                        [{"l": [1, None]}, {"l": None}],
                        pa.struct([("l", pa.list_view(pa.int8()))]),
                    )
                }
            )
        ),
        "struct<l:array<tinyint>>",
        [{"l": [1, None]}, {"l": None}],
        [{"l": [1, None]}, {}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_type_is_the_same_value_everywhere(files, output, name):
    content, spark_name, collected, as_json = CASES[name]
    files.put("a.parquet", content)
    frame = files.scan("parquet")
    assert frame.dataframe.schema.simpleString() == f"struct<c:{spark_name}>"
    assert sorted((row["c"] for row in files.rows("parquet")), key=repr) == sorted(collected, key=repr)
    assert written_json(files, output, frame) == sorted(as_json, key=repr)


@pytest.mark.parametrize("name", CASES)
def test_a_type_is_written_to_parquet_again(files, output, name):
    content, _, collected, _ = CASES[name]
    files.put("a.parquet", content)
    assert written_parquet(output, files.scan("parquet")) == sorted(collected, key=repr)


def test_moments_at_the_ends_of_the_calendar(files, output):
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    put(files, "a.parquet", pa.array(ends, pa.timestamp("us", "UTC")))
    frame = files.scan("parquet")
    assert written_json(files, output, frame) == ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999999Z"]


def test_moments_at_the_ends_are_written_to_parquet(files, output):
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    put(files, "a.parquet", pa.array(ends, pa.timestamp("us", "UTC")))
    assert written_parquet(output, files.scan("parquet")) == ends


WIDE = pa.decimal128(38, 30)
INSIDE = {
    "itself": lambda array: array,
    "a list": lambda array: pa.ListArray.from_arrays([0, 1], array),
    "a struct": lambda array: pa.StructArray.from_arrays([array], ["x"]),
    "a map": lambda array: pa.MapArray.from_arrays([0, 1], pa.array(["k"]), array),
}


def inner(value: Any) -> Decimal:
    while not isinstance(value, Decimal):
        value = value[0] if isinstance(value, list) else next(iter(value.values()))
    return value


@pytest.mark.parametrize("where", INSIDE)
@pytest.mark.parametrize(
    "other",
    [
        pa.array([Decimal("12345678.25")], pa.decimal128(15, 2)),
        pa.array([Decimal("-99999999")], pa.decimal128(38, 0)),
        pa.array([99_999_999], pa.uint64()),
    ],
    ids=["scale 2", "scale 0", "uint64"],
)
def test_decimals_of_two_scales_keep_their_values(files, where, other):
    put(files, "a.parquet", INSIDE[where](pa.array([Decimal("0.5")], WIDE)))
    put(files, "b.parquet", INSIDE[where](other))
    found = sorted(inner(row["c"]) for row in files.rows("parquet"))
    assert found == sorted([Decimal("0.5"), Decimal(other[0].as_py())])


@pytest.mark.parametrize("where", INSIDE)
@pytest.mark.parametrize(
    "other",
    [
        pa.array([Decimal("1234567890123.45")], pa.decimal128(15, 2)),
        pa.array([Decimal(3 * 10**24)], pa.decimal128(38, 0)),
        pa.array([2**64 - 1], pa.uint64()),
    ],
    ids=["scale 2", "scale 0", "uint64"],
)
def test_a_decimal_that_no_common_type_holds_names_file_and_column(files, where, other):
    put(files, "a.parquet", INSIDE[where](pa.array([Decimal("0.5")], WIDE)))
    put(files, "b.parquet", INSIDE[where](other))
    with pytest.raises(
        Exception, match=r"b\.parquet, column c, rows 1 to 1: .*does not fit decimal\(38,30\)"
    ):
        files.scan("parquet").dataframe.collect()


@pytest.mark.parametrize(
    ("left", "right", "kinds"),
    [
        (pa.array([1], pa.int32()), pa.array([2], pa.int64()), "bigint"),
        (pa.nulls(1), pa.array([2], pa.int64()), "bigint"),
        (pa.nulls(1), pa.array([{"a": 1}]), "struct<a:bigint>"),
        (pa.array([1], pa.int64()), pa.array([2.5]), "struct<double:double,long:bigint>"),
        (pa.array([1.5], pa.float32()), pa.array([2.5]), "struct<double:double,float:float>"),
        (pa.array([1], pa.int64()), pa.array([Decimal(2)]), "struct<decimal:decimal(1,0),long:bigint>"),
        (pa.array([1], pa.int64()), pa.array([2], pa.uint64()), "struct<decimal:decimal(20,0),long:bigint>"),
        (
            pa.array([date(2024, 1, 1)]),
            pa.array([datetime(2024, 1, 1)], pa.timestamp("us")),
            "struct<date:date,timestamp:timestamp>",
        ),
        (
            pa.array([datetime(2024, 1, 1)], pa.timestamp("us")),
            pa.array([datetime(2024, 1, 1)], pa.timestamp("ms", "UTC")),
            "timestamp",
        ),
        (pa.array([[1]], pa.list_(pa.int8())), pa.array([[None]], pa.list_(pa.null())), "array<tinyint>"),
    ],
    ids=str,
)
def test_what_two_types_become_together(files, left, right, kinds):
    put(files, "a.parquet", left)
    put(files, "b.parquet", right)
    frame = files.scan("parquet")
    assert frame.dataframe.schema.simpleString() == f"struct<c:{kinds}>"
    assert frame.dataframe.count() == 2
    assert len(frame.dataframe.collect()) == 2


def test_a_column_of_nulls_alone_stays_one_of_nulls(files, output):
    files.put("a.parquet", parquet(pa.table({"c": pa.nulls(2), "n": [1, 2]})))
    frame = files.scan("parquet")
    assert frame.dataframe.schema.simpleString() == "struct<c:void,n:bigint>"
    assert files.rows("parquet") == [{"c": None, "n": 1}, {"c": None, "n": 2}]
    assert written_json(files, output, frame) == [None, None]


def test_names_that_differ_in_case_are_two_columns(files):
    files.put("a.parquet", parquet(pa.table({"ID": [1]})))
    files.put("b.parquet", parquet(pa.table({"id": ["x"]})))
    assert files.scan("parquet").schema.names == ["ID", "id"]


def nested(depth: int) -> pa.Array:
    array = pa.array([1, None])
    for _ in range(depth):
        array = pa.StructArray.from_arrays([array], ["s"])
    return array


def test_31_structs_are_read(files):
    put(files, "a.parquet", nested(31))
    assert files.scan("parquet").dataframe.toArrow().column(0).to_pylist() == nested(31).to_pylist()


def test_32_structs_are_refused_by_column_and_depth(files):
    put(files, "a.parquet", nested(32))
    with pytest.raises(UnsupportedFeature, match=r"a\.parquet, column c .*32 deep"):
        files.scan("parquet")
