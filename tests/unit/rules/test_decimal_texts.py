"""Texts of numbers become decimals exactly, or not at all."""

from decimal import Decimal, localcontext

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placekeeper.rules.decimal_texts import decimals

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=None).map(
    lambda number: format(number, "f")
)
DIGITS = st.from_regex(r"-?[0-9]{1,60}(\.[0-9]{1,40})?", fullmatch=True)


@given(
    st.lists(st.one_of(NUMBERS.filter(lambda text: len(text) < 120), DIGITS), min_size=1, max_size=3),
    st.integers(1, 38).flatmap(lambda precision: st.tuples(st.just(precision), st.integers(0, precision))),
)
@example(["12345678901234567890123.5"], (38, 18))
@example(["1e30"], (38, 18))
@example(["1.5E3"], (38, 18))
@example(["10." + "0" * 38], (38, 38))
@example(["1" + "0" * 70], (38, 18))
def test_each_number_is_kept_or_refused(texts: list[str], digits: tuple[int, int]) -> None:
    precision, scale = digits
    with localcontext(prec=400):
        numbers = [Decimal(text) for text in texts]
        fit = all(
            number == number.quantize(Decimal(1).scaleb(-scale))
            and abs(number) < Decimal(10) ** (precision - scale)
            for number in numbers
        )
    wanted = pa.decimal128(precision, scale)
    if fit:
        assert decimals(pa.array(texts), wanted).to_pylist() == numbers
    else:
        with pytest.raises(pa.ArrowInvalid):
            decimals(pa.array(texts), wanted)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "", "1,5", "x" * 90])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(pa.ArrowInvalid):
        decimals(pa.array([text]), pa.decimal128(38, 18))


def test_lists_keep_their_shape() -> None:
    given = pa.array([["1.5", None], None, [], ["2"]])
    found = decimals(given, pa.list_(pa.decimal128(5, 2)))
    assert found.to_pylist() == [[Decimal("1.50"), None], None, [], [Decimal("2.00")]]
