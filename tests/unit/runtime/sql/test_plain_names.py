"""Queries whose tables are plain to see need no parser; all others get one."""

import pytest

from placekeeper.runtime.sql.plain_names import plain_names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT 1", set()),
        ("select count(*), sum(a) from t", {"t"}),
        ("SELECT a.x FROM t AS a JOIN `u v` b ON a.x = b.x WHERE a.y IN (1, 2)", {"t", "u v"}),
        ("SELECT * FROM (SELECT * FROM t) x LEFT JOIN u ON true", {"t", "u"}),
        ("WITH a AS (SELECT * FROM t) SELECT * FROM a", {"t"}),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM t", {"t"}),
        ("WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM b -- FROM x.y", {"t"}),
        ("SELECT 'from x.y' FROM t WHERE EXISTS (SELECT 1 FROM u)", {"t", "u"}),
    ],
)
def test_plain(query: str, names: set[str]) -> None:
    assert plain_names(query) == names


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM d.t",
        "SELECT * FROM t, d.u",
        "SELECT * FROM t a, d.u",
        "SELECT * FROM t AS a, u",
        "SELECT * FROM (SELECT 1) x, d.u",
        "SELECT * FROM range(3)",
        "SELECT * FROM v JOIN w ON v.a = w.a, cat",
        "SELECT * FROM v JOIN w USING (a, b), LATERAL (SELECT 1)",
        "SELECT * FROM ((d.t))",
        "SELECT * FROM (t)",
        "WITH a AS (WITH t AS (SELECT 1) SELECT * FROM t) SELECT * FROM t JOIN a",
        "SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) JOIN t",
        "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r",
        "SELECT * FROM {df}",
        "SELECT sum(x) OVER w FROM t WINDOW w AS (ORDER BY x)",
    ],
)
def test_not_plain(query: str) -> None:
    assert plain_names(query) is None


def test_an_extract_counts_as_a_name_that_no_view_has() -> None:
    assert plain_names("SELECT extract(year FROM day) FROM t") == {"day", "t"}
