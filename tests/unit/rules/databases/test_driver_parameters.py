"""Parameters of JDBC URLs, as the drivers here name them."""

import pytest

from placekeeper.model.databases import Login
from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.driver_parameters import (
    MysqlEncryption,
    libpq_keywords,
    mysql_encryption,
    with_short_connect,
    without_effect,
)


def login(product: str, **parameters: str) -> Login:
    return Login(product=product, host="db", database="shop", parameters=parameters)


@pytest.mark.parametrize(
    ("parameters", "keywords"),
    [
        ({}, {}),
        ({"sslmode": "require", "sslrootcert": "/c"}, {"sslmode": "require", "sslrootcert": "/c"}),
        ({"ssl": "true"}, {"sslmode": "verify-full"}),
        ({"ssl": "true", "sslmode": "require"}, {"sslmode": "require"}),
        ({"ssl": "false"}, {}),
        ({"connectTimeout": "5"}, {"connect_timeout": "5"}),
    ],
)
def test_libpq_is_told_of_encryption(parameters: dict[str, str], keywords: dict[str, str]) -> None:
    assert libpq_keywords(login("postgresql", **parameters)) == keywords


@pytest.mark.parametrize(
    ("parameters", "encryption"),
    [
        ({}, MysqlEncryption()),
        ({"useSSL": "true"}, MysqlEncryption(required=True)),
        ({"useSSL": "false"}, MysqlEncryption()),
        ({"sslMode": "DISABLED"}, MysqlEncryption()),
        ({"sslMode": "trust"}, MysqlEncryption(required=True)),
        ({"sslMode": "VERIFY_CA"}, MysqlEncryption(required=True, checks_certificate=True)),
        (
            {"sslMode": "verify-full", "serverSslCert": "/c"},
            MysqlEncryption(required=True, checks_certificate=True, checks_name=True, authority="/c"),
        ),
        (
            {"requireSSL": "true", "verifyServerCertificate": "true"},
            MysqlEncryption(required=True, checks_certificate=True),
        ),
    ],
)
def test_mysql_is_told_of_encryption(parameters: dict[str, str], encryption: MysqlEncryption) -> None:
    assert mysql_encryption(login("mariadb", **parameters)) == encryption


def test_a_wrong_value_is_told() -> None:
    with pytest.raises(UsageError, match="sslMode of mysql://db/shop is one of"):
        mysql_encryption(login("mysql", sslMode="maybe"))
    with pytest.raises(UsageError, match="connectTimeout of postgresql://db/shop is a number of seconds"):
        libpq_keywords(login("postgresql", connectTimeout="soon"))


def test_what_no_driver_is_told_of_is_noted() -> None:
    assert without_effect(login("postgresql", sslmode="require", tcpKeepAlive="true")) == [
        "parameter tcpKeepAlive of the URL has no effect: it is about Java's driver"
    ]
    assert without_effect(login("mysql", useSSL="true", zeroDateTimeBehavior="round"))[0].startswith(
        "parameter z"
    )
    assert without_effect(login("oracle", sid="true")) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [("5", "5"), ("10", "10"), ("11", "10"), ("0", "10"), ("9" * 5000, "10"), ("soon", "soon"), ("", "")],
)
def test_the_time_to_connect_can_be_bounded(said: str, kept: str) -> None:
    bounded = with_short_connect(login("postgresql", ConnectTimeout=said, sslmode="require"), 10)
    assert bounded.parameters == {"ConnectTimeout": kept, "sslmode": "require"}
