"""Oracle, by oracledb without Oracle's client."""

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
from placekeeper.databases.type_texts import TypeText
from placekeeper.model.databases import KeyValue, Login

_ISO: Final = 'YYYY-MM-DD"T"HH24:MI:SS.FF9'
_CLOCK: Final = """
SELECT (CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE) - DATE '1970-01-01') * 86400000000
    + TO_NUMBER(TO_CHAR(SYSTIMESTAMP, 'FF6')),
    (CAST(SYSTIMESTAMP AS DATE) - DATE '1970-01-01') * 86400000000 + TO_NUMBER(TO_CHAR(SYSTIMESTAMP, 'FF6'))
FROM dual
"""
_RESULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "varchar": "varchar2",
        "nvarchar": "nvarchar2",
        "long_raw": "long raw",
        "timestamp_tz": "timestamp with time zone",
        "timestamp_ltz": "timestamp with local time zone",
    }
)
_NO_PRECISION: Final = pa.decimal128(38, 10)
"""What Spark's JDBC reader gives a NUMBER without precision, and a FLOAT."""


class Oracle(InspectedProduct):
    """See databases.dialect.Dialect."""

    product = "oracle"
    compares_rows = False
    begins = ("SET TRANSACTION READ ONLY",)
    clock = _CLOCK
    types: Mapping[str, Typed] = MappingProxyType(
        {
            "float": (_NO_PRECISION, None),
            "integer": (pa.decimal128(38, 0), "int"),
            "binary_float": (pa.float32(), None),
            "binary_double": (pa.float64(), "float"),
            "date": (TIMESTAMP, "timestamp"),
            "timestamp": (TIMESTAMP, "timestamp"),
            "timestamp with time zone": (TIMESTAMP, None),
            "timestamp with local time zone": (TIMESTAMP, None),
            **{name: (pa.string(), "text") for name in ("varchar2", "varchar", "nvarchar2")},
            **{name: (pa.string(), None) for name in ("char", "nchar", "clob", "nclob", "long")},
            **{name: (pa.binary(), None) for name in ("raw", "blob", "long raw")},
        }
    )

    def url(self, login: Login) -> sa.URL:
        """See databases.inspected_product.InspectedProduct."""
        return url_of(login)

    def arguments(self, login: Login) -> dict[str, Any]:
        """See databases.inspected_product.InspectedProduct."""
        return {"tcp_connect_timeout": CONNECT_SECONDS}

    def number(self, text: TypeText) -> Typed:
        """See databases.inspected_product.InspectedProduct."""
        return (_NO_PRECISION, "decimal") if text.precision is None else super().number(text)

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: times have nine digits, of which Python's have six."""
        return sa.func.to_char(expression, _ISO) if _has_fractions(column) else expression

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """See databases.dialect.Dialect."""
        if _has_fractions(column):
            return KeyValue("timestamp", padded(value))
        return super().key_value(column, value)

    def bound(self, column: Column, value: KeyValue) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: of the column's own type, so that an index serves."""
        if _has_fractions(column):
            return sa.func.to_timestamp(value.text, _ISO)
        if value.type == "timestamp":
            text = value.text[: len("2024-01-31T10:30:00")]
            return sa.func.to_date(text, _ISO.removesuffix(".FF9"))
        return super().bound(column, value)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"ORA_HASH({name})"

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        asked = sa.select(sa.text("*")).select_from(subquery(query)).where(sa.text("1 = 0"))
        with connection.execute(asked) as found:
            described: Any = found.cursor.description if found.cursor else ()
        return tuple(self.column(one.name, _spelled(one), True) for one in described)

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect: large values come as what reads them."""
        return _read if "lob" in column.sql_type.lower() else super().convert(column)


def url_of(login: Login) -> sa.URL:
    """SQLAlchemy's URL, which names a service, or a SID where the login says so."""
    row = PRODUCTS["oracle"]
    is_sid = any(name.lower() == "sid" for name in login.parameters)
    return sa.URL.create(
        row.driver,
        username=login.user or None,
        password=login.password or None,
        host=login.host or None,
        port=login.port or row.port,
        database=login.database if is_sid else None,
        query={} if is_sid else {"service_name": login.database},
    )


def _has_fractions(column: Column) -> bool:
    return column.sql_type.lower().startswith("timestamp")


def _spelled(described: Any) -> str:
    """A column of a result as the type of a table's column is spelled."""
    name: str = described.type_code.name.removeprefix("DB_TYPE_").lower()
    if name == "number" and described.precision:
        return f"number({described.precision},{described.scale})"
    return _RESULTS.get(name, name)


def _read(value: Any) -> Any:
    return value.read() if hasattr(value, "read") else value
