"""Casts in SQL text, written so that Sail gives null where Spark without ANSI mode does.

With ANSI mode off, Sail's `cast` gives null for some target types and raises for the others. Its `try_cast`
gives null for all of them. To it, a text such as 7.9 is no whole number, as it is to Spark's cast.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WHOLE_NUMBER: Final = "^ *([+-]?[0-9]+)[.][0-9]* *$"
"""A text that Spark casts to a whole number although it has a fraction; group 1 is that number."""

_WHOLE_TYPES: Final = frozenset({"tinyint", "byte", "smallint", "short", "bigint", "long"})
_RIGHT_TYPES: Final = frozenset({"int", "integer"})
_FUNCTIONS: Final = frozenset(
    {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp"}
)
_CLAUSES: Final = frozenset(
    [
        *("from", "where", "group", "having", "order", "sort", "cluster", "distribute", "limit", "window"),
        *("union", "except", "minus", "intersect", "lateral", "values", "on", "using", "qualify"),
    ]
)
_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
      | (?P<name>`(?:``|[^`])*`|[^\W\d]\w*)
      | (?P<other>\d\w*|.)""",
    re.VERBOSE | re.DOTALL,
)


def is_right(data_type: str) -> bool:
    """Whether Sail's own cast to a type gives what Spark gives."""
    return data_type.strip().lower() in _RIGHT_TYPES


def is_whole(data_type: str) -> bool:
    """Whether a type is one of whole numbers that needs more than `try_cast`."""
    return data_type.strip().lower() in _WHOLE_TYPES


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind != "quoted" else ""


def with_lenient_casts(sql: str) -> str:
    """The same statement or expression, with casts that give null on Sail where Spark's would.

    What has no cast stays as it is, letter by letter.
    """
    tokens = [_Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(sql)]
    return "".join(_rewritten(tokens, "select"))


def _rewritten(tokens: list[_Token], clause: str) -> Iterator[str]:
    """The texts of tokens that begin in a clause; `select` is a list of columns."""
    clauses, before, place = [clause], "", 0
    while place < len(tokens):
        token = tokens[place]
        begin = _skip_blank(tokens, place + 1)
        end = _closing(tokens, begin) if _is_cast(token, before) else -1
        if end > 0:
            column = before in ("", "select", "distinct", "all", ",") and clauses[-1] == "select"
            follows = _word_after(tokens, end + 1)
            column = column and (follows in ("", ",", ")", ";") or follows in _CLAUSES)
            whole = tokens[place : end + 1]
            yield _cast(whole, tokens[begin + 1 : end], token.word, names=column)
            before, place = ")", end + 1
            continue
        if token.word == "(":
            clauses.append("")
        elif token.word == ")" and len(clauses) > 1:
            clauses.pop()
        elif token.word == "select" or token.word in _CLAUSES:
            clauses[-1] = token.word
        if token.kind != "blank":
            before = token.word or token.text
        yield token.text
        place += 1


def _is_cast(token: _Token, before: str) -> bool:
    return token.kind == "name" and before != "." and (token.word == "cast" or token.word in _FUNCTIONS)


def _cast(whole: list[_Token], inside: list[_Token], function: str, *, names: bool) -> str:
    """A cast, rewritten; `names` says that the column it makes gets its name from it."""
    if function == "cast":
        separator = _last_as(inside)
        value, data_type = inside[:separator], _text(inside[separator + 1 :]).strip()
    else:
        value, data_type = inside, function
        separator = len(inside)
    is_plain = function == "cast" or not any(token.word == "," for token in _top(inside))
    if not is_plain or not _text(value).strip() or not data_type or separator < 0:
        return "".join([_text(whole[: len(whole) - len(inside) - 1]), *_rewritten(inside, ""), ")"])
    inner = "".join(_rewritten(value, "")).strip()
    if is_right(data_type):
        return f"cast({inner} AS {data_type})"
    tried = f"try_cast({inner} AS {data_type})"
    if not is_whole(data_type):
        return tried
    text = f"regexp_extract(try_cast({inner} AS string), '{WHOLE_NUMBER}', 1)"
    name = _column_name(value) if names else None
    return f"coalesce({tried}, try_cast({text} AS {data_type})){f' AS {name}' if name else ''}"


def _column_name(value: list[_Token]) -> str | None:
    """The name of the column that a value is, None for any other value."""
    names = [token for token in value if token.kind != "blank"]
    is_path = all((token.kind == "name") == (place % 2 == 0) for place, token in enumerate(names))
    is_path = is_path and all(token.text == "." for token in names[1::2])
    return names[-1].text if is_path and len(names) % 2 else None


def _top(tokens: list[_Token]) -> Iterator[_Token]:
    depth = 0
    for token in tokens:
        depth += (token.word == "(") - (token.word == ")")
        if not depth:
            yield token


def _last_as(tokens: list[_Token]) -> int:
    """The place of the last AS outside brackets, -1 without one."""
    depth, found = 0, -1
    for place, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth and token.word == "as":
            found = place
    return found


def _closing(tokens: list[_Token], begin: int) -> int:
    """The place of the bracket that closes the one at `begin`; -1 where there is none."""
    if begin == len(tokens) or tokens[begin].word != "(":
        return -1
    depth = 0
    for place in range(begin, len(tokens)):
        depth += (tokens[place].word == "(") - (tokens[place].word == ")")
        if not depth:
            return place
    return -1


def _skip_blank(tokens: list[_Token], place: int) -> int:
    while place < len(tokens) and tokens[place].kind == "blank":
        place += 1
    return place


def _word_after(tokens: list[_Token], place: int) -> str:
    place = _skip_blank(tokens, place)
    return tokens[place].word or tokens[place].text if place < len(tokens) else ""


def _text(tokens: list[_Token]) -> str:
    return "".join(token.text for token in tokens)
