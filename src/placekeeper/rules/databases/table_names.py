"""Names of tables as scripts and the catalog write them: schema.table, quoted or not.

Source: docs/reference/databases.md#names-of-tables.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import UsageError

_PART: Final = re.compile(
    r'\s*(?:"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[((?:[^\]]|\]\])+)\]|([^".`\[\]\s][^".`\[\]]*?))\s*(?=\.|$)'
)
_SUBQUERY: Final = re.compile(r"\(\s*(?P<query>(?:select|with)\b.*)\)\s*(?:as\s+)?\w*\s*", re.I | re.S)
_DEFAULT_SCHEMAS: Final[Mapping[str, str]] = MappingProxyType(
    {"postgresql": "public", "redshift": "public", "sqlserver": "dbo", "snowflake": "PUBLIC"}
)
_WITHOUT_SCHEMAS: Final = frozenset({"mysql", "mariadb", "sqlite"})
"""Products whose databases have no schemas: the database stands before the dot."""

_FOLDING: Final = frozenset({"postgresql", "redshift"})
"""Products that read a name without quotes in lower case, and keep tables apart by case."""

_MOST_PARTS: Final = 3


def subquery_of(dbtable: str) -> str:
    """The query in brackets that Spark takes in place of a table, "" for a name."""
    match = _SUBQUERY.fullmatch(dbtable.strip())
    return match["query"].strip() if match else ""


def has_schemas(product: str) -> bool:
    """Whether tables of a product are in schemas of a database."""
    return product not in _WITHOUT_SCHEMAS


def default_schema(login: Login) -> str:
    """The schema of a table that is named without one; "" where there is none."""
    if login.product == "oracle":
        return login.user.upper()
    return (
        login.parameters.get("currentSchema")
        or (login.parameters.get("schema", "") if login.product == "snowflake" else "")
        or _DEFAULT_SCHEMAS.get(login.product, "")
    )


def table_of(text: object, login: Login, place: str, *, is_exact: bool = False) -> tuple[DatabaseTable, str]:
    """The table of a name, and the database that stands before its schema ("" without).

    Where databases have no schemas, the database stands before the dot. A name without quotes is folded as
    the product folds it, unless it `is_exact`. `place` says whose name it is, as an error begins. Raises
    UsageError for another form.
    """
    found = _parts(text, place)
    folds = login.product in _FOLDING and not is_exact
    parts = [
        part.lower() if folds and not is_quoted and number >= len(found) - 2 else part
        for number, (part, is_quoted) in enumerate(found)
    ]
    if login.product in _WITHOUT_SCHEMAS:
        parts = parts[-2:] if len(parts) < _MOST_PARTS else [parts[0], parts[-1]]
        return DatabaseTable("", parts[-1]), parts[0] if len(parts) > 1 else ""
    schema = parts[-2] if len(parts) > 1 else default_schema(login)
    return DatabaseTable(schema, parts[-1]), parts[0] if len(parts) == _MOST_PARTS else ""


def name_parts(text: object, place: str) -> list[str]:
    """The parts of a dotted name without their quotes. Raises UsageError."""
    return [part for part, _ in _parts(text, place)]


def _parts(text: object, place: str) -> list[tuple[str, bool]]:
    """The parts of a dotted name, and whether each is quoted. Raises UsageError."""
    if isinstance(text, str) and text.strip():
        found, rest = [], text
        while match := _PART.match(rest):
            quoted = (match[1] or "").replace('""', '"'), (match[2] or "").replace("``", "`")
            part = next(filter(None, (*quoted, (match[3] or "").replace("]]", "]"), match[4])))
            found.append((part, match[4] is None))
            rest = rest[match.end() :]
            if not rest and len(found) <= _MOST_PARTS:
                return found
            if not rest.startswith("."):
                break
            rest = rest[1:]
    raise UsageError(
        f"""{place} is the name of a table, such as public.orders or "Sales"."Orders", not {text!r}"""
    )


def shown_name(parts: list[str]) -> str:
    """Parts as a dotted name; those with a dot or a quote are quoted."""
    return ".".join(
        part if re.fullmatch(r'[^".`\[\]\s]+', part) else '"' + part.replace('"', '""') + '"'
        for part in parts
    )
