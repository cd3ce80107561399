"""The parts that JDBC URLs are made of: servers, paths, and parameters.

Source: docs/reference/databases.md#jdbc-urls.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

import msgspec

_HIGHEST_PORT: Final = 65535
_PORT_DIGITS: Final = 5
_SERVER: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?P<port>:.*)?", re.DOTALL)
_PLAIN_PROPERTY: Final = re.compile(r"[^;{}\s][^;{}]*(?<!\s)|")


class UrlWrong(ValueError):
    """What is wrong with a URL, as the end of a sentence about it."""


class UrlNotRead(UrlWrong):
    """The same of a URL that a driver of the product takes, and Placekeeper does not."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What a URL says, in the order that all products share. `port` is 0 where it says none."""

    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = ""
    parameters: dict[str, str] = {}


def server(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[::1]:port`, or nothing. Raises UrlWrong, which shows nothing of it: a password
    may be there by mistake."""
    if "@" in text:
        raise UrlWrong("has a user before the server: give user and password as options of their own")
    if "(" in text:
        raise UrlNotRead("has a description in brackets: name the server, the port and the database instead")
    if "," in text:
        raise UrlNotRead("names several servers, and one can be used: name that one")
    match = _SERVER.fullmatch(text)
    if match is None or (match["port"] and not match["host"]):
        raise UrlWrong("has no server where it belongs, or brackets that do not fit")
    host, port = match["host"], match["port"]
    if re.search(r"[\s/?#@\\]", host):
        raise UrlWrong("has a character in the server's name that no server's name has")
    return unquote(host.removeprefix("[").removesuffix("]")), port_of(port[1:]) if port else 0


def check_host(host: str) -> None:
    """Raises UrlWrong, as the end of a sentence, for a name that no system can look up."""
    try:
        host.encode("idna")
    except UnicodeError:
        raise UrlWrong(
            "has a server whose name cannot be looked up: each part between its dots has from 1 to 63 "
            "characters, after it is encoded if it is not ASCII"
        ) from None


def port_of(text: str) -> int:
    """A port. Raises UrlWrong."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _PORT_DIGITS
    if not is_number or not 1 <= int(text) <= _HIGHEST_PORT:
        raise UrlWrong(f"has a port that is no number from 1 to {_HIGHEST_PORT}")
    return int(text)


def server_text(host: str, port: int) -> str:
    """A server as URLs spell it."""
    shown = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"{shown}:{port}" if port else shown


def pairs(text: str) -> dict[str, str]:
    """`a=1&b=2` with percent escapes. Raises UrlWrong."""
    found: dict[str, str] = {}
    for number, pair in enumerate(filter(None, text.split("&")), 1):
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise UrlNotRead(
                f"has parameters after ?, NAME=VALUE&NAME=VALUE, of which number {number} is none"
            )
        found[unquote(name)] = unquote(value)
    return found


def pairs_text(parameters: Mapping[str, str]) -> str:
    """The same as a text that begins with `?`; empty without parameters."""
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters.items())
    return f"?{text}" if text else ""


def properties(text: str) -> dict[str, str]:
    """`a=1;b={x;y}`, as SQL Server has them: braces hold what a semicolon would end. Raises UrlWrong."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        if text[place] in "; ":
            place += 1
            continue
        name, equals, rest = text[place:].partition("=")
        if not equals or ";" in name:
            number = len(found) + 1
            raise UrlWrong(f"has properties, ;NAME=VALUE;NAME=VALUE, of which number {number} is none")
        place += len(name) + 1
        if rest.startswith("{"):
            value, used = _braced(rest)
        else:
            value = rest.partition(";")[0]
            used = len(value)
            value = value.strip()
        found[name.strip()] = value
        place += used
    return found


def _braced(text: str) -> tuple[str, int]:
    match = re.match(r"\{((?:[^}]|\}\})*)\}(?=\s*(?:;|$))", text, re.DOTALL)
    if match is None:
        raise UrlWrong("has a value that begins with { and does not end with }")
    return match[1].replace("}}", "}"), match.end()


def properties_text(parameters: Mapping[str, str]) -> str:
    """The same as a text that begins with `;`."""

    def shown(value: str) -> str:
        return value if _PLAIN_PROPERTY.fullmatch(value) else "{" + value.replace("}", "}}") + "}"

    return "".join(f";{name}={shown(value)}" for name, value in parameters.items())


def taken(parameters: dict[str, str], *names: str) -> tuple[str, dict[str, str]]:
    """The value of the first parameter that has one of these names in any case, and the others."""
    wanted = {name.lower() for name in names}
    values = [value for name, value in parameters.items() if name.lower() in wanted]
    rest = {name: value for name, value in parameters.items() if name.lower() not in wanted}
    return (values[0] if values else ""), rest


def credentials(text: str) -> tuple[str, str, str]:
    """User and password before an @, and what follows it."""
    before, at, after = text.rpartition("@")
    if not at:
        return "", "", text
    user, _, password = before.partition(":")
    return unquote(user), unquote(password), after
