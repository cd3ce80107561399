"""Numbers of JSON: whole columns have the text that msgspec makes of each value."""

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.formats.shared.doubles import json_doubles, json_numbers

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = {
    pa.int8(): st.integers(-(2**7), 2**7 - 1),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
}


@pytest.mark.parametrize("before", ["", "{", ',"a,b+":', ',"é":'])
@given(values=st.lists(DOUBLES, max_size=9), begin=st.integers(0, 2))
def test_doubles_with_a_text_before_each(before, values, begin):
    made = json_numbers(pa.array(values, pa.float64())[begin:], before)
    assert made.to_pylist() == [before + msgspec.json.encode(value).decode() for value in values[begin:]]


@pytest.mark.parametrize("kind", WHOLE, ids=str)
@given(data=st.data())
def test_whole_numbers_with_a_text_before_each(kind, data):
    values = data.draw(st.lists(WHOLE[kind], max_size=9))
    assert json_numbers(pa.array(values, kind), ',"n":').to_pylist() == [f',"n":{value}' for value in values]


@given(st.lists(st.none() | DOUBLES, max_size=9), st.integers(0, 2))
def test_doubles_and_null(values, begin):
    expected = [None if value is None else msgspec.json.encode(value).decode() for value in values]
    assert json_doubles(pa.array(values, pa.float64())[begin:]).to_pylist() == expected[begin:]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_a_column_with_what_json_has_not_is_spelled_in_another_way(value):
    assert json_numbers(pa.array([1.0, value]), "") is None
