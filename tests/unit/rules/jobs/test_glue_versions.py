"""Versions of Glue: which are taken, and from which one on SQL is strict."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.glue_versions import GLUE_VERSIONS, checked_glue_version, is_strict


@pytest.mark.parametrize(
    ("version", "strict"),
    [
        ("0.9", False),
        ("3.0", False),
        ("5.1", False),
        ("6.0", True),
        ("7.1", True),
        ("auto", True),
        ("", True),
    ],
)
def test_sql_is_strict_from_6_on(version: str, strict: bool) -> None:
    assert is_strict(version) is strict


@pytest.mark.parametrize("version", GLUE_VERSIONS)
def test_each_version_is_taken(version: str) -> None:
    assert checked_glue_version(version) == version


@pytest.mark.parametrize("version", ["2.0", "5", "", "6.0.0"])
def test_any_other_is_refused_with_the_list(version: str) -> None:
    with pytest.raises(UsageError, match=r"must be 3\.0, 4\.0, 5\.0, 5\.1 or 6\.0, not '"):
        checked_glue_version(version)
