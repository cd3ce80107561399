"""Each type of Parquet is the same value on every engine, when collected and when written again.

Many cases share a frame, each a column of its own: a frame costs more than a column.
"""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parquet_footer import CONVERTED, I32, LOGICAL, STRUCT, Struct, annotated, logical
from placekeeper.model.errors import UnsupportedFeature


def parquet(table: pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


NINES = Decimal("9" * 20 + "." + "9" * 18)
IDENTITY = "00010203-0405-0607-0809-0a0b0c0d0e0f"
ENDS = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
OF_OLD: Struct = {LOGICAL: (STRUCT, None), CONVERTED: (I32, 4)}
LISTS = pa.struct([("l", pa.list_view(pa.int8()))])

# Name: the values in the file, a mark of Parquet's, Spark's type, the values in a frame, in JSON.
CASES: dict[str, tuple[pa.Array, Struct | None, str, list[Any], list[Any]]] = {
    "enum": (pa.array(["A", "B"]), logical(4, 4), "string", ["A", "B"], ["A", "B"]),
    "enum of old": (pa.array(["A"]), OF_OLD, "string", ["A"], ["A"]),
    "json": (pa.array(["[1]"], pa.json_()), None, "string", ["[1]"], ["[1]"]),
    "uuid": (pa.array([bytes(range(16))], pa.uuid()), None, "string", [IDENTITY], [IDENTITY]),
    "float16": (pa.array([1.5], pa.float16()), None, "float", [1.5], [Decimal("1.5")]),
    "uint64": (pa.array([2**64 - 1], pa.uint64()), None, "decimal(20,0)", [Decimal(2**64 - 1)], [2**64 - 1]),
    "uint8": (pa.array([255], pa.uint8()), None, "smallint", [255], [255]),
    "duration": (pa.array([7], pa.duration("us")), None, "bigint", [7], [7]),
    "38 digits": (pa.array([NINES], pa.decimal128(38, 18)), None, "decimal(38,18)", [NINES], [NINES]),
    "dates": (
        pa.array([date(1, 1, 1), date(9999, 12, 31)]),
        None,
        "date",
        [date(1, 1, 1), date(9999, 12, 31)],
        ["0001-01-01", "9999-12-31"],
    ),
    "lists": (
        pa.array([{"l": [1, None]}, {"l": None}, {"l": []}], LISTS),
        None,
        "struct<l:array<tinyint>>",
        [{"l": [1, None]}, {"l": None}, {"l": []}],
        [{"l": [1, None]}, {}, {"l": []}],
    ),
    "nulls": (pa.nulls(2), None, "void", [], []),
}


@pytest.fixture
def every_case(files: Any) -> Any:
    for number, (name, (array, mark, *_)) in enumerate(CASES.items()):
        content = parquet(pa.table({name: array}), store_schema=mark is None)
        files.put(f"{number}.parquet", annotated(content, {name: mark}) if mark else content)
    return files.scan("parquet")


def by_name(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The values that are not null, column by column."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {
        name: sorted((row[name] for row in rows if row.get(name) is not None), key=repr) for name in names
    }


def test_a_type_is_the_same_value_in_every_frame(files, every_case):
    found = {field.name: field.dataType.simpleString() for field in every_case.dataframe.schema}
    assert found == {name: case[2] for name, case in CASES.items()}
    assert by_name(files.rows("parquet")) == {name: sorted(case[3], key=repr) for name, case in CASES.items()}


def test_a_type_is_written_to_json(every_case, output):
    output.publish(output.write(every_case.dataframe, "json"))
    lines = [line for name in output.visible() for line in (output.folder / name).read_text().splitlines()]
    found = by_name([json.loads(line, parse_float=Decimal) for line in lines])
    assert found == {name: sorted(case[4], key=repr) for name, case in CASES.items() if case[4]}


def test_a_type_is_written_to_parquet_again(every_case, output):
    output.publish(output.write(every_case.dataframe.drop("nulls"), "parquet"))
    rows = [
        row for name in output.visible() for row in pq.ParquetFile(output.folder / name).read().to_pylist()
    ]
    assert by_name(rows) == {
        name: sorted(case[3], key=repr) for name, case in CASES.items() if name != "nulls"
    }


def test_moments_at_the_ends_of_the_calendar(files, output):
    files.put("a.parquet", parquet(pa.table({"c": pa.array(ENDS, pa.timestamp("us", "UTC"))})))
    dataframe = files.scan("parquet").dataframe
    output.publish(output.write(dataframe, "json") + output.write(dataframe, "parquet"))
    found: dict[str, list[Any]] = {"json": [], "quet": []}
    for name in output.visible():
        path = output.folder / name
        found[name[-4:]] += (
            [json.loads(line)["c"] for line in path.read_text().splitlines()]
            if name.endswith("json")
            else pq.ParquetFile(path).read().column(0).to_pylist()
        )
    assert sorted(found["json"]) == ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999999Z"]
    assert sorted(found["quet"]) == ENDS


WIDE = pa.decimal128(38, 30)
INSIDE = {
    "itself": lambda array: array,
    "a list": lambda array: pa.ListArray.from_arrays([0, 1], array),
    "a struct": lambda array: pa.StructArray.from_arrays([array], ["x"]),
    "a map": lambda array: pa.MapArray.from_arrays([0, 1], pa.array(["k"]), array),
}
FITTING = {
    "scale 2": pa.array([Decimal("12345678.25")], pa.decimal128(15, 2)),
    "scale 0": pa.array([Decimal("-99999999")], pa.decimal128(38, 0)),
    "uint64": pa.array([99_999_999], pa.uint64()),
}


def inner(value: Any) -> Decimal:
    while not isinstance(value, Decimal):
        value = value[0] if isinstance(value, list) else next(iter(value.values()))
    return value


def test_decimals_of_two_scales_keep_their_values(files):
    places = [(where, name) for where in INSIDE for name in FITTING]
    half = pa.array([Decimal("0.5")], WIDE)
    files.put("a.parquet", parquet(pa.table({f"{w} {n}": INSIDE[w](half) for w, n in places})))
    files.put("b.parquet", parquet(pa.table({f"{w} {n}": INSIDE[w](FITTING[n]) for w, n in places})))
    rows = files.rows("parquet")
    for where, name in places:
        found = {inner(row[f"{where} {name}"]) for row in rows}
        assert found == {Decimal("0.5"), Decimal(FITTING[name][0].as_py())}, (where, name)


@pytest.mark.parametrize(
    ("where", "other"),
    [
        ("itself", pa.array([Decimal("1234567890123.45")], pa.decimal128(15, 2))),
        ("a list", pa.array([Decimal(3 * 10**24)], pa.decimal128(38, 0))),
        ("a struct", pa.array([2**64 - 1], pa.uint64())),
        ("a map", pa.array([Decimal(10**8)], pa.decimal128(9, 0))),
    ],
)
def test_a_decimal_that_no_common_type_holds_names_file_and_column(files, where, other):
    half = pa.array([Decimal("0.5")], WIDE)
    files.put("a.parquet", parquet(pa.table({"c": INSIDE[where](half)})))
    files.put("b.parquet", parquet(pa.table({"c": INSIDE[where](other)})))
    with pytest.raises(
        Exception, match=r"b\.parquet, column c, rows 1 to 1: .*does not fit decimal\(38,30\)"
    ):
        files.scan("parquet").dataframe.collect()


DAY, NOON = pa.array([date(2024, 1, 1)]), pa.array([datetime(2024, 1, 1, 12)], pa.timestamp("us"))
TOGETHER = [
    (pa.array([1], pa.int32()), pa.array([2], pa.int64()), "bigint"),
    (pa.nulls(1), pa.array([2], pa.int64()), "bigint"),
    (pa.nulls(1), pa.array([{"a": 1}]), "struct<a:bigint>"),
    (pa.array([1], pa.int64()), pa.array([2.5]), "struct<double:double,long:bigint>"),
    (pa.array([1.5], pa.float32()), pa.array([2.5]), "struct<double:double,float:float>"),
    (pa.array([1], pa.int64()), pa.array([Decimal(2)]), "struct<decimal:decimal(1,0),long:bigint>"),
    (pa.array([1], pa.int64()), pa.array([2], pa.uint64()), "struct<decimal:decimal(20,0),long:bigint>"),
    (DAY, NOON, "struct<date:date,timestamp:timestamp>"),
    (NOON, NOON.cast(pa.timestamp("ms", "UTC")), "timestamp"),
    (pa.array([[1]], pa.list_(pa.int8())), pa.array([[None]], pa.list_(pa.null())), "array<tinyint>"),
]


def test_what_two_types_become_together(files):
    for side in (0, 1):
        table = pa.table({f"c{number}": pair[side] for number, pair in enumerate(TOGETHER)})
        files.put(f"{side}.parquet", parquet(table))
    frame = files.scan("parquet")
    assert [field.dataType.simpleString() for field in frame.dataframe.schema] == [t[2] for t in TOGETHER]
    assert len(frame.dataframe.collect()) == 2


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
    files.put("a.parquet", parquet(pa.table({"c": nested(31)})))
    assert files.scan("parquet").dataframe.toArrow().column(0).to_pylist() == nested(31).to_pylist()


def test_32_structs_are_refused_by_column_and_depth(files):
    files.put("a.parquet", parquet(pa.table({"c": nested(32)})))
    with pytest.raises(UnsupportedFeature, match=r"a\.parquet, column c .*32 deep"):
        files.scan("parquet")


def test_a_choice_that_merging_makes_counts_as_a_layer(files):
    files.put("a.parquet", parquet(pa.table({"c": nested(31)})))
    files.put("b.parquet", parquet(pa.table({"c": ["x"]})))
    with pytest.raises(UnsupportedFeature, match=r"the frame, column c .*32 deep"):
        files.scan("parquet")
