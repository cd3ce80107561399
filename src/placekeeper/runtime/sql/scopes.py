"""Columns in the expressions of a MERGE: each is the table's or the source's, and gets a name of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import nearest
from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.sql.cursor import NotUnderstood, Parts

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line
    from sqlglot import exp

_DIALECT: Final = "spark"


class Scope(Struct, frozen=True):
    """One side of a statement: the names that may stand before its columns, and the columns' own names.

    `columns` are by their names in small letters.
    """

    names: tuple[Parts, ...]
    columns: Mapping[str, str]


def with_own_names(text: str, scopes: Sequence[Scope], shown: str) -> str:
    """An expression whose columns have the names of their scopes; `shown` says where it stands.

    Raises AnalysisException for a column of none of them, or of two; UnsupportedFeature for a query within it
    and for functions over several rows; NotUnderstood.
    """
    import sqlglot  # noqa: PLC0415 - see above
    from sqlglot import exp  # noqa: PLC0415 - see above

    try:
        tree = sqlglot.parse_one(text, dialect=_DIALECT)
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise NotUnderstood(f"{shown}: {' '.join(str(error).split())[:200]}") from None
    if tree.find(exp.Query, exp.Exists):
        raise UnsupportedFeature(
            f"{shown}: a query within an expression is not there. Join it in the source of a MERGE INTO: "
            "USING (SELECT …)"
        )
    if tree.find(exp.AggFunc, exp.Window):
        raise UnsupportedFeature(
            f"{shown}: functions over several rows are not there. Say them in the source of a MERGE INTO: "
            "USING (SELECT …)"
        )
    changes: dict[int, tuple[int, str]] = {}
    for column in tree.find_all(exp.Column):
        begin, end, name = _resolved(column, text, scopes, shown)
        changes[begin] = end, name
    made, place = [], 0
    for begin, (end, name) in sorted(changes.items()):
        made += [text[place:begin], quoted(name)]
        place = end
    return "".join([*made, text[place:]])


def _resolved(column: exp.Column, text: str, scopes: Sequence[Scope], shown: str) -> tuple[int, int, str]:
    """Where the name of a column stands without fields of it, and its own name."""
    parts = column.parts
    lower = tuple(part.name.lower() for part in parts)
    if lower[-1] == "*" or not all("start" in part.meta for part in parts):
        raise NotUnderstood(f"{shown}: it is not known where {column.sql(_DIALECT)} stands")
    found: list[tuple[int, str]] = [
        (len(name), scope.columns[lower[len(name)]])
        for scope in scopes
        for name in scope.names
        if len(lower) > len(name) and lower[: len(name)] == name and lower[len(name)] in scope.columns
    ]
    found = found or [(0, scope.columns[lower[0]]) for scope in scopes if lower[0] in scope.columns]
    written = ".".join(part.name for part in parts)
    if not found:
        there = sorted({name for scope in scopes for name in scope.columns})
        near = nearest(lower[-1], there)
        hint = f" Did you mean {near}?" if near else ""
        raise AnalysisException(
            f"[UNRESOLVED_COLUMN] {shown}: there is no column {written} here.{hint} Columns are "
            f"{', '.join(there)}."
        )
    if len({name for _, name in found}) > 1:
        raise AnalysisException(
            f"[AMBIGUOUS_REFERENCE] {shown}: the table and the source have a column {written}. Say whose is "
            "meant, by the alias before it."
        )
    last, name = found[0]
    begin, end = parts[0].meta["start"], parts[last].meta["end"] + 1
    named = text[parts[last].meta["start"] : end]
    if named.replace("`", "").lower().strip() != lower[last].replace("`", ""):
        raise NotUnderstood(f"{shown}: it is not known where {written} stands")
    return begin, end, name
