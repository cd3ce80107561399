"""Partitions that go with their files: the same on every database, whoever comes in between."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.control.catalog.changes import PartitionChanges
from placekeeper.control.catalog.drops import PartitionDrops
from placekeeper.control.catalog.partitions import Partitions
from placekeeper.control.catalog.tables import Catalog
from placekeeper.model.errors import FinishPending, ListingFailed
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import NewPartition, PartitionsAdded, PartitionsDropped
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.catalog.emptied import emptied
from placekeeper.store.store import SqlStore

TABLE = {"Name": "t", "PartitionKeys": [{"Name": "day"}], "StorageDescriptor": {"Columns": []}}


class Between(ObjectStores):
    """Lists folders, and lets something happen before."""

    happens: Callable[[], None] = staticmethod(lambda: None)

    def listing(self, paths: Sequence[str], **how: Any) -> Iterator[pa.RecordBatch]:
        type(self).happens()
        return super().listing(paths, **how)


class World:
    """The table d.t with the partitions mon and tue, each with a file."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        now = count(1)
        clock: Any = type("Clock", (), {"now_ms": lambda _: next(now)})()
        self.store, self.folder = store, folder
        self.objects = type("Here", (Between,), {})()
        self.api = Partitions(store, clock)
        self.added, self.drops = (
            PartitionChanges(store, clock, self.objects),
            PartitionDrops(store, clock, self.objects),
        )
        catalog = Catalog(store, clock)
        catalog.create_database({"Name": "d"})
        catalog.create_table("d", TABLE)
        for day in ("mon", "tue"):
            self.put(day, "1")
        self.add("first", "mon", "tue")
        self.keep("first")

    def put(self, day: str, name: str) -> None:
        place = self.folder / f"day={day}"
        place.mkdir(exist_ok=True)
        (place / name).write_text(name)

    def add(self, id: str, *days: str, at_once: bool = False) -> PartitionsAdded:
        new = tuple(NewPartition((day,), f"file://{self.folder}/day={day}/") for day in days)
        effect = PartitionsAdded(id=id, database="d", table="t", partitions=new, at_once=at_once)
        self.added.publish(effect)
        return effect

    def keep(self, *ids: str) -> None:
        with self.store.write() as tx:
            tx.catalog_changes.keep(ids)

    def purge(self, *days: str, at_once: bool = False) -> PartitionsDropped:
        """Ask to drop the partitions whose files are there now."""
        page = self.api.page("d", "t", predicate="", segment=None, after=None, limit=9)
        folders = {f"file://{self.folder}/day={one.values[0]}/": one for one in page.items}
        found: list[ObjectMeta] = []
        for day in days:
            for batch in self.objects.listing([f"file://{self.folder}/day={day}/"], recurse=True):
                found += object_rows(batch)
        gone = tuple(emptied(folders, found))
        return PartitionsDropped(id="drop", database="d", table="t", partitions=gone, at_once=at_once)

    def meanwhile(self, happens: Callable[[], object]) -> None:
        type(self.objects).happens = staticmethod(happens)  # type: ignore[assignment]

    @property
    def days(self) -> list[str]:
        page = self.api.page("d", "t", predicate="", segment=None, after=None, limit=9)
        return sorted(found.values[0] for found in page.items)


@pytest.fixture
def world(store: SqlStore, tmp_path: Path) -> World:
    return World(store, tmp_path)


def test_a_partition_goes_with_its_files(world: World) -> None:
    effect = world.purge("mon")
    for _ in range(2):  # by another process, after a crash
        world.drops.publish(effect)
        assert world.days == ["tue"]
    world.keep("drop")
    world.add("again", "mon")
    world.drops.publish(effect)  # it is done for good
    assert world.days == ["mon", "tue"]


def test_one_that_has_other_files_by_then_stays(world: World) -> None:
    effect = world.purge("mon", "tue")
    world.put("mon", "2")
    world.drops.publish(effect)
    assert world.days == ["mon"]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("is_dropped_at_once", [False, True])
def test_one_that_a_run_adds_meanwhile_stays(world: World, at_once: bool, is_dropped_at_once: bool) -> None:
    """The listing does not show the other run's file yet, or it was made before."""
    world.meanwhile(lambda: world.add("other", "mon", at_once=at_once))
    world.drops.publish(world.purge("mon", "tue", at_once=is_dropped_at_once))
    assert world.days == ["mon"]
    world.keep("other", "drop")
    assert world.days == ["mon"]


def test_what_the_other_run_takes_back_is_as_before(world: World) -> None:
    effect = world.purge("mon")
    added: list[PartitionsAdded] = []
    world.meanwhile(lambda: added.append(world.add("other", "mon")))
    world.drops.publish(effect)
    world.added.take_back(added[0])
    assert world.days == ["mon", "tue"]
    assert world.api.get("d", "t", ["mon"]).undecided is None


def test_one_that_somebody_changes_by_the_api_stays(world: World) -> None:
    effect = world.purge("mon")
    other = {"Values": ["mon"], "Parameters": {"a": "b"}}
    world.meanwhile(lambda: world.api.update("d", "t", ["mon"], other))
    world.drops.publish(effect)
    assert world.days == ["mon", "tue"]


def test_one_that_is_elsewhere_by_now_stays(world: World) -> None:
    effect = world.purge("mon")
    moved = {"Values": ["mon"], "StorageDescriptor": {"Location": f"file://{world.folder}/day=tue/"}}
    world.api.update("d", "t", ["mon"], moved)
    world.drops.publish(effect)
    assert world.days == ["mon", "tue"]


def test_a_store_that_does_not_list_drops_nothing(world: World) -> None:
    effect = world.purge("mon")

    def fails() -> None:
        raise ListingFailed("no answer")

    world.meanwhile(fails)
    with pytest.raises(FinishPending, match="could not be dropped: no answer"):
        world.drops.publish(effect)
    assert world.days == ["mon", "tue"]
    world.drops.take_back(effect)
    assert world.api.get("d", "t", ["mon"]).undecided is None
    world.drops.publish(effect)  # it was taken back
    assert world.days == ["mon", "tue"]
