"""Texts as values: what the scan makes of a text does not depend on the texts beside it."""

import itertools
import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placekeeper.runtime.frames.text_casts import sure_values
from placekeeper.runtime.types.table import TIMESTAMP

MOMENTS = [
    "2020-01-01T12:00:00Z",
    "2020-01-01 12:00:00",
    "1970-01-01T00:00:00-23:59",
    "2020-01-01T12:00:00-05",
    "2020-01-01T12:00:00+05:00",
    "2020-01-01",
    "2020-01-01Z",
    "0001-01-01T00:00:00.5Z",
    "",
    None,
]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(MOMENTS, MOMENTS)))
def test_a_value_does_not_depend_on_its_neighbour(first: str | None, second: str | None) -> None:
    """A text may be left to the engine because of its neighbour. It never becomes another value."""
    values, rest = sure_values(pa.array([first, second], pa.string()), TIMESTAMP)
    for text, value, left in zip([first, second], values, rest, strict=True):
        alone, alone_left = sure_values(pa.array([text], pa.string()), TIMESTAMP)
        if value.is_valid:
            assert value.equals(alone[0])
        else:
            assert left.as_py() == text or (alone[0].as_py() is None and alone_left[0].as_py() is None)


PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", re.ASCII)
BASES = [
    "2020-01-01T12:00:00",
    "2020-01-01 12:00:00.123456",
    "2020-01-01T12:00+01:00",
    "2020-01-01T12:00:00-0100",
    "20200101T120000.1234",
]
CHANGES = st.lists(
    st.tuples(st.integers(0, 27), st.integers(0, 1), st.sampled_from(list("0129-:. TZ+tz\0é")))
)


@given(st.sampled_from(BASES), CHANGES)
@example("2020-01-01T12:00:00+01", [])
def test_of_texts_that_end_in_z_only_plain_ones_are_cast(
    base: str, changes: list[tuple[int, int, str]]
) -> None:
    text = base
    for place, taken, put in changes:
        text = text[:place] + put + text[place + taken :]
    values, _ = sure_values(pa.array([text + "Z"]), TIMESTAMP)
    assert not values[0].is_valid or PLAIN.fullmatch(text + "Z")


def test_a_number_that_a_decimal_does_not_hold_is_left_to_the_engine():
    texts = pa.array(["12345678901234567890123.5", "1.5"])
    values, rest = sure_values(texts, pa.decimal128(38, 18))
    assert values.to_pylist() == [None, Decimal("1.5")]
    assert rest.to_pylist() == ["12345678901234567890123.5", None]
