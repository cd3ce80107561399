"""The order that a statement of SQL asks for, where its keys are columns of its result."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from pyspark.sql.connect import proto

from placekeeper.runtime.engines.order_plans import bottom_of
from placekeeper.runtime.engines.relations import Relation, column, copied, kind_of
from placekeeper.runtime.engines.sql_tokens import Token, places_outside, tokens_of

_ORDER_BY: Final = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_AFTER: Final = ("limit", "offset", ";")
_SORT: Final = proto.Expression.SortOrder
_NULLS: Final = {"first": _SORT.SORT_NULLS_FIRST, "last": _SORT.SORT_NULLS_LAST}


def is_ordered_statement(relation: Relation) -> bool:
    """Whether rows come of a statement with ORDER BY, through steps that keep their order."""
    bottom = bottom_of(relation)
    return kind_of(bottom) == "sql" and _ORDER_BY.search(bottom.sql.query) is not None


def with_sort(relation: Relation, names: Sequence[str]) -> Relation | None:
    """The same rows of such a relation, sorted once more behind the statement, whose columns are `names`.

    None where a key of its order is not one of these columns.
    """
    keys = sort_keys(bottom_of(relation).sql.query, names)
    if not keys:
        return None
    made = copied(relation)
    bottom = bottom_of(made)
    statement = copied(bottom)
    bottom.sort.input.CopyFrom(statement)
    bottom.sort.order.extend(keys)
    bottom.sort.is_global = True
    return made


def sort_keys(statement: str, names: Sequence[str]) -> list[Any]:
    """The keys of the ORDER BY of a whole statement; empty if one of them is not a column of these names."""
    tokens = [token for token in tokens_of(statement) if token.kind != "blank"]
    places = [at for at in places_outside(tokens, "order") if tokens[at + 1 : at + 2] and _is_by(tokens, at)]
    if len(places) != 1:
        return []
    begin = places[0] + 2
    ends = [at for word in _AFTER for at in places_outside(tokens, word) if at > begin]
    by_name = Counter(name.lower() for name in names)
    keys = []
    for item in _items(tokens[begin : min(ends, default=len(tokens))]):
        name, *more = item
        order = _order_of(more)
        if order is None or name.kind != "name" or by_name[_plain(name)] != 1:
            return []
        keys.append(_SORT(child=column(_quoted(_plain(name))), direction=order[0], null_ordering=order[1]))
    return keys


def _is_by(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at + 1].word == "by"


def _items(tokens: list[Token]) -> list[list[Token]]:
    items: list[list[Token]] = [[]]
    commas = set(places_outside(tokens, ","))
    for place, token in enumerate(tokens):
        if place in commas:
            items.append([])
        else:
            items[-1].append(token)
    return items if all(items) else []


def _order_of(tokens: Sequence[Token]) -> tuple[Any, Any] | None:
    """Direction and place of nulls, as Spark has them by default; None for other words."""
    words = [token.word for token in tokens]
    is_descending = words[:1] == ["desc"]
    if words[:1] in (["asc"], ["desc"]):
        words = words[1:]
    nulls = "last" if is_descending else "first"
    if len(words) == len(("nulls", "first")) and words[0] == "nulls" and words[1] in _NULLS:
        nulls, words = words[1], []
    if words:
        return None
    return _SORT.SORT_DIRECTION_DESCENDING if is_descending else _SORT.SORT_DIRECTION_ASCENDING, _NULLS[nulls]


def _plain(name: Token) -> str:
    text = name.text
    return text[1:-1].replace("``", "`").lower() if text.startswith("`") else text.lower()


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
