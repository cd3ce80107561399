"""What a database must know, by what record and ledger say."""

from typing import Any

import msgspec
import pytest

from placekeeper.model.record import Known, Note, Recorded, RecordHead
from placekeeper.rules.wholeness import Lack, findings, not_whole

HEAD = RecordHead(state_id="a", set_aside=("jr_old",))
COMMIT = Note(bookmark_id=1, name="copy", version=4, created_ms=40, run_id="jr_4")
DELETED = Note(bookmark_id=2, name="gone", deleted_ms=50)
RECORDED = Recorded(
    HEAD,
    (
        Note(bookmark_id=1, name="copy", version=2, created_ms=20),
        COMMIT,
        DELETED,
        Note(published="jr_p"),
        Note(bookmark_id=3, name="other", mark=10, created_ms=60),
        Note(bookmark_id=3, name="other", mark=9, created_ms=59),
    ),
)
WHOLE = Known(
    state_id="a",
    holds_versions=True,
    newest={1: 4},
    recorded={(1, 4): 40},
    deleted=frozenset({2}),
    marks={(3, 10): 60},
    published=True,
    runs=frozenset({"jr_2", "jr_4"}),
)
NEW = Known(
    state_id=None,
    holds_versions=False,
    newest={},
    recorded={},
    deleted=frozenset(),
    marks={},
    published=False,
    runs=frozenset(),
)
FOLDERS = ("jr_2", "jr_4", "jr_old", "merged", "lost+found")


def lacks(recorded: Recorded | None, known: Known, folders: tuple[str, ...] = FOLDERS) -> list[Lack]:
    return [finding.lack for finding in findings(recorded, known, folders)]


def test_a_database_that_knows_all_is_whole() -> None:
    assert lacks(RECORDED, WHOLE) == []


@pytest.mark.parametrize("ahead", [{1: 5}, {1: 900}])
def test_a_database_may_know_more_than_a_crash_let_the_record_say(ahead: dict[int, int]) -> None:
    assert lacks(RECORDED, msgspec.structs.replace(WHOLE, newest=ahead)) == []


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"state_id": "b"}, Lack.IDENTITY),
        ({"recorded": {}, "newest": {1: 3}}, Lack.VERSIONS),
        ({"recorded": {(1, 4): 41}}, Lack.VERSIONS),
        ({"deleted": frozenset()}, Lack.VERSIONS),
        ({"marks": {}}, Lack.MARKS),
        ({"marks": {(3, 10): 61}}, Lack.MARKS),
        ({"published": False}, Lack.PUBLICATION),
        ({"runs": frozenset({"jr_2"})}, Lack.RUNS),
    ],
)
def test_each_lack_is_seen_alone(change: dict[str, Any], lack: Lack) -> None:
    assert lacks(RECORDED, msgspec.structs.replace(WHOLE, **change)) == [lack]


def test_a_state_from_before_there_were_records_is_whole_if_it_knows_the_runs_of_its_segments() -> None:
    old = msgspec.structs.replace(WHOLE, state_id=None)
    assert lacks(None, old, ("jr_2", "merged")) == []
    assert lacks(None, old, ("jr_3",)) == [Lack.RUNS]


def test_a_database_that_has_an_id_has_a_record_unless_nothing_happened_yet() -> None:
    assert lacks(None, WHOLE, ()) == [Lack.RECORD]
    assert lacks(None, msgspec.structs.replace(NEW, state_id="a"), ()) == []


def test_an_empty_database_beside_segments_is_not_new() -> None:
    assert lacks(None, NEW, ()) == []
    assert lacks(None, NEW, ("merged",)) == [Lack.DATABASE]
    assert lacks(None, NEW, ("jr_1",)) == [Lack.RUNS]


def test_an_emptied_database_takes_the_id_of_a_record_that_asks_nothing_of_it() -> None:
    assert lacks(Recorded(RecordHead(state_id="a")), NEW, ()) == []
    assert Lack.VERSIONS in lacks(RECORDED, NEW, ())


def test_the_message_names_bookmark_versions_and_what_to_type() -> None:
    behind = msgspec.structs.replace(WHOLE, recorded={}, newest={1: 3})
    said = not_whole("/s", findings(RECORDED, behind, ()))
    for part in ("/s", "bookmark copy", "version 4", "jr_4", "database is 3", "state check", "state accept"):
        assert part in said


def test_many_findings_are_counted() -> None:
    many = Recorded(HEAD, tuple(Note(bookmark_id=n, name=f"b{n}", version=1) for n in range(1, 10)))
    assert "b5 " in (said := not_whole("/s", findings(many, msgspec.structs.replace(WHOLE, recorded={}), ())))
    assert "and 4 more" in said
    assert "b6 " not in said
