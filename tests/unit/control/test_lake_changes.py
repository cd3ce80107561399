"""A commit to a lake table counts when the catalog names it; two at once both come through."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from placekeeper.control.catalog.lake_changes import LakeChanges
from placekeeper.model.catalog import Database, Table
from placekeeper.model.errors import PublishFailed
from placekeeper.model.publication import SnapshotAdded
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore

COMMIT = SnapshotAdded(
    id="a", database="shop", table="items", format="toy", table_id="t", run_id="jr_1", files=()
)


class Toy:
    """A lake format whose table is the list of its commits; `meanwhile` happens before each commit counts."""

    def __init__(self) -> None:
        self.meanwhile: list[Any] = []

    def added(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        done = None if effect.id in spec["ids"] else {**spec, "ids": [*spec["ids"], effect.id]}
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return done

    def taken_back(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        if effect.id not in spec["ids"]:
            return None
        return {**spec, "ids": [id for id in spec["ids"] if id != effect.id]}


class World:
    def __init__(self, folder: Path) -> None:
        engine = sqlite_engine(folder / "state.db")
        migrate(engine)
        self.store = SqlStore(engine)
        self.toy = Toy()
        clock: Any = type("Clock", (), {"now_ms": lambda _: 7})()
        self.changes = LakeChanges(self.store, clock, self.toy)
        with self.store.write() as tx:
            tx.databases.insert(Database(name="shop", spec={"Name": "shop"}, created_ms=1))
            made = {"Name": "items", "ids": []}
            tx.tables.insert(Table(database="shop", name="items", spec=made, created_ms=1, modified_ms=1))

    def table(self) -> Table:
        with self.store.read() as tx:
            found = tx.tables.get("shop", "items")
        assert found is not None
        return found

    def other(self) -> None:
        """Somebody else commits."""
        known = self.table()
        with self.store.write() as tx:
            spec = {**known.spec, "ids": [*known.spec["ids"], f"other{known.version}"]}
            tx.tables.replace(msgspec.structs.replace(known, spec=spec, version=known.version + 1))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.store.close()


def test_a_commit_is_one_change_of_the_table_however_often_it_is_published(world: World) -> None:
    world.changes.publish(COMMIT)
    world.changes.publish(COMMIT)
    assert (world.table().spec["ids"], world.table().version) == (["a"], 1)


def test_a_commit_on_which_another_came_first_is_done_on_top(world: World) -> None:
    world.toy.meanwhile = [world.other, world.other]
    world.changes.publish(COMMIT)
    assert world.table().spec["ids"] == ["other0", "other1", "a"]


def test_what_was_taken_back_is_not_published_any_more(world: World) -> None:
    world.changes.publish(COMMIT)
    world.other()
    world.changes.take_back(COMMIT)
    world.changes.take_back(COMMIT)
    assert world.table().spec["ids"] == ["other1"]
    with pytest.raises(PublishFailed, match="taken back"):
        world.changes.publish(COMMIT)
    assert world.table().spec["ids"] == ["other1"]


def test_what_is_kept_is_not_taken_back(world: World) -> None:
    world.changes.publish(COMMIT)
    with world.store.write() as tx:
        tx.catalog_changes.keep(["a"])
    world.changes.take_back(COMMIT)
    assert world.table().spec["ids"] == ["a"]


def test_a_table_that_is_gone_fails_for_good_and_has_nothing_to_take_back(world: World) -> None:
    with world.store.write() as tx:
        tx.tables.delete("shop", "items")
    with pytest.raises(PublishFailed, match=r"shop\.items is gone"):
        world.changes.publish(COMMIT)
    world.changes.take_back(COMMIT)
