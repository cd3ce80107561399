"""JSON is written column by column, and says what a slow writer says that takes value by value."""

import base64
import datetime
import decimal
import math

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.types as pat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_staging import MemoryFile
from placekeeper.model.errors import ValueUnwritable
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.shared.text import iso_timestamp, java_double

MOMENTS = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n\x00\x7f/'), max_size=4)
SINGLE = {
    pa.string(): TEXT,
    pa.bool_(): st.booleans(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats() | st.sampled_from([1e-5, 1e15, 9.99e-6, 1e16, 123456789.5, -0.0]),
    pa.float32(): st.floats(width=32),
    pa.decimal128(20, 4): st.decimals(-(10**15), 10**15, places=4),
    pa.binary(): st.binary(max_size=4),
    pa.date32(): st.dates(),
    pa.timestamp("us"): MOMENTS,
    pa.timestamp("us", "UTC"): MOMENTS.map(lambda moment: moment.replace(tzinfo=datetime.UTC)),
    pa.null(): st.none(),
}
SINGLE_TYPES = st.sampled_from(list(SINGLE))
NAMES = st.sampled_from(["a", "b", 'q"', "é"])
TYPES = st.recursive(
    SINGLE_TYPES,
    lambda inner: st.one_of(
        inner.map(pa.list_),
        st.tuples(st.sampled_from([pa.string(), pa.int64(), pa.float64()]), inner).map(
            lambda pair: pa.map_(*pair)
        ),
        st.lists(st.tuples(NAMES, inner), max_size=3, unique_by=lambda pair: pair[0]).map(pa.struct),
    ),
    max_leaves=4,
)


def values_of(data_type: pa.DataType) -> st.SearchStrategy[object]:
    return st.none() | present(data_type)


def present(data_type: pa.DataType) -> st.SearchStrategy[object]:
    if pat.is_struct(data_type):
        return st.fixed_dictionaries({field.name: values_of(field.type) for field in data_type.fields})
    if pat.is_map(data_type):
        pairs = st.tuples(present(data_type.key_type), values_of(data_type.item_type))
        return st.lists(pairs, max_size=3, unique_by=lambda pair: repr(pair[0]))
    if pat.is_list(data_type):
        return st.lists(values_of(data_type.value_type), max_size=3)
    return SINGLE[data_type]


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    columns = draw(st.lists(st.tuples(NAMES, TYPES), min_size=1, max_size=3, unique_by=lambda pair: pair[0]))
    count = draw(st.integers(1, 4))
    arrays = [
        pa.array(draw(st.lists(values_of(kind), min_size=count, max_size=count)), kind) for _, kind in columns
    ]
    batch = pa.RecordBatch.from_arrays(arrays, [name for name, _ in columns])
    return batch.slice(draw(st.integers(0, count - 1)))


def spelled(value: object, data_type: pa.DataType, *, omits_nulls: bool) -> object:
    """A value for msgspec, by Python alone."""
    if value is None:
        return None
    if pat.is_struct(data_type):
        shaped = {
            field.name: spelled(value[field.name], field.type, omits_nulls=omits_nulls)
            for field in data_type.fields
        }
        return {name: one for name, one in shaped.items() if not (omits_nulls and one is None)}
    if pat.is_map(data_type):
        return {
            key_text(spelled(key, data_type.key_type, omits_nulls=omits_nulls)): spelled(
                item, data_type.item_type, omits_nulls=omits_nulls
            )
            for key, item in value
        }
    if pat.is_list(data_type):
        return [spelled(one, data_type.value_type, omits_nulls=omits_nulls) for one in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return java_double(value)
        return float(str(np.float32(value))) if pat.is_float32(data_type) else value
    return single(value)


def single(value: object) -> object:
    match value:
        case datetime.datetime():
            return iso_timestamp(value, zone="Z" if value.tzinfo else "")
        case decimal.Decimal():
            return msgspec.Raw(format(value, "f").encode())
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.date():
            return value.isoformat()
    return value


def key_text(key: object) -> str:
    return key if isinstance(key, str) else msgspec.json.encode(key).decode()


def lines_of(batch: pa.RecordBatch, name: str, **options: object) -> bytes:
    file = MemoryFile()
    writer = FORMATS.output(name, options).writer(file, batch.schema)
    writer.write(batch)
    writer.close()
    return file.data


@given(batches())
def test_columns_are_written_as_their_values_are(batch):
    rows = pa.struct(list(batch.schema))
    expected = [spelled(row, rows, omits_nulls=True) for row in batch.to_pylist()]
    assert lines_of(batch, "json") == msgspec.json.Encoder().encode_lines(expected)


def test_a_key_that_a_map_has_twice_is_refused_with_its_row():
    kind = pa.map_(pa.string(), pa.int64())
    maps = pa.array([None, [("a", 1)], [("b", 1), ("a", 2)], [("a", 1), ("b", 2), ("a", 3)]], kind)
    nested = pa.StructArray.from_arrays([maps], ["m"])
    for column in (maps, nested):
        batch = pa.RecordBatch.from_arrays([column[1:]], ["x"])
        with pytest.raises(ValueUnwritable, match=r"column (x|m), row 3 .*two keys of a map are both 'a'"):
            lines_of(batch, "json")
