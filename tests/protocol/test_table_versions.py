"""boto3 against the server: versions of tables."""

from typing import Any

import pytest

OF: dict[str, str] = {"DatabaseName": "d", "TableName": "t"}


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t", "Description": "v0"})
    return glue


def update(glue: Any, description: str, **more: Any) -> None:
    glue.update_table(DatabaseName="d", TableInput={"Name": "T", "Description": description}, **more)


def versions(glue: Any) -> list[tuple[str, str]]:
    pages = glue.get_paginator("get_table_versions").paginate(**OF, PaginationConfig={"PageSize": 2})
    return [
        (each["VersionId"], each["Table"]["Description"]) for page in pages for each in page["TableVersions"]
    ]


def test_versions_are_kept_newest_first(table: Any) -> None:
    assert versions(table) == [("0", "v0")]
    for number in range(1, 5):
        update(table, f"v{number}")
    assert versions(table) == [(f"{number}", f"v{number}") for number in (4, 3, 2, 1, 0)]
    one = table.get_table_versions(**OF, MaxResults=1)
    assert [each["VersionId"] for each in one["TableVersions"]] == ["4"]
    assert "NextToken" in one
    kept = table.get_table_version(**OF, VersionId="1")["TableVersion"]
    assert (kept["VersionId"], kept["Table"]["VersionId"], kept["Table"]["Description"]) == ("1", "1", "v1")
    newest = table.get_table_version(**OF)["TableVersion"]
    assert newest["Table"] == table.get_table(DatabaseName="d", Name="t")["Table"]
    assert kept["Table"]["CreateTime"] == newest["Table"]["CreateTime"]
    assert kept["Table"]["UpdateTime"] < newest["Table"]["UpdateTime"]


def test_an_update_that_skips_the_archive_keeps_no_version(table: Any) -> None:
    update(table, "v1", SkipArchive=True, VersionId="0")
    update(table, "v2", VersionId="1")
    with pytest.raises(table.exceptions.ConcurrentModificationException):
        update(table, "stale", VersionId="1", SkipArchive=True)
    assert versions(table) == [("2", "v2"), ("1", "v1")]


def test_older_versions_can_be_deleted(table: Any) -> None:
    for number in range(1, 5):
        update(table, f"v{number}")
    table.delete_table_version(**OF, VersionId="0")
    errors = table.batch_delete_table_version(**OF, VersionIds=["1", "0", "4", "x", "2"])["Errors"]
    assert [(e["TableName"], e["VersionId"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        ("t", "0", "EntityNotFoundException"),
        ("t", "4", "InvalidInputException"),
        ("t", "x", "InvalidInputException"),
    ]
    assert versions(table) == [("4", "v4"), ("3", "v3")]
    table.delete_table(DatabaseName="d", Name="t")
    table.create_table(DatabaseName="d", TableInput={"Name": "t", "Description": "again"})
    assert versions(table) == [("0", "again")]


def test_versions_that_are_not_there(table: Any) -> None:
    for ask in (
        lambda: table.get_table_version(**OF, VersionId="7"),
        lambda: table.delete_table_version(**OF, VersionId="7"),
        lambda: table.get_table_versions(DatabaseName="d", TableName="absent"),
        lambda: table.batch_delete_table_version(DatabaseName="d", TableName="absent", VersionIds=["0"]),
    ):
        with pytest.raises(table.exceptions.EntityNotFoundException, match="not found"):
            ask()
    for ask in (
        lambda: table.get_table_version(**OF, VersionId="new"),
        lambda: table.delete_table_version(**OF, VersionId="0"),
    ):
        with pytest.raises(table.exceptions.InvalidInputException):
            ask()
