"""The rows of a write that waits, for a person: what is where, and the statements that look, move and drop.

Source: docs/reference/databases.md#writes-that-wait.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from placekeeper.model.databases import DatabaseTable
from placekeeper.model.publication import RowsWritten
from placekeeper.model.wording import counted
from placekeeper.rules.databases.staging_names import ATTEMPT, COMMITS

_QUOTES: Final = MappingProxyType({"mysql": ("`", "`"), "mariadb": ("`", "`"), "sqlserver": ("[", "]")})


def looking(effect: RowsWritten) -> str:
    """The statement that shows the mark of a write; the rows are in the table if it shows a row."""
    marks = _name(effect, COMMITS)
    return f"SELECT done FROM {marks} WHERE effect_id = '{effect.id}'"  # noqa: S608 - an id of ours


def dropping(effect: RowsWritten) -> str:
    """The statement that drops the staging table."""
    return f"DROP TABLE {_name(effect, effect.staging)}"


def by_hand(effect: RowsWritten) -> Sequence[str]:
    """What does to the table what the write would have done; only a selection for an upsert."""
    columns = ", ".join(_quoted(effect, name) for name in effect.columns)
    attempts = ", ".join(str(int(one)) for one in effect.attempts) or "NULL"
    staging, target = _name(effect, effect.staging), _name(effect, effect.table.name)
    rows = f"SELECT {columns} FROM {staging} WHERE {ATTEMPT} IN ({attempts})"  # noqa: S608 - quoted names
    if effect.mode == "upsert":
        return (rows,)
    emptied = (f"DELETE FROM {target}",) if effect.mode == "overwrite" else ()  # noqa: S608
    return (*emptied, f"INSERT INTO {target} ({columns}) {rows}")


def not_written(effect: RowsWritten) -> str:
    """How many rows did not come to which table."""
    were = "was" if effect.rows == 1 else "were"
    actions = len(effect.preactions) + len(effect.postactions)
    but = f", and {counted(actions, 'statement')} of its actions did not run" if actions else ""
    place = f"{effect.table.full} of {effect.login.place}"
    return f"{counted(effect.rows, 'row')} {were} not written to {place}{but}"


def with_login(
    effect: RowsWritten, *, connection: str = "", secret: str = "", user: str = "", password: str = ""
) -> RowsWritten:
    """The same write by another login: of a connection or a secret, or by a password; `user` asks then."""
    login = replace(effect.login, user=user or effect.login.user, password=password)
    own = (("user",) if user else ()) if connection else ("url", *(("user",) if user else ()))
    if not connection and not secret:
        own = ()
    return replace(effect, login=login, sealed="", connection=connection, secret=secret, own=own)


def _name(effect: RowsWritten, name: str) -> str:
    table = DatabaseTable(schema=effect.table.schema, name=name)
    return ".".join(_quoted(effect, part) for part in (table.schema, table.name) if part)


def _quoted(effect: RowsWritten, name: str) -> str:
    first, last = _QUOTES.get(effect.login.product, ('"', '"'))
    return f"{first}{name.replace(last, last * 2)}{last}"
