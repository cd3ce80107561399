"""Casts in SQL text, rewritten for Sail; everything else stays letter by letter."""

import pytest

from placekeeper.runtime.engines.lenient_sql import with_lenient_casts

WHOLE = "coalesce(try_cast({0} AS bigint), try_cast(regexp_extract(try_cast({0} AS string), "
WHOLE += "'^ *([+-]?[0-9]+)[.][0-9]* *$', 1) AS bigint))"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("SELECT cast(a AS double) FROM t", "SELECT try_cast(a AS double) FROM t"),
        ("select CAST ( a as Decimal(10,2) ), b", "select try_cast(a AS Decimal(10,2)), b"),
        ("cast(a as int)", "cast(a AS int)"),
        ("int(a)", "cast(a AS int)"),
        ("double(trim(a)) + 1", "try_cast(trim(a) AS double) + 1"),
        ("cast(cast(a as string) as date)", "try_cast(try_cast(a AS string) AS date)"),
        ("date(a) > '2024-01-01'", "try_cast(a AS date) > '2024-01-01'"),
        ("SELECT x, cast(t.a as bigint) FROM t", f"SELECT x, {WHOLE.format('t.a')} AS a FROM t"),
        ("SELECT cast(a as bigint) AS b FROM t", f"SELECT {WHOLE.format('a')} AS b FROM t"),
        ("SELECT cast(a as bigint) b FROM t", f"SELECT {WHOLE.format('a')} b FROM t"),
        (
            "SELECT greatest(b, cast(a as bigint), c) FROM t",
            f"SELECT greatest(b, {WHOLE.format('a')}, c) FROM t",
        ),
        (
            "SELECT a FROM t ORDER BY b, cast(a as bigint), c",
            f"SELECT a FROM t ORDER BY b, {WHOLE.format('a')}, c",
        ),
        (
            "SELECT * FROM (SELECT cast(a as bigint) FROM t)",
            f"SELECT * FROM (SELECT {WHOLE.format('a')} AS a FROM t)",
        ),
        ("cast(concat(a, ' as ') as bigint)", WHOLE.format("concat(a, ' as ')")),
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
    ],
)
def test_all_else_stays(sql: str) -> None:
    assert with_lenient_casts(sql) == sql
