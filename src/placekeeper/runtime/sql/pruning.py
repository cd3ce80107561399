"""The part of a query's WHERE that says which partitions of a table it reads.

A condition counts where it is true only of rows of the table itself: a comparison of one partition key with
a literal of its kind, which no null passes. All other conditions leave every registered partition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.sql.references import Reference

if TYPE_CHECKING:
    from sqlglot import exp

_SIGNS: Final = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MIRRORED: Final = {"lt": ">", "lte": ">=", "gt": "<", "gte": "<="}
_WHOLE: Final = frozenset({"tinyint", "smallint", "int", "integer", "bigint"})
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PLAIN: Final = re.compile(r"[^'\\]*")


def predicate_for(reference: Reference, keys: Sequence[tuple[str, str]]) -> str:
    """The conditions of a query on the partition keys (name and type) of a table; empty without one."""
    if not keys or reference.is_piped:
        return ""
    select = _select_of(reference.node)
    where = None if select is None else select.args.get("where")
    if select is None or where is None:
        return ""
    is_alone = not (select.args.get("joins") or select.args.get("laterals"))
    types = {name.lower(): type.lower().partition("(")[0] for name, type in keys}
    found = []
    for part in _conjuncts(where.this):
        condition = _condition(part, reference, types, is_alone=is_alone)
        if condition:
            found.append(condition)
    return " AND ".join(found)


def _select_of(node: exp.Table) -> exp.Expr | None:
    """The SELECT in whose FROM or JOIN a table stands; None for another place, or for a changed table.

    A table whose alias names its columns anew is a changed one.
    """
    alias, above = node.args.get("alias"), node.parent
    if alias is not None and alias.args.get("columns"):
        return None
    if above is None or above.key not in ("from", "join") or any(node.args.get(name) for name in _CHANGING):
        return None
    select = above.parent
    return select if select is not None and select.key == "select" else None


_CHANGING: Final = ("pivots", "sample", "joins", "laterals")


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    tree = tree.unnest()
    if tree.key == "and":
        for side in (tree.this, tree.expression):
            yield from _conjuncts(side)
    else:
        yield tree


def _condition(node: exp.Expr, reference: Reference, types: dict[str, str], *, is_alone: bool) -> str:
    """One condition as the catalog understands it; empty if it does not count."""
    if node.key in _SIGNS:
        left, right, sign = node.this.unnest(), node.expression.unnest(), _SIGNS[node.key]
        if left.key != "column":
            left, right, sign = right, left, _MIRRORED.get(node.key, sign)
        values = [right]
    elif node.key == "between" and not node.args.get("symmetric"):
        left, sign, values = node.this.unnest(), "between", [node.args["low"], node.args["high"]]
    elif node.key == "in" and node.expressions and not node.args.get("query"):
        left, sign, values = node.this.unnest(), "in", node.expressions
    else:
        return ""
    key = _key(left, reference, types, is_alone=is_alone)
    texts = [_literal(value, types[key]) for value in values] if key else []
    if not texts or "" in texts:
        return ""
    name = quoted(key)
    if sign == "between":
        return f"{name} >= {texts[0]} AND {name} <= {texts[1]}"
    return f"{name} IN ({', '.join(texts)})" if sign == "in" else f"{name} {sign} {texts[0]}"


def _key(node: exp.Expr, reference: Reference, types: dict[str, str], *, is_alone: bool) -> str:
    """The partition key that a column is; empty if it is none, or may be another table's."""
    if node.key != "column":
        return ""
    *qualifiers, name = [part.name.lower() for part in node.parts]  # type: ignore[attr-defined]
    if len(qualifiers) > 1:  # it names the database, or is a field of a struct
        own = [part.lower() for part in reference.parts[-2:]]
        is_meant = reference.alias_at is not None and qualifiers[-2:] == own
    else:
        is_meant = qualifiers == [reference.alias.lower()] if qualifiers else is_alone
    return name if is_meant and name in types else ""


def _literal(node: exp.Expr, type: str) -> str:
    """A literal of the key's own kind, so that no cast could change the comparison; empty for all else."""
    node = node.unnest()
    if node.key == "cast" and type == "date" and node.args["to"].sql().lower() == "date":
        node = node.this
    if node.key != "literal":
        return ""
    text = str(node.this)
    if node.is_string:
        is_fit = type in ("string", "varchar") or (type == "date" and _DAY.fullmatch(text))
        return f"'{text}'" if is_fit and _PLAIN.fullmatch(text) else ""
    return text if type in _WHOLE and text.isdigit() and text.isascii() else ""
