"""What a test of a connection says has no secret, whatever place the URL gives it."""

import pytest

from placekeeper.control.catalog.connection_tests import ConnectionTest
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed, FederationSourceException, UnsupportedFeature, UsageError
from placekeeper.rules.databases.connection_properties import secret_facts
from placekeeper.rules.databases.driver_parameters import mysql_encryption

SECRET = (
    '{"username": "shop-reader", "password": "S3cret/Pw?x=long", "token": "t0ken-of-all", '
    '"host": "db.example.com", "engine": "mysql", "port": 3306, "number": 778899, "dbname": "shop"}'
)


def refuses(login: Login) -> None:
    mysql_encryption(login)
    raise DatabaseFailed(
        f"{login.place}: no way to {login.host!r} ({login.database.lower()}) as {login.user}"
    )


def said(url: str, **properties: str) -> str:
    test = ConnectionTest(lambda name: secret_facts(SECRET, name), refuses)
    spec = {
        "ConnectionType": "JDBC",
        "ConnectionProperties": {"JDBC_CONNECTION_URL": url, "SECRET_ID": "shop", **properties},
    }
    with pytest.raises((FederationSourceException, UsageError, UnsupportedFeature)) as told:
        test.run("Shop", spec)
    cause = told.value.__cause__
    return f"{told.value} {cause or ''}"


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:mysql://h:1/${password}",
        "jdbc:mysql://${password}:1/x",
        "jdbc:mysql://h:1/a${token}",
        "jdbc:mysql://h:1/${token}",
        "jdbc:mysql://${token}/x",
        "jdbc:mysql://h:1/${number}",
        "jdbc:mysql://h/x?sslMode=${token}",
        "jdbc:mysql://h/x?sslMode=${password}",
        "jdbc:${token}://h",
        "jdbc:${password}://h",
        "jdbc:mysql://me:${password}@h/x",
        "jdbc:mysql://h:${password}/x",
    ],
)
def test_a_value_of_the_secret_is_in_no_text(url: str) -> None:
    shown = said(url).lower()
    for piece in ("s3cret", "pw?x", "long", "t0ken", "778899"):
        assert piece not in shown


def test_server_and_user_of_the_secret_are_told() -> None:
    shown = said("jdbc:mysql://${host}:${port}/${dbname}")
    assert shown.startswith(
        "mysql://db.example.com:3306/shop: no way to 'db.example.com' (shop) as shop-reader"
    )


def test_the_password_of_the_connection_is_in_no_text() -> None:
    url = "jdbc:mysql://h:1/wordly"
    assert "wordly" not in said(url, PASSWORD="wordly")
    assert "wordly" not in said(f"{url}?password=wordly")
