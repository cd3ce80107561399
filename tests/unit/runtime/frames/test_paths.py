"""Field paths: dots, backticks, and what is no path."""

import pytest

from placekeeper.runtime.frames.paths import parse_path, parse_paths, quoted


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("`a.b`", ("a.b",)),
        ("a.`b.c`.d", ("a", "b.c", "d")),
        ("`a``b`.c", ("a`b", "c")),
        ("provider id", ("provider id",)),
        ("`[id]`", ("[id]",)),
    ],
)
def test_paths(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "`a", "`a`b"])
def test_what_is_no_path(text):
    with pytest.raises(ValueError, match="the field path"):
        parse_path(text)


def test_a_path_is_a_string():
    with pytest.raises(TypeError, match="a field path is a string, not 1"):
        parse_path(1)


def test_a_bare_string_is_one_path():
    assert parse_paths("a.b") == [("a", "b")]
    assert parse_paths(["a", "b"]) == [("a",), ("b",)]


def test_quoted_names_are_read_back():
    assert quoted("a.b`c") == "`a.b``c`"
    assert parse_path(quoted("a.b`c")) == ("a.b`c",)
