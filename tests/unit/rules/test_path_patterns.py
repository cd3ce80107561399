"""Wildcards in paths, as Hadoop has them."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.path_patterns import PathPattern, escaped, expanded, fixed_part, is_pattern


def means(path: str, uri: str) -> bool:
    """Whether a path means exactly this file or folder."""
    for one in expanded([path]):
        if isinstance(one, PathPattern):
            below = uri.removeprefix(one.folder)
            if uri.startswith(one.folder) and one.rest(below.rstrip("/")) == "":
                return True
        elif one.rstrip("/") == uri.rstrip("/"):
            return True
    return False


@pytest.mark.parametrize(
    ("path", "there", "not_there"),
    [
        (
            "s3://b/in/*/x-[0-9]*.json",
            ["s3://b/in/a/x-1.json", "s3://b/in/é/x-12.json"],
            ["s3://b/in/x-1.json"],
        ),
        ("s3://b/in/*.csv", ["s3://b/in/a.csv"], ["s3://b/in/a/b.csv", "s3://b/in/a.csv.gz"]),
        ("s3://b/in/?.csv", ["s3://b/in/a.csv"], ["s3://b/in/ab.csv", "s3://b/in/.csv"]),
        ("s3://b/{a,b}/c", ["s3://b/a/c", "s3://b/b/c"], ["s3://b/{a,b}/c"]),
        ("s3://b/{a/x,b{c,d}}/*", ["s3://b/a/x/1", "s3://b/bc/1", "s3://b/bd/1"], ["s3://b/b/1"]),
        ("s3://b/[^a]x/[!b]y", ["s3://b/cx/cy"], ["s3://b/ax/cy", "s3://b/cx/by"]),
        ("s3://b/[a-c]/[]-]", ["s3://b/b/]", "s3://b/c/-"], ["s3://b/d/]"]),
        (r"s3://b/[a\-c]", ["s3://b/a", "s3://b/-", "s3://b/c"], ["s3://b/b"]),
        (r"s3://b/\[x\]/\*", ["s3://b/[x]/*"], ["s3://b/x/a"]),
        ("s3://b/year=*/month={01,02}", ["s3://b/year=2024/month=01"], ["s3://b/year=2024/month=03"]),
        ("s3://b/*", ["s3://b/a", "s3://b/_year=1"], ["s3://b/_tmp", "s3://b/.x"]),
        ("s3://b/_*", ["s3://b/_tmp"], ["s3://b/tmp"]),
        ("file:///in/*a**b", ["file:///in/aab", "file:///in/xayb"], ["file:///in/a/b"]),
    ],
)
def test_what_a_path_means(path: str, there: list[str], not_there: list[str]) -> None:
    assert [uri for uri in there if not means(path, uri)] == []
    assert [uri for uri in not_there if means(path, uri)] == []


@pytest.mark.parametrize(
    ("path", "fixed"),
    [
        ("s3://b/in/x*/y", "s3://b/in/"),
        ("s3://b/in/", "s3://b/in/"),
        ("s3://b/in/a", "s3://b/in/a"),
        ("s3://b/*", "s3://b/"),
    ],
)
def test_the_part_before_wildcards(path: str, fixed: str) -> None:
    assert fixed_part(path) == fixed


@pytest.mark.parametrize("path", ["s3://b/[x]", "s3://b/a*b?", "s3://b/{}", "s3://b/plain", r"s3://b/\x["])
def test_an_escaped_path_means_itself(path: str) -> None:
    assert expanded([escaped(path)]) == (path,)
    assert is_pattern(path) == is_pattern(escaped(path))


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("s3://b/[a", "bracket"),
        ("s3://b/{a,b", "not closed"),
        ("s3://b/[b-a]", "ends before it begins"),
        ("s3://b/*/\\", "backslash"),
        ("s3://b/{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}", "more than 1,000 paths"),
    ],
)
def test_a_broken_path_is_refused(path: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        expanded([path])
