"""Patterns of functions."""

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.function_patterns import function_test


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        (".*", "a", True),
        ("a", "a", True),
        ("a", "ab", False),
        ("a|b", "b", True),
        ("a|b", "ab", False),
        (r"trino__\Qa.b\E__.*", "trino__a.b__1", True),
        (r"trino__\Qa.b\E__.*", "trino__axb__1", False),
        ("(?i)A", "a", True),
        ("é.", "éx", True),
        ("a", "a\n", False),
    ],
)
def test_a_pattern_is_a_regular_expression_for_the_whole_name(pattern: str, name: str, matches: bool) -> None:
    assert function_test(pattern)(name) is matches


@pytest.mark.parametrize("pattern", ["*", "(", ")(", "\\", "[z-a]", "a{1000}{1000}"])
def test_a_malformed_pattern(pattern: str) -> None:
    with pytest.raises(InvalidInputException, match=r"^Invalid pattern syntax: .* write \.\* for any"):
        function_test(pattern)


def test_no_pattern_takes_long() -> None:
    assert not function_test("(a|a|aa)*" * 20)("a" * 255 + "b")
