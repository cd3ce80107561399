"""Commits to Iceberg tables: done once, taken back whole, whatever others have committed meanwhile."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake_tables import made_table, rows_of, stores
from placekeeper.lake.iceberg import IcebergFormat
from placekeeper.lake.iceberg_commits import IcebergCommits
from placekeeper.model.errors import NotTakenBack, PublishFailed
from placekeeper.model.publication import SnapshotAdded

COLUMNS = pa.schema([("id", pa.int64())])


class Items:
    """A table, and runs that commit files to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.spec = made_table(f"file://{folder}/items", COLUMNS, {})
        self.table_id = self.opened().history.table_id
        self.commits = IcebergCommits(*stores({}))

    def opened(self) -> Any:
        return IcebergFormat().open("shop.items", self.spec, stores({})[0])

    def effect(self, id: str, *ids: int, overwrites: bool = False, **other: Any) -> SnapshotAdded:
        """An effect, and its file, which is there."""
        path = self._folder / f"{id}.parquet"
        pq.write_table(pa.table({"id": list(ids)}, self.opened().writing.schema), path)
        values: dict[str, Any] = {"table_id": self.table_id, "files": (f"file://{path}",), **other}
        return SnapshotAdded(
            id=id,
            database="shop",
            table="items",
            format="iceberg",
            run_id="jr_1",
            overwrites=overwrites,
            **values,
        )

    def publish(self, effect: SnapshotAdded) -> bool:
        changed = self.commits.added(effect, self.spec)
        self.spec = changed or self.spec
        return changed is not None

    def take_back(self, effect: SnapshotAdded) -> bool:
        changed = self.commits.taken_back(effect, self.spec)
        self.spec = changed or self.spec
        return changed is not None

    @property
    def ids(self) -> list[int]:
        return sorted(row["id"] for row in rows_of(self.spec, {}))


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return Items(tmp_path)


def test_a_commit_is_done_once(items: Items) -> None:
    first, second = items.effect("a", 1, 2), items.effect("b", 3)
    assert [items.publish(first), items.publish(first), items.publish(second)] == [True, False, True]
    assert not items.publish(first)
    assert items.ids == [1, 2, 3]


def test_the_newest_snapshot_is_taken_back_to_the_one_before(items: Items) -> None:
    first, second = items.effect("a", 1), items.effect("b", 2)
    items.publish(first)
    items.publish(second)
    assert items.take_back(second)
    assert not items.take_back(second)
    assert items.ids == [1]
    assert items.take_back(first)
    assert (items.ids, items.opened().history.current) == ([], None)


def test_an_older_one_is_taken_out_by_another_snapshot(items: Items) -> None:
    first, second = items.effect("a", 1), items.effect("b", 2)
    items.publish(first)
    items.publish(second)
    assert items.take_back(first)
    assert items.ids == [2]
    assert not items.take_back(first)
    assert items.ids == [2]


def test_what_an_overwrite_has_replaced_is_put_back(items: Items) -> None:
    items.publish(items.effect("a", 1))
    overwrite = items.effect("b", 2, overwrites=True)
    items.publish(overwrite)
    assert items.ids == [2]
    items.publish(items.effect("c", 3))
    assert items.take_back(overwrite)
    assert items.ids == [1, 3]
    assert not items.take_back(overwrite)
    assert items.ids == [1, 3]


@pytest.mark.parametrize("overwrites", [False, True])
def test_what_others_have_overwritten_since_stays_as_they_have_left_it(
    items: Items, overwrites: bool
) -> None:
    items.publish(items.effect("a", 1))
    ours = items.effect("b", 2, overwrites=overwrites)
    items.publish(ours)
    items.publish(items.effect("c", 3, overwrites=True))
    for _ in range(2):
        with pytest.raises(NotTakenBack, match=r"run jr_1 to shop\.items stays"):
            items.take_back(ours)
        assert items.ids == [3]


def test_an_overwrite_by_no_rows_is_taken_back_unless_others_have_overwritten(items: Items) -> None:
    items.publish(items.effect("a", 1))
    emptied = items.effect("b", overwrites=True, files=())
    items.publish(emptied)
    items.publish(items.effect("c", 3))
    assert items.take_back(emptied)
    assert items.ids == [1, 3]
    again = items.effect("d", overwrites=True, files=())
    items.publish(again)
    items.publish(items.effect("e", 5))
    items.publish(items.effect("f", 6, overwrites=True))
    with pytest.raises(NotTakenBack):
        items.take_back(again)
    assert items.ids == [6]


def test_a_commit_that_was_taken_back_may_not_be_taken_for_done(items: Items) -> None:
    effect = items.effect("a", 1)
    items.publish(effect)
    items.take_back(effect)
    assert items.publish(effect)
    assert items.ids == [1]


@pytest.mark.parametrize(
    ("other", "said"),
    [({"table_id": "another"}, "made anew"), ({"files": ("file:///nowhere.parquet",)}, None)],
)
def test_another_table_fails_for_good_and_a_missing_file_may_come(
    items: Items, other: dict[str, Any], said: str | None
) -> None:
    effect = items.effect("a", 1, **other)
    with pytest.raises(PublishFailed if said else FileNotFoundError, match=said):
        items.commits.added(effect, items.spec)


def test_a_table_without_metadata_fails_for_good(items: Items) -> None:
    with pytest.raises(PublishFailed, match="metadata_location"):
        items.commits.added(items.effect("a", 1), {"Parameters": {"table_type": "ICEBERG"}})


def test_bounds_of_columns_are_those_of_the_file(items: Items) -> None:
    items.publish(items.effect("a", 5, 9))
    table = items.opened().table
    (task,) = table.scan().plan_files()
    assert (task.file.record_count, task.file.null_value_counts) == (2, {1: 0})
    assert list(table.scan(row_filter="id > 9").plan_files()) == []


def test_files_that_a_change_takes_out_are_put_back(items: Items) -> None:
    old = items.effect("a", 1, 2)
    items.publish(old)
    items.publish(items.effect("b", 3))
    base = items.opened().history.current
    change = items.effect("c", 2, 4, removed=old.files, is_alone=True, base=base)
    assert [items.publish(change), items.publish(change)] == [True, False]
    assert items.ids == [2, 3, 4]
    items.publish(items.effect("d", 5))
    assert items.take_back(change)
    assert items.ids == [1, 2, 3, 5]
    assert not items.take_back(change)


def test_a_change_is_not_made_behind_commits_of_others(items: Items) -> None:
    old = items.effect("a", 1, 2)
    items.publish(old)
    base = items.opened().history.current
    items.publish(items.effect("b", 3))
    late = items.effect("c", 2, removed=old.files, is_alone=True, base=base)
    first = items.effect("d", 2, is_alone=True, base=None)
    for effect in (late, first):
        with pytest.raises(PublishFailed, match=r"others have committed to the table shop\.items since"):
            items.publish(effect)
    items.publish(items.effect("e", 4, overwrites=True))
    gone = items.effect("f", 2, removed=old.files)
    with pytest.raises(PublishFailed, match="others have committed"):
        items.publish(gone)
    assert items.ids == [4]
