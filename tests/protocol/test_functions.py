"""boto3 against the server: user-defined functions."""

from datetime import UTC, datetime
from typing import Any

import pytest

SPEC = {
    "FunctionName": "Area",
    "ClassName": "com.example.Area",
    "OwnerName": "us",
    "OwnerType": "GROUP",
    "FunctionType": "REGULAR_FUNCTION",
    "ResourceUris": [
        {"ResourceType": "JAR", "Uri": "s3://jars/a.jar"},
        {"ResourceType": "FILE", "Uri": "s3://f", "LastModified": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
    ],
}
ARN = "arn:aws:glue:eu-central-1:000000000000:userDefinedFunction/"

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


@pytest.fixture
def shop(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "shop"})
    return glue


def create(glue: Any, name: str, database: str = "shop", **more: Any) -> None:
    glue.create_user_defined_function(DatabaseName=database, FunctionInput={"FunctionName": name, **more})


def names(glue: Any, pattern: str = ".*", **more: Any) -> list[str]:
    found = glue.get_user_defined_functions(Pattern=pattern, **more)["UserDefinedFunctions"]
    return [function["FunctionName"] for function in found]


def test_a_function_is_shown_as_it_was_sent_until_it_is_deleted(shop: Any) -> None:
    shop.create_user_defined_function(DatabaseName="Shop", FunctionInput=SPEC)
    one = {"DatabaseName": "SHOP", "FunctionName": "area"}
    shown = shop.get_user_defined_function(**one)["UserDefinedFunction"]
    created = shown.pop("CreateTime")
    assert shown == {**SPEC, "DatabaseName": "shop", "CatalogId": "000000000000"}

    shop.update_user_defined_function(**one, FunctionInput={"ClassName": "com.example.New"})
    changed = shop.get_user_defined_function(**one)["UserDefinedFunction"]
    assert changed.pop("CreateTime") == created
    assert changed == {
        "FunctionName": "Area",
        "ClassName": "com.example.New",
        "DatabaseName": "shop",
        "CatalogId": "000000000000",
    }

    shop.delete_user_defined_function(**one)
    for ask in (
        lambda: shop.get_user_defined_function(**one),
        lambda: shop.delete_user_defined_function(**one),
        lambda: shop.update_user_defined_function(**one, FunctionInput=SPEC),
    ):
        with pytest.raises(shop.exceptions.EntityNotFoundException, match=r"Cannot find function\."):
            ask()


def test_functions_that_are_there_and_that_cannot_be(shop: Any) -> None:
    create(shop, "area")
    with pytest.raises(shop.exceptions.AlreadyExistsException, match=r"Function already exists\."):
        create(shop, "AREA")
    with pytest.raises(shop.exceptions.InvalidInputException, match="FunctionName is missing"):
        shop.create_user_defined_function(DatabaseName="shop", FunctionInput={"ClassName": "x"})
    with pytest.raises(shop.exceptions.InvalidInputException, match="cannot be renamed"):
        shop.update_user_defined_function(
            DatabaseName="shop", FunctionName="area", FunctionInput={"FunctionName": "other"}
        )
    for ask in (
        lambda: create(shop, "area", "absent"),
        lambda: names(shop, DatabaseName="absent"),
        lambda: shop.get_user_defined_function(DatabaseName="absent", FunctionName="area"),
    ):
        with pytest.raises(shop.exceptions.EntityNotFoundException, match="Database absent not found"):
            ask()


def test_a_pattern_a_type_and_a_database_select_functions(shop: Any) -> None:
    shop.create_database(DatabaseInput={"Name": "a"})
    for name in ("trino__area__1", "trino__area__2", "trino__length__1"):
        create(shop, name)
    create(shop, "sum", "a", FunctionType="AGGREGATE_FUNCTION")
    assert names(shop, DatabaseName="shop") == ["trino__area__1", "trino__area__2", "trino__length__1"]
    assert names(shop, r"trino__\Qarea\E__.*", DatabaseName="shop") == ["trino__area__1", "trino__area__2"]
    assert names(shop, "trino__area", DatabaseName="shop") == []
    assert names(shop) == names(shop, DatabaseName="*") == ["sum", *names(shop, DatabaseName="shop")]
    assert names(shop, FunctionType="AGGREGATE_FUNCTION") == ["sum"]
    with pytest.raises(shop.exceptions.InvalidInputException, match="Invalid pattern syntax"):
        names(shop, "*")


def test_pages_are_stable_while_some_come_and_go(shop: Any) -> None:
    shop.create_database(DatabaseInput={"Name": "a" * 255})
    long = [f"{'f' * 254}{number}" for number in range(3)]
    for name in long:
        create(shop, name, "a" * 255)
    create(shop, "g")
    seen: list[str] = []
    pages = shop.get_paginator("get_user_defined_functions").paginate(
        Pattern=".*", PaginationConfig={"PageSize": 2}
    )
    for page in pages:
        seen += [found["FunctionName"] for found in page["UserDefinedFunctions"]]
        if seen == long[:2]:
            shop.delete_user_defined_function(DatabaseName="a" * 255, FunctionName=long[1])
            create(shop, "a", "a" * 255)
    assert seen == [*long, "g"]
    token = shop.get_user_defined_functions(Pattern=".*", MaxResults=1)["NextToken"]
    with pytest.raises(shop.exceptions.InvalidInputException, match="NextToken"):
        shop.get_user_defined_functions(Pattern="g", NextToken=token)


def test_functions_and_their_tags_go_away_with_their_database(shop: Any) -> None:
    create(shop, "area")
    shop.tag_resource(ResourceArn=ARN + "shop/area", TagsToAdd={"k": "v"})
    assert shop.get_tags(ResourceArn=ARN + "SHOP/Area")["Tags"] == {"k": "v"}
    shop.delete_user_defined_function(DatabaseName="shop", FunctionName="area")
    create(shop, "area")
    assert shop.get_tags(ResourceArn=ARN + "shop/area")["Tags"] == {}

    shop.tag_resource(ResourceArn=ARN + "shop/area", TagsToAdd={"k": "v"})
    shop.delete_database(Name="shop")
    shop.create_database(DatabaseInput={"Name": "shop"})
    assert names(shop) == []
    create(shop, "area")
    assert shop.get_tags(ResourceArn=ARN + "shop/area")["Tags"] == {}


def test_answers_are_as_the_model_says(post: Any, departures: Any, shop: Any) -> None:
    spec = {**SPEC, "ResourceUris": [{"ResourceType": "FILE", "Uri": "s3://f", "LastModified": 1.5}]}
    one = {"DatabaseName": "shop", "FunctionName": "area"}
    for operation, body in (
        ("CreateUserDefinedFunction", {"DatabaseName": "shop", "FunctionInput": spec}),
        ("UpdateUserDefinedFunction", {**one, "FunctionInput": spec}),
        ("GetUserDefinedFunction", one),
        ("GetUserDefinedFunctions", {"Pattern": ".*", "MaxResults": 1}),
        ("DeleteUserDefinedFunction", one),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
