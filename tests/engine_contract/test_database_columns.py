"""Columns of a database that a query does not use: tasks do not ask the database for them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, IdRange, Login, Rows
from placekeeper.ports.progress import NO_PROGRESS
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.database_rows import Deep, Spool, scan_database

pytestmark = pytest.mark.spark_tests(2)

SCHEMA = pa.schema([("id", pa.int64()), ("item", pa.string()), ("amount", pa.decimal128(10, 2))])
KEYS = BookmarkKeys(columns=("id",), unique=True, row=("id",))


def facts(engine: Engine, folder: Path, amount: str) -> Frame:
    """Three rows of tasks, of which one has a missing id, and a row that the run itself has read."""
    file = folder / "shop.db"
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, item TEXT, amount NUMERIC(10, 2))")
        connection.execute(f"INSERT INTO facts VALUES (1, 'a', 1.5), (2, 'b', 2.5), (3, 'c', {amount})")
    connection.close()
    spool = Spool(SCHEMA, None)
    spool.add(pa.RecordBatch.from_pylist([{"id": 4, "item": "d"}], SCHEMA))
    deep = Deep(
        rows=Rows(table=DatabaseTable("", "facts"), keys=KEYS), missing=(IdRange(2, 2), IdRange(7, 9))
    )
    database = SqlDatabases().at(Login(product="sqlite", database=str(file)))
    frame = scan_database(engine, database, [deep, *spool.parts()], SCHEMA, "facts", NO_PROGRESS)
    spool.close()
    return frame


USES: dict[str, tuple[Callable[[Any], Any], list[tuple[Any, ...]]]] = {
    "one column": (lambda df: df.select("item"), [("a",), ("c",), ("d",)]),
    "another order": (lambda df: df.select("item", "id"), [("a", 1), ("c", 3), ("d", 4)]),
    "a filter": (lambda df: df.filter(df["id"] > 1).select("item"), [("c",), ("d",)]),
    "a sum": (lambda df: df.agg({"id": "sum"}), [(8,)]),
    "no column": (lambda df: df.groupBy().count(), [(3,)]),
}


@pytest.mark.parametrize("use", sorted(USES))
def test_a_column_that_no_query_uses_is_not_read(engine: Engine, tmp_path: Path, use: str) -> None:
    amount = "'no number'" if engine.name == "sail" else "3.5"  # plans of Spark are not seen
    query, rows = USES[use]
    found = query(facts(engine, tmp_path, amount).dataframe).collect()
    assert sorted(map(tuple, found)) == rows


def test_all_columns_are_read_where_all_are_used(engine: Engine, tmp_path: Path) -> None:
    found = facts(engine, tmp_path, "3.5").dataframe.select("*").collect()
    assert sorted((row.id, row.item, str(row.amount)) for row in found) == [
        (1, "a", "1.50"),
        (3, "c", "3.50"),
        (4, "d", "None"),
    ]
