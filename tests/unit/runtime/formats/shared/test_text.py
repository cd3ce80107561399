"""Values are spelled as Spark spells them, folders as Hive does."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.csv.writer import CsvOutput
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import iso_timestamp, java_double, text_column
from placekeeper.runtime.sink.hive import escaped, folder, grouped


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-1.25e-5, "-1.25E-5"),
        (123456789.125, "1.23456789125E8"),
        (1e300, "1.0E300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_as_java_prints_them(value, text):
    assert java_double(value) == text


@given(st.floats(allow_nan=False))
def test_doubles_are_exact(value):
    assert float(java_double(value).replace("Infinity", "inf")) == value


WITHIN_YEARS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
MOMENTS = st.one_of(WITHIN_YEARS, WITHIN_YEARS.map(lambda moment: moment.replace(microsecond=123000)))
WHOLE_COLUMNS = {
    "double": (pa.float64(), st.one_of(st.floats(), st.floats(-1e7, 1e7)), java_double),
    "float": (
        pa.float32(),
        st.floats(width=32),
        lambda value: java_double(value, _shortest_of_32_bits(value)),
    ),
    "decimal": (pa.decimal128(38, 12), st.decimals(-(10**25), 10**25, places=12), lambda v: format(v, "f")),
    "decimal-small": (pa.decimal128(38, 38), st.decimals(-0.5, 0.5, places=38), lambda v: format(v, "f")),
    "timestamp": (pa.timestamp("us"), MOMENTS, lambda value: iso_timestamp(value, zone="")),
    "timestamp-utc": (
        pa.timestamp("us", "UTC"),
        MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
        lambda value: iso_timestamp(value, zone="Z"),
    ),
}


def _shortest_of_32_bits(value):
    return str(np.float32(value)) if np.isfinite(value) else None


@pytest.mark.parametrize("kind", WHOLE_COLUMNS)
@given(data=st.data())
def test_a_column_is_spelled_as_its_values_are(kind, data):
    data_type, values, spell = WHOLE_COLUMNS[kind]
    column = pa.array(data.draw(st.lists(st.one_of(st.none(), values), max_size=20)), data_type)
    expected = [None if value is None else spell(value) for value in column.to_pylist()]
    assert text_column(column, "x").to_pylist() == expected
    assert text_column(column[1:], "x").to_pylist() == expected[1:]


def test_timestamps():
    assert iso_timestamp(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), zone="Z") == "2024-01-02T03:04:05.000Z"
    assert iso_timestamp(datetime(2024, 1, 2, 3, 4, 5, 1000), zone="") == "2024-01-02T03:04:05.001"
    assert iso_timestamp(datetime(2024, 1, 2, 3, 4, 5, 1), zone="Z") == "2024-01-02T03:04:05.000001Z"


def test_folders():
    assert escaped("a b:c/d=e%f") == "a b%3Ac%2Fd%3De%25f"
    assert (
        folder(["k", "x:y"], ["", None]) == "k=__HIVE_DEFAULT_PARTITION__/x%3Ay=__HIVE_DEFAULT_PARTITION__/"
    )


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "", None]), st.sampled_from([1, 2, None]), st.integers(0, 99))
)


@given(ROWS)
def test_rows_go_to_their_folder_in_order(rows):
    schema = pa.schema([("k", pa.string()), ("n", pa.int32()), ("v", pa.int64())])
    batch = pa.RecordBatch.from_pylist([dict(zip("knv", row, strict=True)) for row in rows], schema=schema)
    expected: dict[str, list[int]] = {}
    for k, n, v in rows:
        expected.setdefault(folder(["k", "n"], [k, None if n is None else str(n)]), []).append(v)
    parts = grouped(batch, ["k", "n"])
    found = [(name, parts.taken(numbers).column("v").to_pylist()) for name, numbers in parts.parts()]
    assert len(found) == len(expected)
    assert dict(found) == expected


def test_another_encoding_is_refused():
    with pytest.raises(UnsupportedFeature, match="CSV is written in UTF-8 only"):
        CsvOutput.of(FormatOptions({"encoding": "latin1"}))
