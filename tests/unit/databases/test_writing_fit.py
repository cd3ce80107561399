"""Values in the columns of tables: the same ones, or refused by column, value and row."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.dialects import mysql, postgresql

from placekeeper.databases.writing.column_fits import fit_of
from placekeeper.databases.writing.fit import fitted
from placekeeper.model.errors import ValueUnwritable

MOMENT = datetime(2024, 1, 1, 10, 1, 1, 239000)
ENUM = mysql.ENUM("x", "y")
SET = mysql.SET("aa", "bb")


def put(data_type: Any, values: list[Any], arrow: pa.DataType | None, product: str) -> list[Any]:
    fit = fit_of("a", data_type, sql_type=repr(data_type).lower(), required=False, product=product)
    batch = pa.RecordBatch.from_arrays([pa.array(values, arrow)], ["c0"])  # as engines name it
    return list(fitted(batch, [fit], 0).column(0).to_pylist())


@pytest.mark.parametrize(
    ("data_type", "value", "arrow", "product"),
    [
        (sa.Date(), 20240, pa.int32(), "postgresql"),
        (sa.Date(), 20240131, pa.int32(), "postgresql"),
        (sa.DateTime(), 1_700_000_000, pa.int64(), "mysql"),
        (sa.BIGINT(), MOMENT, None, "mysql"),
        (sa.BIGINT(), date(2024, 1, 1), None, "postgresql"),
        (sa.REAL(), 1e300, None, "postgresql"),
        (sa.REAL(), 123456789, pa.int32(), "postgresql"),
        (mysql.FLOAT(), 123456789, pa.int64(), "mysql"),
        (sa.REAL(), Decimal("123456789.1"), None, "postgresql"),
        (sa.Double(), Decimal("12345678901234567890.123"), None, "mysql"),
        (sa.Double(), "12345678901234567890.123", None, "mysql"),
        (sa.Double(), "1e400", None, "mysql"),
        (sa.Double(), "1e-99999999999999999999", None, "mysql"),
        (sa.NUMERIC(38, -2), "no number", None, "postgresql"),
        (sa.NUMERIC(38, -2), Decimal("12345678901234567890123456789012345678"), None, "postgresql"),
        (sa.INTEGER(), Decimal("1.5"), None, "mysql"),
        (sa.INTEGER(), 1.5, None, "mysql"),
        (sa.Boolean(), 2, None, "postgresql"),
        (mysql.DOUBLE(10, 2), 1.256, None, "mysql"),
        (postgresql.TIMESTAMP(precision=2), MOMENT, None, "postgresql"),
        (mysql.DATETIME(fsp=2), MOMENT, None, "mysql"),
        (mysql.DATETIME(), MOMENT, None, "mysql"),
        (postgresql.TIMESTAMP(precision=0), "2024-01-01 00:00:00.9", None, "postgresql"),
        (mysql.TIME(), MOMENT, None, "mysql"),
        (mysql.TIME(), "10:11:12.9", None, "mysql"),
        (postgresql.TIME(), MOMENT.replace(tzinfo=UTC), None, "postgresql"),
        (ENUM, "2", None, "mysql"),
        (ENUM, 1, None, "mysql"),
        (ENUM, "X", None, "mysql"),
        (SET, "3", None, "mysql"),
        (SET, "bb,aa", None, "mysql"),
        (SET, "aa,aa", None, "mysql"),
        (mysql.YEAR(), 99, None, "mysql"),
        (mysql.YEAR(), date(2024, 1, 2), None, "mysql"),
        (mysql.CHAR(5), "a  ", None, "mysql"),
        (sa.BINARY(4), b"ab", None, "mysql"),
        (postgresql.MONEY(), "1.555", None, "postgresql"),
        (postgresql.MONEY(), 1.555, None, "postgresql"),
        (sa.NUMERIC(3, -2), 12345, None, "postgresql"),
        (sa.String(), "x" * 64, None, "postgresql"),
        (postgresql.TIME(timezone=True), MOMENT, None, "postgresql"),
        (sa.REAL(), float("nan"), None, "sqlite"),
        (sa.NUMERIC(), "007", None, "sqlite"),
        (sa.NUMERIC(), Decimal("1234567890123456.5"), None, "sqlite"),
        (sa.TEXT(), 0.1 + 0.2, None, "sqlite"),
    ],
    ids=str,
)
def test_a_value_that_would_change_is_named(data_type: Any, value: Any, arrow: Any, product: str) -> None:
    with pytest.raises(
        ValueUnwritable, match=r"row 2 of its task \(a=.*the column a \(.*does not take .* exactly"
    ) as raised:
        put(data_type, [None, value, None], arrow, product)
    assert "<class" not in str(raised.value)


def test_a_row_is_shown_by_its_key_however_far_behind_it_is() -> None:
    names = ["a", "b", "c", "d", "id"]
    fits = [
        replace(fit_of(name, sa.INTEGER(), sql_type="integer", required=name == "b"), is_key=name == "id")
        for name in names
    ]
    values = [pa.array([1, None if name == "b" else 7]) for name in names]
    batch = pa.RecordBatch.from_arrays(values, [f"c{place}" for place in range(len(names))])
    with pytest.raises(ValueUnwritable, match=r"row 12 of its task \(id='7', a='7', b=null, c='7', …\)"):
        fitted(batch, fits, 10)


@pytest.mark.parametrize(
    ("data_type", "value", "product", "made"),
    [
        (sa.REAL(), 16777216, "postgresql", 16777216.0),
        (sa.Double(), Decimal("0.1"), "postgresql", 0.1),
        (sa.Double(), Decimal("1.10"), "mysql", 1.1),
        (sa.Double(), "1e20", "mysql", 1e20),
        (sa.NUMERIC(5, 1), 7, "postgresql", Decimal("7.0")),
        (sa.NUMERIC(5, 1), True, "postgresql", Decimal("1.0")),
        (sa.NUMERIC(5, 1), 1.5, "postgresql", Decimal("1.5")),
        (sa.INTEGER(), Decimal("2.00"), "mysql", 2),
        (mysql.DOUBLE(10, 2), 1.25, "mysql", 1.25),
        (
            mysql.DATETIME(fsp=2),
            MOMENT.replace(microsecond=230000),
            "mysql",
            MOMENT.replace(microsecond=230000),
        ),
        (sa.Date(), datetime(2024, 1, 1), "mysql", date(2024, 1, 1)),
        (
            mysql.TIME(),
            datetime(1970, 1, 1, 10, 11, 12),
            "mysql",
            MOMENT.replace(hour=10).time().replace(10, 11, 12, 0),
        ),
        (ENUM, "y", "mysql", "y"),
        (SET, "aa,bb", "mysql", "aa,bb"),
        (SET, "", "mysql", ""),
        (mysql.YEAR(), date(2024, 1, 1), "mysql", 2024),
        (mysql.BIT(8), 255, "mysql", 255),
        (sa.BINARY(2), b"ab", "mysql", b"ab"),
        (postgresql.MONEY(), "1.50", "postgresql", "1.50"),
        (sa.NUMERIC(3, -2), 12300, "postgresql", 12300),
        (sa.NUMERIC(), "7", "sqlite", "7"),
    ],
    ids=str,
)
def test_a_value_that_stays_the_same_is_taken(data_type: Any, value: Any, product: str, made: Any) -> None:
    assert put(data_type, [None, value], None, product) == [None, made]
