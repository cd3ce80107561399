"""Run ids as people read and type them."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.run_ids import matching_run, short

FIRST, RETRY, OTHER = f"jr_{'a' * 64}", f"jr_{'a' * 64}_attempt_1", f"jr_{'b' * 64}"
ALL = [FIRST, RETRY, OTHER]


@pytest.mark.parametrize("run_id", ALL)
def test_what_is_shown_can_be_typed(run_id: str) -> None:
    assert matching_run(short(run_id), ALL) == run_id
    assert matching_run(run_id, ALL) == run_id


def test_beginnings() -> None:
    assert (short(FIRST), short(RETRY), short(None)) == ("jr_aaaaaaaaaaaa", "jr_aaaaaaaaaaaa_attempt_1", "")
    assert matching_run("jr_a", ALL) == FIRST
    assert matching_run("jr_a_attempt_1", ALL) == RETRY
    assert matching_run("jr_a_attempt_2", ALL) is None
    assert matching_run("jr_c", ALL) is None
    with pytest.raises(UsageError, match="2 run ids begin with jr_"):
        matching_run("jr_", ALL)
    with pytest.raises(UsageError, match="is empty"):
        matching_run("", [FIRST])
