"""What is no candidate: hidden names and exclusions."""

import pytest

from placekeeper.model.plan import Reason
from placekeeper.rules.selection.candidates import candidate_filter

ROOT = "s3://bucket/in"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("s3://bucket/in/a.csv", None),
        ("s3://bucket/in/_SUCCESS", Reason.HIDDEN),
        ("s3://bucket/in/.a.crc", Reason.HIDDEN),
        ("s3://bucket/in/_temporary/0/a.csv", Reason.HIDDEN),
        ("s3://bucket/in/.spark-staging/a.csv", Reason.HIDDEN),
        ("s3://bucket/in/_placekeeper/abc/x.staged", Reason.HIDDEN),
        ("s3://bucket/in/_year=2013/a.csv", None),  # a Hive partition, as Spark sees it
        ("s3://bucket/in/dir/", Reason.HIDDEN),  # a folder marker
    ],
)
def test_hidden_names(path: str, reason: Reason | None) -> None:
    assert candidate_filter([ROOT], [])(path) is reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("s3://bucket/in/sub/", Reason.FOLDER),
        ("s3://bucket/in/year=1/", Reason.FOLDER),
        ("s3://bucket/in/_temporary/", Reason.HIDDEN),
        ("s3://bucket/in/", Reason.HIDDEN),
        ("s3://bucket/in/a.csv", None),
    ],
)
def test_folders_that_nobody_looks_into(path: str, reason: Reason | None) -> None:
    assert candidate_filter([ROOT], [], recurse=False)(path) is reason


def test_a_file_that_the_source_names_is_never_hidden() -> None:
    assert candidate_filter(["s3://bucket/in/_data.csv"], [])("s3://bucket/in/_data.csv") is None


def test_what_lies_above_the_root_hides_nothing() -> None:
    assert candidate_filter(["s3://b/_raw/in"], [])("s3://b/_raw/in/a.csv") is None


@pytest.mark.parametrize(
    ("glob", "path", "excluded"),
    [
        ("**.pdf", "s3://bucket/in/x/a.pdf", True),
        ("*.pdf", "s3://bucket/in/a.pdf", True),
        ("*.pdf", "s3://bucket/in/x/a.pdf", False),  # * stays within a folder
        ("s3://bucket/in/tmp/**", "s3://bucket/in/tmp/x/a.csv", True),
        ("s3a://bucket/in/tmp/**", "s3://bucket/in/tmp/a.csv", True),
        ("tmp/**", "s3://bucket/in/tmp/a.csv", True),
        ("a?.csv", "s3://bucket/in/ab.csv", True),
        ("a[0-9].csv", "s3://bucket/in/a7.csv", True),
        ("a[!0-9].csv", "s3://bucket/in/a7.csv", False),
        ("*.{tmp,bak}", "s3://bucket/in/a.bak", True),
        ("a.csv", "s3://bucket/in/axcsv", False),
        ("/data/tmp/**", "file:///data/tmp/a.csv", True),  # a local path, as scripts write it
    ],
)
def test_exclusions(glob: str, path: str, excluded: bool) -> None:
    assert candidate_filter([ROOT], [glob])(path) is (Reason.EXCLUDED if excluded else None)
