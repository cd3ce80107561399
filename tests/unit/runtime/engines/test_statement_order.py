"""The ORDER BY of a statement, where its keys are columns of the result."""

import pytest

from placekeeper.runtime.engines.statement_order import sort_keys

COLUMNS = ["id", "Name", "a`b", "twice", "TWICE"]


def said(statement: str) -> list[str]:
    """The keys as people write them."""
    return [
        f"{name} {'desc' if is_descending else 'asc'} nulls {'first' if nulls_first else 'last'}"
        for name, is_descending, nulls_first in sort_keys(statement, COLUMNS)
    ]


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("id", ["id asc nulls first"]),
        ("id DESC, NAME", ["id desc nulls last", "name asc nulls first"]),
        ("id desc nulls first LIMIT 3", ["id desc nulls first"]),
        ("`a``b` ASC NULLS LAST;", ["a`b asc nulls last"]),
        ("id -- the key\n", ["id asc nulls first"]),
        ("1", []),
        ("t.id", []),
        ("id + 1", []),
        ("lower(name)", []),
        ("twice", []),
        ("other", []),
        ("id,", []),
        ("id using x", []),
    ],
)
def test_keys(order: str, keys: list[str]) -> None:
    assert said(f"SELECT id, name FROM t WHERE x IN (SELECT y FROM u ORDER BY y) ORDER BY {order}") == keys


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT row_number() OVER (ORDER BY id) AS id FROM t",
        "SELECT 'ORDER BY id' AS id FROM t",
        "SELECT * FROM (SELECT * FROM t ORDER BY id)",
        "SELECT order FROM t",
    ],
)
def test_an_order_that_is_not_that_of_the_statement(statement: str) -> None:
    assert said(statement) == []
