"""Encryption that a login asks for is never left out without a word."""

import ssl
from typing import Any

import pytest
from msgspec.structs import replace

from database_servers import mariadb_place, postgres_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.databases.mysql_encryption import encryption_of
from placekeeper.databases.writing.connections import transaction
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed


def opens(login: Login) -> None:
    """Both ways to open a connection."""
    with SqlDatabases().at(login).session():
        pass
    with transaction(login, "writing"):
        pass


def refused_both(login: Login, sentence: str) -> None:
    with pytest.raises(DatabaseFailed, match=sentence), SqlDatabases().at(login).session():
        pass
    with pytest.raises(DatabaseFailed, match=sentence), transaction(login, "writing"):
        pass


def test_postgresql_without_encryption_is_refused_where_it_is_asked_for(postgres: Any) -> None:
    login = postgres_place(postgres).login
    opens(replace(login, parameters={"sslmode": "prefer", "tcpKeepAlive": "true"}))
    refused_both(replace(login, parameters={"sslmode": "require"}), "SSL")
    refused_both(replace(login, parameters={"ssl": "true"}), "SSL|certificate")


def test_mariadb_is_encrypted_where_it_is_asked_for_or_refused(mariadb: Any) -> None:
    place = mariadb_place(mariadb)
    opens(replace(place.login, parameters={"useSSL": "false"}))
    wanted = replace(place.login, parameters={"sslMode": "REQUIRED"})
    if place.fetch("SELECT @@have_ssl")[0][0] == "YES":
        opens(wanted)
    else:
        refused_both(wanted, "the server offers no encryption|SSL is required but the server doesn't")


def test_certificates_are_checked_where_that_is_asked_for() -> None:
    login = Login(product="mysql", host="db", database="shop", parameters={"sslMode": "VERIFY_IDENTITY"})
    context = encryption_of(login)["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    trusting = encryption_of(replace(login, parameters={"useSSL": "true"}))["ssl"]
    assert (trusting.verify_mode, trusting.check_hostname) == (ssl.CERT_NONE, False)
