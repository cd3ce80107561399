"""The Data Catalog's rows: the same on every database."""

import msgspec
import pytest

from placekeeper.model.catalog import Database, Table, TablePartition
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.store.store import SqlStore

DATABASE = Database(name="d", spec={"Name": "D"}, created_ms=1)
TABLE = Table(database="d", name="t", spec={"Name": "T\0é"}, created_ms=1, modified_ms=2)


def partition(*values: str) -> TablePartition:
    return TablePartition(values=values, spec={"Parameters": {"k": "v"}}, created_ms=3)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    with store.write() as tx:
        tx.databases.insert(DATABASE)
        tx.tables.insert(TABLE)
        for values in (("b", "1"), ("a", "\0"), ("é" * 1024, "x" * 5000)):
            tx.partitions.insert(TABLE, partition(*values))
    return store


def test_rows_come_back_as_they_were(filled: SqlStore) -> None:
    with filled.read() as tx:
        assert tx.databases.get("d") == DATABASE
        assert tx.tables.get("d", "t") == TABLE
        assert tx.tables.get("e", "t") is None
        found = tx.partitions.get(TABLE, ("a", "\0"))
        assert found is not None
        assert msgspec.structs.replace(found, ordinal=0) == partition("a", "\0")


def test_partitions_are_touched_and_nothing_else_of_them_changes(filled: SqlStore) -> None:
    with filled.write() as tx:
        tx.partitions.touch(TABLE, [("b", "1"), ("none", "1")], now_ms=7)
        changed = msgspec.structs.replace(partition("a", "\0"), modified_ms=8)
        assert tx.partitions.replace(TABLE, ("a", "\0"), changed)
    with filled.read() as tx:
        found = [msgspec.structs.replace(one, ordinal=0) for one in tx.partitions.all(TABLE)]
    assert found[0] == msgspec.structs.replace(partition("b", "1"), modified_ms=7)
    assert [one.modified_ms for one in found] == [7, 8, 0]


def test_names_and_values_are_taken_once(filled: SqlStore) -> None:
    with filled.write() as tx:
        for insert in (
            lambda: tx.databases.insert(DATABASE),
            lambda: tx.tables.insert(TABLE),
            lambda: tx.partitions.insert(TABLE, partition("b", "1")),
            lambda: tx.partitions.replace(TABLE, ("b", "1"), partition("a", "\0")),
        ):
            with pytest.raises(AlreadyExistsException):
                insert()


def test_a_table_is_replaced_by_the_next_version_only(filled: SqlStore) -> None:
    following = msgspec.structs.replace(TABLE, version=1)
    with filled.write() as tx:
        assert tx.tables.replace(following)
        assert not tx.tables.replace(following)


def test_partitions_go_by_their_creation(filled: SqlStore) -> None:
    with filled.write() as tx:
        assert tx.partitions.replace(TABLE, ("b", "1"), partition("z", "1"))
        assert not tx.partitions.replace(TABLE, ("b", "1"), partition("y", "1"))
        every = tx.partitions.all(TABLE)
        assert [found.values[0][:1] for found in every] == ["z", "a", "é"]
        page = tx.partitions.page(
            TABLE, after=every[0].ordinal, limit=1, where=lambda values: values[0] != "z"
        )
        assert [found.values[0] for found in page.items] == ["a"]
        assert page.more


def test_what_is_below_goes_along(filled: SqlStore) -> None:
    with filled.write() as tx:
        assert tx.databases.delete("d")
        assert not tx.databases.delete("d")
        assert tx.tables.get("d", "t") is None
        assert tx.partitions.all(TABLE) == []
