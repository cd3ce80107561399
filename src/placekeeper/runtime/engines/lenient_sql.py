"""Casts in SQL text, written so that Sail gives null where Spark without ANSI mode does.

With ANSI mode off, Sail's `cast` gives null for some target types and raises for the others. `lenient_rules`
says what stands in its place.
"""

from collections.abc import Callable, Iterator
from typing import Final

from placekeeper.runtime.engines.lenient_rules import is_composed, lenient
from placekeeper.runtime.engines.sql_names import cast_name, expression_name, is_arithmetic
from placekeeper.runtime.engines.sql_tokens import (
    Token,
    closing,
    last_before,
    opening,
    places_outside,
    quoted,
    skip_blank,
    text_of,
    tokens_of,
    without_blanks,
)

_FUNCTIONS: Final = frozenset(
    {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "to_date"}
)
VARIABLE: Final = "_value_to_cast"
"""The name of a value that a cast computes once."""

_CLAUSES: Final = frozenset(
    [
        *("from", "where", "group", "having", "order", "sort", "cluster", "distribute", "limit", "window"),
        *("union", "except", "minus", "intersect", "lateral", "values", "on", "using", "qualify"),
    ]
)

_WINDOW: Final = "over"
"""The clause inside `OVER (…)`: Sail plans no window whose keys have a function with a variable."""

_BEFORE_A_NAME: Final = frozenset([")", "as", "into", "table", "view", "exists"])
"""What stands before the name of a table that has the names of its columns in brackets."""


def with_lenient_casts(sql: str, *, in_window: bool = False) -> str:
    """The same statement or expression, with casts that give null on Sail where Spark's would.

    What has no cast stays as it is, letter by letter. `in_window` says that the text is a key of a window.
    """
    return "".join(_rewritten(_with_calls(tokens_of(sql)), _WINDOW if in_window else "select"))


def _with_calls(tokens: list[Token]) -> list[Token]:
    """The same with `cast(value AS type)` for `value::type`."""
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        begin = _operand(made) if [token.text for token in tokens[place : place + 2]] == [":", ":"] else -1
        end = _type_end(tokens, skip_blank(tokens, place + 2)) if begin >= 0 else -1
        if end < 0:
            made.append(tokens[place])
            place += 1
            continue
        data_type = tokens[skip_blank(tokens, place + 2) : end]
        made[begin:] = [*tokens_of("cast("), *made[begin:], *tokens_of(" AS "), *data_type, *tokens_of(")")]
        place = end
    return made


def _operand(tokens: list[Token]) -> int:
    """The place where the value at the end of some tokens begins; -1 where there is none."""
    place = last_before(tokens, len(tokens))
    while place >= 0 and tokens[place].text in (")", "]"):
        place = opening(tokens, place)
        if place < 0 or (tokens[place].text == "(" and (place == 0 or tokens[place - 1].kind != "name")):
            return place
        place -= 1
    while place > 1 and tokens[place].kind == "name" and tokens[place - 1].text == ".":
        place -= 2
    return place if place >= 0 and (tokens[place].kind != "other" or tokens[place].text[0].isdigit()) else -1


def _type_end(tokens: list[Token], place: int) -> int:
    """The place behind the name of a type; -1 where there is none."""
    if place >= len(tokens) or tokens[place].kind != "name":
        return -1
    bracket = closing(tokens, place + 1) if tokens[place + 1 : place + 2] else -1
    return bracket + 1 if bracket > 0 else place + 1


def _rewritten(tokens: list[Token], clause: str) -> Iterator[str]:
    """The texts of tokens that begin in a clause; `select` is a list of columns."""
    clauses, before, place = [clause], "", 0
    while place < len(tokens):
        token = tokens[place]
        begin = skip_blank(tokens, place + 1)
        end = closing(tokens, begin) if _is_cast(token, before) else -1
        end = -1 if _is_named_query(tokens, end + 1) and token.word != "cast" else end
        if end > 0:
            column = before in ("", "select", "distinct", "all", ",") and clauses[-1] == "select"
            follows = _word_after(tokens, end + 1)
            column = column and (follows in ("", ",", ")", ";") or follows in _CLAUSES)
            whole = tokens[place : end + 1]
            yield _cast(whole, tokens[begin + 1 : end], token.word, clauses[-1], names=column)
            before, place = ")", end + 1
            continue
        if token.word == "(":
            is_window = before == "over" or clauses[-1] in ("window", _WINDOW)
            clauses.append(_WINDOW if is_window else "")
        elif token.word == ")" and len(clauses) > 1:
            clauses.pop()
        elif _begins_clause(token, tokens[begin : begin + 1]) and clauses[-1] != _WINDOW:
            clauses[-1] = token.word
        if token.kind != "blank":
            before = token.word or token.text
        yield token.text
        place += 1


def _begins_clause(token: Token, after: list[Token]) -> bool:
    """Whether a clause begins with a token; `window(…)` is a function."""
    is_function = token.word == "window" and bool(after) and after[0].text == "("
    return token.word == "select" or (token.word in _CLAUSES and not is_function)


def _is_cast(token: Token, before: str) -> bool:
    is_function = token.word in _FUNCTIONS and before not in _BEFORE_A_NAME
    return token.kind == "name" and before != "." and (token.word == "cast" or is_function)


def _is_named_query(tokens: list[Token], place: int) -> bool:
    """Whether `AS (` follows: in `WITH date (a) AS (…)`, date is a name, not a function."""
    begin = skip_blank(tokens, place)
    after = skip_blank(tokens, begin + 1)
    return after < len(tokens) and tokens[begin].word == "as" and tokens[after].word == "("


def _cast(whole: list[Token], inside: list[Token], function: str, clause: str, *, names: bool) -> str:
    """A cast in a clause, rewritten; `names` says that the column it makes gets its name from it."""
    if function == "cast":
        separator = max(places_outside(inside, "as"), default=-1)
        value, data_type = inside[:separator], text_of(inside[separator + 1 :]).strip()
    else:
        value, data_type = inside, function.removeprefix("to_")
        separator = len(inside)
    within = _WINDOW if clause == _WINDOW else ""
    is_plain = function == "cast" or not places_outside(inside, ",")
    if not is_plain or not text_of(value).strip() or not data_type or separator < 0:
        return "".join([text_of(whole[: len(whole) - len(inside) - 1]), *_rewritten(inside, within), ")"])
    inner = "".join(_rewritten(value, within)).strip()
    made = lenient(inner, data_type, _IN_PLACE if within else TEXT)
    name = _name(value, function, data_type) if names else None
    return f"{made} AS {name}" if name else made


def _name(value: list[Token], function: str, data_type: str) -> str | None:
    """The name of the column that a cast makes, as SQL; None where Sail names it as Spark does."""
    column = _column_name(value)
    if column and function != "to_date":
        return column if is_composed(data_type) else None
    name = expression_name(value)
    if function == "to_date":
        name = f"to_date({name})"
    elif function == "cast":
        name = cast_name(name, data_type)
    return quoted(name)


class _Text:
    """Writes expressions as SQL."""

    def call(self, name: str, *values: str) -> str:
        if name == "when":
            pairs = zip(values[::2], values[1::2], strict=True)
            return f"CASE {' '.join(f'WHEN {condition} THEN {value}' for condition, value in pairs)} END"
        if name in (">=", "<="):
            return f"({values[0]} {name} {values[1]})"
        return f"{name}({', '.join(values)})"

    def literal(self, value: str | int | float) -> str:
        if isinstance(value, str):
            return f"'{value}'"
        return f"{value!r}D" if isinstance(value, float) else str(value)

    def tried(self, value: str, data_type: str) -> str:
        return f"try_cast({value} AS {data_type})"

    def once(self, value: str, make: Callable[[str], str]) -> str:
        if _is_plain(tokens_of(value)):
            return make(value)
        if is_arithmetic(tokens_of(value)):
            return make(f"({value})")
        return f"transform(array({value}), {VARIABLE} -> {make(VARIABLE)})[0]"


class _InPlace(_Text):
    """Writes expressions as SQL that has no functions with a variable."""

    def once(self, value: str, make: Callable[[str], str]) -> str:
        return make(value if _is_plain(tokens_of(value)) else f"({value})")


TEXT: Final = _Text()
_IN_PLACE: Final = _InPlace()


def _is_plain(value: list[Token]) -> bool:
    """Whether a value is a column or a constant, which may be computed again and again."""
    return _column_name(value) is not None or len(without_blanks(value)) == 1


def _column_name(value: list[Token]) -> str | None:
    """The name of the column that a value is, None for any other value."""
    names = without_blanks(value)
    is_path = all((token.kind == "name") == (place % 2 == 0) for place, token in enumerate(names))
    is_path = is_path and all(token.text == "." for token in names[1::2])
    return names[-1].text if is_path and len(names) % 2 else None


def _word_after(tokens: list[Token], place: int) -> str:
    place = skip_blank(tokens, place)
    return tokens[place].word or tokens[place].text if place < len(tokens) else ""
