"""Globs of exclusions: what they match, and that a broken one is refused by name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import UsageError
from placekeeper.rules.globs import globs_pattern
from placekeeper.rules.selection.candidates import candidate_filter


@pytest.mark.parametrize(
    ("glob", "matched", "not_matched"),
    [
        ("*", ["a", ""], ["a/b"]),
        ("**", ["a", "a/b", "line\nbreak"], []),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[a-c]x", ["ax", "cx"], ["dx"]),
        ("[!a-c]x", ["dx"], ["ax", "/x"]),
        ("[^a]", ["^", "a"], ["b"]),  # only ! negates
        ("[*?\\]", ["*", "?", "\\"], ["a"]),  # within brackets they are themselves
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[+-9]", ["+", "5"], ["/"]),  # a range never reaches over a folder's end
        ("[[:x]", ["[", ":", "x"], ["y"]),
        ("[a&&b]", ["&"], []),
        ("{a,b*}c", ["ac", "bc", "bxc"], ["c"]),
        ("x{,y}", ["x", "xy"], ["xz"]),
        ("{[,],a}", [","], []),
        ("a,b", ["a,b"], ["a"]),
        ("a}b]", ["a}b]"], []),
        ("\\*.csv", ["*.csv"], ["a.csv"]),
        ("\\[a\\]\\{b\\}", ["[a]{b}"], []),
        ("{a\\,b,c}", ["a,b", "c"], ["a"]),
        ("a.c(d)+$|^", ["a.c(d)+$|^"], ["abc(d)+$|^"]),
    ],
)
def test_what_a_glob_matches(glob: str, matched: list[str], not_matched: list[str]) -> None:
    pattern = globs_pattern([glob])
    assert [text for text in matched if not pattern.fullmatch(text)] == []
    assert [text for text in not_matched if pattern.fullmatch(text)] == []


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "it is empty"),
        ("[", "[ is not closed"),
        ("**/[a", "[ is not closed"),
        ("[]", "[ is not closed"),
        ("[!]", "[ is not closed"),
        ("[z-a]", "range z-a"),
        ("{a,b", "{ is not closed"),
        ("{a,{b,c}}", "inside another"),
        ("a\\", "ends with a backslash"),
        ("[a/b]", "a / inside brackets"),
    ],
)
def test_a_broken_glob_is_refused_by_name(glob: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)) as raised:
        candidate_filter(["s3://b/in"], ["**.tmp", glob])
    assert f"the glob {glob!r} in exclusions" in str(raised.value)


@given(st.lists(st.text("ab/*?[]{}!^-,\\&|~.\n", max_size=8), max_size=3), st.text("ab/\n]-", max_size=6))
def test_every_glob_is_a_pattern_or_refused(globs: list[str], text: str) -> None:
    try:
        pattern = globs_pattern(globs)
    except UsageError:
        return
    pattern.fullmatch(text)
