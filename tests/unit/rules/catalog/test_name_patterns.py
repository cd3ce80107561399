"""Patterns over names of tables: Java's regular expressions, and Hive's patterns."""

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.name_patterns import name_test

NAMES = ["orders", "order", "sales_eu", "sales_us", "a.b", "it's", "sale"]


def matching(pattern: str) -> list[str]:
    return [name for name, is_meant in zip(NAMES, name_test(pattern)(NAMES), strict=True) if is_meant]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", NAMES),
        (".*", NAMES),
        ("order", ["order"]),
        ("order.?", ["orders", "order"]),
        ("sales_*", ["sales_eu", "sales_us"]),
        ("*_eu", ["sales_eu"]),
        ("*es_e*", ["sales_eu"]),
        ("sales*eu", ["sales_eu"]),
        ("sale.*", ["sales_eu", "sales_us", "sale"]),
        ("order|*_us", ["order", "sales_us"]),
        ("(order|sale)[s]*", ["orders", "order", "sale"]),
        ("(s|o).*(e|r)", ["order", "sale"]),
        ("SALES_EU", ["sales_eu"]),
        (r"a\.b", ["a.b"]),
        (r"\Qa.b\E", ["a.b"]),
        (r"[a-z]\W\w*", ["a.b"]),
        ("^sales_(eu|us)$", ["sales_eu", "sales_us"]),
        ("sal[^f]s_.{2}", ["sales_eu", "sales_us"]),
        ("nothing", []),
    ],
)
def test_what_a_pattern_means(pattern: str, expected: list[str]) -> None:
    assert matching(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    ["(", "a)(b", "[a-z&&[^b]]", "[a[bc]]", "(?!tmp_).*", r"(a)\1", "a{2000}", "a++", "[", "\\", "(?<!x)y"],
)
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInputException, match=r"The Expression .* is not understood"):
        name_test(pattern)


def test_no_pattern_takes_long() -> None:
    names = ["a" * 250 + "!"] * 1000
    assert not any(name_test("(a+)+|(a|aa)+$|(.*.*.*.*.*.*)x")(names))  # a backtracking matcher would not end
