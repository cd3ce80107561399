"""`current_database()` and `current_schema()` in a query: the run knows the current database, not the engine.

Source: docs/reference/sql.md#name-default.
"""

from typing import Final

from placekeeper.runtime.engines.sql_tokens import (
    Token,
    closing,
    last_before,
    skip_blank,
    text_of,
    tokens_of,
)

_CALLS: Final = frozenset({"current_database", "current_schema"})
_COLUMN: Final = "`current_schema()`"
_BEFORE_COLUMN: Final = frozenset({"select", ",", "distinct", "all"})
_BEHIND_COLUMN: Final = frozenset({"", ",", "from", ")", ";", "union", "where", "limit"})


def with_database(query: str, database: str) -> str:
    """The query with the name of a database in place of the calls. A column has Spark's name."""
    tokens = tokens_of(query)
    if not any(token.word in _CALLS for token in tokens):
        return query
    made: list[Token] = []
    clauses = [""]  # the last word of a clause, for each open bracket
    place = 0
    while place < len(tokens):
        token = tokens[place]
        clauses[-1] = token.word if token.word in ("select", "from", "group", "order") else clauses[-1]
        if token.word == "(":
            clauses.append("")
        elif token.word == ")" and len(clauses) > 1:
            clauses.pop()
        end = _end_of_call(tokens, place)
        if end < 0:
            made.append(token)
            place += 1
            continue
        behind = skip_blank(tokens, end + 1)
        is_column = (
            clauses[-1] == "select"
            and tokens[last_before(tokens, place)].word in _BEFORE_COLUMN
            and (tokens[behind].word if behind < len(tokens) else "") in _BEHIND_COLUMN
        )
        name = f" AS {_COLUMN}" if is_column else ""
        made.append(Token("other", f"'{database}'{name}"))
        place = end + 1
    return text_of(made)


def _end_of_call(tokens: list[Token], place: int) -> int:
    """The place of the bracket that ends the call which begins at a place; -1 where none begins."""
    if tokens[place].word not in _CALLS or tokens[last_before(tokens, place)].text == ".":
        return -1
    begin = skip_blank(tokens, place + 1)
    end = closing(tokens, begin)
    return end if end >= 0 and skip_blank(tokens, begin + 1) == end else -1
