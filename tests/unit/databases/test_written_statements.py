"""The SQL that products are sent which no server here speaks."""

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from placekeeper.databases.writing.products import PRODUCTS, new_type, written_product
from placekeeper.databases.writing.statements import creation, moving
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import RowsWritten

_DIALECTS = {
    "mysql": mysql.dialect(),
    "oracle": oracle.dialect(),
    "postgresql": postgresql.dialect(),
    "sqlite": sqlite.dialect(),
    "sqlserver": mssql.dialect(),
    "redshift": postgresql.dialect(),
    "snowflake": postgresql.dialect(),
}


class _Connection:
    """What statements need of one: how its product quotes."""

    def __init__(self, product: str) -> None:
        self.dialect: sa.Dialect = _DIALECTS[product]


def _effect(product: str, **more: object) -> RowsWritten:
    return RowsWritten(
        id="e",
        run_id="jr_1",
        login=Login(product=product),
        table=DatabaseTable("shop", "t"),
        staging="placekeeper_0_0",
        columns=("id", "select"),
        attempts=(7, 8),
        rows=2,
        **more,
    )


_ROWS = "FROM shop.placekeeper_0_0 WHERE placekeeper_attempt IN (7, 8)"


@pytest.mark.parametrize("product", ["oracle", "snowflake", "sqlserver"])
def test_upserts_without_a_clause_of_insert_are_merges(product: str) -> None:
    quoted = "[select]" if product == "sqlserver" else '"select"'
    end = ";" if product == "sqlserver" else ""
    effect = _effect(product, mode="upsert", keys=("id",))
    assert moving(_Connection(product), effect, PRODUCTS[product]) == (
        f"MERGE INTO shop.t there USING (SELECT id, {quoted} {_ROWS}) staged ON (there.id = staged.id) "
        f"WHEN MATCHED THEN UPDATE SET {quoted} = staged.{quoted} "
        f"WHEN NOT MATCHED THEN INSERT (id, {quoted}) VALUES (staged.id, staged.{quoted}){end}"
    )


def test_upserts_of_others_are_clauses_of_insert() -> None:
    effect = _effect("postgresql", mode="upsert", keys=("id",))
    insert = f'INSERT INTO shop.t (id, "select") SELECT id, "select" {_ROWS}'
    assert moving(_Connection("postgresql"), effect, PRODUCTS["postgresql"]) == (
        f'{insert} ON CONFLICT (id) DO UPDATE SET "select" = excluded."select"'
    )
    assert moving(_Connection("mysql"), effect, PRODUCTS["mysql"]) == (
        insert.replace('"', "`") + " ON DUPLICATE KEY UPDATE `select` = VALUES(`select`)"
    )
    only_keys = _effect("postgresql", mode="upsert", keys=("id", "select"))
    assert moving(_Connection("postgresql"), only_keys, PRODUCTS["postgresql"]).endswith(
        'ON CONFLICT (id, "select") DO NOTHING'
    )


def test_a_write_without_rows_moves_none() -> None:
    from msgspec.structs import replace

    effect = replace(_effect("postgresql"), attempts=(), rows=0)
    assert moving(_Connection("postgresql"), effect, PRODUCTS["postgresql"]).endswith("WHERE 1 = 0")


def test_a_made_table_has_the_keys_of_an_upsert() -> None:
    effect = _effect("oracle", keys=("id",), made=(("id", "NUMBER(19)"), ("select", "CLOB")))
    assert creation(_Connection("oracle"), effect) == (
        'CREATE TABLE shop.t (id NUMBER(19) NOT NULL, "select" CLOB, PRIMARY KEY (id))'
    )


@pytest.mark.parametrize("product", sorted(PRODUCTS))
def test_every_simple_type_has_one_of_the_product(product: str) -> None:
    simple = [
        *(pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()),
        *(pa.string(), pa.binary(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")),
        *(pa.decimal128(10, 2), pa.decimal128(38, 10), pa.null()),
    ]
    for data_type in simple:
        assert new_type(PRODUCTS[product], pa.field("x", data_type), is_key=False)
    with pytest.raises(UnsupportedFeature, match=r"the column x is list.*Flatten it"):
        new_type(PRODUCTS[product], pa.field("x", pa.list_(pa.string())), is_key=False)


def test_mariadb_is_written_as_mysql_and_others_are_refused() -> None:
    assert written_product("mariadb") == written_product("mysql")
    with pytest.raises(UnsupportedFeature, match="tables of db2 are not written: Placekeeper writes"):
        written_product("db2")
