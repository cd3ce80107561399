"""Every type of Parquet has a rule: what it is in a frame, or why it is refused. A value never changes."""

import io
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parquet_footer import (
    CONVERTED,
    I32,
    LOGICAL,
    NAME,
    PRECISION,
    SCALE,
    SCHEMA,
    STRUCT,
    annotated,
    logical,
    with_footer,
)
from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.parquet.reader import ParquetReader
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.types.table import TIMESTAMP


def written(array: pa.Array, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"c": array}), buffer, **options)
    return buffer.getvalue()


def read(file: bytes, reader: ParquetReader | None = None) -> tuple[pa.DataType, list[Any]]:
    reader = reader or ParquetReader()
    schema = reader.schema(io.BytesIO(file), "a.parquet")
    batches = list(reader.read(io.BytesIO(file), "a.parquet", schema))
    return schema.field(0).type, pa.Table.from_batches(batches, schema).column(0).to_pylist()


def marked(array: pa.Array, mark: dict[int, tuple[int, Any]]) -> bytes:
    return annotated(written(array, store_schema=False), {"c": mark})


AN_UUID = uuid.UUID("0123ABCD-4567-89ab-cdef-0123456789ab")
UNMARKED = (STRUCT, None)
MARKED: dict[str, tuple[bytes, pa.DataType, list[Any]]] = {
    "ENUM": (marked(pa.array(["A", None]), logical(4, 4)), pa.string(), ["A", None]),
    "ENUM of old": (
        marked(pa.array(["é"]), {LOGICAL: UNMARKED, CONVERTED: (I32, 4)}),
        pa.string(),
        ["é"],
    ),
    "JSON": (marked(pa.array(['{"a": 1}']), logical(12, 19)), pa.string(), ['{"a": 1}']),
    "JSON of old": (marked(pa.array(["1"]), {LOGICAL: UNMARKED, CONVERTED: (I32, 19)}), pa.string(), ["1"]),
    "BSON": (marked(pa.array([b"\xff"]), logical(13, 20)), pa.binary(), [b"\xff"]),
    "UUID": (
        marked(pa.array([AN_UUID.bytes, None], pa.binary(16)), logical(14)),
        pa.string(),
        [str(AN_UUID), None],
    ),
    "FLOAT16": (
        marked(pa.array([struct.pack("<e", 1.5)], pa.binary(2)), logical(15)),
        pa.float32(),
        [1.5],
    ),
    "UNKNOWN": (marked(pa.nulls(2, pa.int32()), logical(11)), pa.null(), [None, None]),
    "GEOMETRY": (marked(pa.array([b"\x01"]), logical(17)), pa.binary(), [b"\x01"]),
    "GEOGRAPHY": (marked(pa.array([b"\x01"]), logical(18)), pa.binary(), [b"\x01"]),
    "a mark that is not known yet": (marked(pa.array([b"\x01"]), logical(99)), pa.binary(), [b"\x01"]),
    "a decimal in bytes": (
        marked(
            pa.array([b"\xff\x85"]),
            {LOGICAL: UNMARKED, CONVERTED: (I32, 5), SCALE: (I32, 2), PRECISION: (I32, 38)},
        ),
        pa.decimal128(38, 2),
        [Decimal("-1.23")],
    ),
}


@pytest.mark.parametrize("name", MARKED)
def test_what_a_mark_of_parquet_means(name):
    file, data_type, values = MARKED[name]
    assert read(file) == (data_type, values)


ARROW: list[tuple[pa.Array, pa.DataType, list[Any]]] = [
    (pa.array([255], pa.uint8()), pa.int16(), [255]),
    (pa.array([65_535], pa.uint16()), pa.int32(), [65_535]),
    (pa.array([2**32 - 1], pa.uint32()), pa.int64(), [2**32 - 1]),
    (pa.array([2**64 - 1, 0], pa.uint64()), pa.decimal128(20), [Decimal(2**64 - 1), Decimal(0)]),
    (pa.array([-128], pa.int8()), pa.int8(), [-128]),
    (pa.array([-(2**15)], pa.int16()), pa.int16(), [-(2**15)]),
    (pa.array([1.5, None], pa.float16()), pa.float32(), [1.5, None]),
    (pa.array([date(1, 1, 1), date(9999, 12, 31)]), pa.date32(), [date(1, 1, 1), date(9999, 12, 31)]),
    (pa.array([86_400_000], pa.date64()), pa.date32(), [date(1970, 1, 2)]),
    (pa.array([timedelta(microseconds=7)], pa.duration("us")), pa.int64(), [7]),
    (pa.nulls(2), pa.null(), [None, None]),
    (pa.array([AN_UUID.bytes], pa.uuid()), pa.string(), [str(AN_UUID)]),
    (pa.array(["[1]"], pa.json_()), pa.string(), ["[1]"]),
    (pa.array([1], pa.bool8()), pa.int8(), [1]),
    (pa.array(["a", None, "a"]).dictionary_encode(), pa.string(), ["a", None, "a"]),
    (
        pa.array([{"x": "a"}, None], pa.struct([("x", pa.dictionary(pa.int8(), pa.string()))])),
        pa.struct([("x", pa.string())]),
        [{"x": "a"}, None],
    ),
    (pa.array(["a"], pa.large_string()), pa.string(), ["a"]),
    (pa.array(["a"], pa.string_view()), pa.string(), ["a"]),
    (pa.array([b"a"], pa.large_binary()), pa.binary(), [b"a"]),
    (pa.array([b"a"], pa.binary_view()), pa.binary(), [b"a"]),
    (pa.array([b"ab"], pa.binary(2)), pa.binary(), [b"ab"]),
    *[
        (pa.array([[1, 2], None, [3, 4]], data_type), pa.list_(pa.int8()), [[1, 2], None, [3, 4]])
        for data_type in (
            pa.list_(pa.int8()),
            pa.list_(pa.int8(), 2),
            pa.large_list(pa.int8()),
            pa.list_view(pa.int8()),
            pa.large_list_view(pa.int8()),
        )
    ],
    *[
        (pa.array([Decimal("-1.20"), None], data_type), wanted, [Decimal("-1.20"), None])
        for data_type, wanted in (
            (pa.decimal32(5, 2), pa.decimal128(5, 2)),
            (pa.decimal64(15, 2), pa.decimal128(15, 2)),
            (pa.decimal128(38, 2), pa.decimal128(38, 2)),
            (pa.decimal256(38, 2), pa.decimal128(38, 2)),
        )
    ],
]


@pytest.mark.parametrize("store_schema", [True, False])
@pytest.mark.parametrize(("array", "data_type", "values"), ARROW, ids=lambda x: str(getattr(x, "type", "")))
def test_what_a_type_of_arrow_means(array, data_type, values, store_schema):
    assert read(written(array, store_schema=store_schema)) == (data_type, values)


@pytest.mark.parametrize("digits", [9, 18, 38])
def test_decimals_in_whole_numbers_and_in_bytes(digits):
    most = Decimal("9" * (digits - 2) + ".99")
    array = pa.array([most, most.copy_negate(), None], pa.decimal128(digits, 2))
    for as_integer in (True, False):
        found = read(written(array, store_decimal_as_integer=as_integer))
        assert found == (pa.decimal128(digits, 2), [most, most.copy_negate(), None])


REFUSED: list[tuple[str, bytes, str]] = [
    ("time32", written(pa.array([time(1)], pa.time32("ms"))), r"time32\[ms\].*as a text"),
    ("time64", written(pa.array([time(1)], pa.time64("us"))), r"time64\[us\].*as a text"),
    ("time in ns", written(pa.array([1], pa.time64("ns"))), r"time64\[ns\].*as a text"),
    ("39 digits", written(pa.array([Decimal(1)], pa.decimal256(39, 0))), r"decimal256\(39, 0\).*at most 38"),
    (
        "INTERVAL",
        marked(pa.array([b"0" * 12], pa.binary(12)), {LOGICAL: UNMARKED, CONVERTED: (I32, 21)}),
        "INTERVAL",
    ),
    (
        "VARIANT",
        marked(
            pa.array(
                [{"metadata": b"\1\0\0", "value": b"\0"}],
                pa.struct([pa.field("metadata", pa.binary(), False), pa.field("value", pa.binary(), False)]),
            ),
            logical(16),
        ),
        "VARIANT",
    ),
]


@pytest.mark.parametrize(("name", "file", "reason"), REFUSED, ids=lambda x: x if isinstance(x, str) else "")
def test_what_no_frame_holds_is_refused_by_column(name, file, reason):
    with pytest.raises(UnsupportedFeature, match=rf"a\.parquet, column c has the type {reason}"):
        read(file)


def test_a_struct_that_only_looks_like_a_variant_is_read():
    values = [{"metadata": b"1", "value": b"2"}]
    assert read(written(pa.array(values)))[1] == values


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_a_timestamp_is_a_moment_in_utc(unit, zone):
    ends = [moment("0001-01-01T00:00:00"), moment("9999-12-31T23:59:59.999"), moment("1969-12-31T23:59:59")]
    array = pa.array(ends, pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"))
    array = array.cast(pa.int64()).cast(pa.timestamp(unit, zone))
    for old in (True, False):
        options = {} if old else {"store_schema": False}
        assert read(written(array, **options)) == (TIMESTAMP, ends)


def test_nanoseconds_that_are_microseconds_are_read():
    array = pa.array([1_000, -1_000, None, -(2**63) + 808], pa.timestamp("ns"))
    _, found = read(written(array))
    assert found[:3] == [moment("1970-01-01T00:00:00.000001"), moment("1969-12-31T23:59:59.999999"), None]


@pytest.mark.parametrize("int96", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_nanoseconds_are_refused_or_cut_by_an_option(int96, inside):
    array = pa.array([1_000, 1_714_996_800_123_456_789, -1], pa.timestamp("ns"))
    if inside:
        array = pa.StructArray.from_arrays([pa.ListArray.from_arrays([0, 1, 2, 3], array)], ["l"])
    file = written(array, use_deprecated_int96_timestamps=int96)
    with pytest.raises(RecordUnreadable, match=r"column c.*rows 1 to 3: .*nanoseconds.*\"cut\""):
        read(file)
    reader = FORMATS.reader("parquet", {"nanoseconds": "cut"})
    _, found = read(file, reader)
    found = [value["l"][0] for value in found] if inside else found
    assert found == [
        moment("1970-01-01T00:00:00.000001"),
        moment("2024-05-06T12:00:00.123456"),
        moment("1969-12-31T23:59:59.999999"),
    ]


def test_the_option_for_nanoseconds_has_two_values():
    with pytest.raises(UnsupportedFeature, match="refuse or cut"):
        FORMATS.reader("parquet", {"nanoseconds": "round"})


def int96(*values: tuple[int, int]) -> bytes:
    """A file with these days since 1970 and nanoseconds of the day."""
    marker = pa.array([datetime(2001, 2, 3, microsecond=number + 1) for number in range(len(values))])
    file = written(
        marker.cast(pa.timestamp("ns")),
        use_deprecated_int96_timestamps=True,
        store_schema=False,
        use_dictionary=False,
        compression="none",
        write_statistics=False,
    )
    for number, (days, nanoseconds) in enumerate(values):
        before = struct.pack("<qI", 1000 * (number + 1), 2_440_588 + 11_356)
        assert file.count(before) == 1
        file = file.replace(before, struct.pack("<qI", nanoseconds, (days + 2_440_588) % 2**32))
    return file


def test_int96_holds_every_day_of_the_calendar():
    file = int96((-719_162, 0), (2_932_896, 86_399_999_999_000))
    assert read(file)[1] == [moment("0001-01-01T00:00:00"), moment("9999-12-31T23:59:59.999999")]


@pytest.mark.parametrize("days", [2_932_897, -719_163, 213_503_982, 300_000_000, 2**31, 2**32 - 2_440_589])
def test_int96_of_other_years_is_refused_and_never_wrapped(days):
    with pytest.raises(RecordUnreadable, match=r"column c, rows 1 to 2: .*years 1 to 9999"):
        read(int96((0, 0), (days, 0)))


def test_what_spark_wrote_is_not_looked_at_for_nanoseconds():
    file = int96((0, 1_001))

    def by_spark(footer):
        footer[5] = (9, (STRUCT, [{1: (8, b"org.apache.spark.version"), 2: (8, b"3.5.4")}]))

    assert read(with_footer(file, by_spark))[1] == [moment("1970-01-01T00:00:00.000001")]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([0, 253_402_300_800_000_000], pa.timestamp("us")),
        pa.array([0, -62_135_596_800_001], pa.timestamp("ms")),
        pa.array([2**63 - 1], pa.timestamp("ms", "UTC")),
        pa.array([-(2**63)], pa.timestamp("us", "UTC")),
        pa.array([2_932_897], pa.int32()).cast(pa.date32()),
        pa.array([-719_163], pa.int32()).cast(pa.date32()),
    ],
    ids=str,
)
@pytest.mark.parametrize("inside", [lambda a: a, lambda a: pa.ListArray.from_arrays([0, len(a)], a)])
def test_years_outside_1_to_9999_are_refused(array, inside):
    with pytest.raises(RecordUnreadable, match=r"a\.parquet, column c, rows 1 to .*years 1 to 9999"):
        read(written(inside(array)))


@pytest.mark.parametrize("array", [pa.array([b"ok", b"\xff"]), pa.array([{"x": [b"\xff"]}])], ids=str)
def test_a_text_that_is_no_utf8_is_refused(array):
    def as_text(footer):
        for element in footer[SCHEMA][1][1]:
            if 1 in element and element[1][1] == 6:
                element.update(logical(1, 0))

    with pytest.raises(RecordUnreadable, match=r"column c, rows 1 to \d: .*UTF8"):
        read(with_footer(written(array, store_schema=False), as_text))


def renamed(file: bytes, names: dict[str, str]) -> bytes:
    return annotated(file, {old: {NAME: (8, new.encode())} for old, new in names.items()})


def names_of(data_type: pa.DataType) -> list[str]:
    return [field.name for field in data_type.fields]


def test_a_name_that_a_file_has_twice_is_made_distinct_at_every_depth():
    array = pa.array([[{"p": 1, "q": "x", "r": 3}], None])
    file = renamed(written(array, store_schema=False), {"q": "p"})
    data_type, values = read(file)
    assert names_of(data_type.value_type) == ["p0", "p1", "r"]
    assert values == [[{"p0": 1, "p1": "x", "r": 3}], None]
    buffer = io.BytesIO()
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["x"]), pa.array([2.5])], ["a", "a", "A"])
    pq.write_table(table, buffer)
    reader = ParquetReader()
    schema = reader.schema(buffer, "a.parquet")
    assert schema.names == ["a0", "a1", "A"]
    (batch,) = reader.read(buffer, "a.parquet", schema)
    assert batch.to_pylist() == [{"a0": 1, "a1": "x", "A": 2.5}]


@pytest.mark.parametrize("name", ["", " ", "a.b", "`", "ü\u0301", "a\nb", "element", "0"])
def test_other_names_are_kept_as_they_are(name):
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([{name: 1}])}), buffer)
    reader = ParquetReader()
    schema = reader.schema(buffer, "a.parquet")
    (batch,) = reader.read(buffer, "a.parquet", schema)
    assert (schema.names, batch.to_pylist()) == ([name], [{name: {name: 1}}])


def test_types_that_nest_too_deep_are_refused_by_column():
    layers: Callable[[int], pa.Array] = lambda depth: (  # noqa: E731
        pa.array([1]) if depth == 0 else pa.StructArray.from_arrays([layers(depth - 1)], ["s"])
    )
    assert read(written(layers(31)))[1] == layers(31).to_pylist()
    with pytest.raises(UnsupportedFeature, match=r"a\.parquet, column c .* 32 deep"):
        read(written(layers(32)))
