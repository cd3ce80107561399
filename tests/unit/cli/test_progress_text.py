"""What a person reads of a run that goes on: a pure function of counts and seconds."""

import pytest

from placekeeper.cli.progress_text import progress_text
from placekeeper.model.progress import Count, Stage

MB = 1_000_000
HALF = Count(done=5, total=10, size=50 * MB, total_size=100 * MB, rows=1234)


@pytest.mark.parametrize(
    ("stage", "count", "seconds", "text"),
    [
        (Stage.LISTING, Count(done=16_384), 3.0, "listing: 16,384 objects"),
        (Stage.TYPING, HALF, 8.0, "looking for columns: 5 of 10 objects, 50.0 MB of 100.0 MB, 8 s left"),
        (Stage.READING, HALF, 1.9, "reading: 5 of 10 objects, 50.0 MB of 100.0 MB; 1,234 rows read"),
        (
            Stage.READING,
            HALF,
            300.0,
            "reading: 5 of 10 objects, 50.0 MB of 100.0 MB, 5 min 0 s left; 1,234 rows read",
        ),
        (
            Stage.READING,
            Count(done=1, total=10, size=MB, total_size=100 * MB),
            300.0,
            "reading: 1 of 10 objects, 1.0 MB of 100.0 MB",
        ),
        (
            Stage.READING,
            Count(done=2, total=100, size=2 * MB, total_size=100 * MB),
            300.0,
            "reading: 2 of 100 objects, 2.0 MB of 100.0 MB, 4 h 5 min left",
        ),
        (Stage.READING, Count(done=12, total=10, size=120 * MB), 9.0, "reading: 12 objects, 120.0 MB"),
        (Stage.WRITING, Count(done=3, size=7 * MB), 9.0, "writing: 3 files, 7.0 MB"),
        (Stage.PUBLISHING, Count(done=3, total=4), 30.0, "publishing: 3 of 4 files, 10 s left"),
        (Stage.PUBLISHING, Count(done=4, total=4), 30.0, "publishing: 4 of 4 files"),
    ],
)
def test_one_stage(stage: Stage, count: Count, seconds: float, text: str) -> None:
    assert progress_text({stage: count}, stage, {stage: seconds}) == text


def test_reading_and_writing_go_on_together() -> None:
    counts = {Stage.LISTING: Count(done=10), Stage.READING: HALF, Stage.WRITING: Count(size=3 * MB)}
    seconds = {Stage.READING: 60.0}
    for now in (Stage.READING, Stage.WRITING):
        assert progress_text(counts, now, seconds) == (
            "reading: 5 of 10 objects, 50.0 MB of 100.0 MB, 1 min 0 s left; 3.0 MB written; 1,234 rows read"
        )
    counts[Stage.READING] = Count(done=10, total=10, rows=2468)
    assert progress_text(counts, Stage.READING, seconds) == "writing: 0 files, 3.0 MB; 2,468 rows read"
