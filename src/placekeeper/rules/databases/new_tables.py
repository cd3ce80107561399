"""What a script's options say of the table that a write makes: Spark's createTableOptions and so on.

Source: docs/reference/database-writes.md#write-spark.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature, UsageError

NAMES: Final = ("truncate", "cascadeTruncate", "createTableOptions", "createTableColumnTypes")
"""Spark's options of writes about the table itself."""

ISOLATION: Final = frozenset(
    {"NONE", "READ_UNCOMMITTED", "READ_COMMITTED", "REPEATABLE_READ", "SERIALIZABLE"}
)
TRANSACTIONAL: Final = frozenset({"innodb", "ndbcluster", "rocksdb", "tokudb", "xtradb"})
"""The engines of MySQL that can undo what they have done, in lower case."""

_COLUMN: Final = re.compile(
    r"\s*(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>\w+))(?:\s+|\s*:\s*)"
    r"(?P<type>[A-Za-z]\w*(?:\s*\(\s*\d+\s*(?:,\s*\d+\s*)?\))?)\s*(?:,|\Z)"
)
_ENGINE: Final = re.compile(r"\bENGINE\s*=?\s*(\w+)", re.IGNORECASE)
_TRUE: Final = {"true": True, "false": False}


class NewTable(Struct, frozen=True, kw_only=True):
    """What becomes of the table of a write. With `replaces`, one that has other columns is dropped and made
    again. A table that is made has the types of `columns`, by their names, and `options` at its end."""

    replaces: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    options: str = ""


def new_table(said: Mapping[str, Any], product: str) -> NewTable:
    """Read the options, whose names are in lower case. Raises UsageError, and UnsupportedFeature for
    cascadeTruncate and for an engine without transactions."""
    truncate = _flag(said, "truncate")
    if _flag(said, "cascadeTruncate") and truncate:
        raise UnsupportedFeature(
            "the option cascadeTruncate would empty other tables, which refer to this one. Delete their rows "
            "by preactions, and leave it out"
        )
    options = " ".join(str(said.get("createtableoptions") or "").split())
    if "%" in options or ";" in options:
        raise UnsupportedFeature("the option createTableOptions has a % or ; in it: leave that out")
    engine = _ENGINE.search(options) if product in ("mysql", "mariadb") else None
    if engine is not None and engine[1].lower() not in TRANSACTIONAL:
        raise UnsupportedFeature(
            f"createTableOptions names the engine {engine[1]}, which has no transactions, so that a write "
            "could be there in part or twice. Take ENGINE out, or say InnoDB"
        )
    level = str(said.get("isolationlevel") or "NONE").upper()
    if level not in ISOLATION:
        raise UsageError(f"the option isolationLevel is one of {', '.join(sorted(ISOLATION))}, not '{level}'")
    columns = column_types(str(said.get("createtablecolumntypes") or ""))
    return NewTable(replaces=truncate is False, columns=columns, options=options)


def column_types(text: str) -> tuple[tuple[str, str], ...]:
    """`name CHAR(64), comments VARCHAR(1024)` as pairs. Raises UsageError."""
    found: dict[str, tuple[str, str]] = {}
    place = 0
    while text[place:].strip():
        match = _COLUMN.match(text, place)
        if match is None:
            raise UsageError(
                "createTableColumnTypes names columns with their types, such as 'name CHAR(64), note "
                f"VARCHAR(1024)': not so from '{text[place:].strip()[:60]}' on"
            )
        name = match["plain"] or match["quoted"].replace("``", "`")
        if name.lower() in found:
            raise UsageError(f"createTableColumnTypes names the column {name} twice")
        found[name.lower()] = (name, " ".join(match["type"].split()))
        place = match.end()
    return tuple(found.values())


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    """True, False, None where it is not said. Raises UsageError."""
    value = said.get(name.lower())
    if value is None:
        return None
    shown = str(value).strip().lower()
    if shown not in _TRUE:
        raise UsageError(f"the option {name} is true or false, not {value!r}")
    return _TRUE[shown]
