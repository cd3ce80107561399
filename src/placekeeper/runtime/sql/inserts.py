"""The words of an INSERT before its query, and TABLE t, which is short for a query."""

from typing import Final

from placekeeper.runtime.engines.sql_tokens import Token, last_before, skip_blank, tokens_of
from placekeeper.runtime.sql.cursor import Cursor

_QUERIES: Final = frozenset({"select", "with", "from", "values", "table"})
_SETS: Final = frozenset({"union", "except", "intersect", "minus"})
_BEHIND_TABLES: Final = _SETS | {"order", "sort", "cluster", "distribute", "limit", "offset", "window"}
_BEFORE_QUERIES: Final = frozenset({"from", "join", "in", "as", "exists", "lateral", "all", "distinct"})


def is_query_ahead(cursor: Cursor) -> bool:
    """Whether the brackets that come next hold a query, and not names of columns."""
    words = cursor.words(len(cursor.texts))
    place = 0
    while place < len(words) and words[place] == "(":
        place += 1
    return 0 < place < len(words) - 1 and words[place] in _QUERIES and words[place + 1] not in (",", ")")


def is_inserted(cursor: Cursor) -> bool:
    """Whether INSERT INTO or INSERT OVERWRITE comes, outside brackets."""
    ahead = Cursor(cursor.text[cursor.begin :])
    while ahead.skip_to("insert"):
        if ahead.take("insert") and ahead.words(1)[:1] in (["into"], ["overwrite"]):
            return True
    return False


def skip_to_query(cursor: Cursor) -> None:
    """Move on behind the first words of an INSERT, to its query. Raises NotUnderstood."""
    cursor.need("insert")
    cursor.take_one("into", "overwrite")
    cursor.take("table")
    cursor.name()
    if cursor.take("partition"):
        cursor.inside()
    cursor.take("if", "not", "exists")
    if cursor.words(1) == ["("] and not is_query_ahead(cursor):
        cursor.inside()
    cursor.take("by", "name")


def check_whole_table(query: Cursor) -> None:
    """Raises NotUnderstood for TABLE t with words behind it that no query has there."""
    if query.take("table"):
        query.name()
        if query.words(1)[:1] and query.words(1)[0] not in _BEHIND_TABLES:
            query.end()


def with_whole_tables(query: str) -> str:
    """A query with SELECT * FROM t in place of TABLE t, which no parser here knows."""
    tokens = tokens_of(query)
    made = [
        "SELECT * FROM" if token.word == "table" and _is_short(tokens, place) else token.text
        for place, token in enumerate(tokens)
    ]
    return "".join(made)


def _is_short(tokens: list[Token], place: int) -> bool:
    """Whether TABLE stands where a query may, and a name behind it."""
    after = skip_blank(tokens, place + 1)
    if after == len(tokens) or tokens[after].kind != "name":
        return False
    before = last_before(tokens, place)
    if before < 0:
        return True
    word, further = tokens[before].word, last_before(tokens, before)
    if word in ("all", "distinct"):
        return further >= 0 and tokens[further].word in _SETS
    if word == "(":
        return (
            further < 0 or tokens[further].kind != "name" or tokens[further].word in _BEFORE_QUERIES | _SETS
        )
    return word in _SETS
