"""boto3 against the server: searching for tables."""

from typing import Any

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


TABLES: list[tuple[str, dict[str, Any]]] = [
    ("shop", {"Name": "customer-link", "Description": "Who buys", "Owner": "ann"}),
    ("shop", {"Name": "xxlinkyy", "Parameters": {"classification": "parquet"}, "Owner": "bob"}),
    (
        "lake",
        {"Name": "xx-link-yy", "StorageDescriptor": {"Columns": [{"Name": "id", "Comment": "of a buyer"}]}},
    ),
    ("lake", {"Name": "sales_2026", "Parameters": {"classification": "csv", "note": "who buys what"}}),
    ("lake", {"Name": "empty", "PartitionKeys": [{"Name": "day"}], "Owner": "Ann"}),
]


@pytest.fixture
def tables(glue: Any) -> Any:
    for database in ("shop", "lake"):
        glue.create_database(DatabaseInput={"Name": database})
    for database, spec in TABLES:
        glue.create_table(DatabaseName=database, TableInput=spec)
    return glue


def found(glue: Any, **asked: Any) -> list[str]:
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = glue.search_tables(**asked, **token)
        names += [table["Name"] for table in page["TableList"]]
        if "NextToken" not in page:
            return names
        token = {"NextToken": page["NextToken"]}


ALL = ["empty", "sales_2026", "xx-link-yy", "customer-link", "xxlinkyy"]


def test_filters_compare_words(tables: Any) -> None:
    def by(key: str, value: str) -> list[str]:
        return found(tables, Filters=[{"Key": key, "Value": value}])

    assert by("Name", "link") == ["xx-link-yy", "customer-link"]
    assert by("Name", "customer-link") == ["customer-link"]
    assert by("DatabaseName", "lake") == ALL[:3]
    assert by("Owner", "ann") == ["empty", "customer-link"]
    assert by("classification", "parquet") == ["xxlinkyy"]
    assert by("absent", "x") == []
    both = [{"Key": "Name", "Value": "link"}, {"Key": "DatabaseName", "Value": "shop"}]
    assert found(tables, Filters=both) == ["customer-link"]


def test_times_are_compared(tables: Any) -> None:
    created = tables.get_table(DatabaseName="lake", Name="xx-link-yy")["Table"]["CreateTime"]
    for value in (created.isoformat(), f"{created.timestamp():.3f}"):
        one = {"Key": "CreateTime", "Value": value}
        assert found(tables, Filters=[one]) == ["xx-link-yy"]
        assert found(tables, Filters=[one | {"Comparator": "LESS_THAN"}]) == ["customer-link", "xxlinkyy"]
        assert found(tables, Filters=[one | {"Comparator": "GREATER_THAN_EQUALS"}]) == ALL[:3]
    assert (
        found(tables, Filters=[{"Key": "LastAccessTime", "Value": "0", "Comparator": "GREATER_THAN"}]) == []
    )
    with pytest.raises(tables.exceptions.InvalidInputException, match="'soon' is not a time"):
        found(tables, Filters=[{"Key": "CreateTime", "Value": "soon"}])


def test_a_text_is_searched_for_everywhere(tables: Any) -> None:
    assert found(tables) == ALL
    assert found(tables, SearchText="Parquet") == ["xxlinkyy"]
    assert found(tables, SearchText="buyer") == ["xx-link-yy"]
    assert found(tables, SearchText="buys who") == ["sales_2026", "customer-link"]
    assert found(tables, SearchText='"who buys"') == ["customer-link"]
    assert found(tables, SearchText="day") == ["empty"]
    assert found(tables, SearchText="nowhere") == []
    assert found(tables, ResourceShareType="FOREIGN") == []


@pytest.mark.parametrize("size", [1, 2, 5])
def test_results_are_sorted_and_paged(tables: Any, size: int) -> None:
    def by(field: str, sort: str) -> list[str]:
        order = [{"FieldName": field, "Sort": sort}]
        return found(tables, SortCriteria=order, MaxResults=size)

    assert found(tables, MaxResults=size) == ALL
    assert by("Name", "ASC") == sorted(ALL)
    assert by("Name", "DESC") == sorted(ALL, reverse=True)
    assert by("CreateTime", "ASC") == [spec["Name"] for _, spec in TABLES]
    assert by("Owner", "DESC") == ["xxlinkyy", "customer-link", "empty", "xx-link-yy", "sales_2026"]


def test_searches_that_cannot_be(tables: Any) -> None:
    with pytest.raises(tables.exceptions.InvalidInputException, match="cannot be sorted by Columns"):
        found(tables, SortCriteria=[{"FieldName": "Columns"}])
    with pytest.raises(tables.exceptions.InvalidInputException, match="a Key and a Value"):
        found(tables, Filters=[{"Key": "Name"}])
    token = tables.search_tables(MaxResults=1)["NextToken"]
    with pytest.raises(tables.exceptions.InvalidInputException, match="NextToken"):
        tables.search_tables(MaxResults=1, SearchText="link", NextToken=token)
