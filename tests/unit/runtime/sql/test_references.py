"""The tables that queries name, and queries with other names in their places."""

import pytest

from placekeeper.runtime.sql.cursor import NotUnderstood
from placekeeper.runtime.sql.pruning import predicate_for
from placekeeper.runtime.sql.references import query_of

KEYS = [("day", "string"), ("n", "int"), ("at", "date"), ("amount", "double")]


def rewritten(text: str) -> str:
    query = query_of(text)
    return query.rewritten({place: f"v{place}" for place in range(len(query.references))})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT * FROM d.t", "SELECT * FROM `v0` AS `t`"),
        ("select  x.a\nfrom `d`.`t` x -- d.t", "select  x.a\nfrom `v0` x -- d.t"),
        ("SELECT d.t.a, t.b, D.T.* FROM d.t", "SELECT t.a, t.b, T.* FROM `v0` AS `t`"),
        ("SELECT d.t.a FROM d.t AS d", "SELECT d.t.a FROM `v0` AS d"),
        ("SELECT 'd.t' FROM c.d.t", "SELECT 'd.t' FROM `v0` AS `t`"),
        (
            "SELECT * FROM d.t TABLESAMPLE (5 ROWS) WHERE a",
            "SELECT * FROM `v0` TABLESAMPLE (5 ROWS) AS `t` WHERE a",
        ),
        (
            "WITH t AS (SELECT * FROM t) SELECT * FROM t",
            "WITH t AS (SELECT * FROM `v0` AS `t`) SELECT * FROM t",
        ),
        (
            "SELECT (SELECT max(a) FROM d.u) FROM range(3), d.t",
            "SELECT (SELECT max(a) FROM `v0` AS `u`) FROM range(3), `v1` AS `t`",
        ),
        (
            "FROM d.t LATERAL VIEW explode(a) x AS y SELECT a",
            "FROM `v0` AS `t` LATERAL VIEW explode(a) x AS y SELECT a",
        ),
        ("VALUES (1), (2)", "VALUES (1), (2)"),
        ("SELECT `x``y`.a FROM `d`.`x``y`", "SELECT `x``y`.a FROM `v0` AS `x``y`"),
        ("SELECT a FROM (TABLE d.t)", "SELECT a FROM (SELECT * FROM `v0` AS `t`)"),
        (
            "(TABLE d.t) UNION ALL TABLE e.u",
            "(SELECT * FROM `v0` AS `t`) UNION ALL SELECT * FROM `v1` AS `u`",
        ),
        ("SELECT table FROM d.t", "SELECT table FROM `v0` AS `t`"),
        (
            "SELECT * FROM d.t WHERE a IN (SELECT a FROM {df})",
            "SELECT * FROM `v0` AS `t` WHERE a IN (SELECT a FROM {df})",
        ),
        (
            "WITH q AS (SELECT 1) SELECT /*+ BROADCAST(s), REPARTITION(3, d.t.a) */ s.a FROM d.t s JOIN q",
            "WITH q AS (SELECT 1) SELECT /*+ BROADCAST(s), REPARTITION(3, d.t.a) */ s.a FROM `v0` s JOIN q",
        ),
        ("SELECT /*+ MAPJOIN(t) */ * FROM d.t", "SELECT /*+ MAPJOIN(t) */ * FROM `v0` AS `t`"),
        ("SELECT d.t.s.f, d.t.s.f.g.h FROM d.t", "SELECT t.s.f, t.s.f.g.h FROM `v0` AS `t`"),
        ("SELECT c.d.t.a, d.t.m['k'].x FROM c.d.t", "SELECT t.a, t.m['k'].x FROM `v0` AS `t`"),
        ("SELECT t.s.a FROM d.t JOIN t.s", "SELECT s.a FROM `v0` AS `t` JOIN `v1` AS `s`"),
        (
            "SELECT t.a FROM d.t UNION SELECT t.a FROM e.t",
            "SELECT t.a FROM `v0` AS `t` UNION SELECT t.a FROM `v1` AS `t`",
        ),
    ],
)
def test_only_the_places_of_tables_change(text: str, wanted: str) -> None:
    assert rewritten(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "SELECT d.t.a, E.T.* FROM d.t JOIN e.t ON d.t.a = e.t.a",
            "SELECT `A`.a, `B`.* FROM `v0` AS `A` JOIN `v1` AS `B` ON `A`.a = `B`.a",
        ),
        (
            "SELECT t.a FROM d.t WHERE EXISTS (SELECT 1 FROM e.t WHERE t.b = d.t.a)",
            "SELECT `A`.a FROM `v0` AS `A` WHERE EXISTS (SELECT 1 FROM `v1` AS `B` WHERE `B`.b = `A`.a)",
        ),
        (
            "SELECT t.a, d.t.a FROM d.t JOIN u AS t",
            None,
        ),
        (
            "WITH t AS (SELECT 1) SELECT t.a, d.t.a FROM d.t JOIN t",
            None,
        ),
        (
            "WITH t AS (SELECT 1 AS a) SELECT d.t.a FROM d.t JOIN t ON true",
            "WITH t AS (SELECT 1 AS a) SELECT `A`.a FROM `v0` AS `A` JOIN t ON true",
        ),
    ],
)
def test_tables_of_one_name_get_own_names(text: str, wanted: str | None) -> None:
    if wanted is None:
        with pytest.raises(NotUnderstood, match="several tables"):
            rewritten(text)
        return
    assert rewritten(text).replace("placekeeper_table_0", "A").replace("placekeeper_table_1", "B") == wanted


def test_what_is_not_sql_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        query_of("SELECT FROM WHERE (")


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("day = 'x'", "`day` = 'x'"),
        ("t.day = 'x' AND a = 1 AND 5 > n", "`day` = 'x' AND `n` < 5"),
        ("(day IN ('x', 'y')) AND n BETWEEN 1 AND 3", "`day` IN ('x', 'y') AND `n` >= 1 AND `n` <= 3"),
        ("at >= DATE '2024-01-01' AND at <> '2024-02-01'", "`at` >= '2024-01-01' AND `at` <> '2024-02-01'"),
        ("day = 'x' OR n = 1", ""),
        ("NOT day = 'x'", ""),
        ("day IS NULL", ""),
        ("day = 5", ""),
        ("n = '5'", ""),
        ("n = 5.0", ""),
        ("day = 'it''s'", ""),
        ("upper(day) = 'X'", ""),
        ("day = other", ""),
        ("amount = 1", ""),
        ("at = 'soon'", ""),
        ("x.day = 'x'", ""),
        ("day IN (SELECT d FROM u)", ""),
    ],
)
def test_conditions_on_keys(where: str, wanted: str) -> None:
    reference = query_of(f"SELECT * FROM d.t WHERE {where}").references[0]
    assert predicate_for(reference, KEYS) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT * FROM d.t JOIN u WHERE day = 'x'", ""),
        ("SELECT * FROM d.t JOIN u WHERE t.day = 'x'", "`day` = 'x'"),
        ("SELECT * FROM u LEFT JOIN d.t a ON true WHERE a.day = 'x'", "`day` = 'x'"),
        ("SELECT * FROM d.t LATERAL VIEW explode(a) x AS day WHERE day = 'x'", ""),
        ("SELECT * FROM (SELECT * FROM d.t) WHERE day = 'x'", ""),
        ("SELECT * FROM d.t TABLESAMPLE (1 ROWS) WHERE day = 'x'", ""),
        ("SELECT day, count(*) FROM d.t GROUP BY day HAVING day = 'x'", ""),
        ("SELECT * FROM d.t AS x(day, id) WHERE day = 'x'", ""),
        ("FROM d.t |> LIMIT 1 |> WHERE day = 'x'", ""),
        ("SELECT * FROM d.t WHERE day = '|>'", "`day` = '|>'"),
        ("SELECT * FROM d.t x(day, id) WHERE x.day = 'x'", ""),
        ("SELECT * FROM d.t JOIN e.t ON true WHERE d.t.day = 'x'", "`day` = 'x'"),
        ("SELECT * FROM d.t JOIN e.t ON true WHERE e.t.day = 'x'", ""),
        ("SELECT * FROM d.t JOIN d.u ON true WHERE u.t.day = 'x'", ""),
    ],
)
def test_conditions_count_where_they_are_sure_to_be_the_tables(query: str, wanted: str) -> None:
    reference = next(one for one in query_of(query).references if one.parts == ("d", "t"))
    assert predicate_for(reference, KEYS) == wanted
