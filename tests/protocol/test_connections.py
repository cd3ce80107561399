"""boto3 against the server: connections, and where their passwords are seen."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from controls import control_over
from database_servers import postgres_place
from placekeeper.host.clock import SystemClock
from placekeeper.keys.ring import KeyRing
from placekeeper.model.databases import Login
from placekeeper.rules.databases.jdbc_urls import url_of
from placekeeper.server.app import create_app
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.store import SqlStore

PASSWORD = "pa55-of-the-shop"
JDBC = {
    "Name": "Shop",
    "Description": "orders",
    "ConnectionType": "JDBC",
    "MatchCriteria": ["a", "b"],
    "ConnectionProperties": {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://db/shop",
        "USERNAME": "reader",
        "PASSWORD": PASSWORD,
    },
    "PhysicalConnectionRequirements": {
        "SubnetId": "subnet-1",
        "SecurityGroupIdList": ["sg-1"],
        "AvailabilityZone": "eu-central-1a",
    },
}
ARN = "arn:aws:glue:eu-central-1:000000000000:connection/"

both = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])
sealed = pytest.mark.parametrize("keys", [KeyRing({"new": b"n" * 32, "old": b"o" * 32})])


def network(name: str, *criteria: str) -> dict[str, Any]:
    return {
        "Name": name,
        "ConnectionType": "NETWORK",
        "ConnectionProperties": {},
        "MatchCriteria": list(criteria),
    }


def named(glue: Any, **sent: Any) -> list[str]:
    return [found["Name"] for found in glue.get_connections(**sent)["ConnectionList"]]


@both
def test_a_connection_is_shown_as_it_was_sent(glue: Any) -> None:
    assert glue.create_connection(ConnectionInput=JDBC)["CreateConnectionStatus"] == "READY"
    shown = glue.get_connection(Name="Shop")["Connection"]
    assert {name: shown[name] for name in JDBC} == JDBC
    assert shown["CreationTime"] == shown["LastUpdatedTime"]
    assert (shown["Status"], shown["ConnectionSchemaVersion"]) == ("READY", 1)

    changed = {**JDBC, "Description": "none", "ConnectionProperties": {"USERNAME": "writer"}}
    glue.update_connection(Name="Shop", ConnectionInput=changed)
    after = glue.get_connection(Name="Shop")["Connection"]
    assert {name: after[name] for name in changed} == changed
    assert after["CreationTime"] == shown["CreationTime"] < after["LastUpdatedTime"]

    glue.delete_connection(ConnectionName="Shop")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Connection Shop not found\."):
        glue.get_connection(Name="Shop")


def test_connections_that_are_there_and_that_are_not(glue: Any) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Connection already exists\."):
        glue.create_connection(ConnectionInput=network("Shop"))
    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be renamed"):
        glue.update_connection(Name="Shop", ConnectionInput=network("other"))
    for ask in (
        lambda: glue.get_connection(Name="shop"),
        lambda: glue.update_connection(Name="other", ConnectionInput=network("other")),
        lambda: glue.delete_connection(ConnectionName="other"),
        lambda: glue.test_connection(ConnectionName="other"),
    ):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            ask()


@both
def test_a_filter_and_pages(glue: Any) -> None:
    for connection in (JDBC, network("a"), network("b", "a"), network("c", "b", "a"), network("d")):
        glue.create_connection(ConnectionInput=connection)
    assert named(glue) == ["Shop", "a", "b", "c", "d"]
    assert named(glue, Filter={"ConnectionType": "JDBC"}) == ["Shop"]
    assert named(glue, Filter={"MatchCriteria": ["a"]}) == ["Shop", "b", "c"]
    assert named(glue, Filter={"MatchCriteria": ["a", "b"], "ConnectionType": "NETWORK"}) == ["c"]
    assert named(glue, Filter={"MatchCriteria": ["none"]}) == []
    assert named(glue, Filter={"ConnectionSchemaVersion": 2}) == []
    asked = {"Filter": {"ConnectionType": "NETWORK"}, "PaginationConfig": {"PageSize": 2}}
    pages = list(glue.get_paginator("get_connections").paginate(**asked))
    assert [[found["Name"] for found in page["ConnectionList"]] for page in pages] == [["a", "b"], ["c", "d"]]
    token = glue.get_connections(MaxResults=1)["NextToken"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="NextToken"):
        glue.get_connections(NextToken=token, Filter={"ConnectionType": "JDBC"})


def test_many_are_deleted_each_for_itself(glue: Any) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    answer = glue.batch_delete_connection(ConnectionNameList=["absent", "Shop", "Shop"])
    assert answer["Succeeded"] == ["Shop"]
    assert {name: error["ErrorCode"] for name, error in answer["Errors"].items()} == {
        "absent": "EntityNotFoundException"
    }
    assert named(glue) == []


@both
def test_tags_go_away_with_their_connection(glue: Any) -> None:
    glue.create_connection(ConnectionInput=JDBC, Tags={"team": "x"})
    glue.tag_resource(ResourceArn=ARN + "Shop", TagsToAdd={"stage": "test"})
    assert glue.get_tags(ResourceArn=ARN + "Shop")["Tags"] == {"team": "x", "stage": "test"}
    glue.delete_connection(ConnectionName="Shop")
    glue.create_connection(ConnectionInput=JDBC)
    assert glue.get_tags(ResourceArn=ARN + "Shop")["Tags"] == {}


@sealed
@both
def test_the_password_is_hidden_from_those_who_ask_for_that(glue: Any) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    open_properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://db/shop", "USERNAME": "reader"}
    one = glue.get_connection(Name="Shop", HidePassword=True)["Connection"]
    every = glue.get_connections(HidePassword=True)["ConnectionList"]
    assert [found["ConnectionProperties"] for found in (one, *every)] == [open_properties] * 2
    shown = glue.get_connections()["ConnectionList"][0]["ConnectionProperties"]
    assert shown == {**open_properties, "PASSWORD": PASSWORD}


def contents(database: Path) -> str:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


@sealed
def test_with_a_key_no_secret_is_stored_in_the_clear(glue: Any, database: Path) -> None:
    secrets = [f"secret-{number}" for number in range(6)]
    spec = {
        "Name": "shop",
        "ConnectionType": "SALESFORCE",
        "ConnectionProperties": {"PASSWORD": secrets[0], "KAFKA_SASL_SCRAM_PASSWORD": secrets[1]},
        "SparkProperties": {"sfPassword": secrets[2], "sfUser": "us"},
        "AuthenticationConfiguration": {
            "AuthenticationType": "OAUTH2",
            "SecretArn": "arn:aws:secretsmanager:eu-central-1:1:secret:x",
            "BasicAuthenticationCredentials": {"Username": "us", "Password": secrets[3]},
            "CustomAuthenticationCredentials": {"key": secrets[4]},
            "OAuth2Properties": {
                "OAuth2GrantType": "JWT_BEARER",
                "OAuth2Credentials": {"AccessToken": secrets[5]},
                "AuthorizationCodeProperties": {"RedirectUri": "https://example.com/back"},
            },
        },
    }
    glue.create_connection(ConnectionInput=spec)
    glue.update_connection(Name="shop", ConnectionInput=spec)
    stored = contents(database)
    assert [secret for secret in secrets if secret in stored] == []
    shown = glue.get_connection(Name="shop")["Connection"]
    assert shown["ConnectionProperties"] == spec["ConnectionProperties"]
    assert shown["SparkProperties"] == spec["SparkProperties"]
    assert shown["AuthenticationConfiguration"] == {
        "AuthenticationType": "OAUTH2",
        "SecretArn": "arn:aws:secretsmanager:eu-central-1:1:secret:x",
        "OAuth2Properties": {"OAuth2GrantType": "JWT_BEARER"},
    }
    assert shown["ConnectionSchemaVersion"] == 2
    assert named(glue, Filter={"ConnectionSchemaVersion": 2}) == ["shop"]


def test_without_a_key_it_is_stored_as_it_is(glue: Any, database: Path) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    assert PASSWORD in contents(database)


def reopened(database: Path, keys: Any) -> Any:
    """The use cases over the same database with other keys."""
    store = SqlStore(sqlite_engine(database), keys)
    return control_over(store=store, clock=SystemClock(), staging=None, random_hex=lambda _: "0", keys=keys)


@sealed
def test_without_its_key_a_connection_is_shown_without_its_password(
    glue: Any, database: Path, listening: Any
) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    glue.create_connection(ConnectionInput=network("open"))
    switch, _ = listening
    model = ServiceModel.of_botocore()
    switch.app = create_app(reopened(database, KeyRing({"old": b"o" * 32})), model)
    said = "password of the connection Shop is encrypted with the key new, which is not configured"
    for ask in (lambda: glue.get_connection(Name="Shop"), lambda: glue.get_connections()):
        with pytest.raises(glue.exceptions.InvalidInputException, match=said):
            ask()
    assert glue.get_connection(Name="Shop", HidePassword=True)["Connection"]["Name"] == "Shop"
    assert glue.get_connection(Name="open")["Connection"]["Name"] == "open"
    glue.update_connection(Name="Shop", ConnectionInput=JDBC)  # sealed with the key that is there
    assert glue.get_connection(Name="Shop")["Connection"]["ConnectionProperties"]["PASSWORD"] == PASSWORD


@pytest.mark.parametrize(
    "properties",
    [
        {"PASSWORD": PASSWORD * 100},
        {"PASSWORD": PASSWORD, "UNKNOWN": "x"},
        {f"{PASSWORD}{number}": "x" for number in range(200)},
        {"PASSWORD": [PASSWORD]},
        {"PASSWORD": {PASSWORD: PASSWORD}},
    ],
)
def test_a_refusal_does_not_repeat_a_password(post: Any, properties: dict[str, Any]) -> None:
    for members in ({"ConnectionProperties": properties}, {"SparkProperties": {**properties, "": "x"}}):
        body = {"ConnectionInput": {"ConnectionProperties": {}, **JDBC, **members}}
        with capture_logs() as logs:
            answer = post("CreateConnection", body)
        assert (answer.status, PASSWORD.encode() in answer.raw) == (400, False)
        assert PASSWORD not in str(logs)


def shop(login: Login, **properties: str) -> dict[str, Any]:
    """A connection to a database, by its own user unless `properties` say another."""
    said = {"JDBC_CONNECTION_URL": url_of(login), "USERNAME": login.user, "PASSWORD": login.password}
    return {"Name": "Shop", "ConnectionType": "JDBC", "ConnectionProperties": {**said, **properties}}


def test_a_connection_is_tested_by_connecting(glue: Any, postgres: Any, tmp_path: Path) -> None:
    login = postgres_place(postgres).login
    glue.create_connection(ConnectionInput=shop(login))
    assert glue.test_connection(ConnectionName="Shop")["ResponseMetadata"]["HTTPStatusCode"] == 200
    basic = {
        "ConnectionType": "JDBC",
        "ConnectionProperties": {"JDBC_CONNECTION_URL": url_of(login)},
        "AuthenticationConfiguration": {
            "AuthenticationType": "BASIC",
            "BasicAuthenticationCredentials": {"Username": login.user, "Password": login.password},
        },
    }
    glue.test_connection(TestConnectionInput=basic)
    glue.update_connection(
        Name="Shop", ConnectionInput={**basic, "Name": "Shop", "ValidateCredentials": True}
    )
    glue.test_connection(ConnectionName="Shop")
    glue.create_connection(ConnectionInput={**sqlite(tmp_path / "a.db"), "Name": "lite"})
    glue.test_connection(ConnectionName="lite")


def sqlite(path: Path) -> dict[str, Any]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
    return {"ConnectionType": "JDBC", "ConnectionProperties": {"JDBC_CONNECTION_URL": f"jdbc:sqlite:{path}"}}


def test_what_the_database_says_is_told_with_what_it_was(glue: Any, postgres: Any) -> None:
    login = postgres_place(postgres).login
    cases = {
        "InvalidCredentialsException": shop(login, PASSWORD="wrong-word"),
        "EntityNotFoundException": shop(replace(login, database="absent")),
        None: shop(replace(login, port=1)),
    }
    for reason, connection in cases.items():
        glue.delete_connection(ConnectionName="Shop") if named(glue) else None
        glue.create_connection(ConnectionInput=connection)
        with pytest.raises(glue.exceptions.FederationSourceException) as told:
            glue.test_connection(ConnectionName="Shop")
        assert told.value.response.get("FederationSourceErrorCode") == reason
        assert "wrong-word" not in str(told.value)
        with pytest.raises(glue.exceptions.FederationSourceException):
            glue.create_connection(ConnectionInput={**connection, "Name": "new", "ValidateCredentials": True})
        assert named(glue) == ["Shop"]
        with pytest.raises(glue.exceptions.FederationSourceException):
            glue.update_connection(Name="Shop", ConnectionInput={**connection, "ValidateCredentials": True})


def test_a_connection_that_is_no_way_to_a_database_is_not_tested(glue: Any) -> None:
    of_input = {"ConnectionType": "KAFKA", "ConnectionProperties": {"KAFKA_SASL_SCRAM_PASSWORD": PASSWORD}}
    validated = {**network("validated"), "ValidateCredentials": True}
    glue.create_connection(ConnectionInput={**network("nowhere"), "ConnectionType": "JDBC"})
    unread = {"JDBC_CONNECTION_URL": "jdbc:db2://h:50000/SAMPLE", "USERNAME": "u", "PASSWORD": PASSWORD}
    glue.create_connection(
        ConnectionInput={"Name": "db2", "ConnectionType": "JDBC", "ConnectionProperties": unread}
    )
    for ask, said in (
        (
            lambda: glue.test_connection(TestConnectionInput=of_input),
            "the connection in TestConnectionInput is of the type KAFKA, which is none to a database",
        ),
        (lambda: glue.create_connection(ConnectionInput=validated), "validated is of the type NETWORK"),
        (lambda: glue.test_connection(ConnectionName="nowhere"), "nowhere has no JDBC_CONNECTION_URL"),
        (lambda: glue.test_connection(ConnectionName="db2"), "the URL of the connection db2 is of 'db2',"),
        (lambda: glue.test_connection(), "Give either"),
        (
            lambda: glue.test_connection(ConnectionName="Shop", TestConnectionInput=of_input),
            "Give either",
        ),
    ):
        with pytest.raises(glue.exceptions.InvalidInputException, match=said):
            ask()
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.test_connection(ConnectionName="absent")
    assert named(glue) == ["db2", "nowhere"]
    glue.create_connection(ConnectionInput={**network("open"), "ValidateCredentials": False})


def test_an_address_that_cannot_work_is_refused_by_its_property(glue: Any) -> None:
    wrong = {**JDBC, "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://db:99999/shop"}}
    with pytest.raises(
        glue.exceptions.InvalidInputException,
        match=r"ConnectionProperties\.JDBC_CONNECTION_URL has a port that is no number from 1 to 65535",
    ):
        glue.create_connection(ConnectionInput=wrong)
    glue.create_connection(ConnectionInput=JDBC)
    with pytest.raises(glue.exceptions.InvalidInputException, match="JDBC_CONNECTION_URL"):
        glue.update_connection(Name="Shop", ConnectionInput=wrong)


def test_a_server_that_nobody_can_look_up_is_refused_and_no_fault_of_ours(glue: Any) -> None:
    long, login = "h" * 64, {"USERNAME": "u", "PASSWORD": PASSWORD}
    for kind, address in (
        ("JDBC", {"JDBC_CONNECTION_URL": f"jdbc:mysql://{long}/shop"}),
        ("MYSQL", {"HOST": long, "DATABASE": "shop"}),
    ):
        wrong = {"ConnectionType": kind, "ConnectionProperties": {**login, **address}}
        for ask in (
            lambda wrong=wrong: glue.create_connection(ConnectionInput={**wrong, "Name": "long"}),
            lambda wrong=wrong: glue.test_connection(TestConnectionInput=wrong),
        ):
            with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be looked up"):
                ask()


def test_a_connection_is_printed_without_its_secrets(glue: Any, control: Any) -> None:
    glue.create_connection(ConnectionInput=JDBC)
    assert PASSWORD not in repr(control.connections.get("Shop", with_secrets=True))


def test_answers_are_as_the_model_says(post: Any, departures: Any) -> None:
    for operation, body in (
        ("CreateConnection", {"ConnectionInput": JDBC}),
        ("UpdateConnection", {"Name": "Shop", "ConnectionInput": JDBC}),
        ("GetConnection", {"Name": "Shop"}),
        ("GetConnections", {"MaxResults": 1}),
        ("BatchDeleteConnection", {"ConnectionNameList": ["Shop", "absent"]}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
