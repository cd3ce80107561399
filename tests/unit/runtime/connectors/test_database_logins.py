"""Whose login and which table a script means: by options, connections, secrets, and catalog tables."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from placekeeper.model.catalog import TableDefinition, TableNames, TableRef
from placekeeper.model.connections import ConnectionTold
from placekeeper.model.databases import DatabaseTable, LookBack, Partitioning
from placekeeper.model.errors import EntityNotFoundException, UnsupportedFeature, UsageError
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.database_logins import AskedDatabase, PasswordBy, asked_database
from placekeeper.runtime.connectors.database_secrets import SECRETS_FILE, secret_of
from placekeeper.runtime.connectors.database_target import DatabaseTarget

URL = "jdbc:postgresql://db:5432/shop"


class Catalog:
    """A catalog of connections and tables."""

    def __init__(self, connections: dict[str, dict[str, Any]], tables: dict[str, dict[str, Any]]) -> None:
        self.connections = connections
        self.tables = tables

    def connection(self, name: str) -> ConnectionTold:
        if name not in self.connections:
            raise EntityNotFoundException("no")
        return ConnectionTold(spec=self.connections[name])

    def definition_to_read(self, ref: TableRef) -> TableDefinition:
        return TableDefinition(spec=self.tables.get(ref.name))

    def table_names(self, database: str) -> TableNames:
        return TableNames(names=tuple(self.tables))


def run_of(
    *,
    connections: dict[str, dict[str, Any]] | None = None,
    tables: dict[str, dict[str, Any]] | None = None,
    arguments: dict[str, str] | None = None,
    kept: list[str] | None = None,
) -> Run:
    named = {
        name: {"Name": name, "ConnectionType": "JDBC", **one} for name, one in (connections or {}).items()
    }
    return cast(
        Run,
        SimpleNamespace(
            client=Catalog(named, tables or {}),
            options=RunOptions.of(arguments or {}),
            keep_secret=kept.append if kept is not None else lambda _: None,
        ),
    )


def properties(**said: str) -> dict[str, Any]:
    return {"ConnectionProperties": said}


def asked(connection_type: str = "postgresql", run: Run | None = None, **options: Any) -> AskedDatabase:
    return asked_database(run or run_of(), Asked(connection_type=connection_type, options=options))


def test_options_say_all() -> None:
    found = asked(url=URL, dbtable="sales.orders", user="u", password="hidden", jobBookmarkKeys=["id"])
    assert (found.login.place, found.login.user, found.login.password) == (
        "postgresql://db:5432/shop",
        "u",
        "hidden",
    )
    assert found.relation == DatabaseTable("sales", "orders")
    assert (found.keys, found.connection, found.secret, found.query) == (("id",), "", "", "")
    assert "hidden" not in repr(found)


def test_an_option_database_counts_more_than_that_of_the_url() -> None:
    found = asked("jdbc", url="jdbc:mysql://db:3306", database="shop", dbtable="orders", user="u")
    assert (found.login.database, found.relation) == ("shop", DatabaseTable("", "orders"))
    other = asked("mysql", url="jdbc:mysql://db/shop", dbtable="old.orders", user="u")
    assert (other.login.database, other.relation) == ("old", DatabaseTable("", "orders"))


def test_a_connection_of_the_catalog_says_url_and_login() -> None:
    run = run_of(
        connections={
            "pg": properties(JDBC_CONNECTION_URL=URL, USERNAME="u", PASSWORD="p", JDBC_ENFORCE_SSL="true")
        }
    )
    found = asked(run=run, useConnectionProperties="true", connectionName="pg", dbtable="orders")
    assert (found.login.user, found.login.password) == ("u", "p")
    assert found.login.parameters == {"sslmode": "require"}
    assert found.connection == "pg"


def test_a_connection_by_its_product_has_host_and_database() -> None:
    mine = {**properties(HOST="db", PORT="3307", DATABASE="shop", USERNAME="u"), "ConnectionType": "MYSQL"}
    found = asked("jdbc", run_of(connections={"my": mine}), connectionName="my", dbtable="orders")
    assert found.login.place == "mysql://db:3307/shop"


def test_the_login_of_options_is_no_login_of_the_connection() -> None:
    run = run_of(connections={"pg": properties(JDBC_CONNECTION_URL=URL, USERNAME="u", PASSWORD="p")})
    found = asked(run=run, connectionName="pg", dbtable="orders", user="me", password="mine")
    assert (found.login.user, found.connection) == ("me", "")


def by(way: str, **credentials: str) -> dict[str, Any]:
    """A connection that says its login by its AuthenticationConfiguration."""
    given = {"BasicAuthenticationCredentials": credentials} if credentials else {}
    return {
        **properties(JDBC_CONNECTION_URL=URL, USERNAME="old", PASSWORD="old"),
        "AuthenticationConfiguration": {"AuthenticationType": way, **given},
    }


def test_basic_authentication_is_the_login_of_a_connection() -> None:
    kept: list[str] = []
    run = run_of(connections={"pg": by("BASIC", Username="u", Password="hidden-one")}, kept=kept)
    found = asked(run=run, connectionName="pg", dbtable="orders")
    assert (found.login.user, found.login.password) == ("u", "hidden-one")
    assert "hidden-one" in kept  # which masks it
    assert found.password_by == PasswordBy(connection="pg")


@pytest.mark.parametrize("way", ["CUSTOM", "IAM", "OAUTH2"])
def test_other_authentication_is_refused_where_nothing_else_logs_in(way: str) -> None:
    iam = {**by(way), **properties(JDBC_CONNECTION_URL=URL)}
    run = run_of(connections={"pg": iam})
    with pytest.raises(UnsupportedFeature, match=f"the connection pg has the AuthenticationType {way}, by"):
        asked(run=run, connectionName="pg", dbtable="orders")
    assert asked(run=run, connectionName="pg", dbtable="orders", user="u", password="p").login.user == "u"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secrets.json"
    text = {
        "shop/pg": {"username": "s", "password": "t", "host": "db", "dbname": "shop", "engine": "postgres"},
        "text": json.dumps({"USERNAME": "a", "PASSWORD": "b"}),
        "broken": "x",
    }
    file.write_text(json.dumps(text))
    monkeypatch.setenv(SECRETS_FILE, str(file))


@pytest.mark.usefixtures("secrets")
def test_a_secret_of_the_file_gives_the_login() -> None:
    found = asked(url=URL, dbtable="orders", secretId="shop/pg")
    assert (found.login.user, found.login.password, found.secret) == ("s", "t", "shop/pg")
    assert asked(dbtable="orders", secretId="shop/pg").login.place == "postgresql://db:5432/shop"
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop/pg-AbCdEf"
    connection = properties(JDBC_CONNECTION_URL=URL, SECRET_ID=arn)
    by_connection = asked(run=run_of(connections={"c": connection}), connectionName="c", dbtable="orders")
    assert (by_connection.login.user, by_connection.secret, by_connection.connection) == ("s", arn, "c")


@pytest.mark.usefixtures("secrets")
def test_placeholders_of_a_connectors_url_are_members_of_the_secret() -> None:
    url = "jdbc:mysql://db/shop?user=${Username}&password=${password}"
    connection = {
        **properties(CONNECTION_URL=url),
        "ConnectionType": "MARKETPLACE",
        "AuthenticationConfiguration": {"SecretArn": "text"},
    }
    found = asked("marketplace.jdbc", run_of(connections={"m": connection}), connectionName="m", dbTable="t")
    assert (found.login.user, found.login.password) == ("a", "b")


@pytest.mark.usefixtures("secrets")
def test_a_secret_that_is_not_in_the_file_says_where_it_was_looked_for() -> None:
    with pytest.raises(
        UsageError, match=r"the secret gone is not in .*secrets\.json, which PLACEKEEPER_SECRETS_F"
    ):
        secret_of("gone")
    with pytest.raises(UsageError, match="the secret broken is no JSON object with username and password"):
        secret_of("broken")
    with pytest.raises(UsageError, match="and it cannot be read: No such file"):
        secret_of("x", {SECRETS_FILE: "/absent.json"})


@mock_aws
def test_secrets_manager_is_asked_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRETS_FILE, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    text = json.dumps({"username": "u", "password": "p"})
    boto3.client("secretsmanager").create_secret(Name="shop", SecretString=text)
    assert secret_of("shop").user == "u"
    with pytest.raises(UsageError, match=r"does not give the secret gone \(ResourceNotFoundException\)"):
        secret_of("gone")


def table(location: str, **parameters: str) -> dict[str, Any]:
    return {"StorageDescriptor": {"Location": location}, "Parameters": parameters}


def of_catalog(run: Run, **options: Any) -> AskedDatabase:
    return asked_database(run, Asked(connection_type="catalog", options=options, table=("DB", "Orders")))


def test_a_catalog_table_is_where_its_connection_and_location_say() -> None:
    run = run_of(
        connections={"pg": properties(JDBC_CONNECTION_URL=URL, USERNAME="u", PASSWORD="p")},
        tables={
            "orders": table(
                'old.sales."My Orders"', classification="postgresql", connectionName="pg", hashfield="id"
            )
        },
        arguments={"--bookmark-look-back": "5 rows"},
    )
    found = of_catalog(run, jobBookmarkKeys="id", jobBookmarkKeysSortOrder="desc", url="x")
    assert found.login.place == "postgresql://db:5432/old"
    assert found.relation == DatabaseTable("sales", "My Orders")
    assert found.table == TableRef(database="db", name="orders")
    assert (found.keys, found.descending, found.connection) == (("id",), True, "pg")
    assert found.partition == Partitioning(column="id")
    assert found.look_back == LookBack(rows=5)
    assert found.notes == ("option url has no effect: the catalog says it",)
    assert of_catalog(run, hashexpression="id % 3", hashpartitions=3).partition == Partitioning(
        expression="id % 3", parts=3
    )
    sampled = of_catalog(run, sampleQuery="select * from sales.orders limit 5")
    assert (sampled.relation, sampled.query) == (None, "select * from sales.orders limit 5")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (table("shop.orders", classification="mysql"), "its parameter connectionName does not say"),
        (table("", classification="mysql", connectionName="pg"), "has no Location"),
    ],
)
def test_a_catalog_table_that_does_not_say_where_it_is(spec: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        of_catalog(run_of(tables={"orders": spec}))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dbtable": "t"}, "nothing says where the postgresql database is: give the option url"),
        ({"url": URL, "dbtable": "t"}, "the options name no user for postgresql://db:5432/shop"),
        ({"url": URL, "user": "u"}, "nothing says which table of postgresql://db:5432/shop is meant"),
        ({"url": "jdbc:postgresql://db", "dbtable": "t", "user": "u"}, "name no database at"),
        (
            {"url": "jdbc:mysql://db/s", "dbtable": "t", "user": "u"},
            "connection_type is 'postgresql', and the op",
        ),
        ({"useConnectionProperties": "true", "dbtable": "t"}, "useConnectionProperties needs connectionName"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        asked(**options)


def test_a_connection_that_is_not_there_or_is_none_to_a_database() -> None:
    with pytest.raises(EntityNotFoundException, match="the connection gone is not in the Data Catalog"):
        asked(connectionName="gone", dbtable="t")
    kafka = {**properties(KAFKA_BOOTSTRAP_SERVERS="k:9092"), "ConnectionType": "KAFKA"}
    with pytest.raises(UnsupportedFeature, match="is of the type KAFKA"):
        asked(run=run_of(connections={"k": kafka}), connectionName="k", dbtable="t")
    locked = properties(JDBC_CONNECTION_URL=URL, USERNAME="u", ENCRYPTED_PASSWORD="x")
    with pytest.raises(UnsupportedFeature, match="is encrypted by AWS, and only AWS has the key"):
        asked(run=run_of(connections={"l": locked}), connectionName="l", dbtable="t")
    empty = properties(USERNAME="u")
    with pytest.raises(UsageError, match="the connection e has no JDBC_CONNECTION_URL"):
        asked(run=run_of(connections={"e": empty}), connectionName="e", dbtable="t")
    nobody = properties(JDBC_CONNECTION_URL=URL)
    with pytest.raises(UsageError, match="the connection n names no user for postgresql://db:5432/shop"):
        asked(run=run_of(connections={"n": nobody}), connectionName="n", dbtable="t")
    documents = {**properties(HOST="h"), "ConnectionType": "DOCUMENTDB"}
    with pytest.raises(UnsupportedFeature, match="is of the type DOCUMENTDB, which is none to a database"):
        asked(run=run_of(connections={"d": documents}), connectionName="d", dbtable="t")


def test_predicates_over_partitions_are_refused() -> None:
    with pytest.raises(UnsupportedFeature, match="push_down_predicate chooses partitions of files"):
        asked_database(
            run_of(),
            Asked(
                connection_type="postgresql",
                options={"url": URL, "dbtable": "t", "user": "u"},
                predicate="a = 1",
            ),
        )


def test_writes_to_redshift_take_its_options_and_no_upsert() -> None:
    login = {"url": "jdbc:redshift://c:5439/shop", "user": "u", "password": "p", "dbtable": "orders"}
    files = {"redshiftTmpDir": "s3://b/tmp/", "aws_iam_role": "arn:aws:iam::1:role/r"}
    found = DatabaseTarget().discover(run_of(), Asked(connection_type="redshift", options=login | files))
    assert (found.login.product, found.table) == ("redshift", DatabaseTable("public", "orders"))
    assert all(any(name in note for note in found.notes) for name in files)
    with pytest.raises(UnsupportedFeature, match=r"upsert is not there for Redshift.*postactions"):
        DatabaseTarget().discover(
            run_of(), Asked(connection_type="redshift", options=login | {"upsertKeys": "id"})
        )
