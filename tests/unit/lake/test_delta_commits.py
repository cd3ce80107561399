"""Commits to Delta tables: taken back whole, or left and said if others have rewritten their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from lake_tables import stores
from placekeeper.lake.delta_commits import DeltaCommits
from placekeeper.model.errors import NotTakenBack, PublishFailed
from placekeeper.model.publication import SnapshotAdded


class Items:
    """A table with the ids 1 and 2, and runs that commit files to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "items"
        self.append(1, 2)
        self.spec = {"StorageDescriptor": {"Location": f"file://{self.folder}"}}
        self.commits = DeltaCommits(*stores({}))

    @property
    def table(self) -> DeltaTable:
        return DeltaTable(str(self.folder))

    @property
    def ids(self) -> list[int]:
        return sorted(self.table.to_pyarrow_table()["id"].to_pylist())

    def append(self, *ids: int, **options: Any) -> None:
        write_deltalake(str(self.folder), pa.table({"id": list(ids)}), **{"mode": "append", **options})

    def effect(self, *ids: int, overwrites: bool = False) -> SnapshotAdded:
        path = self.folder / f"ours{len(ids)}.parquet"
        if ids:
            pq.write_table(pa.table({"id": list(ids)}), path)
        return SnapshotAdded(
            id="e",
            database="shop",
            table="items",
            format="delta",
            table_id=str(self.table.metadata().id),
            run_id="jr_1",
            files=(f"file://{path}",) if ids else (),
            overwrites=overwrites,
        )


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return Items(tmp_path)


@pytest.mark.parametrize(
    ("ours", "overwrites", "after"),
    [((10,), False, [1, 2, 20]), ((10,), True, [1, 2, 20]), ((), True, [1, 2, 20])],
)
def test_it_is_taken_out_below_rows_of_others(
    items: Items, ours: tuple[int, ...], overwrites: bool, after: list[int]
) -> None:
    effect = items.effect(*ours, overwrites=overwrites)
    items.commits.added(effect, items.spec)
    items.append(20)
    for _ in range(2):
        items.commits.taken_back(effect, items.spec)
        assert items.ids == after


MEANWHILE: dict[str, Callable[[Items], object]] = {
    "merged": lambda items: items.table.optimize.compact(),
    "overwritten": lambda items: items.append(20, mode="overwrite"),
    "updated": lambda items: items.table.update(predicate="id = 10", updates={"id": "11"}),
}


@pytest.mark.parametrize("overwrites", [False, True])
@pytest.mark.parametrize("meanwhile", sorted(MEANWHILE))
def test_what_others_have_rewritten_stays_and_is_said(items: Items, meanwhile: str, overwrites: bool) -> None:
    effect = items.effect(10, overwrites=overwrites)
    items.commits.added(effect, items.spec)
    items.append(20)
    MEANWHILE[meanwhile](items)
    left = items.ids
    with pytest.raises(NotTakenBack, match=r"run jr_1 to shop\.items stays"):
        items.commits.taken_back(effect, items.spec)
    assert items.ids == left


def test_an_overwrite_by_no_rows_stays_if_others_have_overwritten_since(items: Items) -> None:
    effect = items.effect(overwrites=True)
    items.commits.added(effect, items.spec)
    items.append(20, mode="append")
    items.append(30, mode="overwrite")
    with pytest.raises(NotTakenBack):
        items.commits.taken_back(effect, items.spec)
    assert items.ids == [30]


def test_an_overwrite_whose_old_files_are_deleted_stays(items: Items) -> None:
    effect = items.effect(10, overwrites=True)
    items.commits.added(effect, items.spec)
    items.append(20)
    items.table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    with pytest.raises(NotTakenBack):
        items.commits.taken_back(effect, items.spec)
    assert items.ids == [10, 20]


APPENDS_ONLY = {"delta.appendOnly": "true"}


def test_a_table_that_takes_appends_only_fails_for_good_and_keeps_its_rows(items: Items) -> None:
    items.table.alter.set_table_properties(APPENDS_ONLY)
    with pytest.raises(PublishFailed, match="append-only"):
        items.commits.added(items.effect(10, overwrites=True), items.spec)
    effect = items.effect(10)
    items.commits.added(effect, items.spec)
    with pytest.raises(NotTakenBack, match="append-only"):
        items.commits.taken_back(effect, items.spec)
    assert items.ids == [1, 2, 10]


def test_a_damaged_log_is_no_reason_to_wait(items: Items) -> None:
    effect = items.effect(10)
    (items.folder / "_delta_log" / f"{1:020d}.json").write_text("{garbage")
    with pytest.raises(PublishFailed, match="cannot be opened"):
        items.commits.added(effect, items.spec)
    with pytest.raises(NotTakenBack, match="cannot be opened"):
        items.commits.taken_back(effect, items.spec)
