"""Whose login a script means: options over the connection of the catalog over its secret.

Source: docs/reference/databases.md#connections.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.connection_properties import (
    ConnectionFacts,
    SecretFacts,
    filled,
    ssl_parameter,
)
from placekeeper.rules.databases.jdbc_urls import PRODUCTS, default_port, login_of
from placekeeper.rules.databases.url_parts import UrlWrong, check_host, port_of

OF_ANY_PRODUCT: Final = frozenset({"jdbc", "custom.jdbc", "marketplace.jdbc"})
"""Connection types that leave the product to the URL."""

_RELATED: Final = (frozenset({"mysql", "mariadb"}), frozenset({"postgresql", "redshift"}))
"""Products whose URLs AWS's drivers take for one another."""

_ENGINES: Final = {"postgres": "postgresql", "aurora-postgresql": "postgresql", "aurora": "mysql"}
_OWN_USER: Final = frozenset({"sqlite"})
"""Products that ask for no user."""


def is_database_type(connection_type: str) -> bool:
    """Whether a connection type is one of databases."""
    return connection_type in PRODUCTS or connection_type in OF_ANY_PRODUCT


def login_from(
    said: Mapping[str, str],
    connection_type: str,
    *,
    connection: ConnectionFacts | None = None,
    secret: SecretFacts | None = None,
    parameters: Mapping[str, str],
    needs_database: bool = True,
) -> Login:
    """The login of a read or write.

    `said` are the options of the login by their names, `parameters` those for the driver. Without
    `needs_database`, nothing need say which database of a server is meant. Raises UsageError
    where nothing says a URL, a user or a password, or where two of them disagree on the product, and
    UnsupportedFeature for a connection that logs in by something else, such as IAM.
    """
    secret = secret or SecretFacts()
    wanted = "" if connection_type in OF_ANY_PRODUCT or connection_type == "catalog" else connection_type
    login = _address(said, wanted, connection, secret)
    _check_product(login.product, wanted, said, connection)
    facts = connection or ConnectionFacts(name="")
    login = replace(
        login,
        database=said.get("database") or login.database or facts.database or secret.database,
        user=said.get("user") or secret.user or facts.user or login.user,
        password=said.get("password") or secret.password or facts.password or login.password,
        parameters={**login.parameters, **facts.parameters, **parameters},
    )
    ssl = ssl_parameter(login.product) if facts.enforces_ssl else None
    if ssl is not None:
        login = replace(login, parameters={ssl[0]: ssl[1], **login.parameters})
    _check(login, connection, needs_database=needs_database)
    return login


def _address(
    said: Mapping[str, str], wanted: str, connection: ConnectionFacts | None, secret: SecretFacts
) -> Login:
    """Product, server, database and parameters by the first that says them."""
    if said.get("url"):
        return login_of(filled(said["url"], secret), "the option url")
    if said.get("sfUrl"):
        server = said["sfUrl"].removeprefix("https://").rstrip("/")
        return login_of(f"jdbc:snowflake://{server}/", "the option sfUrl")
    if connection is not None and connection.url:
        return login_of(filled(connection.url, secret), f"the URL of the connection {connection.name}")
    engine = _ENGINES.get(secret.engine, secret.engine)
    product = (connection.product if connection else "") or wanted or (engine if engine in PRODUCTS else "")
    host, port = secret.host, secret.port
    place = "the secret"
    if connection is not None and connection.host:
        host, port, place = connection.host, connection.port, f"the connection {connection.name}"
    host = host.removeprefix("https://").rstrip("/")
    if product and host:
        try:
            check_host(host)
            number = port_of(port) if port else default_port(product)
        except UrlWrong as error:
            raise UsageError(f"{place} {error}") from None
        return Login(product=product, host=host, port=number)
    raise UsageError(_nowhere(wanted, connection))


def _nowhere(wanted: str, connection: ConnectionFacts | None) -> str:
    if connection is not None:
        return (
            f"the connection {connection.name} has no JDBC_CONNECTION_URL, nor HOST and DATABASE: add it by "
            "UpdateConnection"
        )
    return (
        f"nothing says where the {wanted or 'JDBC'} database is: give the option url, such as "
        "'jdbc:postgresql://db.example.com:5432/shop', or useConnectionProperties='true' with connectionName"
    )


def _check_product(
    product: str, wanted: str, said: Mapping[str, str], connection: ConnectionFacts | None
) -> None:
    if wanted in ("", product) or any({product, wanted} <= related for related in _RELATED):
        return
    where = "the option url" if said.get("url") else f"the connection {connection.name if connection else ''}"
    raise UsageError(
        f"connection_type is '{wanted}', and {where} is of {product}: let both name the same product"
    )


def _check(login: Login, connection: ConnectionFacts | None, *, needs_database: bool) -> None:
    """Raises UsageError for a login that lacks what its product needs, UnsupportedFeature for IAM."""
    names = f"the connection {connection.name} names" if connection else "the options name"
    if needs_database and not login.database:
        raise UsageError(f"{names} no database at {login.place}: add it to the URL, or the option database")
    if login.product in _OWN_USER or login.user:
        return
    if connection is not None and connection.logs_in_by:
        raise UnsupportedFeature(
            f"the connection {connection.name} has the AuthenticationType {connection.logs_in_by}, by which "
            f"nobody logs in to {login.place} here. Give it AuthenticationType BASIC with SecretArn or "
            "BasicAuthenticationCredentials (UpdateConnection), or the read the options user and password"
        )
    raise UsageError(
        f"{names} no user for {login.place}: give the options user and password, or secretId, or "
        "a connection of the catalog with USERNAME and PASSWORD"
    )
