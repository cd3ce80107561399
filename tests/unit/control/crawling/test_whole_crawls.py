"""Whole crawls over a local folder: what is there is never told to be gone."""

import io
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from controls import control_over
from dynamodb_shop import Shop
from placekeeper.control.catalog.changes import PartitionChanges
from placekeeper.control.crawling import partition_changes
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.catalog import Database
from placekeeper.model.crawling import (
    CrawlEnd,
    CrawlOutcome,
    CrawlState,
    FoundTable,
    GoneTables,
)
from placekeeper.model.errors import TableNotThere
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import NewPartition, PartitionsAdded
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.databases.dynamodb_options import place_of_table
from placekeeper.runtime.crawling import crawl as crawling
from placekeeper.runtime.crawling import pieces
from placekeeper.store.store import SqlStore
from s3 import S3Server
from sqlite_state import migrated_sqlite

DELETES = {
    "SchemaChangePolicy": {
        "DeleteBehavior": "DELETE_FROM_DATABASE",
        "UpdateBehavior": "UPDATE_IN_DATABASE",
    }
}
LOGS = {"SchemaChangePolicy": {"DeleteBehavior": "LOG", "UpdateBehavior": "LOG"}}
NEW_ONLY = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}, **LOGS}
MERGES = '{"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}'
JSON = '{"a": 1}\n'


def parquet(**columns: Sequence[Any]) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table(columns), made)
    return made.getvalue()


class Clock:
    """The time goes on whenever somebody looks."""

    ms = 1_000

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


class Flaky(ObjectStores):
    """A store that refuses one object."""

    refused = "dt=3"

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        if self.refused in object.path:
            raise OSError("503 SlowDown")
        return super().open(object)


class World:
    """A state, a folder of data, and crawls that go on here."""

    def __init__(self, folder: Path) -> None:
        self.store = SqlStore(migrated_sqlite(folder / "state.db"))
        self.data = folder / "data"
        self.data.mkdir()
        self.clock = Clock()
        with self.store.write() as tx:
            tx.launchers.insert("me", host="here")
            tx.databases.insert(Database(name="db", spec={"Name": "db"}, created_ms=1))
        self.control = control_over(
            store=self.store,
            clock=self.clock,
            staging=None,
            random_hex=secrets.token_hex,
            objects=ObjectStores(),
        )

    def put(self, below: str, data: str | bytes = JSON) -> None:
        path = self.data / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def remove(self, below: str) -> None:
        path = self.data / below
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def crawler(self, *below: str, **more: Any) -> None:
        targets = {"S3Targets": [{"Path": str(self.data / one)} for one in below]}
        spec = {"Role": "r", "DatabaseName": "db", "Targets": targets, **more}
        self.control.crawlers.create("c", spec, "", {})

    def aim(self, *below: str) -> None:
        """Give the crawler other targets."""
        targets = {"S3Targets": [{"Path": str(self.data / one)} for one in below]}
        self.control.crawlers.update("c", {"Targets": targets}, None)

    def crawl(
        self, checkpoint: Callable[[str], None] = lambda _: None, objects: ObjectStores | None = None
    ) -> str:
        """One crawl; its log."""
        crawl, _ = self.control.crawl_lifecycle.take(self.control.crawls.start("c"), "me") or (None, None)
        assert crawl is not None
        changes, crawls = self.control.crawl_changes, self.control.crawls
        said: list[str] = []

        class Server:
            def crawl_table(self, found: FoundTable) -> CrawlOutcome:
                return changes.apply(crawl, found)

            def crawl_gone(self, gone: GoneTables) -> CrawlOutcome:
                return changes.gone(crawl, gone)

            def crawl_end(self, end: CrawlEnd) -> None:
                crawls.end(crawl, end)

        try:
            crawling.Crawling(
                changes.task(crawl),
                objects or ObjectStores(),
                Server(),
                said.append,
                checkpoint,
                databases=SqlDatabases(),
            ).run()
        finally:
            self.control.crawl_lifecycle.move(crawl, CrawlState.COMPLETED)
        return "\n".join(said)

    def tables(self) -> dict[str, list[str]]:
        """Names of columns by the names of tables."""
        with self.store.read() as tx:
            return {
                table.name: [column["Name"] for column in table.spec["StorageDescriptor"]["Columns"]]
                for table in tx.tables.page("db", after=None, limit=99).items
            }

    def values(self, table: str = "t") -> list[str]:
        with self.store.read() as tx:
            known = tx.tables.get("db", table)
            assert known is not None
            return sorted("/".join(one.values) for one in tx.partitions.all(known))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def days(world: World) -> World:
    """A crawled table t of three days."""
    for day in (1, 2, 3):
        world.put(f"t/dt={day}/x.parquet", parquet(a=[day]))
    world.crawler("t", **DELETES)
    world.crawl()
    assert world.values() == ["1", "2", "3"]
    return world


@pytest.mark.parametrize("data", [b"PAR1 torn", b"\0 no form", b""], ids=["torn", "unknown", "empty"])
def test_a_partition_stays_whose_files_are_there_unread(days: World, data: bytes) -> None:
    days.put("t/dt=2/x.parquet", data)
    days.remove("t/dt=1")
    said = days.crawl()
    assert days.values() == ["2", "3"]
    assert "partitions whose files are there, but were not read: 1; they stay" in said
    assert "partitions without files: 1; deleted" in said


def test_a_store_that_fails_fails_the_crawl(days: World) -> None:
    with pytest.raises(OSError, match=r"503 SlowDown\. Nothing was changed"):
        days.crawl(objects=Flaky())
    assert days.values() == ["1", "2", "3"]


def test_a_folder_that_has_become_a_lake_table_keeps_its_table(world: World) -> None:
    for name in "tuv":
        world.put(f"{name}/x.parquet", parquet(**{name: [1]}))
    world.put("w/x.json")
    world.put("z/x.json", '{"z": 1}')
    world.crawler("", **DELETES)
    world.crawl()
    world.put("t/_delta_log/00000000000000000000.json", "{}")
    world.put("u/x.parquet", b"")
    said = world.crawl()
    assert sorted(world.tables()) == ["t", "u", "v", "w", "z"]
    assert "table db.t: its files were left out; it stays as it is" in said
    world.remove("w")
    assert "w any more; deleted" in world.crawl()


def test_a_folder_with_bad_files_is_new_until_they_are_read(world: World) -> None:
    world.put("t/dt=1/x.json")
    world.crawler("t", **NEW_ONLY)
    world.crawl()
    world.put("t/dt=2/x.json", '{"a": ')
    world.crawl()
    assert world.values() == ["1"]
    world.put("t/dt=2/x.json")
    world.crawl()
    assert world.values() == ["1", "2"]


def test_a_failed_crawl_of_new_folders_has_seen_none(world: World) -> None:
    world.put("t/dt=1/x.json")
    world.crawler("t", **NEW_ONLY)
    world.crawl()
    world.put("t/dt=3/x.json")
    with pytest.raises(OSError, match="503"):
        world.crawl(objects=Flaky())
    world.crawl()
    assert world.values() == ["1", "3"]


def added(world: World, day: int, *, is_kept: bool, id: str = "run") -> None:
    """A run adds a partition with a file."""
    world.put(f"t/dt={day}/x.parquet", parquet(a=[day]))
    new = NewPartition(values=(str(day),), location=f"file://{world.data}/t/dt={day}/")
    changes = PartitionChanges(world.store, world.clock, ObjectStores())
    changes.publish(PartitionsAdded(id=id, database="db", table="t", partitions=(new,)))
    if is_kept:
        with world.store.write() as tx:
            tx.catalog_changes.keep([id])


def when_listed(do: Callable[[], None]) -> Callable[[str], None]:
    return lambda point: do() if point == "crawl.found" else None


@pytest.mark.parametrize("is_kept", [False, True], ids=["undecided", "kept"])
def test_a_partition_that_a_run_adds_meanwhile_stays(days: World, is_kept: bool) -> None:
    said = days.crawl(when_listed(lambda: added(days, 4, is_kept=is_kept)))
    assert days.values() == ["1", "2", "3", "4"]
    assert "partitions that others have made or changed since the crawl began: 1; they stay" in said


def test_a_table_that_others_make_or_change_meanwhile_stays(days: World) -> None:
    def change() -> None:
        with days.store.write() as tx:
            known = tx.tables.get("db", "t")
            assert known is not None
            storage = known.spec["StorageDescriptor"]
            columns = [*storage["Columns"], {"Name": "new", "Type": "int"}]
            spec = {**known.spec, "StorageDescriptor": {**storage, "Columns": columns}}
            now_ms = days.clock.now_ms()
            tx.tables.replace(replace(known, spec=spec, modified_ms=now_ms, version=known.version + 1))

    said = days.crawl(when_listed(change))
    assert days.tables()["t"] == ["a", "new"]
    assert "others have changed it since the crawl began" in said
    days.crawl()
    assert days.tables()["t"] == ["a"]
    days.remove("t")
    days.put("u/x.json")
    days.aim("")
    days.crawl(when_listed(change))
    assert "t" in days.tables()
    days.crawl(when_listed(lambda: added(days, 4, is_kept=True)))
    assert days.values() == ["1", "2", "3", "4"]
    days.remove("t")
    days.crawl()
    assert "t" not in days.tables()


def test_a_partition_that_a_run_once_made_is_as_any_other(days: World) -> None:
    added(days, 4, is_kept=True)
    days.put("t/dt=4/x.parquet", parquet(a=[4], b=[4]))
    days.crawl()
    with days.store.read() as tx:
        table = tx.tables.get("db", "t")
        assert table is not None
        partition = tx.partitions.get(table, ["4"])
        assert partition is not None
        columns = partition.spec["StorageDescriptor"]["Columns"]
    assert [column["Name"] for column in columns] == ["a", "b"]
    days.remove("t/dt=4")
    days.crawl()
    assert days.values() == ["1", "2", "3"]


def test_a_partition_of_a_run_that_goes_on_stays(days: World) -> None:
    added(days, 4, is_kept=False)
    days.remove("t/dt=4")
    days.crawl()
    assert days.values() == ["1", "2", "3", "4"]


def filled(world: World, day: int) -> None:
    """A run fills a partition that is there already, and is settled."""
    added(world, day, is_kept=True, id=f"filler{day}")


def updated(world: World, day: int) -> None:
    """Somebody changes a partition by the API."""
    api = world.control.partitions
    spec = api.get("db", "t", [str(day)]).spec
    api.update("db", "t", [str(day)], {**spec, "Values": [str(day)], "Parameters": {"x": "y"}})


def updated_in_a_batch(world: World, day: int) -> None:
    api = world.control.partitions
    spec = api.get("db", "t", [str(day)]).spec
    api.update_many("db", "t", [([str(day)], {**spec, "Values": [str(day)], "Parameters": {"x": "y"}})])


@pytest.mark.parametrize("touch", [filled, updated, updated_in_a_batch])
def test_a_known_partition_that_others_touch_meanwhile_stays(
    days: World, touch: Callable[[World, int], None]
) -> None:
    added(days, 4, is_kept=True)
    days.remove("t/dt=4")
    days.put("t/dt=3/x.parquet", parquet(a=[3], b=[3]))

    def both() -> None:
        for day in (3, 4):
            touch(days, day)

    said = days.crawl(when_listed(both))
    assert days.values() == ["1", "2", "3", "4"]
    assert said.count("partitions that others have made or changed since the crawl began: 1; they stay") == 2
    spec = days.control.partitions.get("db", "t", ["3"]).spec
    assert [one["Name"] for one in spec["StorageDescriptor"]["Columns"]] == ["a"]
    if (days.data / "t/dt=4").exists():
        days.remove("t/dt=4")
    assert "partitions without files: 1; deleted" in days.crawl()
    assert days.values() == ["1", "2", "3"]


NO_FORM = b"\0 no form"


@pytest.mark.parametrize("behavior", ["DELETE_FROM_DATABASE", "LOG"])
@pytest.mark.parametrize("how", ["unrecognised", "excluded", "deeper", "pieces"])
def test_other_keys_do_not_take_out_what_was_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str, behavior: str
) -> None:
    for module in (crawling, pieces):
        monkeypatch.setattr(module, "PIECE", 1)
    deeper = "/m=1" if how in ("deeper", "pieces") else ""
    for day in (1, 2, 3):
        world.put(f"t/dt={day}{deeper}/x.json")
    world.crawler(
        "t", SchemaChangePolicy={"DeleteBehavior": behavior, "UpdateBehavior": "UPDATE_IN_DATABASE"}
    )
    world.crawl()
    before = world.values()
    assert len(before) == 3
    if how == "excluded":
        target = {"Path": str(world.data / "t"), "Exclusions": ["dt=*/**"]}
        world.control.crawlers.update("c", {"Targets": {"S3Targets": [target]}}, None)
    else:
        for day in (1, 2, 3):
            world.put(f"t/dt={day}{deeper}/x.json", NO_FORM)
    for day in (1, 2, 3):
        world.put(f"t/dt={day}/new.json" if deeper else "t/x.json")
    said = world.crawl()
    assert world.values() == before
    assert "and it keeps ['dt'" in said
    assert "partitions whose files are there, but were not read: 3" in said


def test_a_table_without_keys_keeps_them_while_its_files_are_not_read(world: World) -> None:
    world.put("t/x.json")
    world.crawler("t", **DELETES)
    world.crawl()
    world.put("t/x.json", NO_FORM)
    world.put("t/dt=1/x.json")
    assert "files are there, but were not all read" in world.crawl()
    with world.store.read() as tx:
        known = tx.tables.get("db", "t")
        assert known is not None
        assert not known.partition_keys


def moved(world: World, day: int, below: str) -> None:
    """Somebody says that a partition is elsewhere."""
    api = world.control.partitions
    spec = api.get("db", "t", [str(day)]).spec
    storage = {**spec["StorageDescriptor"], "Location": f"{world.data}/{below}/"}
    api.update("db", "t", [str(day)], {**spec, "Values": [str(day)], "StorageDescriptor": storage})


def test_other_keys_take_out_partitions_that_are_gone_and_count_them(world: World) -> None:
    for day in (1, 2, 3):
        world.put(f"t/dt={day}/x.json")
    world.crawler("t", **DELETES)
    world.crawl()
    for day in (1, 2, 3):
        world.remove(f"t/dt={day}")
        world.put(f"t/day={day}/x.json")
    moved(world, 3, "elsewhere")
    assert "partitions outside of the table's location, where the crawl did not look: 1" in world.crawl()
    assert world.values() == ["1", "2", "3"]
    world.control.partitions.delete("db", "t", ["3"])
    said = world.crawl()
    assert "partitions of the keys before: 2; deleted; partitions created: 3" in said
    newest = world.control.crawls.newest("c")
    assert newest is not None
    assert newest.counts.partitions_deleted == 2


def test_a_partition_that_is_registered_elsewhere_stays_there(days: World) -> None:
    days.put("elsewhere/x.parquet", parquet(a=[9]))
    moved(days, 2, "elsewhere")
    moved(days, 3, "t/dt=3")  # the same place in another spelling
    said = days.crawl()
    assert "registered at another: 1; they stay there" in said
    location = days.control.partitions.get("db", "t", ["2"]).spec["StorageDescriptor"]["Location"]
    assert location == f"{days.data}/elsewhere/"
    days.remove("t")
    days.put("u/x.json")
    days.aim("")
    said = days.crawl()
    assert (
        "any more, and 1 partition of it elsewhere, where the crawl did not look; it stays as it is" in said
    )
    assert days.values() == ["1", "2", "3"]


@pytest.mark.parametrize("policy", [DELETES, LOGS])
def test_a_folder_gets_no_second_partition(world: World, policy: dict[str, Any]) -> None:
    for day in (5, 6, 7):
        world.put(f"t/dt={day}/x.json")
    world.crawler("t", **policy)
    world.crawl()
    with world.store.write() as tx:
        table = tx.tables.get("db", "t")
        assert table is not None
        retyped = replace(
            table, spec={**table.spec, "PartitionKeys": [{"Name": "dt", "Type": "int"}]}, version=1
        )
        assert tx.tables.replace(retyped)
        tx.partitions.arrange(retyped)
        for day in (5, 7):
            known = tx.partitions.get(table, [str(day)])
            assert known is not None
            assert tx.partitions.replace(retyped, [str(day)], replace(known, values=(f"0{day}",)))
    world.remove("t/dt=7")
    said = world.crawl()
    assert world.values() == ["05", *(["07"] if policy is LOGS else []), "6"]
    assert "partitions without files: 1" in said
    world.put("t/dt=05/x.json")
    world.put("t/dt=7/x.json")
    world.crawl()
    assert "05" in world.values()


def test_a_file_as_target_says_nothing_of_those_beside_it(world: World) -> None:
    world.put("a.json")
    world.put("b.json")
    world.crawler("a.json", "b.json", **DELETES)
    world.crawl()
    assert list(world.tables()) == ["a_json", "b_json"]
    world.aim("a.json")
    world.crawl()
    assert list(world.tables()) == ["a_json", "b_json"]
    world.put("a.json", "no form")
    assert "a_json: no classifier recognises" in world.crawl()
    assert list(world.tables()) == ["a_json", "b_json"]


def test_files_as_targets_of_new_folders_only(world: World) -> None:
    world.put("a.json")
    world.crawler("a.json", **NEW_ONLY)
    world.crawl()
    world.put("b.json", '{"b": 1}')
    world.aim("a.json", "b.json")
    world.put("a.json", '{"changed": 1}')
    assert "a.json: has changed since the last crawl" in world.crawl()
    assert world.tables() == {"a_json": ["a"], "b_json": ["b"]}


def test_a_table_whose_files_another_name_has_stays(world: World) -> None:
    world.put("t/x.json")
    world.crawler("t", **DELETES)
    world.crawl()
    world.control.crawlers.update("c", {"TablePrefix": "p_"}, None)
    assert "table db.t: its files are the table db.p_t too; it stays as it is" in world.crawl()
    assert list(world.tables()) == ["p_t", "t"]


@pytest.mark.parametrize(
    "more",
    [LOGS, {**DELETES, "Configuration": MERGES}],
    ids=["LOG", "MergeNewColumns"],
)
def test_partitions_of_other_keys_are_not_those_of_the_table(world: World, more: dict[str, Any]) -> None:
    world.put("t/year=2025/month=1/x.json")
    world.crawler("t", **more)
    world.crawl()
    world.remove("t/year=2025")
    world.put("t/month=1/year=2025/x.json")
    assert "the table has the partition keys ['year', 'month']" in world.crawl()
    assert world.values() == ["2025/1"]


def test_keys_that_somebody_has_renamed_are_those_of_the_table(world: World) -> None:
    world.put("t/2025/x.json")
    world.put("t/2026/x.json")
    world.crawler("t")
    world.crawl()
    with world.store.write() as tx:
        known = tx.tables.get("db", "t")
        assert known is not None
        spec = {**known.spec, "PartitionKeys": [{"Name": "year", "Type": "int"}]}
        tx.tables.replace(replace(known, spec=spec, version=known.version + 1))
    world.put("t/2027/x.json")
    world.crawl()
    assert world.values() == ["2025", "2026", "2027"]


@pytest.mark.parametrize("behavior", ["DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE", "LOG"])
def test_many_partitions_go_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch, behavior: str) -> None:
    for module in (crawling, pieces, partition_changes):
        monkeypatch.setattr(module, "PIECE", 3)
    for day in range(10, 20):
        world.put(f"t/dt={day}/x.json")
    world.crawler("t", SchemaChangePolicy={"DeleteBehavior": behavior})
    assert world.crawl().endswith("table db.t: created; partitions created: 10")
    assert world.values() == [str(day) for day in range(10, 20)]
    assert world.crawl().endswith("table db.t: nothing has changed")
    for day in range(10, 14):
        world.remove(f"t/dt={day}")
    for day in range(15, 19):
        world.put(f"t/dt={day}/x.json", '{"a": 1, "b": 2}')
    world.put("t/dt=14/x.json", "no form")
    for day in range(20, 23):
        world.put(f"t/dt={day}/x.json")
    said = world.crawl()
    how = {"DELETE": "deleted", "DEPRECATE": "deprecated", "LOG": "they stay: LOG"}[
        behavior.partition("_")[0]
    ]
    assert f"partitions without files: 4; {how}" in said
    assert "partitions whose files are there, but were not read: 1; they stay" in said
    assert said.count("partitions created: 3") == said.count("partitions updated: ") == 1
    first = 14 if behavior.startswith("DELETE") else 10
    assert world.values() == [str(day) for day in range(first, 23)]
    counts = world.control.crawls.newest("c")
    assert counts is not None
    assert counts.counts.partitions_created == 3
    assert counts.counts.partitions_deleted == (4 if behavior.startswith("DELETE") else 0)


@pytest.fixture
def shop(sorted_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(sorted_s3)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    return shop


def test_a_table_of_dynamodb_is_found_as_it_is_each_time(world: World, shop: Shop) -> None:
    table = shop.table()
    items = [
        {"id": id, "price": Decimal(id) / 2, "Tags": {"a"}, "raw": b"x", "at": {"c": 1}} for id in (1, 2)
    ]
    shop.put(table, *items)
    world.control.crawlers.create(
        "c",
        {
            "Role": "r",
            "DatabaseName": "db",
            "Targets": {"DynamoDBTargets": [{"Path": table, "scanRate": 0.5}]},
        },
        "",
        {},
    )
    said = world.crawl()
    assert f"{table}: 2 items of DynamoDB; scanRate has no effect" in said
    name = table.lower().replace("-", "_")
    with world.store.read() as tx:
        found = tx.tables.get("db", name)
    assert found is not None
    columns = {one["Name"]: one["Type"] for one in found.spec["StorageDescriptor"]["Columns"]}
    assert columns == {
        "id": "bigint",
        "price": "double",
        "tags": "array<string>",
        "raw": "binary",
        "at": "struct<c:bigint>",
    }
    assert found.spec["Parameters"]["classification"] == "dynamodb"
    assert place_of_table("db.t", found.spec).table == table
    assert f"db.{name}: nothing has changed" in world.crawl()
    shop.put(table, {"id": 3, "new": True})
    assert "updated" in world.crawl()
    shop.client.delete_table(TableName=table)
    with pytest.raises(TableNotThere, match=f"no table {table}"):
        world.crawl()
    assert world.tables()[name] == [*columns, "new"]


def test_a_sample_of_a_table_of_dynamodb_is_its_first_items(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = shop.table()
    shop.put(table, *({"id": id, f"a{id}": 1} for id in range(20)))
    monkeypatch.setattr("placekeeper.runtime.crawling.dynamodb.SAMPLE", 7)
    targets = {"DynamoDBTargets": [{"Path": table, "scanAll": False}]}
    world.control.crawlers.create("c", {"Role": "r", "DatabaseName": "db", "Targets": targets}, "", {})
    assert f"{table}: 7 items of DynamoDB, a sample" in world.crawl()
    ((_, columns),) = world.tables().items()
    assert len(columns) == 8
