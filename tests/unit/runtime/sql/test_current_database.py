"""The current database in the text of a query."""

import pytest

from placekeeper.runtime.sql.current_database import with_database


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT current_database()", "SELECT 'sales' AS `current_schema()`"),
        (
            "select 1, Current_Schema ( ) from t",
            "select 1, 'sales' AS `current_schema()` from t",
        ),
        ("SELECT current_schema() AS s", "SELECT 'sales' AS s"),
        ("SELECT upper(current_schema())", "SELECT upper('sales')"),
        ("SELECT a FROM t WHERE d = current_database()", "SELECT a FROM t WHERE d = 'sales'"),
        ("SELECT a FROM t GROUP BY a, current_schema()", "SELECT a FROM t GROUP BY a, 'sales'"),
        (
            "SELECT (SELECT current_schema()), b",
            "SELECT (SELECT 'sales' AS `current_schema()`), b",
        ),
        ("SELECT current_schema() || 'x'", "SELECT 'sales' || 'x'"),
        ("SELECT 'current_schema()', `current_schema`, current_schema", None),
        ("SELECT t.current_schema(), current_schema(1) -- current_schema()", None),
    ],
)
def test_the_calls_alone_change(query: str, expected: str | None) -> None:
    assert with_database(query, "sales") == (expected or query)
