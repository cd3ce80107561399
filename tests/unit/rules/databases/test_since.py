"""Since which transaction rows can be late: where ids of 32 bits cannot tell it, all rows are looked at."""

import pytest

from placekeeper.model.databases import KeyValue, Moment
from placekeeper.model.element import KeyElement
from placekeeper.rules.databases.reading import reading


@pytest.mark.parametrize(
    ("since", "oldest", "found"),
    [(5, 9, 5), (5, 5 + 2**31 - 1, 5), (5, 5 + 2**31, None), (9, 5, None), (None, 5, None), (5, None, None)],
)
def test_ids_of_transactions_are_compared_within_half_of_their_numbers(
    since: int | None, oldest: int | None, found: int | None
) -> None:
    last = (KeyValue("int", "10"),)
    known = KeyElement(source=None, run=1, last=last, since_xid=since)
    moment = Moment(now_us=1, oldest_xid=oldest)
    assert reading(known, None, moment, has_row_key=True).changed_since == found
