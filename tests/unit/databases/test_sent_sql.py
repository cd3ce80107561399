"""What products are sent for which there is no server in tests."""

import datetime
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects.mssql.pymssql import MSDialect_pymssql
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.default import DefaultDialect

from placekeeper.databases import listing, statements
from placekeeper.databases.columns import Relation
from placekeeper.databases.cuts import cut
from placekeeper.databases.databases import SqlDatabases
from placekeeper.databases.inspected_product import InspectedProduct
from placekeeper.databases.oracle import Oracle
from placekeeper.databases.redshift import Redshift
from placekeeper.databases.snowflake import Snowflake
from placekeeper.databases.sqlserver import SQLServer
from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    KeyRange,
    KeyValue,
    Login,
    Partitioning,
    Rows,
)
from placekeeper.model.errors import MissingExtra, UnsupportedFeature

BY_ID = BookmarkKeys(columns=("Id",), unique=True)
BY_TIME = BookmarkKeys(columns=("at", "Id"))
LAST = (KeyValue("timestamp", "2024-01-31T10:30:00.123456700"), KeyValue("int", "7"))
NOTED = (KeyValue("text", "it's"),)


def sql_server() -> tuple[InspectedProduct, Any, Relation]:
    dialect = MSDialect_pymssql()
    dialect._supports_offset_fetch = True  # as on each server since 2012
    types = {"Id": "BIGINT", "at": "DATETIME2(7)", "note": "VARCHAR(20) COLLATE Latin1_General_CI_AS"}
    return SQLServer(), dialect, _relation(SQLServer(), types, DatabaseTable("dbo", "Or]ders"))


def oracle() -> tuple[InspectedProduct, Any, Relation]:
    types = {"Id": "NUMBER(19, 0)", "at": "TIMESTAMP(9)", "note": "VARCHAR2(20 CHAR)"}
    table = _relation(Oracle(), types, DatabaseTable("SHOP", 'or"ders'))
    return Oracle(), OracleDialect_oracledb(), table


def redshift() -> tuple[InspectedProduct, Any, Relation]:
    types = {"Id": "bigint", "at": "timestamp without time zone", "note": "character varying(20)"}
    table = _relation(Redshift(), types, DatabaseTable("shop", 'or"ders'))
    return Redshift(), PGDialect_psycopg(), table


def snowflake() -> tuple[InspectedProduct, Any, Relation]:
    """SQLAlchemy's own compiler stands in: names are quoted and values bound in the same way."""
    types = {"Id": "number(19,0)", "at": "timestamp_ntz", "note": "text(20)"}
    return Snowflake(), DefaultDialect(), _relation(Snowflake(), types, DatabaseTable("SHOP", 'or"ders'))


PRODUCTS = {"oracle": oracle, "redshift": redshift, "snowflake": snowflake, "sqlserver": sql_server}


def _relation(product: InspectedProduct, types: dict[str, str], table: DatabaseTable) -> Relation:
    columns = tuple(product.column(name, spelled, name == "note") for name, spelled in types.items())
    return Relation(table=table, columns=columns, primary_key=("Id",))


def _sent(product: str, what: str) -> list[tuple[str, list[Any]]]:
    dialect, compiler, relation = PRODUCTS[product]()
    table = relation.table
    rows = {
        "times": Rows(table=table, keys=BY_TIME, columns=("Id",), ranges=(KeyRange(after=LAST),)),
        "ids": Rows(table=table, keys=BY_ID, columns=("Id",), ids=(IdRange(1, 1), IdRange(5, 9))),
        "texts": Rows(
            table=table,
            keys=BookmarkKeys(columns=("note",), descending=True),
            columns=("Id",),
            ranges=(KeyRange(after=NOTED),),
        ),
    }
    match what:
        case "last":
            made = [statements.end_key(dialect, relation, BY_TIME, KeyRange(), last=True)]
        case "back":
            made = [statements.end_key(dialect, relation, BY_ID, KeyRange(), last=True, skip=9)]
        case "gaps":
            made = [statements.gaps(dialect, relation, BY_ID, 1, 9, 5)]
        case _:
            made = statements.selects(dialect, relation, rows[what])
    compiled = [one.compile(dialect=compiler, compile_kwargs={"render_postcompile": True}) for one in made]
    return [(re.sub(r"\s+", " ", str(one)), list(one.params.values())) for one in compiled]


M, R = "[dbo].[Or]]ders]", '"SHOP"."or""ders"'
R_LOWER = R.replace("SHOP", "shop")
NTZ = "to_timestamp_ntz(:to_timestamp_ntz_1, :to_timestamp_ntz_2)"
TIME, STAMP = "convert(DATETIME2(7), :convert_1, 126)", "to_timestamp(:to_timestamp_1, :to_timestamp_2)"
ISO = 'YYYY-MM-DD"T"HH24:MI:SS.FF9'
SENT: dict[tuple[str, str], tuple[str, list[Any]]] = {
    ("sqlserver", "times"): (
        f"""SELECT {M}.[Id] FROM {M}
        WHERE ({M}.[at] >= {TIME}) AND (({M}.[at] > {TIME}) OR ({M}.[at] = {TIME}) AND ({M}.[Id] > :param_1))
        ORDER BY {M}.[at] ASC, {M}.[Id] ASC""",
        ["2024-01-31T10:30:00.1234567", 7],
    ),
    ("sqlserver", "ids"): (
        f"""SELECT {M}.[Id] FROM {M}
        WHERE {M}.[Id] IN (:param_1) OR {M}.[Id] >= :param_2 AND {M}.[Id] <= :param_3
        ORDER BY {M}.[Id] ASC""",
        [1, 5, 9],
    ),
    ("sqlserver", "texts"): (
        f"""SELECT {M}.[Id] FROM {M}
        WHERE {M}.[note] IS NOT NULL AND ({M}.[note] < convert(VARCHAR(20), :convert_1))
        ORDER BY {M}.[note] DESC""",
        ["it's"],
    ),
    ("sqlserver", "last"): (
        f"""SELECT TOP 1 convert(varchar(40), {M}.[at], 126) AS convert_1, {M}.[Id] FROM {M} WHERE 1 = 1
        ORDER BY {M}.[at] DESC, {M}.[Id] DESC""",
        [],
    ),
    ("sqlserver", "back"): (
        f"""SELECT {M}.[Id] FROM {M} WHERE 1 = 1
        ORDER BY {M}.[Id] DESC OFFSET :param_1 ROWS FETCH FIRST :param_2 ROWS ONLY""",
        [9, 1],
    ),
    ("sqlserver", "gaps"): (
        f"""SELECT TOP 5 numbers.below_key, numbers.above_key FROM (SELECT
        {M}.[Id] AS below_key, lag({M}.[Id]) OVER (ORDER BY {M}.[Id] DESC) AS above_key FROM {M}
        WHERE {M}.[Id] >= :param_2 AND {M}.[Id] <= :param_3) AS numbers
        WHERE numbers.above_key - :above_key_1 > numbers.below_key ORDER BY numbers.below_key DESC""",
        [1, 9, 1],
    ),
    ("oracle", "times"): (
        f"""SELECT {R}."Id" FROM {R}
        WHERE ({R}."at" >= {STAMP})
        AND (({R}."at" > {STAMP}) OR ({R}."at" = {STAMP}) AND ({R}."Id" > :param_1))
        ORDER BY {R}."at" ASC, {R}."Id" ASC""",
        ["2024-01-31T10:30:00.123456700", ISO, 7],
    ),
    ("oracle", "last"): (
        f"""SELECT to_char({R}."at", :to_char_2) AS to_char_1, {R}."Id" FROM {R} WHERE 1 = 1
        ORDER BY {R}."at" DESC, {R}."Id" DESC FETCH FIRST 1 ROWS ONLY""",
        [ISO],
    ),
    ("oracle", "back"): (
        f"""SELECT {R}."Id" FROM {R} WHERE 1 = 1
        ORDER BY {R}."Id" DESC OFFSET 9 ROWS FETCH FIRST 1 ROWS ONLY""",
        [],
    ),
    ("redshift", "times"): (
        f"""SELECT {R_LOWER}."Id" FROM {R_LOWER}
        WHERE ({R_LOWER}."at" >= %(param_1)s) AND (({R_LOWER}."at" > %(param_1)s)
        OR ({R_LOWER}."at" = %(param_1)s) AND ({R_LOWER}."Id" > %(param_2)s))
        ORDER BY {R_LOWER}."at" ASC, {R_LOWER}."Id" ASC""",
        [datetime.datetime(2024, 1, 31, 10, 30, 0, 123456), 7],
    ),
    ("redshift", "last"): (
        f"""SELECT {R_LOWER}."at", {R_LOWER}."Id" FROM {R_LOWER} WHERE 1 = 1
        ORDER BY {R_LOWER}."at" DESC, {R_LOWER}."Id" DESC LIMIT %(param_1)s::INTEGER""",
        [1],
    ),
    ("snowflake", "times"): (
        f"""SELECT {R}."Id" FROM {R}
        WHERE ({R}."at" >= {NTZ}) AND (({R}."at" > {NTZ}) OR ({R}."at" = {NTZ}) AND ({R}."Id" > :param_1))
        ORDER BY {R}."at" ASC, {R}."Id" ASC""",
        ["2024-01-31T10:30:00.123456700", ISO, 7],
    ),
    ("snowflake", "last"): (
        f"""SELECT to_char({R}."at", :to_char_2) AS to_char_1, {R}."Id" FROM {R} WHERE 1 = 1
        ORDER BY {R}."at" DESC, {R}."Id" DESC LIMIT :param_1""",
        [ISO, 1],
    ),
    ("oracle", "texts"): (
        f"""SELECT {R}."Id" FROM {R} WHERE {R}."note" IS NOT NULL AND ({R}."note" < :param_1)
        ORDER BY {R}."note" DESC""",
        ["it's"],
    ),
}


CUTS = {
    "oracle": ('ABS(MOD(ORA_HASH("Id"), 3)) = 2', "ABS(MOD((Id), 3)) = 2"),
    "redshift": ('ABS(MOD(FNV_HASH("Id"), 3)) = 2', "ABS(MOD((Id), 3)) = 2"),
    "snowflake": ('ABS(MOD(HASH("Id"), 3)) = 2', "ABS(MOD((Id), 3)) = 2"),
    "sqlserver": ("ABS((CHECKSUM([Id])) % 3) = 2", "ABS(((Id)) % 3) = 2"),
}


@pytest.mark.parametrize("product", sorted(CUTS))
def test_parts_by_a_hash_are_of_the_product(product: str) -> None:
    dialect, compiler, relation = PRODUCTS[product]()
    connection: Any = _Connection(compiler)
    for by, said in zip(
        (Partitioning(column="id", parts=3), Partitioning(expression="Id", parts=3)),
        CUTS[product],
        strict=True,
    ):
        first, _second, last = cut(dialect, connection, relation, by)
        assert last.condition == said
        number = said.removesuffix(" = 2")
        assert first.condition == f"CASE WHEN {number} IN (1, 2) THEN 1 ELSE 0 END = 0"


class _Connection:
    """What parts need of one: how its product quotes."""

    def __init__(self, dialect: Any) -> None:
        self.dialect = dialect


@pytest.mark.parametrize(("product", "what"), sorted(SENT))
def test_statements_are_of_the_product(product: str, what: str) -> None:
    text, values = SENT[product, what]
    assert _sent(product, what) == [(re.sub(r"\s+", " ", text), values)]


def test_key_values_of_the_products_have_nine_decimals() -> None:
    for product, spelled in (("sqlserver", "2024-01-31T10:30:00.1234567"), ("oracle", "2024-01-31T10:30:00")):
        dialect, _, relation = PRODUCTS[product]()
        found = dialect.key_value(relation.columns_by_name["at"], spelled)
        assert found.text in ("2024-01-31T10:30:00.123456700", "2024-01-31T10:30:00.000000000")


def test_logins_of_the_products() -> None:
    login = Login(product="oracle", host="db", database="SHOP", user="u", password="p@/")
    assert str(Oracle().url(login)) == "oracle+oracledb://u:***@db:1521?service_name=SHOP"
    server = Login(product="sqlserver", host="db", database="shop", parameters={"encrypt": "true"})
    assert str(SQLServer().url(server)) == "mssql+pymssql://db:1433/shop"
    assert SQLServer().arguments(server)["encryption"] == "require"
    account = Login(
        product="snowflake",
        host="xy1.eu.snowflakecomputing.com",
        port=443,
        database="SHOP",
        user="u",
        password="p",
        parameters={"warehouse": "W", "schema": "S", "CLIENT_X": "1"},
    )
    said = "snowflake://u:***@xy1.eu.snowflakecomputing.com:443/SHOP/S?warehouse=W"
    assert str(Snowflake().url(account)) == said
    assert Snowflake().arguments(account)["account"] == "xy1.eu"


@pytest.mark.parametrize(
    ("product", "library", "extra"),
    [
        ("oracle", "oracledb", "oracle"),
        ("redshift", "psycopg", "postgres"),
        ("snowflake", "snowflake.sqlalchemy", "snowflake"),
        ("sqlserver", "pymssql", "sqlserver"),
    ],
)
def test_a_product_without_its_driver_names_the_extra(
    product: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra) as failure:
        SqlDatabases().at(Login(product=product))
    assert failure.value.extra == extra


def test_a_driver_of_another_sqlalchemy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "snowflake").mkdir()
    (tmp_path / "snowflake" / "sqlalchemy.py").write_text("import sqlalchemy\nsqlalchemy.not_there")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("snowflake", "snowflake.sqlalchemy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(UnsupportedFeature, match=r"does not work with SQLAlchemy .*sqlalchemy<2\.1"):
        SqlDatabases().at(Login(product="snowflake"))


def test_tables_of_oracle_are_listed_as_they_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told:
        dialect = OracleDialect_oracledb()

        def get_table_names(self, _schema: str | None) -> list[str]:
            return ["orders", "Mixed"]

        def get_view_names(self, _schema: str | None) -> list[str]:
            return ["newest"]

        def get_materialized_view_names(self, _schema: str | None) -> list[str]:
            raise NotImplementedError

    monkeypatch.setattr(listing.sa, "inspect", lambda _connection: Told())
    connection: Any = None
    found = listing.listed_tables(connection, "oracle")
    assert [(one.table.name, one.is_view) for one in found] == [
        *(("Mixed", False), ("NEWEST", True), ("ORDERS", False))
    ]
