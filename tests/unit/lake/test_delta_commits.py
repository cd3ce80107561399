"""Commits to Delta tables: taken back whole, or left and said if others have rewritten their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from msgspec import structs

from lake_tables import stores
from placekeeper.lake.delta import open_table
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


def test_files_that_a_change_takes_out_are_put_back(items: Items) -> None:
    [old] = items.table.file_uris()
    effect = structs.replace(items.effect(2, 4), removed=(f"file://{old}",), is_alone=True, base=0)
    items.commits.added(effect, items.spec)
    items.commits.added(effect, items.spec)
    assert items.ids == [2, 4]
    items.append(20)
    for _ in range(2):
        items.commits.taken_back(effect, items.spec)
        assert items.ids == [1, 2, 20]


def test_a_change_is_not_made_behind_versions_of_others(items: Items) -> None:
    [old] = items.table.file_uris()
    items.append(20)
    effect = structs.replace(items.effect(2, 4), removed=(f"file://{old}",), is_alone=True, base=0)
    with pytest.raises(PublishFailed, match=r"others have committed to the table shop\.items since"):
        items.commits.added(effect, items.spec)
    assert items.ids == [1, 2, 20]
    items.table.optimize.compact()
    moved = structs.replace(effect, base=1)
    with pytest.raises(PublishFailed, match="others have committed"):
        items.commits.added(moved, items.spec)  # the file that goes is in another by now
    [now] = items.table.file_uris()
    items.commits.added(structs.replace(effect, base=1, removed=(f"file://{now}",)), items.spec)
    assert items.ids == [2, 4]


def test_a_partition_that_a_change_takes_out_is_put_back(items: Items, tmp_path: Path) -> None:
    folder = tmp_path / "parted"
    rows = pa.table({"id": [1, 2], "day": ["a b", None]})
    write_deltalake(str(folder), rows, partition_by=["day"])
    table = DeltaTable(str(folder))
    spec = {"StorageDescriptor": {"Location": f"file://{folder}"}}
    files = tuple(file.path for file in open_table("shop.parted", spec, stores({})[0]).files(0))
    id = str(table.metadata().id)
    effect = structs.replace(items.effect(), table_id=id, removed=files, is_alone=True, base=0)
    items.commits.added(effect, spec)
    assert DeltaTable(str(folder)).to_pyarrow_table().num_rows == 0
    items.commits.taken_back(effect, spec)
    found = DeltaTable(str(folder)).to_pyarrow_table().to_pylist()
    assert sorted(found, key=str) == sorted(rows.to_pylist(), key=str)
