"""SQL Server, by pymssql."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases.arrow_rows import Convert
from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.columns import Column, subquery
from placekeeper.databases.inspected_product import TIMESTAMP, InspectedProduct, Typed
from placekeeper.databases.key_values import padded
from placekeeper.databases.products import PRODUCTS
from placekeeper.model.databases import KeyValue, Login

_ISO: Final = 126
"""The style of CONVERT that spells times by ISO 8601, with all their digits."""

_ONE_MOMENT: Final = """
IF EXISTS (SELECT 1 FROM sys.databases WHERE database_id = DB_ID() AND snapshot_isolation_state = 1)
    SET TRANSACTION ISOLATION LEVEL SNAPSHOT
"""
_DESCRIBED: Final = """
SELECT name, system_type_name, is_nullable FROM sys.dm_exec_describe_first_result_set(:query, NULL, 0)
"""


class SQLServer(InspectedProduct):
    """See databases.dialect.Dialect. A snapshot is of one moment where the database allows it; else each
    statement has a moment of its own."""

    product = "sqlserver"
    compares_rows = False
    begins_itself = True
    begins = (_ONE_MOMENT, "BEGIN TRANSACTION")
    clock = (
        "SELECT DATEDIFF_BIG(MICROSECOND, '19700101', SYSUTCDATETIME()),"
        " DATEDIFF_BIG(MICROSECOND, '19700101', SYSDATETIME())"
    )
    types: Mapping[str, Typed] = MappingProxyType(
        {
            "tinyint": (pa.int16(), "int"),
            "smallint": (pa.int16(), "int"),
            "int": (pa.int32(), "int"),
            "integer": (pa.int32(), "int"),
            "bigint": (pa.int64(), "int"),
            "real": (pa.float32(), None),
            "float": (pa.float64(), "float"),
            "double precision": (pa.float64(), "float"),
            "money": (pa.decimal128(19, 4), "decimal"),
            "smallmoney": (pa.decimal128(10, 4), "decimal"),
            "bit": (pa.bool_(), None),
            "date": (pa.date32(), "date"),
            "time": (TIMESTAMP, None),
            "datetime": (TIMESTAMP, "timestamp"),
            "datetime2": (TIMESTAMP, "timestamp"),
            "smalldatetime": (TIMESTAMP, "timestamp"),
            "datetimeoffset": (TIMESTAMP, None),
            "uniqueidentifier": (pa.string(), "uuid"),
            **{name: (pa.string(), "text") for name in ("char", "varchar", "nchar", "nvarchar")},
            **{name: (pa.string(), None) for name in ("text", "ntext", "xml")},
            **{name: (pa.binary(), "bytes") for name in ("binary", "varbinary")},
            **{name: (pa.binary(), None) for name in ("image", "timestamp", "rowversion")},
        }
    )

    def url(self, login: Login) -> sa.URL:
        """See databases.inspected_product.InspectedProduct."""
        row = PRODUCTS[self.product]
        return sa.URL.create(
            row.driver,
            username=login.user or None,
            password=login.password or None,
            host=login.host or None,
            port=login.port or row.port,
            database=login.database or None,
        )

    def arguments(self, login: Login) -> dict[str, Any]:
        """See databases.inspected_product.InspectedProduct."""
        lower = {name.lower(): value.lower() for name, value in login.parameters.items()}
        asks = lower.get("encrypt", "false") in ("true", "strict", "mandatory", "yes")
        return {
            "login_timeout": CONNECT_SECONDS,
            "timeout": 900,
            **({"encryption": "require"} if asks else {}),
        }

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: times have seven digits, of which Python's have six."""
        if column.key_type == "timestamp":
            return sa.func.convert(sa.literal_column("varchar(40)"), expression, sa.literal_column(str(_ISO)))
        return expression

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """See databases.dialect.Dialect."""
        if column.key_type == "timestamp":
            return KeyValue("timestamp", padded(value))
        return super().key_value(column, value)

    def bound(self, column: Column, value: KeyValue) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: of the column's own type, so that an index serves."""
        if value.type == "timestamp":
            digits = 7 if column.sql_type.lower().startswith("datetime2") else 3
            return _converted(column, value.text[: len("2024-01-31T10:30:00.") + digits], _ISO)
        if value.type == "text":
            return _converted(column, value.text)
        return super().bound(column, value)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"CHECKSUM({name})"

    def remainder(self, number: str, parts: int) -> str:
        """See databases.dialect.Dialect."""
        return f"ABS(({number}) % {parts})"

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect: pymssql itself tells only kinds of types."""
        selected = str(
            sa.select(sa.text("*")).select_from(subquery(query)).compile(dialect=connection.dialect)
        )
        asked = {"query": selected.replace("%%", "%")}
        return tuple(
            self.column(name, spelled, bool(is_nullable))
            for name, spelled, is_nullable in connection.execute(sa.text(_DESCRIBED), asked)
        )

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect: identifiers are spelled in capitals."""
        return _capitals if column.key_type == "uuid" else super().convert(column)


def _converted(column: Column, text: str, *style: int) -> sa.ColumnElement[Any]:
    spelled: sa.ColumnElement[Any] = sa.literal_column(column.sql_type.partition(" COLLATE ")[0])
    return sa.func.convert(spelled, text, *(sa.literal_column(str(one)) for one in style))


def _capitals(value: Any) -> str:
    return str(value).upper()
