"""boto3 against the server: tags, and the listing of jobs by them."""

from typing import Any

import pytest

GLUE = "arn:aws:glue:eu-central-1:123456789012:"
ARN = GLUE + "job/"

both = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


def test_tags_come_and_go(glue: Any, job: Any) -> None:
    glue.create_job(**job(Tags={"team": "x", "é": ""}))
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {"team": "x", "é": ""}
    glue.tag_resource(ResourceArn=ARN + "flights", TagsToAdd={"team": "y", "stage": "test"})
    assert glue.get_tags(ResourceArn="arn:aws:glue:::job/flights")["Tags"] == {
        "team": "y",
        "é": "",
        "stage": "test",
    }
    glue.untag_resource(ResourceArn=ARN + "flights", TagsToRemove=["team", "absent"])
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {"é": "", "stage": "test"}


def test_a_job_without_tags(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {}
    glue.tag_resource(ResourceArn=ARN + "flights", TagsToAdd={})
    glue.untag_resource(ResourceArn=ARN + "flights", TagsToRemove=[])
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {}


@pytest.mark.parametrize("resource", ["job/absent", "crawler/flights"])
def test_resources_that_do_not_exist(glue: Any, job: Any, resource: str) -> None:
    glue.create_job(**job())
    arn = f"arn:aws:glue:eu-central-1:1:{resource}"
    for ask in (
        lambda: glue.get_tags(ResourceArn=arn),
        lambda: glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "b"}),
        lambda: glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"]),
    ):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            ask()


def test_an_arn_that_names_no_resource(glue: Any) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:1:nothing")


def test_limits(glue: Any, job: Any) -> None:
    fifty = {f"key-{number}": "" for number in range(50)}
    glue.create_job(**job(Tags=fifty))
    for added in ({"one more": ""}, {"aws:x": ""}):
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.tag_resource(ResourceArn=ARN + "flights", TagsToAdd=added)
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_job(**job("other", Tags={"aws:x": ""}))
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == fifty


def test_a_deleted_job_leaves_no_tags_to_its_successor(glue: Any, job: Any) -> None:
    glue.create_job(**job(Tags={"team": "x"}))
    glue.delete_job(JobName="flights")
    glue.create_job(**job())
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {}


def test_the_same_definition_with_other_tags_is_another_one(glue: Any, job: Any) -> None:
    glue.create_job(**job(Tags={"team": "x"}))
    glue.create_job(**job(Tags={"team": "x"}))
    with pytest.raises(glue.exceptions.IdempotentParameterMismatchException):
        glue.create_job(**job(Tags={"team": "y"}))
    assert glue.get_tags(ResourceArn=ARN + "flights")["Tags"] == {"team": "x"}


def listed(glue: Any, **asked: Any) -> list[str]:
    pages = glue.get_paginator("list_jobs").paginate(**asked)
    return [name for page in pages for name in page["JobNames"]]


def test_jobs_are_listed_by_their_tags(glue: Any, job: Any) -> None:
    for number in range(7):
        parity = "even" if number % 2 == 0 else "odd"
        glue.create_job(**job(f"job-{number}", Tags={"parity": parity, "n": str(number)}))
    glue.create_job(**job("untagged"))
    page = {"PageSize": 2}
    assert listed(glue, Tags={"parity": "even"}, PaginationConfig=page) == [
        "job-0",
        "job-2",
        "job-4",
        "job-6",
    ]
    assert listed(glue, Tags={"parity": "even", "n": "4"}) == ["job-4"]
    assert listed(glue, Tags={"parity": "neither"}) == []
    assert len(listed(glue, PaginationConfig=page)) == 8


def test_list_jobs_in_pages_while_jobs_are_added(glue: Any, job: Any) -> None:
    names = [f"job-{number}" for number in range(7)]
    for name in names:
        glue.create_job(**job(name))
    seen: list[str] = []
    for page in glue.get_paginator("list_jobs").paginate(PaginationConfig={"PageSize": 2}):
        seen += page["JobNames"]
        glue.create_job(**job(f"a-{len(seen)}"))
    assert seen == names


def test_a_token_goes_on_with_the_same_filter_only(glue: Any, job: Any) -> None:
    for name in ("a", "b", "c"):
        glue.create_job(**job(name, Tags={"x": "1", "y": "2"}))
    token = glue.list_jobs(MaxResults=1, Tags={"x": "1", "y": "2"})["NextToken"]
    assert glue.list_jobs(Tags={"y": "2", "x": "1"}, NextToken=token)["JobNames"] == ["b", "c"]
    foreign = glue.get_jobs(MaxResults=1)["NextToken"]
    for asked in ({"Tags": {"x": "1"}, "NextToken": token}, {"NextToken": token}, {"NextToken": foreign}):
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.list_jobs(**asked)


def test_answers_are_as_the_model_says(post: Any, job: Any, departures: Any) -> None:
    post("CreateJob", job(Tags={"a": "b"}))
    for operation, body in (
        ("TagResource", {"ResourceArn": ARN + "flights", "TagsToAdd": {"c": "d"}}),
        ("GetTags", {"ResourceArn": ARN + "flights"}),
        ("UntagResource", {"ResourceArn": ARN + "flights", "TagsToRemove": ["c"]}),
        ("ListJobs", {"MaxResults": 1, "Tags": {"a": "b"}}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []


def tags_of(glue: Any, resource: str) -> Any:
    return glue.get_tags(ResourceArn=GLUE + resource)["Tags"]


@both
def test_a_database_and_its_tables_have_tags_until_they_are_deleted(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "Shop"}, Tags={"team": "x"})
    glue.create_database(DatabaseInput={"Name": "shop2"}, Tags={"team": "y"})
    assert tags_of(glue, "database/shop") == {"team": "x"}
    tables = [("shop", "Sales"), ("shop", "a/b"), ("shop2", "sales")]
    for database, table in tables:
        glue.create_table(DatabaseName=database, TableInput={"Name": table})
        arn = f"{GLUE}table/{database}/{table}"
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"in": database, "name": table})
    glue.tag_resource(ResourceArn=GLUE + "database/SHOP", TagsToAdd={"stage": "test"})
    assert tags_of(glue, "database/shop") == {"team": "x", "stage": "test"}
    assert tags_of(glue, "table/SHOP/SALES") == {"in": "shop", "name": "Sales"}
    glue.untag_resource(ResourceArn=GLUE + "table/shop/sales", TagsToRemove=["name"])
    assert tags_of(glue, "table/shop/sales") == {"in": "shop"}

    glue.delete_table(DatabaseName="shop", Name="sales")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        tags_of(glue, "table/shop/sales")
    glue.create_table(DatabaseName="shop", TableInput={"Name": "sales"})
    assert tags_of(glue, "table/shop/sales") == {}

    glue.delete_database(Name="shop")
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_table(DatabaseName="shop", TableInput={"Name": "a/b"})
    assert tags_of(glue, "database/shop") == {}
    assert tags_of(glue, "table/shop/a/b") == {}
    assert tags_of(glue, "database/shop2") == {"team": "y"}
    assert tags_of(glue, "table/shop2/sales") == {"in": "shop2", "name": "sales"}


def test_a_slash_in_the_name_of_a_database_is_not_where_it_ends(glue: Any) -> None:
    for database, table in (("a", "b/c"), ("a/b", "c")):
        glue.create_database(DatabaseInput={"Name": database})
        glue.create_table(DatabaseName=database, TableInput={"Name": table})
    glue.tag_resource(ResourceArn=GLUE + "table/a/b/c", TagsToAdd={"k": "v"})
    glue.delete_table(DatabaseName="a/b", Name="c")
    assert tags_of(glue, "table/a/b/c") == {"k": "v"}


def test_a_database_is_not_created_with_tags_that_are_refused(glue: Any) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException, match="reserved by AWS"):
        glue.create_database(DatabaseInput={"Name": "shop"}, Tags={"aws:x": ""})
    assert glue.get_databases()["DatabaseList"] == []


@pytest.mark.parametrize(
    "resource", ["database/absent", "table/absent/t", "table/absent", "table/shop/absent"]
)
def test_parts_of_the_catalog_that_do_not_exist(glue: Any, resource: str) -> None:
    glue.create_database(DatabaseInput={"Name": "shop"})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=resource):
        tags_of(glue, resource)
