"""Values that are kept as columns are the same values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta, ObjectMetas, listing_batch
from placekeeper.model.plan import Decision, Decisions, Reason, decision_batch

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
METAS = st.builds(
    ObjectMeta,
    path=TEXTS,
    last_modified_ms=st.integers(0, 2**62),
    size=st.integers(-1, 2**50),
    e_tag=st.none() | TEXTS,
    version=st.none() | TEXTS,
)
DECISIONS = st.builds(
    Decision, METAS, st.sampled_from(Reason), st.none() | TEXTS, st.none() | st.sampled_from(Reason)
)


@given(st.lists(st.lists(DECISIONS, max_size=4), max_size=4))
def test_decisions_come_back_as_they_were(batches: list[list[Decision]]) -> None:
    whole = [decision for batch in batches for decision in batch]
    kept = Decisions(map(decision_batch, batches))
    assert list(kept) == whole
    assert kept == whole
    assert tuple(whole) == kept
    assert [kept[place] for place in range(-len(whole), len(whole))] == [*whole, *whole]
    assert kept[1:3] == tuple(whole[1:3])
    assert kept.objects == [decision.object for decision in whole]
    assert kept.objects.size == sum(decision.object.size for decision in whole)
    assert kept.counts == {r: n for r in Reason if (n := [d.reason for d in whole].count(r))}
    wanted = {Reason.NEW, Reason.LATE, Reason.DONE}
    assert kept.of_reasons(wanted) == [decision for decision in whole if decision.reason in wanted]
    assert {decision.reason for decision in kept.for_reason(Reason.SEEDED)} <= {Reason.SEEDED}
    for decision in whole:
        found = kept.objects.at(decision.object.path)
        assert found == next(d.object for d in whole if d.object.path == decision.object.path)


def test_a_place_beyond_the_end_is_an_error() -> None:
    kept = ObjectMetas.of([])
    assert (len(kept), list(kept), kept.at("a")) == (0, [], None)
    with pytest.raises(IndexError):
        kept[0]
    assert kept != ["a"]
    assert kept != "a"


def test_what_is_kept_as_columns_stays_where_it_is() -> None:
    kept = ObjectMetas([listing_batch([meta("a")])])
    assert ObjectMetas.of(kept) is kept
    decisions = Decisions.of([Decision(meta("a"), Reason.NEW)])
    assert Decisions.of(decisions) is decisions
    whole = decisions.of_reasons([Reason.NEW])
    assert whole.batches[0].column("path").buffers()[2].address == (
        decisions.batches[0].column("path").buffers()[2].address
    )


def test_an_object_takes_little_more_than_its_texts() -> None:
    """A million objects of 50 and 20 characters are 110 MB, not 430."""
    kept = Decisions.of(
        Decision(meta(f"file:///data/in/part=0001/{number:024}"), Reason.NEW) for number in range(20_000)
    )
    assert all(len(decision.object.path) == 50 for decision in kept[:3])
    assert sum(batch.nbytes for batch in kept.batches) / len(kept) < 120


def meta(path: str, **more: Any) -> ObjectMeta:
    return ObjectMeta(
        path=path, last_modified_ms=1_790_000_000_000, size=24, e_tag="18c5f2a7b3c4d5e6-1ab", **more
    )
