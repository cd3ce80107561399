"""Two clocks and what a Date header can tell about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.store_time import remark, skew_ms

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("said", "asked", "answered", "skew"),
    [
        (50_000, 50_300, 50_310, 0),
        (50_000, 49_995, 50_005, 0),  # the second began between asking and answering
        (50_000, 50_998, 51_003, 0),
        (50_000, 45_000, 52_000, 0),  # seven seconds for an answer tell nothing
        (50_000 + HOUR, 50_300, 50_310, HOUR + 699),
        (50_000 - HOUR, 50_300, 50_310, -HOUR + 699),
    ],
)
def test_skew(said: int, asked: int, answered: int, skew: int) -> None:
    assert skew_ms(said, asked, answered) == skew


@given(
    ahead=st.integers(-10_000_000, 10_000_000),
    asked=st.integers(20_000_000, 30_000_000),
    way=st.integers(0, 3_000),
    back=st.integers(0, 3_000),
)
def test_the_start_is_never_before_what_was_stamped_at_it(
    ahead: int, asked: int, way: int, back: int
) -> None:
    stamped = asked + way + ahead
    skew = skew_ms(stamped // 1000 * 1000, asked, asked + way + back)
    if skew:
        assert 0 <= skew - ahead < 1000 + way
    else:
        assert abs(ahead) < 1000 + way + back


def test_remarks() -> None:
    assert remark("s3://b/", 0) is None
    assert remark("s3://b/", 59_999) is None
    assert "3600 s ahead of" in str(remark("s3://b/", HOUR))
    assert "3600 s behind" in str(remark("s3://b/", -HOUR))
    assert "does not say what time it is" in str(remark("s3://b/", None))
