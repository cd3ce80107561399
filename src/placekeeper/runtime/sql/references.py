"""The tables that a query names, found by sqlglot; the text of the query changes only where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.sql.cursor import NotUnderstood, Parts

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line
    from sqlglot import exp

_DIALECT: Final = "spark"


@dataclass(frozen=True)
class Reference:
    """A place of a query that names a table: from `start` to before `end`.

    `alias_at` is where an alias goes, None where the query gives one. `node` is sqlglot's.
    """

    parts: Parts
    start: int
    end: int
    alias_at: int | None
    node: exp.Table

    @property
    def is_of_another_time(self) -> bool:
        """Whether the query asks for the table as it was: VERSION AS OF, TIMESTAMP AS OF."""
        return bool(self.node.args.get("version"))

    @property
    def alias(self) -> str:
        """The name by which the query refers to the table."""
        return self.node.alias or self.parts[-1]


@dataclass(frozen=True)
class Query:
    """A query, the tables that it names, and the qualifiers of columns that name a database."""

    text: str
    references: tuple[Reference, ...]
    qualifiers: tuple[tuple[Parts, int, int], ...]
    """Database and table in small letters, and what is cut so that the table alone is left."""

    def rewritten(self, views: Mapping[int, str]) -> str:
        """The text with views in place of tables, by the place of the reference."""
        changes: list[tuple[int, int, str]] = []
        cut: set[Parts] = set()
        for place, view in views.items():
            one = self.references[place]
            changes.append((one.start, one.end, quoted(view)))
            if one.alias_at is not None:
                changes.append((one.alias_at, one.alias_at, f" AS {quoted(one.parts[-1])}"))
                cut.add(tuple(part.lower() for part in one.parts))
        changes += [(begin, end, "") for name, begin, end in self.qualifiers if name in cut]
        return _changed(self.text, changes)


def query_of(text: str) -> Query:
    """Parse a query. Raises NotUnderstood."""
    import sqlglot  # noqa: PLC0415 - see above
    from sqlglot import exp  # noqa: PLC0415 - see above

    try:
        tree = sqlglot.parse_one(text, dialect=_DIALECT)
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise NotUnderstood(" ".join(str(error).split())[:200]) from None
    found = [
        _reference(node, text)
        for node in tree.find_all(exp.Table)
        if _has_place(node) and not _is_of_query(node)
    ]
    return Query(
        text, tuple(sorted(found, key=lambda one: one.start)), tuple(_qualifiers(tree.find_all(exp.Column)))
    )


def _has_place(node: exp.Table) -> bool:
    """Whether a table is written as a name; functions of tables are not, nor what a script fills in."""
    return bool(node.parts) and all(part.key == "identifier" and "start" in part.meta for part in node.parts)


def _reference(node: exp.Table, text: str) -> Reference:
    parts = node.parts
    start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
    names = tuple(part.name.replace("``", "`") for part in parts)
    has_alias = bool(node.alias)
    return Reference(names, start, end, None if has_alias else _alias_place(node, text, end), node)


def _alias_place(node: exp.Table, text: str, end: int) -> int:
    """Where an alias goes: behind the name, and behind TABLESAMPLE (…) REPEATABLE (…)."""
    if not node.args.get("sample"):
        return end
    place = end
    while True:
        opened = text.find("(", place)
        closed = text.find(")", opened)
        if opened < 0 or closed < 0:
            return place
        place = closed + 1
        if not text[place:].lstrip().lower().startswith("repeatable"):
            return place


def _is_of_query(node: exp.Table) -> bool:
    """Whether a name of one part is that of a common table expression in whose scope it stands."""
    if len(node.parts) != 1:
        return False
    name = node.name.lower()
    below: exp.Expr = node
    above = node.parent
    while above is not None:
        if above.key == "with":
            before = [one for one in above.expressions if one is not below]
            if not above.args.get("recursive"):
                place = next((n for n, one in enumerate(above.expressions) if one is below), 0)
                before = above.expressions[:place]
            elif below in above.expressions:
                before = above.expressions
            if name in _names(before):
                return True
        else:
            own = above.args.get("with_") or above.args.get("with")
            if own is not None and own is not below and name in _names(own.expressions):
                return True
        below, above = above, above.parent
    return False


def _names(expressions: Iterable[exp.Expr]) -> set[str]:
    return {str(one.alias).lower() for one in expressions}


def _qualifiers(columns: Iterable[exp.Column]) -> Iterator[tuple[Parts, int, int]]:
    for column in columns:
        parts = column.parts
        if len(parts) < 3 or not all("start" in part.meta for part in parts):
            continue
        table = parts[-2]
        name = tuple(part.name.lower() for part in parts[:-1])
        yield name, parts[0].meta["start"], table.meta["start"]


def _changed(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    made, place = [], 0
    for begin, end, put in sorted(changes):
        made += [text[place:begin], put]
        place = end
    return "".join([*made, text[place:]])
