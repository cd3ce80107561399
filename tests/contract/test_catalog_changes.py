"""Changes of the catalog by runs: made, needed by others, taken back; the same on every database."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec
import pytest

from placekeeper.control.catalog import changes
from placekeeper.control.catalog.changes import PartitionChanges, TableChanges
from placekeeper.control.catalog.partitions import Partitions
from placekeeper.control.catalog.tables import Catalog
from placekeeper.model.catalog import SchemaChange
from placekeeper.model.errors import EntityNotFoundException, PublishFailed
from placekeeper.model.publication import NewPartition, PartitionsAdded, TableChange
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.catalog.schema_changes import columns_of, new_table
from placekeeper.rules.catalog.serdes import OPEN_CSV, PARQUET_HIVE, SerDe
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.store.store import SqlStore

A, AB, WIDE = (("a", "int"),), (("a", "int"), ("b", "string")), (("a", "bigint"),)


class World:
    """The database `d` of a state, and what runs do to its table `t`."""

    def __init__(self, store: SqlStore) -> None:
        now = count(1)
        clock: Any = type("Clock", (), {"now_ms": lambda _: next(now)})()
        self.store = store
        self.catalog, self.of_api = Catalog(store, clock), Partitions(store, clock)
        self.tables, self.partitions = (
            TableChanges(store, clock),
            PartitionChanges(store, clock, ObjectStores()),
        )
        self.catalog.create_database({"Name": "d"})

    def change(
        self,
        id: str,
        columns: Columns = A,
        *,
        change: SchemaChange = SchemaChange.MERGE,
        serde: SerDe = PARQUET_HIVE,
        keys: Columns = (("day", "string"),),
    ) -> TableChange:
        made = new_table(columns=columns, keys=keys, location="/t", serde=serde, dialect={})
        return TableChange(
            id=id, database="d", table="t", made=made, change=change, by_position=serde.is_described
        )

    def publish(self, id: str, columns: Columns = A, **more: Any) -> TableChange:
        effect = self.change(id, columns, **more)
        self.tables.publish(effect)
        return effect

    def add(self, id: str, *days: str, by_position: bool = False) -> PartitionsAdded:
        effect = PartitionsAdded(
            id=id,
            database="d",
            table="t",
            partitions=tuple(NewPartition((day,), f"/t/day={day}/") for day in days),
            by_position=by_position,
        )
        self.partitions.publish(effect)
        return effect

    def keep(self, *ids: str) -> None:
        with self.store.write() as tx:
            tx.catalog_changes.keep(ids)

    @property
    def columns(self) -> Columns | None:
        try:
            return columns_of(self.catalog.table("d", "t").spec)
        except EntityNotFoundException:
            return None

    @property
    def days(self) -> Sequence[str]:
        return sorted(values[0] for values in self.values)

    @property
    def values(self) -> Sequence[Sequence[str]]:
        page = self.of_api.page("d", "t", predicate="", segment=None, after=None, limit=10_000)
        return [found.values for found in page.items]


@pytest.fixture
def world(store: SqlStore) -> World:
    return World(store)


def test_a_table_that_a_run_makes_goes_with_its_partitions(world: World) -> None:
    table, added = world.publish("t1"), world.add("p1", "mon", "tue")
    made = world.of_api.get("d", "t", ["mon"])
    assert made.spec["StorageDescriptor"]["Location"] == "/t/day=mon/"
    assert columns_of(made.spec) == A
    before = world.catalog.table("d", "t")
    world.tables.publish(table)  # by another process, after a crash
    world.partitions.publish(added)
    assert world.catalog.table("d", "t") == before
    assert world.days == ["mon", "tue"]
    for _ in range(2):
        world.partitions.take_back(added)
        world.tables.take_back(table)
        assert world.columns is None


def test_what_was_taken_back_is_not_made_any_more(world: World) -> None:
    table = world.publish("t1")
    world.tables.take_back(table)
    with pytest.raises(PublishFailed, match=r"d\.t was taken back meanwhile"):
        world.tables.publish(table)
    early = world.change("t2")
    world.tables.take_back(early)  # before it was made
    with pytest.raises(PublishFailed, match="taken back"):
        world.tables.publish(early)
    world.publish("t3")
    added = PartitionsAdded(id="p3", database="d", table="t", partitions=(NewPartition(("x",), "/x/"),))
    world.partitions.take_back(added)
    with pytest.raises(PublishFailed, match="taken back"):
        world.partitions.publish(added)
    assert world.days == []


def test_what_is_kept_stays_whatever_is_repeated(world: World) -> None:
    table, added = world.publish("t1"), world.add("p1", "mon")
    world.keep("t1", "p1")
    world.of_api.delete("d", "t", ["mon"])  # by a person, later
    world.tables.publish(table)
    world.partitions.publish(added)
    assert world.days == []


def test_partitions_that_were_there_stay(world: World) -> None:
    world.publish("t1")
    spec = {"StorageDescriptor": {"Location": "file:/t//day=mon"}}
    world.of_api.create("d", "t", {"Values": ["mon"], **spec})
    added = world.add("p1", "mon", "tue")
    assert world.of_api.get("d", "t", ["mon"]).spec == spec
    world.partitions.take_back(added)
    assert world.days == ["mon"]


def test_a_folder_gets_no_second_partition(world: World) -> None:
    keys = (("region", "string"), ("day", "int"))
    world.publish("t1", AB, keys=keys, serde=OPEN_CSV)

    def register(region: str, day: str, folder: str) -> None:
        columns = [{"Name": "a", "Type": "int"}]
        spec = {"StorageDescriptor": {"Location": f"/t/{folder}/", "Columns": columns}}
        world.of_api.create("d", "t", {"Values": [region, day], **spec})

    register("eu", "05", "region=eu/day=5")
    register("us", "05", "region=us/day=05")
    added = PartitionsAdded(
        id="p1",
        database="d",
        table="t",
        by_position=True,
        partitions=tuple(
            NewPartition((region, day), f"/t/region={region}/day={day}/")
            for region, day in [("eu", "5"), ("us", "5"), ("eu", "6"), ("eu", "none")]
        ),
    )
    world.partitions.publish(added)
    both = ["eu/05", "eu/6", "eu/none", "us/05", "us/5"]
    assert sorted("/".join(one) for one in world.values) == both
    filled = world.of_api.get("d", "t", ["eu", "05"])
    assert filled.modified_ms > filled.created_ms
    assert columns_of(filled.spec) == AB
    world.partitions.take_back(added)
    assert sorted("/".join(one) for one in world.values) == ["eu/05", "us/05"]
    assert columns_of(world.of_api.get("d", "t", ["eu", "05"]).spec) == A


def test_rows_that_no_reader_would_see_are_not_published(world: World) -> None:
    world.publish("t1")
    world.of_api.create("d", "t", {"Values": ["mon"], "StorageDescriptor": {"Location": "/own/"}})
    with pytest.raises(
        PublishFailed, match=r"\['mon'\] of the table d\.t is registered at /own/, .*UpdatePart"
    ):
        world.add("p1", "mon", "tue")
    assert world.days == ["mon"]


@pytest.mark.parametrize("kept_first", [True, False])
def test_a_partition_that_two_runs_add_stays_if_one_of_them_does(world: World, kept_first: bool) -> None:
    table, other_table = world.publish("t1"), world.publish("t2")
    added, other = world.add("p1", "mon", "tue"), world.add("p2", "mon", "wed")
    if kept_first:
        world.keep("t1", "p1")
        world.partitions.take_back(other)
        world.tables.take_back(other_table)
        assert world.days == ["mon", "tue"]
    else:
        world.partitions.take_back(added)
        world.tables.take_back(table)
        world.keep("t2", "p2")
        assert world.days == ["mon", "wed"]
        later = world.add("p3", "mon")
        world.partitions.take_back(later)
        assert world.days == ["mon", "wed"]


def test_what_two_runs_make_goes_when_both_are_taken_back(world: World) -> None:
    table, other_table = world.publish("t1"), world.publish("t2", AB)
    added, other = world.add("p1", "mon"), world.add("p2", "mon")
    world.partitions.take_back(added)
    world.tables.take_back(table)
    assert (world.days, world.columns) == (["mon"], AB)
    world.partitions.take_back(other)
    world.tables.take_back(other_table)
    assert world.columns is None


def test_columns_go_back_unless_somebody_needs_them(world: World) -> None:
    world.publish("t1")
    world.keep("t1")
    wider = world.publish("t2", WIDE)
    assert world.columns == WIDE
    world.tables.take_back(wider)
    assert world.columns == A
    assert world.catalog.table("d", "t").version == 2

    more = world.publish("t3", AB)
    needs = world.publish("t4", (("b", "string"),))  # changes nothing, and its files have b
    world.keep("t4")
    world.tables.take_back(more)
    assert world.columns == AB
    world.tables.take_back(needs)
    assert world.columns == AB


def test_what_a_person_has_changed_stays(world: World) -> None:
    world.publish("t1")
    world.keep("t1")
    more = world.publish("t2", AB)
    spec = world.catalog.table("d", "t").spec
    world.catalog.update_table("d", spec | {"Description": "by hand"}, version=None)
    world.tables.take_back(more)
    assert world.columns == AB

    made = world.change("t3")
    world.catalog.delete_table("d", "t")
    world.tables.publish(made)
    world.of_api.create("d", "t", {"Values": ["mon"], "StorageDescriptor": {"Location": "/own/"}})
    world.tables.take_back(made)
    assert world.days == ["mon"]

    world.keep("t3")
    added = world.add("p4", "tue")
    world.of_api.update("d", "t", ["tue"], {"StorageDescriptor": {"Location": "/moved/"}})
    world.partitions.take_back(added)
    assert world.days == ["mon", "tue"]


def test_overwriting_drops_columns_and_keeping_adds_none(world: World) -> None:
    world.publish("t1", AB)
    world.publish("t2", (("c", "int"),), change=SchemaChange.KEEP)
    assert world.columns == AB
    world.publish("t3", WIDE, change=SchemaChange.OVERWRITE)
    assert world.columns == WIDE
    world.publish("t4", AB)
    assert world.columns == (("a", "bigint"), ("b", "string"))


def test_what_cannot_be_published(world: World) -> None:
    world.publish("t1")
    with pytest.raises(PublishFailed, match="partition keys of the table t have changed"):
        world.publish("t2", keys=(("hour", "int"),))
    world.catalog.delete_table("d", "t")
    with pytest.raises(PublishFailed, match=r"the table d\.t is gone"):
        world.add("p1", "mon")
    world.catalog.delete_database("d")
    with pytest.raises(PublishFailed, match="the database d is gone"):
        world.publish("t3")


def test_files_by_position_fit_the_table_and_its_partitions(world: World) -> None:
    world.publish("t1", serde=OPEN_CSV)
    first = world.add("p1", "mon", by_position=True)
    world.keep("t1", "p1")
    table, added = world.publish("t2", AB, serde=OPEN_CSV), world.add("p2", "mon", by_position=True)
    assert columns_of(world.of_api.get("d", "t", ["mon"]).spec) == AB
    with pytest.raises(PublishFailed, match=r"the columns of the table d\.t have changed since its files"):
        world.publish("t3", (("a", "int"), ("c", "int")), serde=OPEN_CSV)
    world.partitions.take_back(added)
    world.tables.take_back(table)
    assert columns_of(world.of_api.get("d", "t", ["mon"]).spec) == A
    assert world.columns == A
    turned = [{"Name": "z", "Type": "int"}, {"Name": "a", "Type": "int"}]
    world.of_api.update("d", "t", ["mon"], {"StorageDescriptor": {"Columns": turned}})
    with pytest.raises(PublishFailed, match="Their places differ"):
        world.partitions.publish(msgspec.structs.replace(first, id="p4"))


def test_many_partitions_come_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PIECE", 300)
    world.publish("t1")
    added = world.add("p1", *(f"{n:04}" for n in range(1000)))
    assert len(world.days) == 1000
    world.partitions.publish(added)
    world.partitions.take_back(added)
    assert world.days == []


def test_what_is_made_at_once_is_never_taken_back(world: World) -> None:
    effect = msgspec.structs.replace(world.change("t1"), at_once=True)
    world.tables.publish(effect)
    needs = world.publish("t2")
    world.tables.take_back(needs)
    world.tables.take_back(effect)
    assert world.columns == A
