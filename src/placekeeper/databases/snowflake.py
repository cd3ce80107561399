"""Snowflake, by its own dialect of SQLAlchemy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases.arrow_rows import Convert
from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.columns import Column, subquery
from placekeeper.databases.described_product import DescribedProduct
from placekeeper.databases.inspected_product import TIMESTAMP, Typed
from placekeeper.databases.key_values import padded
from placekeeper.databases.products import PRODUCTS
from placekeeper.model.databases import KeyValue, Login

DOMAIN: Final = ".snowflakecomputing.com"
_ISO: Final = 'YYYY-MM-DD"T"HH24:MI:SS.FF9'
_RESULTS: Final = (
    *("number", "float", "text", "date", "timestamp_ntz", "variant", "timestamp_ltz", "timestamp_tz"),
    *("timestamp_ntz", "object", "array", "binary", "time", "boolean"),
)
"""The types of a result's columns by the driver's numbers (docs of the Python connector: type codes)."""


class Snowflake(DescribedProduct):
    """See databases.dialect.Dialect. Each statement has a moment of its own."""

    product = "snowflake"
    tables = "information_schema.tables"
    described = "information_schema.columns"
    compares_rows = False
    begins = ("ALTER SESSION SET TIMEZONE = 'UTC'",)
    clock = "SELECT DATE_PART(EPOCH_MICROSECOND, SYSDATE()), DATE_PART(EPOCH_MICROSECOND, SYSDATE())"
    types: Mapping[str, Typed] = MappingProxyType(
        {
            "float": (pa.float64(), "float"),
            "boolean": (pa.bool_(), None),
            "text": (pa.string(), "text"),
            "date": (pa.date32(), "date"),
            "time": (TIMESTAMP, None),
            "timestamp_ntz": (TIMESTAMP, "timestamp"),
            "timestamp_ltz": (TIMESTAMP, "timestamptz"),
            "timestamp_tz": (TIMESTAMP, "timestamptz"),
            "binary": (pa.binary(), "bytes"),
            **dict.fromkeys(("variant", "object", "array"), (pa.string(), None)),
        }
    )

    def url(self, login: Login) -> sa.URL:
        """See databases.inspected_product.InspectedProduct."""
        return url_of(login)

    def arguments(self, login: Login) -> dict[str, Any]:
        """See databases.inspected_product.InspectedProduct."""
        return arguments_of(login)

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: times have nine digits, of which Python's have six."""
        if column.key_type == "timestamptz":
            return sa.func.to_char(sa.func.convert_timezone("UTC", expression), _ISO)
        return sa.func.to_char(expression, _ISO) if column.key_type == "timestamp" else expression

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """See databases.dialect.Dialect."""
        if column.key_type == "timestamp":
            return KeyValue("timestamp", padded(value))
        if column.key_type == "timestamptz":
            return KeyValue("timestamptz", f"{padded(value)}Z")
        return super().key_value(column, value)

    def bound(self, column: Column, value: KeyValue) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: the zone of the session is UTC."""
        if value.type == "timestamp":
            return sa.func.to_timestamp_ntz(value.text, _ISO)
        if value.type == "timestamptz":
            return sa.func.to_timestamp_ltz(value.text.removesuffix("Z"), _ISO)
        return super().bound(column, value)

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        asked = sa.select(sa.text("*")).select_from(subquery(query)).limit(0)
        with connection.execute(asked) as found:
            described: Any = found.cursor.description if found.cursor else ()
        return tuple(self.column(one.name, _spelled(one), bool(one.is_nullable)) for one in described)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"HASH({name})"

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect."""
        return bytes if column.arrow == pa.binary() else super().convert(column)


def url_of(login: Login) -> sa.URL:
    """SQLAlchemy's URL, which names the account by its server, and the schema after the database."""
    row, said = PRODUCTS["snowflake"], {name.lower(): value for name, value in login.parameters.items()}
    place = "/".join(filter(None, (login.database, said.get("schema") if login.database else "")))
    return sa.URL.create(
        row.driver,
        username=login.user or None,
        password=login.password or None,
        host=login.host or None,
        port=login.port or row.port,
        database=place or None,
        query={name: said[name] for name in ("role", "warehouse") if said.get(name)},
    )


def arguments_of(login: Login) -> dict[str, Any]:
    """What the driver is told beside the URL."""
    return {"account": login.host.lower().removesuffix(DOMAIN), "login_timeout": CONNECT_SECONDS}


def _spelled(described: Any) -> str:
    """A column of a result as the type of a table's column is spelled."""
    code = described.type_code
    name = _RESULTS[code] if 0 <= code < len(_RESULTS) else f"type {code}"
    if name == "number":
        return f"number({described.precision},{described.scale or 0})"
    return name
