"""Rules of tags."""

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.tags import (
    Resource,
    resource_in_database,
    resource_of,
    resources_of_database,
    with_tags,
)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:glue:us-east-1:123456789012:job/flights", "flights"),
        ("arn:aws-cn:glue:::job/a/b:c d", "a/b:c d"),
    ],
)
def test_an_arn_without_region_and_account(arn: str, name: str) -> None:
    assert resource_of(arn) == Resource("job", name)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:glue:",
        "arn:aws:glue:r:1:job/a\0",
        "arn:aws:glue:us-east-1:1:catalog",
        "arn:aws:glue:r:1:job/",
        "arn:aws:glue:r:1:/x",
    ],
)
def test_an_arn_that_names_nothing(arn: str) -> None:
    with pytest.raises(InvalidInputException, match="job/flights"):
        resource_of(arn)


def test_added_tags_replace_those_of_the_same_key() -> None:
    assert with_tags({"a": "1", "b": "2"}, {"b": "3"}) == {"a": "1", "b": "3"}


@pytest.mark.parametrize("key", ["aws:x", "AWS:x"])
def test_reserved_keys(key: str) -> None:
    with pytest.raises(InvalidInputException, match=key):
        with_tags({}, {key: ""})


@pytest.mark.parametrize("tags", [{"a\0": ""}, {"a": "\0"}])
def test_a_character_that_cannot_be_stored(tags: dict[str, str]) -> None:
    with pytest.raises(InvalidInputException, match=r"U\+0000"):
        with_tags({}, tags)


def test_fifty_tags_and_no_more() -> None:
    fifty = {str(number): "" for number in range(50)}
    assert with_tags(fifty, {"0": "x"})["0"] == "x"
    with pytest.raises(InvalidInputException, match="51"):
        with_tags(fifty, {"50": ""})


def test_resources_in_databases_do_not_meet() -> None:
    assert resource_in_database("table", "Shop", "Sales") == "table/shop/sales"
    assert resource_in_database("table", "a", "b/c") != resource_in_database("table", "a/b", "c")
    begins = resources_of_database("a")
    assert [resource_in_database("table", "a", "x").startswith(begin) for begin in begins] == [True, False]
    assert not any(resource_in_database("table", name, "x").startswith(begins) for name in ("ab", "a/b"))
