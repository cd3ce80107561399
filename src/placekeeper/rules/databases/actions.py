"""`preactions` and `postactions`: statements of SQL that a script wants around its rows.

Source: docs/reference/databases.md#writing.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from placekeeper.model.errors import UsageError

_TOKEN: Final = re.compile(
    r"""
    '(?:[^']|'')*'? | "(?:[^"]|"")*"? | `[^`]*`?
    | (?P<tag>\$\w*\$).*?(?:(?P=tag)|\Z)
    | --[^\n]* | /\*.*?(?:\*/|\Z)
    | (?P<end>;)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE: Final = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_OURS: Final = frozenset(
    f"{verb}{noun}" for verb in ("begin", "start", "commit", "end") for noun in ("", " transaction", " work")
)
_NEVER: Final = frozenset({"rollback", "savepoint", "abort", "release"})
_CHANGES_TABLES: Final = frozenset(
    {
        "create",
        "alter",
        "drop",
        "rename",
        "grant",
        "revoke",
        "lock",
        "unlock",
        "analyze",
        "optimize",
        "repair",
    }
)


def statements(option: str, value: Any) -> tuple[str, ...]:
    """The statements of an option: a text with `;` between them, or a list of statements.

    A `;` in a text, a quoted name, a comment or a body between dollar signs ends nothing. BEGIN and COMMIT
    are left out, because all is one transaction. Raises UsageError for ROLLBACK and SAVEPOINT.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        found = _split(value)
    elif isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        found = [one.strip() for one in value]
    else:
        raise UsageError(f"{option} must be statements of SQL with ';' between them, or a list of statements")
    kept = [one for one in found if _plain(one) and _plain(one).lower() not in _OURS]
    for one in kept:
        if leading(one)[0] in _NEVER:
            raise UsageError(
                f"{option} has the statement {shown(one)}. All statements and the rows are one transaction, "
                "which is undone as a whole if one fails: leave it out"
            )
    return tuple(kept)


def leading(statement: str) -> tuple[str, str]:
    """The first two words of a statement, in lower case; empty where there is none."""
    first, second, *_ = [*re.findall(r"\w+", _plain(statement).lower())[:2], "", ""]
    return first, second


def ends_transaction(statement: str, *, ddl: bool, truncate: bool) -> bool:
    """Whether a statement commits by itself, in a product of which `ddl` or `truncate` do so."""
    first, second = leading(statement)
    if first == "truncate":
        return truncate
    return ddl and first in _CHANGES_TABLES and (first, second) not in _TEMPORARY


_TEMPORARY: Final = frozenset({("create", "temporary"), ("drop", "temporary")})


def apart(
    before: Sequence[str], after: Sequence[str], *, ddl: bool, truncate: bool
) -> tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]:
    """Which statements come ahead of the transaction, first and last in it, and behind it."""

    def ends(one: str) -> bool:
        return ends_transaction(one, ddl=ddl, truncate=truncate)

    cut = max((number for number, one in enumerate(before, 1) if ends(one)), default=0)
    behind = next((number for number, one in enumerate(after) if ends(one)), len(after))
    return before[:cut], before[cut:], after[:behind], after[behind:]


def shown(statement: str) -> str:
    """The beginning of a statement, as messages show it."""
    line = " ".join(statement.split())
    return f"`{line[:77]}…`" if len(line) > 80 else f"`{line}`"


def _plain(statement: str) -> str:
    """A statement without comments around it, and its words with one space between them."""
    return _SPACE.sub(" ", statement).strip()


def _split(text: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for token in _TOKEN.finditer(text):
        if token["end"]:
            parts.append([])
        else:
            parts[-1].append(token[0])
    return _stripped("".join(part) for part in parts)


def _stripped(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]
