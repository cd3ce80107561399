"""`preactions` and `postactions`: statements of SQL that a script wants around its rows.

Source: docs/reference/database-writes.md.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from placekeeper.model.errors import UsageError

_QUOTED: Final = r""" '(?:[^']|'')*'? | "(?:[^"]|"")*"? | `[^`]*`? """
_SPLIT: Final = r""" | (?P<end>;) | (?P<word>\w+) | . """
_STANDARD: Final = re.compile(
    r"""(?P<comment>--[^\n]* | /\*(?!M?!))
    | [eE]'(?:[^'\\]|\\.|'')*'? | (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?:(?P=tag)|\Z) |"""
    + _QUOTED
    + _SPLIT,
    re.VERBOSE | re.DOTALL,
)
_MYSQL: Final = re.compile(
    r"""(?P<comment>--(?=\s|\Z)[^\n]* | \#[^\n]* | /\*(?!M?!))
    | '(?:[^'\\]|\\.|'')*'? | "(?:[^"\\]|\\.|"")*"? |"""
    + _QUOTED
    + _SPLIT,
    re.VERBOSE | re.DOTALL,
)
_HASHED: Final = re.compile(r"\A(?:\s*#[^\n]*\n)+")
_NESTING: Final = re.compile(r"/\*|\*/")
_CONDITIONAL: Final = re.compile(r"/\*M?!\d*|\*/")
"""MySQL does what such a comment says."""
_STORED: Final = frozenset({"procedure", "function", "trigger", "event"})
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
_TEXT: Final = re.compile(r"""'(?:[^'\\]|''|\\.)*(?:'|\Z)|(\$\w*\$).*?(?:\1|\Z)|"[^"]*(?:"|\Z)""", re.DOTALL)
"""Texts between dollar signs or in quotes, MySQL's double ones too; to the end if nothing ends them."""

_PLACE: Final = re.compile(r"\s*\bLINE \d+:.*| near '.*'(?= at line)", re.DOTALL)
"""Where a database says it has met an error."""

_SHORTEST: Final = 3


def statements(option: str, value: Any, product: str = "") -> tuple[str, ...]:
    """The statements of an option: a text with `;` between them, or a list of statements.

    A `;` in a text, a quoted name, a comment, a body between dollar signs or after BEGIN ATOMIC ends
    nothing, as the SQL of `product` has them. BEGIN and COMMIT are left out, because all is one transaction.
    Raises UsageError for what else begins, ends or undoes one, and for a text with a stored program of MySQL.
    """
    is_mysql = product in ("mysql", "mariadb")
    if value is None:
        return ()
    if isinstance(value, str):
        found = _split(option, value, is_mysql=is_mysql)
    elif isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        found = [part for one in value for part in _of_element(option, one, is_mysql=is_mysql)]
    else:
        raise UsageError(f"{option} must be statements of SQL with ';' between them, or a list of statements")
    plain = [(one, _plain(one, is_mysql=is_mysql)) for one in found]
    kept = [(one, words) for one, words in plain if words and words.lower() not in _OURS]
    for one, words in kept:
        if _ends_ours(words):
            raise UsageError(
                f"{option} has the statement {shown(one)}. All statements and the rows are one transaction, "
                "which is undone as a whole if one fails: leave it out"
            )
    return tuple(one for one, _ in kept)


def _of_element(option: str, text: str, *, is_mysql: bool) -> list[str]:
    """The statements in an element of a list; one with a body of statements is one."""
    if _HAS_BODY.match(_plain(text, is_mysql=is_mysql)):
        return [text.strip()]
    return _split(option, text, is_mysql=is_mysql)


def _ends_ours(words: str) -> bool:
    """Whether a statement, as `_plain` gives it, begins, ends or undoes a transaction."""
    first, second, *_ = [*re.findall(r"\w+", words.lower())[:2], "", ""]
    if first == "set":
        return bool(re.search(r"\bautocommit\b", words, re.IGNORECASE))
    return (first, second) in _NEVER_PAIRS or (first in _NEVER and (first, second) not in _BODIES)


def leading(statement: str) -> tuple[str, str]:
    """The first two words of a statement, in lower case; empty where there is none."""
    plain = _plain(_HASHED.sub("", statement)).lower()
    first, second, *_ = [*re.findall(r"\w+", plain)[:2], "", ""]
    return first, second


def ends_transaction(statement: str, *, ddl: bool, truncate: bool) -> bool:
    """Whether a statement may commit by itself, in a product where those about tables or TRUNCATE do."""
    first, second = leading(statement)
    if first == "truncate":
        return truncate
    return ddl and first not in _STAYS_INSIDE and (first, second) not in _TEMPORARY


_TEMPORARY: Final = frozenset({("create", "temporary"), ("drop", "temporary")})


_LOCKING: Final = frozenset({"truncate", "drop", "alter", "lock", "rename"})
_SAYS: Final = frozenset({"table", "if", "exists", "only", "select", "from", "public"})


def refuse_locked(actions: Sequence[str], read: Sequence[str]) -> None:
    """Raises UsageError for a statement that would wait for the run's own reading of a table to end."""
    names = {word for text in read for word in re.findall(r"\w+", text.lower())} - _SAYS
    for one in actions:
        words = re.findall(r"\w+", _plain(one).lower())
        if words and words[0] in _LOCKING and (both := names.intersection(words[1:])):
            raise UsageError(
                f"the statement {shown(one)} would wait for the end of this run, which reads "
                f"{', '.join(sorted(both))}, and with --output-visibility immediate the run waits for it. "
                "Leave that option out, or delete the rows with DELETE"
            )


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
    said = _PLACE.sub("", said)
    for match in _TEXT.finditer(statement):
        inner = re.sub(r"^\$\w*\$|\$\w*\$$", "", match[0]).strip("'\"")
        if len(inner) >= _SHORTEST:
            said = said.replace(inner, "…")
    return said.strip()


def _plain(statement: str, *, is_mysql: bool = False) -> str:
    """A statement without comments, and its words with one space between them."""
    kept = [text for text, kind in _tokens(statement, is_mysql=is_mysql) if kind != "comment"]
    return " ".join(_CONDITIONAL.sub(" ", "".join(kept)).split())


def _split(option: str, text: str, *, is_mysql: bool) -> list[str]:
    parts: list[list[str]] = [[]]
    words: list[str] = []
    depth = 0
    for token, kind in _tokens(text, is_mysql=is_mysql):
        if kind == "end" and not depth:
            parts.append([])
            words = []
            continue
        parts[-1].append(token)
        if kind == "word":
            words.append(token.lower())
            depth = _depth(words, depth)
            if is_mysql and depth:
                raise UsageError(
                    f"{option} has a stored program of MySQL, whose end is not known here: give a list of "
                    "statements, one of which is the program"
                )
    return _stripped("".join(part) for part in parts)


def _depth(words: Sequence[str], depth: int) -> int:
    """How many blocks of a stored program are open after its last word."""
    if words[0] != "create" or _STORED.isdisjoint(words):
        return 0
    if words[-1] == "begin" or (depth and words[-1] == "case"):
        return depth + 1
    return depth - 1 if depth and words[-1] == "end" else depth


def _tokens(text: str, *, is_mysql: bool) -> Iterator[tuple[str, str]]:
    """Pieces of SQL, each with its kind: comment, end, word, or "" for others."""
    pattern, place = _MYSQL if is_mysql else _STANDARD, 0
    while found := pattern.match(text, place):
        place = found.end()
        if found["comment"] == "/*":
            place = _end_of_comment(text, place, nests=not is_mysql)
        kind = found.lastgroup if found.lastgroup in ("comment", "end", "word") else ""
        yield text[found.start() : place], kind or ""


def _end_of_comment(text: str, place: int, *, nests: bool) -> int:
    depth = 1
    while depth and (found := _NESTING.search(text, place)):
        depth += 1 if nests and found[0] == "/*" else -1 if found[0] == "*/" else 0
        place = found.end()
    return len(text) if depth else place


def _stripped(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]
