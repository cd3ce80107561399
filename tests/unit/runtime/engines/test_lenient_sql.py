"""Casts in SQL text, rewritten for Sail; everything else stays letter by letter."""

import pytest

from placekeeper.runtime.engines.lenient_rules import lenient
from placekeeper.runtime.engines.lenient_sql import TEXT, with_lenient_casts
from placekeeper.runtime.engines.strict_sql import has_arithmetic, with_strict_dates


def made(value: str, data_type: str) -> str:
    """What stands in the place of a cast."""
    return lenient(value, data_type, TEXT)


LONG = made("a", "bigint")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("SELECT b, cast(a AS boolean) FROM t", "SELECT b, try_cast(a AS boolean) FROM t"),
        ("select CAST ( a as Decimal(10,2) ), b", f"select {made('a', 'Decimal(10,2)')} AS a, b"),
        ("cast(a as int)", f"{made('a', 'int')} AS a"),
        ("int(a)", f"{made('a', 'int')} AS a"),
        ("double(trim(a)) + 1", f"{made('trim(a)', 'double')} + 1"),
        (
            "cast(cast(a as string) as date)",
            made("try_cast(a AS string)", "date") + " AS `CAST(CAST(a AS STRING) AS DATE)`",
        ),
        ("date(a) > '2024-01-01'", f"{made('a', 'date')} > '2024-01-01'"),
        ("SELECT x, cast(t.a as bigint) FROM t", f"SELECT x, {made('t.a', 'bigint')} AS a FROM t"),
        ("SELECT cast(a as bigint) AS b FROM t", f"SELECT {LONG} AS b FROM t"),
        ("SELECT cast(a as bigint) b FROM t", f"SELECT {LONG} b FROM t"),
        ("SELECT greatest(b, cast(a as bigint), c) FROM t", f"SELECT greatest(b, {LONG}, c) FROM t"),
        ("SELECT a FROM t ORDER BY b, cast(a as bigint), c", f"SELECT a FROM t ORDER BY b, {LONG}, c"),
        (
            "SELECT * FROM (SELECT cast(a as bigint) FROM t)",
            f"SELECT * FROM (SELECT {LONG} AS a FROM t)",
        ),
        (
            "cast(concat(a, ' as ') as bigint)",
            made("concat(a, ' as ')", "bigint") + " AS `CAST(concat(a,  as ) AS BIGINT)`",
        ),
        ("SELECT x, t.a::bigint FROM t", f"SELECT x, {made('t.a', 'bigint')} AS a FROM t"),
        ("SELECT window(t, '1 d'), a::bigint", f"SELECT window(t, '1 d'), {LONG} AS a"),
        ("SELECT a :: bigint + 1", f"SELECT {LONG} + 1"),
        ("SELECT trim(a)::decimal(10, 2) > 1", f"SELECT {made('trim(a)', 'decimal(10, 2)')} > 1"),
        ("SELECT (a || b)::boolean", "SELECT try_cast((a || b) AS boolean) AS `CAST((a || b) AS BOOLEAN)`"),
        ("SELECT '7'::boolean", "SELECT try_cast('7' AS boolean) AS `CAST(7 AS BOOLEAN)`"),
        ("SELECT 7::boolean", "SELECT try_cast(7 AS boolean) AS `CAST(7 AS BOOLEAN)`"),
        (
            "SELECT m['k'][0]::boolean",
            "SELECT try_cast(m['k'][0] AS boolean) AS `CAST(m['k'][0] AS BOOLEAN)`",
        ),
        ("SELECT a::string::boolean = b", "SELECT try_cast(try_cast(a AS string) AS boolean) = b"),
    ],
)
def test_casts_are_lenient(given: str, expected: str) -> None:
    assert with_lenient_casts(given) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT 'cast(a as double)', \"cast(a as double)\" -- cast(a as double)\nFROM t",
        "SELECT /* double(a) */ a FROM `cast(a as int)`",
        "SELECT try_cast(a AS double), x.date(a), broadcast(a)",
        "SELECT timestamp '2024-01-01', date '2024-01-01', interval 1 day",
        "CREATE TABLE t (a double, b decimal(10, 2), c int)",
        "SELECT date(a, b), date()",
        "SELECT cast(a",
        "SELECT it''s, 'it\\'s cast(a as double)'",
        "SELECT 1e3, 2.5D, a['x'], `we``ird`",
        "SELECT 'arn:aws:s3:::bucket', a ::, :: int, v:a.b, a::(1)",
    ],
)
def test_all_else_stays(sql: str) -> None:
    assert with_lenient_casts(sql) == sql


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("date_format(a, 'yyyy')", "date_format(cast(a AS timestamp), 'yyyy')"),
        ("SELECT Date_Format (f(a, b), c) x", "SELECT Date_Format (cast(f(a, b) AS timestamp), c) x"),
        (
            "date_format(date_format(a, 'y'), 'y')",
            "date_format(cast(date_format(cast(a AS timestamp), 'y') AS timestamp), 'y')",
        ),
        ("SELECT date_format, 'date_format(a, b)', date_format(a)", None),
    ],
)
def test_strict_dates(given: str, expected: str | None) -> None:
    assert with_strict_dates(given) == (expected or given)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a + 1 FROM t", True),
        ("SELECT sum(a) FROM t", True),
        ("a*b", True),
        ("SELECT * FROM t WHERE a > -1", False),
        ("SELECT count(*), t.*, 'a + b', a.sum FROM t -- a + b", False),
    ],
)
def test_arithmetic_is_seen(sql: str, expected: bool) -> None:
    assert has_arithmetic(sql) is expected
