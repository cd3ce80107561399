"""boto3 against the server: whose databases there are, and those that get another name."""

from typing import Any

import pytest

ARN = "arn:aws:glue:eu-central-1:000000000000:database/"

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


def names(glue: Any, **asked: Any) -> list[str]:
    return [found["Name"] for found in glue.get_databases(**asked)["DatabaseList"]]


def test_nobody_shares_databases_with_this_account(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "a"})
    assert names(glue, ResourceShareType="ALL") == ["a"]
    assert names(glue, ResourceShareType="FOREIGN") == names(glue, ResourceShareType="FEDERATED") == []


def test_an_empty_database_is_renamed_with_its_tags(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "a"}, Tags={"team": "x"})
    created = glue.get_database(Name="a")["Database"]["CreateTime"]
    glue.update_database(Name="a", DatabaseInput={"Name": "B", "Description": "new"})
    shown = glue.get_database(Name="b")["Database"]
    assert (shown["Name"], shown["Description"], shown["CreateTime"]) == ("b", "new", created)
    assert glue.get_tags(ResourceArn=ARN + "b")["Tags"] == {"team": "x"}
    assert names(glue) == ["b"]
    glue.create_database(DatabaseInput={"Name": "a"})
    assert glue.get_tags(ResourceArn=ARN + "a")["Tags"] == {}
    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Database already exists\."):
        glue.update_database(Name="a", DatabaseInput={"Name": "b"})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Database absent not found"):
        glue.update_database(Name="absent", DatabaseInput={"Name": "c"})


def test_a_database_with_something_in_it_keeps_its_name(glue: Any) -> None:
    for database in ("tables", "functions"):
        glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName="tables", TableInput={"Name": "t"})
    glue.create_user_defined_function(DatabaseName="functions", FunctionInput={"FunctionName": "f"})
    for database in ("tables", "functions"):
        with pytest.raises(glue.exceptions.InvalidInputException, match="so it cannot be renamed to new"):
            glue.update_database(Name=database, DatabaseInput={"Name": "new"})
    assert names(glue) == ["functions", "tables"]
