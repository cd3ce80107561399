"""Comparisons in SQL text, rewritten for Sail; everything else stays letter by letter."""

import pytest

from placekeeper.runtime.engines.lenient_rules import of_text
from placekeeper.runtime.engines.lenient_sql import TEXT
from placekeeper.runtime.engines.sql_comparisons import with_text_compared


def asked(column: str, instead: str, plain: str) -> str:
    return f"(CASE WHEN typeof({column}) = 'string' THEN {instead} ELSE {plain} END)"


def text(data_type: str, column: str = "a") -> str:
    return of_text(column, data_type, TEXT)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a > 5", asked("a", f"{text('int')} > 5", "a > 5") + " AS `(a > 5)`"),
        ("a > 5 AS big", asked("a", f"{text('int')} > 5", "a > 5") + " AS big"),
        ("a>-5.5 or b", asked("a", f"{text('double')} > -5.5D", "a>-5.5") + " or b"),
        (
            "select * from t where t.`a b` <= 3000000000",
            "select * from t where "
            + asked("t.`a b`", f"{text('bigint', 't.`a b`')} <= 3000000000", "t.`a b` <= 3000000000"),
        ),
        (
            "INSERT INTO s PARTITION (year = 2024) SELECT a = 5 FROM t WHERE (a = 5) GROUP BY b",
            "INSERT INTO s PARTITION (year = 2024) SELECT a = 5 FROM t WHERE ("
            + asked("a", f"{text('int')} = 5", "a = 5")
            + ") GROUP BY b",
        ),
        ("not a in (1, 1.50, 'x')", "not " + asked("a", "(a IN ('1', '1.50', 'x'))", "a in (1, 1.50, 'x')")),
        (
            "SELECT sum(CASE WHEN a = 5 THEN b = 6 END) FROM t",
            f"SELECT sum(CASE WHEN {asked('a', text('int') + ' = 5', 'a = 5')} THEN b = 6 END) FROM t",
        ),
    ],
)
def test_comparisons_with_numbers_are_rewritten(given: str, expected: str) -> None:
    is_condition = "select" not in given.lower()
    assert with_text_compared(given, is_condition=is_condition) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SET spark.sql.shuffle.partitions = 5",
        "ALTER TABLE t DROP PARTITION (year < 2024)",
        "ALTER TABLE t SET TBLPROPERTIES ('a' = 5, b = 6)",
        "UPDATE t SET a = 5",
        "SELECT a > 5 FROM t",
        "SELECT a, b FROM t GROUP BY a > 5",
        "SELECT * FROM t WHERE a + b > 5 AND 5 - a > 5 AND f(a) > 5 AND s[0] > 5 AND a::int > 5",
        "SELECT * FROM t WHERE a > 5 + 1 AND a > '5' AND a > b AND a > 5e3 AND a = 5 = c",
        "SELECT * FROM t WHERE a IN ('x', 'y') AND a IN (5, b) AND a IN (SELECT 5) AND a = DATE '2024-01-01'",
        "SELECT * FROM t WHERE exists(l, x -> x > 5) AND a > 5 -- > 5\n * 2",
        "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM t",
        "SELECT * FROM t WHERE b LIKE 'a > 5' OR b = \"a > 5\" OR `a > 5`",
    ],
)
def test_all_else_stays(sql: str) -> None:
    assert with_text_compared(sql, is_condition=False) == sql
