"""The counters of a bookmark, by the table of docs/reference/members.md#jobbookmarkentry and
docs/reference/bookmarks.md#options-of-a-run."""

from placekeeper.model.bookmark import BookmarkEntry, BookmarkVersion, Change
from placekeeper.rules.bookmarks import versions


def _counters(version: BookmarkVersion) -> tuple[int, int, int]:
    return version.version, version.run, version.attempt


def test_two_successful_runs_count_as_aws_counted_them() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    second = versions.committed(versions.opened(first, run_id="jr_2", now_ms=3), now_ms=4)

    assert _counters(first) == (2, 2, 0)
    assert (first.run_id, first.previous_run_id) == ("jr_1", None)
    assert _counters(second) == (4, 3, 0)
    assert (second.run_id, second.previous_run_id) == ("jr_2", "jr_1")


def test_a_run_after_a_failed_one_is_a_further_attempt_at_the_same_run() -> None:
    failed = versions.opened(None, run_id="jr_1", now_ms=1)
    again = versions.opened(failed, run_id="jr_2", now_ms=2)
    third = versions.opened(again, run_id="jr_3", now_ms=3)

    assert _counters(again) == (2, 1, 1)
    assert _counters(third) == (3, 1, 2)
    assert _counters(versions.committed(third, now_ms=4)) == (4, 2, 0)


def test_a_failed_run_between_two_commits_is_not_the_previous_run() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    failed = versions.opened(first, run_id="jr_2", now_ms=3)
    second = versions.committed(versions.opened(failed, run_id="jr_3", now_ms=4), now_ms=5)

    assert second.previous_run_id == "jr_1"
    assert second.state_version == second.version


def test_an_open_keeps_the_state_in_force() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)

    assert versions.opened(first, run_id="jr_2", now_ms=3).state_version == first.version


def test_a_reset_empties_the_state_and_the_next_run_is_run_one() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    reset = versions.reset(first, now_ms=3)
    opened = versions.opened(reset, run_id="jr_2", now_ms=4)

    assert (_counters(reset), reset.state_version, reset.run_id) == ((3, 0, 0), None, None)
    assert (_counters(opened), opened.previous_run_id) == ((4, 1, 0), None)


def test_a_rewind_is_the_old_entry_under_a_new_version() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    second = versions.committed(versions.opened(first, run_id="jr_2", now_ms=3), now_ms=4)
    back = versions.rewound(second, first, now_ms=5)

    assert (_counters(back), back.change) == ((5, 2, 0), Change.REWIND)
    assert (back.run_id, back.state_version) == ("jr_1", first.version)


def test_a_revert_restores_the_state_before_and_counts_as_a_failure() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    opening = versions.opened(first, run_id="jr_2", now_ms=3)
    lost = versions.committed(opening, now_ms=4)
    reverted = versions.reverted(lost, opening, now_ms=5)
    again = versions.opened(reverted, run_id="jr_3", now_ms=6)

    assert (_counters(reverted), reverted.state_version) == ((5, 2, 0), first.version)
    assert (_counters(again), again.previous_run_id) == ((6, 2, 1), "jr_1")


def test_every_version_says_what_it_is_and_when_it_was_made() -> None:
    entry = BookmarkEntry(
        job_name="j", version=7, run=3, attempt=2, previous_run_id="jr_a", run_id="jr_b", job_bookmark="{}"
    )
    opening = versions.opened(None, run_id="jr_1", now_ms=1)
    commit = versions.committed(opening, now_ms=2)
    made = [
        opening,
        commit,
        versions.imported(commit, entry, now_ms=3),
        versions.reset(commit, now_ms=4),
        versions.rewound(commit, commit, now_ms=5),
        versions.reverted(commit, opening, now_ms=6),
        versions.opened(commit, run_id="jr_2", now_ms=7),
    ]
    assert [version.created_ms for version in made] == [1, 2, 3, 4, 5, 6, 7]
    assert [version.change for version in made] == [
        *(Change.OPEN, Change.COMMIT, Change.IMPORT, Change.RESET, Change.REWIND, Change.REVERT, Change.OPEN)
    ]
    assert [version.version for version in made] == [1, 2, 3, 3, 3, 3, 3]


def test_an_imported_entry_has_the_counters_of_aws() -> None:
    entry = BookmarkEntry(
        job_name="j", version=7, run=3, attempt=2, previous_run_id="jr_a", run_id="jr_b", job_bookmark="{}"
    )
    first = versions.imported(None, entry, now_ms=9)
    assert _counters(first) == (7, 3, 2)
    assert (first.state_version, first.run_id, first.previous_run_id) == (7, "jr_b", "jr_a")
    later = versions.imported(first, entry, now_ms=10)
    assert (_counters(later), later.state_version) == ((8, 3, 2), 8)


def test_a_rewind_to_an_import_is_no_further_attempt() -> None:
    entry = BookmarkEntry(job_name="j", version=7, run=3, attempt=2, job_bookmark="{}")
    imported = versions.imported(None, entry, now_ms=1)
    assert _counters(versions.rewound(imported, imported, now_ms=2)) == (8, 3, 0)


def test_a_run_after_a_rewind_or_an_import_is_no_further_attempt() -> None:
    first = versions.committed(versions.opened(None, run_id="jr_1", now_ms=1), now_ms=2)
    back = versions.rewound(first, first, now_ms=3)
    assert (versions.opened(back, run_id="jr_2", now_ms=4).attempt, back.attempt) == (0, 0)
