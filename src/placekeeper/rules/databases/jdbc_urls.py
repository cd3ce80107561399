"""JDBC URLs as logins, and back.

Source: docs/reference/databases.md#jdbc-urls.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.wording import listed, meant
from placekeeper.rules.databases.url_parts import (
    Address,
    UrlNotRead,
    UrlWrong,
    check_host,
    credentials,
    pairs,
    pairs_text,
    port_of,
    properties,
    properties_text,
    server,
    server_text,
    taken,
)

SID: Final = "sid"
"""The parameter of an Oracle login whose database is a SID and no service: its value is `true`."""

INSTANCE: Final = "instanceName"
"""The parameter of SQL Server's instance."""


class _Spelling(msgspec.Struct, frozen=True):
    """How the URLs of a product are spelled; `port` is the product's own."""

    port: int
    example: str
    read: Callable[[str], Address]
    write: Callable[[Login], str]


def login_of(url: object, place: str) -> Login:
    """What a JDBC URL says. Where it says no port, the login has that of the product.

    `place` says whose URL it is, as errors begin: "the option url". Raises UsageError, which never shows a
    password, and UnsupportedFeature for a product or a spelling that is not there.
    """
    if not isinstance(url, str) or not url.strip():
        raise UsageError(f"{place} is a JDBC URL in a string, such as {_EXAMPLE}, not {url!r}")
    text = url.strip()
    scheme, _, rest = text.partition(":")
    if scheme.lower() != "jdbc":
        raise UsageError(f"{place} does not begin with jdbc: as JDBC URLs do, such as {_EXAMPLE}")
    product, _, after = rest.partition(":")
    spelling = _SPELLINGS.get(product.lower())
    if spelling is None:
        raise UnsupportedFeature(
            f"{place} is of '{product}', and Placekeeper knows {listed(_SPELLINGS)}"
            f"{meant(product, _SPELLINGS) or '.'} An example: {_EXAMPLE}"
        )
    try:
        address = spelling.read(after)
        check_host(address.host)
    except UrlWrong as error:
        kind = UnsupportedFeature if isinstance(error, UrlNotRead) else UsageError
        raise kind(f"{place} {error}. An example: {spelling.example}") from None
    return Login(
        product=product.lower(),
        host=address.host,
        port=address.port or (spelling.port if address.host else 0),
        database=address.database,
        user=address.user,
        password=address.password,
        parameters=address.parameters,
    )


def url_of(login: Login) -> str:
    """The JDBC URL of a login, without user and password. Raises KeyError for an unknown product."""
    return f"jdbc:{login.product}:{_SPELLINGS[login.product].write(login)}"


def url_without_database(login: Login) -> str:
    """The same without database and parameters, as extract_jdbc_conf has it."""
    return url_of(replace(login, database="", parameters={})).rstrip("/")


def default_port(product: str) -> int:
    """The port of a product where nothing says another one; 0 of one that has none."""
    return _SPELLINGS[product].port


def _after_slashes(text: str, product: str) -> str:
    if not text.startswith("//"):
        raise UrlWrong(f"has no // after jdbc:{product}:")
    return text[2:]


def _read_postgresql(text: str) -> Address:
    where, _, query = text.partition("?")
    parameters = pairs(query)
    user, parameters = taken(parameters, "user")
    password, parameters = taken(parameters, "password")
    if where.startswith("//"):
        servers, _, database = where[2:].partition("/")
        host, port = server(servers)
    else:  # jdbc:postgresql:database is on this machine
        host, port, database = "", 0, where.removeprefix("/")
    return Address(
        host=host or "localhost",
        port=port,
        database=unquote(database),
        user=user,
        password=password,
        parameters=parameters,
    )


def _read_redshift(text: str) -> Address:
    if text.lower().startswith("iam:"):
        raise UrlNotRead(
            "asks AWS for a password by IAM, which Placekeeper does not do. Leave iam: out, and give user "
            "and password, or secretId"
        )
    return _read_postgresql("//" + _after_slashes(text, "redshift"))


def _read_mysql(text: str) -> Address:
    kind = text.partition("//")[0].rstrip(":")
    if kind in ("replication", "loadbalance", "sequential"):
        raise UrlNotRead(f"has {kind}:, which spreads over several servers: name one server without it")
    where, _, query = _after_slashes(text, "mysql").partition("?")
    servers, _, database = where.partition("/")
    if "@" in database:
        raise UrlNotRead(
            "has an @ that does not end user and password: write / ? # and @ in them as %2F %3F %23 and %40, "
            "or give them as options of their own"
        )
    user, password, servers = credentials(servers)
    host, port = server(servers)
    parameters = pairs(query)
    user_said, parameters = taken(parameters, "user")
    password_said, parameters = taken(parameters, "password")
    return Address(
        host=host or "localhost",
        port=port,
        database=unquote(database),
        user=user or user_said,
        password=password or password_said,
        parameters=parameters,
    )


def _read_sqlite(text: str) -> Address:
    where, _, query = text.partition("?")
    where = re.sub("^//+", "/", where.removeprefix("file:"))
    if where in ("", ":memory:"):
        raise UrlNotRead("names no file, and a database in memory is another one for each connection")
    return Address(database=unquote(where), parameters=pairs(query))


def _read_sqlserver(text: str) -> Address:
    where, _, rest = _after_slashes(text, "sqlserver").partition(";")
    parameters = properties(rest)
    where, instance = where.rstrip("/").partition("\\")[::2]
    if instance:  # \instance:port
        instance, colon, port_text = instance.partition(":")
        where += colon + port_text
        parameters[INSTANCE] = instance
    host, port = server(where)
    host_said, parameters = taken(parameters, "serverName", "server")
    port_said, parameters = taken(parameters, "portNumber", "port")
    database, parameters = taken(parameters, "databaseName", "database")
    user, parameters = taken(parameters, "user", "userName")
    password, parameters = taken(parameters, "password")
    return Address(
        host=host or host_said or "localhost",
        port=port or (port_of(port_said) if port_said else 0),
        database=database,
        user=user,
        password=password,
        parameters=parameters,
    )


def _read_oracle(text: str) -> Address:
    kind, _, rest = text.partition(":")
    if kind.lower() != "thin":
        raise UrlNotRead("has no thin after jdbc:oracle:, and only the thin driver's URLs name the server")
    before, at, where = rest.rpartition("@")
    if not at:
        raise UrlWrong("has no @ before the server")
    user, _, password = before.removeprefix("//").partition("/")
    if where.lstrip().startswith("("):
        raise UrlNotRead("has a description in brackets: name the server, the port and the service instead")
    where, _, query = where.removeprefix("//").partition("?")
    parameters = pairs(query)
    servers, slash, database = where.partition("/")
    if not slash and servers.count(":") > 1:  # host:port:SID
        servers, _, database = servers.rpartition(":")
        parameters[SID] = "true"
    host, port = server(servers)
    if not host:
        raise UrlWrong("has no server after the @")
    return Address(
        host=host,
        port=port,
        database=unquote(database),
        user=unquote(user),
        password=unquote(password),
        parameters=parameters,
    )


def _read_snowflake(text: str) -> Address:
    where, _, query = _after_slashes(text, "snowflake").partition("?")
    servers, _, path = where.partition("/")
    host, port = server(servers)
    if not host:
        raise UrlWrong("has no account")
    parameters = pairs(query)
    user, parameters = taken(parameters, "user")
    password, parameters = taken(parameters, "password")
    database, parameters = taken(parameters, "db", "database")
    return Address(
        host=host,
        port=port,
        database=database or unquote(path),
        user=user,
        password=password,
        parameters=parameters,
    )


def _write_plain(login: Login) -> str:
    database = quote(login.database, safe="")
    return f"//{server_text(login.host, login.port)}/{database}{pairs_text(login.parameters)}"


def _write_sqlite(login: Login) -> str:
    return quote(login.database, safe="/:") + pairs_text(login.parameters)


def _write_sqlserver(login: Login) -> str:
    named = {"databaseName": login.database} if login.database else {}
    return f"//{server_text(login.host, login.port)}{properties_text({**named, **login.parameters})}"


def _write_oracle(login: Login) -> str:
    is_sid, parameters = taken(login.parameters, SID)
    where, database = server_text(login.host, login.port), quote(login.database, safe="")
    written = f"@{where}:{database}" if is_sid else f"@//{where}/{database}"
    return f"thin:{written}{pairs_text(parameters)}"


def _write_snowflake(login: Login) -> str:
    named = {"db": login.database} if login.database else {}
    return f"//{server_text(login.host, login.port)}/{pairs_text({**named, **login.parameters})}"


_EXAMPLE: Final = "jdbc:postgresql://db.example.com:5432/shop"
_SPELLINGS: Final[Mapping[str, _Spelling]] = MappingProxyType(
    {
        "postgresql": _Spelling(5432, _EXAMPLE, _read_postgresql, _write_plain),
        "mysql": _Spelling(3306, "jdbc:mysql://db.example.com:3306/shop", _read_mysql, _write_plain),
        "mariadb": _Spelling(3306, "jdbc:mariadb://db.example.com:3306/shop", _read_mysql, _write_plain),
        "sqlite": _Spelling(0, "jdbc:sqlite:/data/shop.db", _read_sqlite, _write_sqlite),
        "sqlserver": _Spelling(
            1433,
            "jdbc:sqlserver://db.example.com:1433;databaseName=shop",
            _read_sqlserver,
            _write_sqlserver,
        ),
        "oracle": _Spelling(
            1521, "jdbc:oracle:thin:@//db.example.com:1521/SHOP", _read_oracle, _write_oracle
        ),
        "redshift": _Spelling(
            5439, "jdbc:redshift://cluster.example.com:5439/shop", _read_redshift, _write_plain
        ),
        "snowflake": _Spelling(
            443,
            "jdbc:snowflake://account.snowflakecomputing.com/?db=SHOP&warehouse=WH",
            _read_snowflake,
            _write_snowflake,
        ),
    }
)
"""How each product spells its URLs: the one place for a new product."""

PRODUCTS: Final = tuple(_SPELLINGS)
"""The products whose URLs are understood."""
