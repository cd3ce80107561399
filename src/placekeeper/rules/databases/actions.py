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
_TEXT: Final = re.compile(r"""'(?:[^'\\]|''|\\.)*(?:'|\Z)|(\$\w*\$).*?(?:\1|\Z)|"[^"]*(?:"|\Z)""", re.DOTALL)
"""Texts between dollar signs or in quotes, MySQL's double ones too; to the end if nothing ends them."""

_QUOTED: Final = re.compile(r"\s*\bLINE \d+:.*| near '.*'(?= at line)", re.DOTALL)
_SHORTEST: Final = 3

_SPACE: Final = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_OURS: Final = frozenset(
    f"{verb}{noun}"
    for verb in ("begin", "start", "commit", "end")
    for noun in ("", " transaction", " work", " tran")
)
_NEVER: Final = frozenset(
    {"rollback", "savepoint", "save", "abort", "release", "begin", "start", "commit", "end", "xa"}
)
"""Words that begin statements about transactions. The plain ones are left out before."""

_NEVER_PAIRS: Final = frozenset({("prepare", "transaction")})
_BODIES: Final = frozenset({("begin", "atomic"), ("begin", "not")})
_STAYS_INSIDE: Final = frozenset(
    {"insert", "update", "delete", "replace", "merge", "copy", "select", "with", "values", "set", "do"}
)
"""Statements that are part of a transaction where those about tables are not. Procedures may commit."""

_HAS_BODY: Final = re.compile(
    r"(?:create|alter)\b[^;(]*?\b(?:function|procedure|trigger|event|package|rule)\b"
    r"|begin\s+(?:atomic|not)\b|declare\b",
    re.IGNORECASE,
)


def statements(option: str, value: Any) -> tuple[str, ...]:
    """The statements of an option: a text with `;` between them, or a list of statements.

    A `;` in a text, a quoted name, a comment or a body between dollar signs ends nothing. BEGIN and COMMIT
    are left out, because all is one transaction. Raises UsageError for what else begins, ends or undoes one.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        found = _split(value)
    elif isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        found = [part for one in value for part in _of_element(one)]
    else:
        raise UsageError(f"{option} must be statements of SQL with ';' between them, or a list of statements")
    kept = [one for one in found if _plain(one) and _plain(one).lower() not in _OURS]
    for one in kept:
        if _ends_ours(one):
            raise UsageError(
                f"{option} has the statement {shown(one)}. All statements and the rows are one transaction, "
                "which is undone as a whole if one fails: leave it out"
            )
    return tuple(kept)


def _of_element(text: str) -> list[str]:
    """The statements in an element of a list; one with a body of statements is one."""
    return [text.strip()] if _HAS_BODY.match(_plain(text)) else _split(text)


def _ends_ours(statement: str) -> bool:
    words = leading(statement)
    if words[0] == "set":
        return bool(re.search(r"\bautocommit\b", _plain(statement), re.IGNORECASE))
    return words in _NEVER_PAIRS or (words[0] in _NEVER and words not in _BODIES)


def leading(statement: str) -> tuple[str, str]:
    """The first two words of a statement, in lower case; empty where there is none."""
    first, second, *_ = [*re.findall(r"\w+", _plain(statement).lower())[:2], "", ""]
    return first, second


def ends_transaction(statement: str, *, ddl: bool, truncate: bool) -> bool:
    """Whether a statement may commit by itself, in a product where those about tables or TRUNCATE do."""
    first, second = leading(statement)
    if first == "truncate":
        return truncate
    return ddl and first not in _STAYS_INSIDE and (first, second) not in _TEMPORARY


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
    """The beginning of a statement, as messages show it: without the texts in it, which may be secret."""
    line = " ".join(_TEXT.sub("'…'", statement).split())
    return f"`{line[:77]}…`" if len(line) > 80 else f"`{line}`"


def without_texts(said: str, statement: str) -> str:
    """What a database has said about a statement, without the texts and the part of it that it may quote."""
    said = _QUOTED.sub("", said)
    for match in _TEXT.finditer(statement):
        inner = re.sub(r"^\$\w*\$|\$\w*\$$", "", match[0]).strip("'\"")
        if len(inner) >= _SHORTEST:
            said = said.replace(inner, "…")
    return said.strip()


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
