"""Where a job says that its files are."""

import pytest

from placekeeper.rules.jobs.locations import (
    AZURE,
    FILE,
    GOOGLE,
    HTTP,
    S3,
    file_name,
    has_scheme,
    shown,
    store_of,
)


@pytest.mark.parametrize(
    ("location", "store"),
    [
        ("lib/a.py", FILE),
        ("/lib/a.py", FILE),
        ("file:///lib/a.py", FILE),
        ("file:/lib/a.py", FILE),
        ("S3A://bucket/a.py", S3),
        ("gs://bucket/a.py", GOOGLE),
        ("abfss://container@account.dfs.core.windows.net/a.py", AZURE),
        ("HTTPS://host/a.py", HTTP),
        ("ftp://host/a.py", None),
    ],
)
def test_the_scheme_says_which_store(location: str, store: str | None) -> None:
    assert store_of(location) == store


def test_a_path_is_no_uri() -> None:
    assert not has_scheme("folder/a.py")
    assert has_scheme("gs://bucket/a.py")


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("s3://bucket/what?/a?b#c.py", "a?b#c.py"),
        ("gs://bucket/a%20b.py", "a%20b.py"),
        ("https://host/lib/a%20b.py?sig=x/y.zip", "a b.py"),
        ("https://host/lib/a.whl#sha256=00", "a.whl"),
        ("https://host/..%2F..%2Fetc%2Fa.py", "a.py"),
        ("folder/", "folder"),
    ],
)
def test_a_files_name_is_the_last_part_of_its_path(location: str, name: str) -> None:
    assert file_name(location) == name


def test_messages_do_not_show_what_may_be_a_signature() -> None:
    text = "GET https://host/a.py?sig=hunter2 and (http://h/b#token) failed; s3://bucket/what?"

    assert shown(text) == "GET https://host/a.py?… and (http://h/b?…) failed; s3://bucket/what?"
