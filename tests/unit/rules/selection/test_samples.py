"""A sample takes the first objects of the first folders, and says nothing of the rest."""

import pytest

from placekeeper.model.element import NextWindow
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision, Reason, Selection
from placekeeper.rules.selection.samples import SampleSize, record_count, sampled


def selection(*paths: str) -> Selection:
    chosen = tuple(
        Decision(ObjectMeta(path=path, last_modified_ms=0, size=1, e_tag="x"), Reason.NEW)
        for path in sorted(paths)
    )
    counts = {Reason.NEW: len(chosen), Reason.HIDDEN: 2}
    return Selection(chosen=chosen, counts=counts, next_window=NextWindow(watermark_ms=0))


def taken(found: Selection) -> list[str]:
    return [decision.object.path for decision in found.chosen]


def test_the_first_files_of_the_first_folders_are_taken() -> None:
    whole = selection("a/1", "a/2", "a/3", "b/1", "b/2", "c/1")
    found = sampled(whole, SampleSize(partitions=2, files=2))
    assert taken(found) == ["a/1", "a/2", "b/1", "b/2"]
    assert found.counts == {Reason.NEW: 4, Reason.HIDDEN: 2}


def test_by_default_ten_of_ten_are_taken() -> None:
    whole = selection(*(f"{folder:02}/{file:02}" for folder in range(12) for file in range(12)))
    assert len(sampled(whole, SampleSize.of({})).chosen) == 100


def test_a_folder_in_a_folder_is_one_of_its_own_and_the_paths_stay_sorted() -> None:
    whole = selection("a/1", "a/b/1", "a/c", "a/d")
    found = sampled(whole, SampleSize(partitions=2, files=3))
    assert taken(found) == ["a/1", "a/b/1", "a/c", "a/d"]


@pytest.mark.parametrize("value", [0, -1, "x", 1.5, None, True])
def test_what_is_no_number_above_zero_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="maxSamplePartitions is a whole number from 1"):
        SampleSize.of({"maxSamplePartitions": value})


def test_numbers_may_be_text() -> None:
    assert SampleSize.of({"maxSamplePartitions": "3"}) == SampleSize(3, 10)
    assert record_count("5") == 5
    assert record_count(None) is None
