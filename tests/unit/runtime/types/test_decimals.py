"""A decimal keeps its value in a wider type, or it is refused: it is never wrapped and never rounded."""

from decimal import Context, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.types.decimals import widened, wider
from placekeeper.runtime.types.exact import ValueRefused

TYPES = st.integers(1, 38).flatmap(
    lambda precision: st.integers(0, precision).map(lambda scale: pa.decimal128(precision, scale))
)
PLENTY = Context(prec=100)


def decimals(data_type: pa.DataType) -> st.SearchStrategy[list[Decimal | None]]:
    most = 10**data_type.precision - 1
    numbers = st.one_of(st.none(), st.integers(-most, most), st.sampled_from([0, 1, -1, most, -most]))
    return st.lists(
        numbers.map(lambda n: None if n is None else Decimal(n).scaleb(-data_type.scale, PLENTY)), max_size=5
    )


@given(TYPES, TYPES, st.data())
def test_a_value_is_exact_or_refused(left, right, data):
    wanted = wider(left, right)
    values = data.draw(decimals(left))
    array = pa.array(values, left)
    room = Decimal(10) ** (wanted.precision - wanted.scale)
    if any(value is not None and value.copy_abs() >= room for value in values):
        with pytest.raises(ValueRefused, match="does not fit"):
            widened(array, wanted)
    else:
        assert widened(array, wanted).to_pylist() == values
        assert widened(array, wanted).type == wanted


@given(TYPES, TYPES)
def test_what_has_room_in_38_digits_is_never_refused(left, right):
    wanted = wider(left, right)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    scale = max(left.scale, right.scale)
    if whole + scale <= 38:
        assert wanted == pa.decimal128(max(whole + scale, 1), scale)
        for data_type in (left, right):
            most = Decimal(10**data_type.precision - 1).scaleb(-data_type.scale, PLENTY)
            assert widened(pa.array([most, most.copy_negate()], data_type), wanted).to_pylist() == [
                most,
                most.copy_negate(),
            ]


@given(TYPES, TYPES, TYPES)
def test_the_wider_type_is_the_same_in_any_order(a, b, c):
    assert wider(a, b) == wider(b, a)
    assert wider(wider(a, b), c) == wider(a, wider(b, c))


def test_a_null_with_any_bytes_under_it_is_no_value():
    bytes_under_it = pa.py_buffer((10**30).to_bytes(16, "little"))
    array = pa.Array.from_buffers(pa.decimal128(38, 0), 1, [pa.py_buffer(b"\0"), bytes_under_it])
    assert widened(array, pa.decimal128(38, 30)).to_pylist() == [None]


def test_a_value_with_more_digits_than_its_type_says_is_refused():
    too_many = pa.py_buffer((10**20).to_bytes(16, "little"))
    array = pa.Array.from_buffers(pa.decimal128(10, 2), 1, [None, too_many])
    with pytest.raises(pa.ArrowInvalid, match="precision"):
        widened(array, pa.decimal128(12, 4))
