"""What a connection of the Data Catalog and a secret say about a database.

Source: docs/reference/databases.md#connections.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.jdbc_urls import PRODUCTS

_OF_ANY_PRODUCT: Final = frozenset({"", "JDBC", "CUSTOM", "MARKETPLACE", "VIEW_VALIDATION_REDSHIFT"})
CONNECTION_MEMBERS: Final = ("SparkProperties", "PythonProperties", "ConnectionProperties")
"""The members of a connection that say how a run connects; later ones count more."""

_BASIC: Final = ("", "BASIC")
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_SSL: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "postgresql": ("sslmode", "require"),
        "redshift": ("sslmode", "require"),
        "mysql": ("sslMode", "REQUIRED"),
        "mariadb": ("sslMode", "trust"),
        "sqlserver": ("encrypt", "true"),
    }
)


class ConnectionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection says. `product` is that of its type, "" for JDBC and custom connectors, whose URL
    says it. `logs_in_by` is a way to log in that is not there, such as IAM, "" for user and password. `own`
    has its properties by their names in AWS, without passwords in the clear."""

    name: str
    product: str = ""
    url: str = ""
    host: str = ""
    port: str = ""
    database: str = ""
    user: str = ""
    password: str = ""
    secret: str = ""
    logs_in_by: str = ""
    enforces_ssl: bool = False
    parameters: Mapping[str, str] = {}
    own: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"ConnectionFacts(name={self.name!r}, product={self.product!r})"


class SecretFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a secret says, as RDS, Redshift and Glue's connectors spell it; `own` are all its members."""

    user: str = ""
    password: str = ""
    engine: str = ""
    host: str = ""
    port: str = ""
    database: str = ""
    own: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return "SecretFacts(…)"


def connection_facts(connection: Mapping[str, Any]) -> ConnectionFacts:
    """What a Connection says, as GetConnection answers it, with all of its secrets.

    Raises UnsupportedFeature for connections to no database, and for a password that AWS has encrypted.
    """
    name, kind = str(connection.get("Name")), str(connection.get("ConnectionType") or "").upper()
    if kind not in _OF_ANY_PRODUCT and kind.lower() not in PRODUCTS:
        raise UnsupportedFeature(
            f"the connection {name} is of the type {kind}, which is none to a database that Placekeeper reads"
        )
    own: dict[str, str] = {}
    for member in CONNECTION_MEMBERS:
        own.update(connection.get(member) or {})
    authentication = connection.get("AuthenticationConfiguration") or {}
    basic = authentication.get("BasicAuthenticationCredentials") or {}
    way = str(authentication.get("AuthenticationType") or "")
    by_lower = {key.lower(): value for key, value in own.items()}

    def said(*names: str) -> str:
        return next((by_lower[key.lower()] for key in names if by_lower.get(key.lower())), "")

    product = kind.lower()
    facts = ConnectionFacts(
        name=name,
        product=product if product in PRODUCTS else "",
        url=said("JDBC_CONNECTION_URL", "CONNECTION_URL", "url"),
        host=said("HOST", "sfUrl"),
        port=said("PORT"),
        database=said("DATABASE", "DATABASE_NAME", "sfDatabase"),
        user=str(basic.get("Username") or "") or said("USERNAME", "USER_NAME", "sfUser"),
        password=str(basic.get("Password") or "") or said("PASSWORD", "sfPassword"),
        secret=said("SECRET_ID", "secretId") or str(authentication.get("SecretArn") or ""),
        logs_in_by="" if way in _BASIC else way,
        enforces_ssl=said("JDBC_ENFORCE_SSL").lower() == "true",
        parameters={
            parameter: said(*names)
            for parameter, names in (
                ("warehouse", ("WAREHOUSE", "sfWarehouse")),
                ("role", ("ROLE", "sfRole")),
                ("schema", ("SCHEMA", "sfSchema")),
            )
            if said(*names)
        },
        own={key: value for key, value in own.items() if "PASSWORD" not in key.upper()},
    )
    if own.get("ENCRYPTED_PASSWORD") and not facts.password and not facts.secret:
        raise UnsupportedFeature(
            f"the password of the connection {name} is encrypted by AWS, and only AWS has the key. Give the "
            "connection PASSWORD or SECRET_ID (UpdateConnection)"
        )
    return facts


def secret_facts(text: str, name: str) -> SecretFacts:
    """What the text of a secret says. Raises UsageError unless it is a JSON object; the text is not shown."""
    try:
        members = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise UsageError(
            f"the secret {name} is no JSON object with username and password, such as "
            '{"username": "shop", "password": "…"}'
        ) from None
    own = {key: str(value) for key, value in members.items() if value is not None}
    by_lower = {key.lower(): value for key, value in own.items()}

    def said(*names: str) -> str:
        return next((by_lower[key] for key in names if by_lower.get(key)), "")

    return SecretFacts(
        user=said("username", "user", "sfuser"),
        password=said("password", "sfpassword"),
        engine=said("engine"),
        host=said("host"),
        port=said("port"),
        database=said("dbname", "database", "sfdatabase"),
        own=own,
    )


def filled(url: str, secret: SecretFacts) -> str:
    """A URL whose placeholders, such as ${username}, are what the secret says; others stay."""
    by_lower = {key.lower(): value for key, value in secret.own.items()}
    return _PLACEHOLDER.sub(lambda match: by_lower.get(match[1].lower(), match[0]), url)


def ssl_parameter(product: str) -> tuple[str, str] | None:
    """The parameter of a product's URL that makes connections encrypted, and its value."""
    return _SSL.get(product)
