"""Numbers of DynamoDB keep all their digits, and values come back as they were written."""

from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.dynamodb.opening import KeyAttribute
from placekeeper.dynamodb.typed import Items, typing_of
from placekeeper.dynamodb.values import number, number_text, plain_item
from placekeeper.model.errors import ValueUnwritable


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5", 5),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", Decimal(2**63)),
        ("3.0", 3),
        ("1E+2", 100),
        ("0.1", 0.1),
        ("1E-130", 1e-130),
        ("1E+125", 1e125),
        ("0.1234567890123456789", Decimal("0.1234567890123456789")),
        ("12345678901234567890123456789012345678", Decimal("12345678901234567890123456789012345678")),
        ("1.2345678901234567890123456789012345678E-100", "1.2345678901234567890123456789012345678E-100"),
        ("1.2345678901234567890123456789012345678E+100", "1.2345678901234567890123456789012345678E+100"),
    ],
)
def test_a_number_is_the_plainest_type_that_has_all_its_digits(text: str, wanted: object) -> None:
    found = number(text)
    assert (type(found), found) == (type(wanted), wanted)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**37), max_value=10**37, places=None))
def test_a_number_loses_no_digit(value: Decimal) -> None:
    try:
        text = number_text(value)
    except ValueError:
        return
    found = number(text)
    assert Decimal(repr(found) if isinstance(found, float) else str(found)) == value


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+126", "1E-131", "1" * 39])
def test_what_dynamodb_does_not_hold_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="DynamoDB"):
        number_text(Decimal(value))


_TYPES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.text(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): st.floats(-1e125, 1e125).filter(lambda one: not one or abs(one) > 1e-130),
    pa.bool_(): st.booleans(),
    pa.binary(): st.binary(),
    pa.decimal128(38, 10): st.decimals(-(10**27), 10**27, places=10),
}


@st.composite
def _values(draw: Any, depth: int = 2) -> tuple[pa.DataType, Any]:
    """A type, and a value of it that is not null."""
    if depth and draw(st.booleans()):
        inner, value = draw(_values(depth - 1))
        if draw(st.booleans()):
            return pa.list_(inner), draw(st.lists(st.sampled_from([value, None]), max_size=3))
        return pa.struct([("a", inner), ("b", pa.string())]), {"a": value, "b": draw(st.text())}
    data_type = draw(st.sampled_from(sorted(_TYPES, key=str)))
    return data_type, draw(_TYPES[data_type])


def _same(written: Any, found: Any) -> bool:
    if isinstance(written, list):
        return len(written) == len(found) and all(map(_same, written, found))
    if isinstance(written, dict):
        return written.keys() == found.keys() and all(_same(written[name], found[name]) for name in written)
    if isinstance(written, float | Decimal):
        return Decimal(str(written)) == Decimal(str(found))
    return bool(written == found)


@given(_values())
def test_values_come_back_as_they_were_written(typed: tuple[pa.DataType, Any]) -> None:
    data_type, value = typed
    item = {"v": typing_of(data_type)(value)}
    found = plain_item(msgspec.json.decode(msgspec.json.encode(item)))
    assert _same(value, found["v"])


def test_a_float_of_32_bits_has_its_own_digits() -> None:
    (item,) = Items("t", ()).of(pa.record_batch({"v": pa.array([0.1], pa.float32())}))
    assert item == {"v": {"N": "0.1"}}


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("S", pa.array([""]), "the key attribute id is empty"),
        ("S", pa.array([5]), r"of the type S \(a string\), and the row has N"),
        ("N", pa.array([None], pa.int64()), "the key attribute id is null"),
    ],
)
def test_a_row_without_a_good_key_is_named(kind: str, column: pa.Array, said: str) -> None:
    rows = pa.record_batch({"id": column, "name": pa.array(["Ann"])})
    with pytest.raises(ValueUnwritable, match=rf"the table t of DynamoDB, the row with .*name='Ann'.*{said}"):
        list(Items("t", (KeyAttribute("id", kind),)).of(rows))


def test_keys_of_a_map_are_text() -> None:
    with pytest.raises(ValueError, match="the keys of a map are text in DynamoDB, and these are bytes"):
        typing_of(pa.map_(pa.binary(), pa.int64()))([(b"q", 1)])
    assert typing_of(pa.map_(pa.int64(), pa.int64()))([(2, 1)]) == {"M": {"2": {"N": "1"}}}
