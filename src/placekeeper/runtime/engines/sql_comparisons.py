"""Columns compared with numbers in the conditions of SQL text, so that Sail treats a text as Spark does.

See `implicit_casts`, which has the rule for expressions. Here a comparison is found by its tokens: a
column, a sign, IN or BETWEEN, and numbers, with nothing beside them that binds stronger.
"""

import re
from typing import Final

from msgspec import Struct

from placekeeper.runtime.engines.lenient_rules import of_text
from placekeeper.runtime.engines.lenient_sql import TEXT
from placekeeper.runtime.engines.sql_tokens import (
    Token,
    closing,
    last_before,
    parts_outside,
    quoted,
    skip_blank,
    text_of,
    tokens_of,
    without_blanks,
)

_SIGNS: Final = ("<=>", "<>", "!=", "==", "<=", ">=", "=", "<", ">")
_UNEQUAL: Final = frozenset({"<>", "!="})
_NAMED: Final = {"==": "=", **dict.fromkeys(_UNEQUAL, "=")}
_CONDITIONS: Final = frozenset({"where", "on", "having", "qualify", "when"})
_NO_CONDITIONS: Final = frozenset(
    [
        *("select", "from", "group", "order", "sort", "cluster", "distribute", "limit", "window", "union"),
        *(
            "except",
            "minus",
            "intersect",
            "lateral",
            "values",
            "using",
            "set",
            "insert",
            "partition",
            "matched",
        ),
    ]
)
_BEFORE: Final = frozenset({"", "(", ",", "and", "or", "not", *_CONDITIONS})
_AFTER: Final = frozenset(
    [
        *("", ")", ",", ";", "and", "or", "then", "group", "order", "having", "limit", "union", "except"),
        *("minus", "intersect", "window", "sort", "cluster", "distribute", "qualify", "where", "as", "else"),
        *("end", "join", "left", "right", "full", "inner", "cross", "anti", "semi", "lateral"),
    ]
)
_NUMBER: Final = re.compile(r"(?P<whole>[+-]?\d+)(?P<fraction>[.]\d*)?(?P<mark>[lL]|[dD]|[bB][dD])?")
_MOST: Final = {"int": 2**31, "bigint": 2**63}


class _Number(Struct, frozen=True):
    """A number in SQL: Spark's type for a comparison with it, it in this type, and its text."""

    data_type: str
    value: str
    text: str | None


class _Comparison(Struct, frozen=True):
    """What a comparison is for a text, the place behind it, and Spark's name for its column."""

    instead: str
    end: int
    name: str = ""


def with_text_compared(sql: str, *, is_condition: bool) -> str:
    """The same statement, or condition, with comparisons that suit a column of any type.

    `is_condition` says that the text is an expression; in a statement, conditions have their clauses.
    """
    tokens = tokens_of(sql)
    made: list[str] = []
    conditions, place, begin = [is_condition], 0, 0
    while place < len(tokens):
        end = _column_end(tokens, place)
        is_one = end and conditions[-1] and _word_before(tokens, place) in _BEFORE
        found = _comparison(tokens, text_of(tokens[place:end]), end) if is_one else None
        if found is None:
            _enter(tokens[place], conditions)
            place = max(end, place + 1)
            continue
        column, plain = text_of(tokens[place:end]), text_of(tokens[place : found.end])
        made += [
            text_of(tokens[begin:place]),
            f"(CASE WHEN typeof({column}) = 'string' THEN {found.instead} ELSE {plain} END)",
        ]
        if is_condition and not _word_before(tokens, place) and not _word(tokens, found.end):
            name = found.name or f"({' '.join(plain.split())})"
            made.append(f" AS {quoted(name)}")  # where the whole text is a column
        begin = place = found.end
    return "".join([*made, text_of(tokens[begin:])]) if made else sql


def _enter(token: Token, conditions: list[bool]) -> None:
    """Take note of a clause, a CASE or a bracket: a bracket in a condition is one, unless it is a query."""
    word = token.word
    if word in ("(", "case"):
        conditions.append(conditions[-1])
    elif word in (")", "end"):
        conditions[:] = conditions[:-1] or conditions
    elif word in ("then", "else"):
        conditions[-1] = len(conditions) > 1 and conditions[-2]
    elif word in _CONDITIONS or word in _NO_CONDITIONS:
        conditions[-1] = word in _CONDITIONS


def _column_end(tokens: list[Token], place: int) -> int:
    """The place behind a column, which may have the name of its table before it; 0 without one."""
    if tokens[place].kind != "name":
        return 0
    place += 1
    while [token.text for token in tokens[place : place + 1]] == ["."] and place + 1 < len(tokens):
        place += 2
    return place


def _comparison(tokens: list[Token], column: str, end: int) -> _Comparison | None:
    """The comparison that begins with a column; None where none does, or not with numbers alone."""
    place = skip_blank(tokens, end)
    negation = "NOT " if _word(tokens, place) == "not" else ""
    place = skip_blank(tokens, place + 1) if negation else place
    if _word(tokens, place) == "in":
        found = _among(tokens, column, skip_blank(tokens, place + 1))
    elif _word(tokens, place) == "between":
        found = _between(tokens, column, place + 1)
    else:
        found = None if negation else _signed(tokens, column, place)
    if found is None or _word(tokens, found.end) not in _AFTER:
        return None
    return _Comparison(negation + found.instead, found.end, found.name)


def _signed(tokens: list[Token], column: str, place: int) -> _Comparison | None:
    signs = text_of(tokens[place : place + 3])
    sign = next((one for one in _SIGNS if signs.startswith(one)), "")
    number, end = _number(tokens, place + len(sign)) if sign else (None, 0)
    if number is None:
        return None
    name = f"({column.rpartition('.')[2].strip('`')} {_NAMED.get(sign, sign)} {number.text or number.value})"
    return _Comparison(_compared(column, sign, number), end, f"(NOT {name})" if sign in _UNEQUAL else name)


def _between(tokens: list[Token], column: str, place: int) -> _Comparison | None:
    low, end = _number(tokens, place)
    end = skip_blank(tokens, end)
    if low is None or _word(tokens, end) != "and":
        return None
    high, end = _number(tokens, end + 1)
    if high is None:
        return None
    return _Comparison(f"({_compared(column, '>=', low)} AND {_compared(column, '<=', high)})", end)


def _among(tokens: list[Token], column: str, begin: int) -> _Comparison | None:
    """Spark compares the texts of numbers that a text shall be among."""
    end = closing(tokens, begin)
    parts = [without_blanks(part) for part in parts_outside(tokens[begin + 1 : end], ",")] if end > 0 else []
    texts = [_text(part) for part in parts]
    is_all_text = all(len(part) == 1 and part[0].kind == "quoted" for part in parts)
    known = [text for text in texts if text is not None]
    if is_all_text or len(known) < len(texts):
        return None
    return _Comparison(f"({column} IN ({', '.join(known)}))", end + 1)


def _text(part: list[Token]) -> str | None:
    if len(part) == 1 and part[0].kind == "quoted":
        return part[0].text
    number, end = _number(part, 0)
    return f"'{number.text}'" if number is not None and number.text and end == len(part) else None


def _compared(column: str, sign: str, number: _Number) -> str:
    return f"{of_text(column, number.data_type, TEXT)} {sign} {number.value}"


def _number(tokens: list[Token], place: int) -> tuple[_Number | None, int]:
    """The number at a place, and the place behind it."""
    place = end = skip_blank(tokens, place)
    end += _word(tokens, end) in ("-", "+")
    for part in (end, end + 2):  # a number and its fraction are two tokens, with a point between them
        if part < len(tokens) and tokens[part].text[0].isdigit():
            end = part + 1
        if [token.text for token in tokens[end : end + 1]] != ["."]:
            break
    match = _NUMBER.fullmatch(text_of(tokens[place:end]))
    return (None if match is None else _typed(match)), end


def _typed(match: re.Match[str]) -> _Number:
    """A number with Spark's type; decimals are compared as doubles."""
    mark = (match["mark"] or "").lower()
    whole, digits = int(match["whole"]), match["whole"].lstrip("+") + (match["fraction"] or "")
    data_type = next((name for name, most in _MOST.items() if -most <= whole < most), "double")
    if match["fraction"] or "d" in mark:
        return _Number("double", f"{digits}D", None if mark == "d" or digits.endswith(".") else digits)
    if data_type == "double":
        return _Number(data_type, f"{whole}D", str(whole))
    return _Number("bigint" if mark else data_type, f"{whole}{mark}", str(whole))


def _word(tokens: list[Token], place: int) -> str:
    """The next word or sign from a place on; empty at the end."""
    place = skip_blank(tokens, place)
    return tokens[place].word or tokens[place].text if place < len(tokens) else ""


def _word_before(tokens: list[Token], place: int) -> str:
    place = last_before(tokens, place)
    return tokens[place].word or tokens[place].text if place >= 0 else ""
