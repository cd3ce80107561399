"""PostgreSQL's types in Arrow, as Spark's JDBC reader maps them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.types import UserDefinedType

from placekeeper.databases.columns import Column
from placekeeper.databases.type_texts import decimal_type
from placekeeper.model.databases import KeyType

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
INET: Final = "inet"
_NUMERIC_HEADER = 4
"""A type modifier is the size and four, or precision and scale and four."""

_TYPES: Final = """
SELECT w.position, w.type, format_type(w.type, w.modifier) AS spelled,
    CASE WHEN b.oid IS NULL THEN w.modifier ELSE t.typtypmod END AS modifier,
    COALESCE(b.typname, t.typname) AS name, COALESCE(b.typtype, t.typtype) AS kind, e.typname AS element
FROM unnest(CAST(:types AS bigint[]), CAST(:modifiers AS int[]))
    WITH ORDINALITY AS w(type, modifier, position)
JOIN pg_type t ON t.oid = w.type
LEFT JOIN pg_type b ON b.oid = NULLIF(t.typbasetype, 0)
LEFT JOIN pg_type e ON e.oid = NULLIF(COALESCE(b.typelem, t.typelem), 0)
    AND COALESCE(b.typcategory, t.typcategory) = 'A'
ORDER BY w.position
"""


class _Row(Struct, frozen=True):
    """A type in Arrow, as a key, and what values are cast to that are compared with it."""

    arrow: Any
    key: KeyType | None = None
    bound: str = ""
    as_text: bool = False


_SIMPLE: Final[Mapping[str, _Row]] = MappingProxyType(
    {
        "int2": _Row(pa.int16(), "int", "bigint"),
        "int4": _Row(pa.int32(), "int", "bigint"),
        "int8": _Row(pa.int64(), "int", "bigint"),
        "oid": _Row(pa.int64(), as_text=True),
        "float4": _Row(pa.float32(), "float", "double precision"),
        "float8": _Row(pa.float64(), "float", "double precision"),
        "bool": _Row(pa.bool_()),
        "text": _Row(pa.string(), "text", "text"),
        "varchar": _Row(pa.string(), "text", "text"),
        "bpchar": _Row(pa.string(), "text", "bpchar"),
        "name": _Row(pa.string(), "text", "name"),
        "citext": _Row(pa.string(), "text", "citext"),
        "uuid": _Row(pa.string(), "uuid", "uuid", as_text=True),
        "bytea": _Row(pa.binary(), "bytes", "bytea"),
        "date": _Row(pa.date32(), "date", "date"),
        "timestamp": _Row(TIMESTAMP, "timestamp", "timestamp"),
        "timestamptz": _Row(TIMESTAMP, "timestamptz", "timestamptz"),
        "time": _Row(TIMESTAMP),
        "inet": _Row(pa.string(), bound=INET, as_text=True),
        **{
            name: _Row(pa.string(), as_text=True)
            for name in (
                *("json", "jsonb", "xml", "money", "interval", "cidr", "macaddr", "macaddr8"),
                *(
                    "point",
                    "line",
                    "lseg",
                    "box",
                    "path",
                    "polygon",
                    "circle",
                    "tsvector",
                    "tsquery",
                    "varbit",
                ),
                *("hstore", "ltree", "jsonpath", "pg_lsn", "char", "int4range", "int8range", "numrange"),
                *("tsrange", "tstzrange", "daterange", "regclass", "regtype", "regproc", "xid", "tid"),
            )
        },
    }
)
_ELEMENTS: Final = ("int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar", "date")


class Bound(UserDefinedType[str]):
    """A parameter that the server takes for a value of one of its types."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type's name."""
        return self.name


def columns(connection: Connection, described: Sequence[tuple[Any, ...]]) -> tuple[Column, ...]:
    """Columns of a table or query: for each its name, the oid and modifier of its type, whether it has
    nulls."""
    asked = {"types": [row[1] for row in described], "modifiers": [row[2] for row in described]}
    found = connection.execute(sa.text(_TYPES), asked).all()
    return tuple(
        _column(name, is_nullable, kind)
        for (name, _, _, is_nullable), kind in zip(described, found, strict=True)
    )


def is_list(column: Column) -> bool:
    """Whether it is an array, whose number of dimensions its type does not tell."""
    return column.arrow is not None and bool(pa.types.is_list(column.arrow))


def listed(values: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An array as a list: numbered from 1; null if it has more dimensions than one, see `dimensions`."""
    every = sa.sql.operators.custom_op[Any]("[:]")
    renumbered: sa.ColumnElement[Any] = sa.sql.elements.UnaryExpression(values, modifier=every)
    return sa.case(
        (sa.func.array_ndims(values) > sa.literal_column("1"), sa.null()),
        (sa.func.array_lower(values, sa.literal_column("1")) != sa.literal_column("1"), renumbered),
        else_=values,
    )


def dimensions(values: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """How many dimensions an array has, if more than one."""
    number = sa.func.array_ndims(values)
    return sa.case((number > sa.literal_column("1"), number))


def modifier(column: Any) -> int:
    """The modifier of a type, as psycopg tells it of a column of a result."""
    if column.precision is not None and column.scale is not None:
        return int((column.precision << 16) | (column.scale & 0x7FF)) + _NUMERIC_HEADER
    if column.display_size is not None:
        return int(column.display_size)
    return -1


def _column(name: str, is_nullable: bool, kind: Any) -> Column:
    row = _row(kind)
    return Column(
        name=name,
        sql_type=kind.spelled,
        arrow=row.arrow,
        key_type=row.key,
        nullable=is_nullable,
        bound=row.bound,
        as_text=row.as_text,
    )


def _row(kind: Any) -> _Row:
    if kind.name == "numeric":
        return _numeric(kind.modifier)
    if kind.name == "bit":
        return _Row(pa.bool_(), bound="bit") if kind.modifier == 1 else _Row(None)
    if kind.element is not None and kind.name.startswith("_"):
        if kind.element == "numeric":
            return _Row(pa.list_(_numeric(kind.modifier).arrow), as_text=True)
        return _Row(pa.list_(_SIMPLE[kind.element].arrow) if kind.element in _ELEMENTS else None)
    if kind.kind == "e":
        return _Row(pa.string(), as_text=True)
    return _SIMPLE.get(kind.name, _Row(None))


def _numeric(modifier: int) -> _Row:
    if modifier < _NUMERIC_HEADER:
        return _Row(decimal_type(None, None), "decimal", "numeric", as_text=True)
    number = modifier - _NUMERIC_HEADER
    precision, scale = (number >> 16) & 0xFFFF, ((number & 0x7FF) ^ 1024) - 1024
    return _Row(decimal_type(precision, scale), "decimal" if scale > 0 else "int", "numeric", as_text=True)
