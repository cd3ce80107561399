"""A run reads what commits have added since the one that its bookmark remembers, and loses none."""

import pytest

from placekeeper.model.catalog import TableRef
from placekeeper.model.element import SnapshotElement
from placekeeper.model.errors import SnapshotsForgotten
from placekeeper.model.lake import TableCommit, TableHistory
from placekeeper.model.source import SnapshotSource
from placekeeper.rules.bookmarks.table_news import news_of

SOURCE = SnapshotSource(
    connection_type="iceberg", paths=(), format="iceberg", table=TableRef(database="d", name="t")
)


def commit(id: int, parent: int | None, kind: str = "append") -> TableCommit:
    return TableCommit(id=id, parent=parent, adds=kind == "append", rewrites=kind == "overwrite")


def history(*commits: TableCommit, current: int | None = None, table_id: str = "u") -> TableHistory:
    last = commits[-1].id if commits else None
    return TableHistory(table_id=table_id, current=current or last, commits=commits)


def known(snapshot: int | None) -> SnapshotElement:
    return SnapshotElement(source=SOURCE, table_id="u", snapshot=snapshot, run=1)


LINE = (commit(1, None), commit(2, 1), commit(3, 2, "delete"), commit(4, 3, "overwrite"), commit(5, 4))


def test_the_first_run_reads_the_whole_table() -> None:
    news = news_of(history(*LINE), None, name="d.t")
    assert (news.whole, news.at) == (True, 5)


def test_an_empty_table_is_read_whole_when_it_has_its_first_snapshot() -> None:
    assert news_of(history(), None, name="d.t").at is None
    assert news_of(history(*LINE), known(None), name="d.t").whole


@pytest.mark.parametrize(("snapshot", "read"), [(5, []), (4, [5]), (3, [4, 5]), (2, [4, 5]), (1, [2, 4, 5])])
def test_later_runs_read_what_commits_since_have_added_or_rewritten(snapshot: int, read: list[int]) -> None:
    news = news_of(history(*LINE), known(snapshot), name="d.t")
    assert (news.whole, news.at, news.note) == (False, 5, "")
    assert [one.id for one in news.commits] == read


def test_a_table_made_anew_is_read_whole_and_that_is_said() -> None:
    news = news_of(history(*LINE, table_id="other"), known(5), name="d.t")
    assert news.whole
    assert "made anew" in news.note


def test_after_a_rollback_only_what_was_added_behind_the_common_snapshot_is_read() -> None:
    branched = (*LINE, commit(6, 2))
    news = news_of(history(*branched, current=6), known(5), name="d.t")
    assert [one.id for one in news.commits] == [6]
    assert "rolled back" in news.note
    rolled = news_of(history(*LINE, current=2), known(5), name="d.t")
    assert (rolled.commits, rolled.at) == ((), 2)


def test_an_expired_snapshot_is_refused_unless_the_next_one_names_it() -> None:
    with pytest.raises(SnapshotsForgotten, match="snapshot 1 any more"):
        news_of(history(*LINE[2:]), known(1), name="d.t")
    news = news_of(history(*LINE[1:]), known(1), name="d.t")
    assert [one.id for one in news.commits] == [2, 4, 5]


def test_the_end_may_be_an_older_snapshot() -> None:
    news = news_of(history(*LINE), known(1), name="d.t", at=3)
    assert ([one.id for one in news.commits], news.at) == ([2], 3)


def test_a_table_that_was_replaced_under_its_identity_is_read_whole_and_that_is_said() -> None:
    first = TableCommit(id=5, parent=None, adds=True, begins=True)
    news = news_of(history(commit(1, None), first, commit(6, 5)), known(1), name="d.t")
    assert (news.whole, news.at) == (True, 6)
    assert "replaced since snapshot 1" in news.note


@pytest.mark.parametrize(
    "commits", [(commit(1, None), commit(5, None)), (TableCommit(id=5, parent=None, begins=True),)]
)
def test_a_table_that_may_have_forgotten_some_is_not_taken_for_a_replaced_one(
    commits: tuple[TableCommit, ...],
) -> None:
    """A parent that was expired is None, too."""
    with pytest.raises(SnapshotsForgotten):
        news_of(history(*commits), known(1), name="d.t")


def test_a_table_rolled_back_before_its_first_snapshot_is_empty() -> None:
    news = news_of(TableHistory(table_id="u", current=None, commits=(commit(1, None),)), known(1), name="d.t")
    assert (news.whole, news.at) == (True, None)
    assert news_of(history(commit(1, None), commit(7, None)), known(None), name="d.t").whole
