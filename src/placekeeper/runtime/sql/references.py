"""The tables that a query names, found by sqlglot; the text of the query changes only where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from placekeeper.runtime.engines.sql_tokens import quoted, tokens_of
from placekeeper.runtime.sql.cursor import NotUnderstood, Parts
from placekeeper.runtime.sql.inserts import with_whole_tables

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line
    from sqlglot import exp

_DIALECT: Final = "spark"


@dataclass(frozen=True)
class Reference:
    """A place of a query that names a table: from `start` to before `end`.

    `alias_at` is where an alias goes, None where the query gives one. `node` is sqlglot's. With `is_piped`
    the query has steps behind |>, which have an order that the tree does not show.
    """

    parts: Parts
    start: int
    end: int
    alias_at: int | None
    node: exp.Table
    is_piped: bool = False

    @property
    def is_of_another_time(self) -> bool:
        """Whether the query asks for the table as it was: VERSION AS OF, TIMESTAMP AS OF."""
        return bool(self.node.args.get("version"))

    @property
    def alias(self) -> str:
        """The name by which the query refers to the table."""
        return self.node.alias or self.parts[-1]


@dataclass(frozen=True)
class Qualified:
    """A column with qualifiers: its parts in small letters, and where each begins and ends in the text."""

    parts: Parts
    places: tuple[tuple[int, int], ...]
    node: exp.Column


@dataclass(frozen=True)
class Query:
    """A query, the tables that it names, its columns with qualifiers, and all names of its sources."""

    text: str
    references: tuple[Reference, ...]
    columns: tuple[Qualified, ...]
    sources: tuple[tuple[str, Parts, exp.Expr], ...]
    """The bare name of each source of rows in small letters, its table if it has no alias, and its node."""

    def rewritten(self, views: Mapping[int, str]) -> str:
        """The text with views in place of tables, by the place of the reference.

        Raises NotUnderstood for a column of one of several tables with one name.
        """
        changes: list[tuple[int, int, str]] = []
        named = {place: _table(self.references[place]) for place in views}
        named = {place: name for place, name in named.items() if self.references[place].alias_at is not None}
        cut = {name for name in named.values() if len(name) > 1}
        own = self._own_names(cut)
        for place, view in views.items():
            one = self.references[place]
            changes.append((one.start, one.end, quoted(view)))
            if one.alias_at is not None:
                alias = own.get(named[place], one.parts[-1])
                changes.append((one.alias_at, one.alias_at, f" AS {quoted(alias)}"))
        changes += [change for one in self.columns if (change := self._of_column(one, cut, own))]
        return _changed(self.text, changes)

    def _own_names(self, cut: set[Parts]) -> dict[Parts, str]:
        """Names for tables that columns name with their database, and whose bare name is not theirs alone."""
        meant = {name[-1] for column in self.columns if (name := _prefix(column, cut))}
        shared = [
            name
            for name in sorted(cut)
            if name[-1] in meant and any(bare == name[-1] and of != name for bare, of, _ in self.sources)
        ]
        return {name: f"placekeeper_table_{place}" for place, name in enumerate(shared)}

    def _of_column(
        self, column: Qualified, cut: set[Parts], own: Mapping[Parts, str]
    ) -> tuple[int, int, str] | None:
        """What changes of a column: its database is cut, or it gets the own name of its table."""
        if name := _prefix(column, cut):
            last = _length(column, name) - 1
            if name in own:
                return column.places[0][0], column.places[last][1], quoted(own[name])
            return column.places[0][0], column.places[last][0], ""
        if not any(name[-1] == column.parts[0] for name in own):
            return None
        return self._of_bare_name(column, own)

    def _of_bare_name(self, column: Qualified, own: Mapping[Parts, str]) -> tuple[int, int, str] | None:
        """The same of a column of `t` where two tables are `t`: that of the nearest query counts."""
        within = column.node.parent_select
        while within is not None:
            tables = {
                of
                for bare, of, node in self.sources
                if bare == column.parts[0] and node.parent_select is within
            }
            if len(tables) > 1:
                raise NotUnderstood(
                    f"{'.'.join(column.parts)} may be a column of several tables. Give each an alias (AS)"
                )
            if tables:
                name = next(iter(tables))
                return (*column.places[0], quoted(own[name])) if name in own else None
            within = within.parent_select
        return None


def _table(reference: Reference) -> Parts:
    """The database and the table of a reference in small letters."""
    return tuple(part.lower() for part in reference.parts[-2:])


def _prefix(column: Qualified, tables: set[Parts]) -> Parts:
    """The table that a column names with its database, of some; nothing without one."""
    for name in (column.parts[1:3], column.parts[:2]):
        if name in tables and len(column.parts) > _length(column, name):
            return name
    return ()


def _length(column: Qualified, name: Parts) -> int:
    """How many parts of a column name its table."""
    return 2 if column.parts[:2] == name else 3


def query_of(text: str) -> Query:
    """Parse a query; TABLE t is written out. Raises NotUnderstood."""
    import sqlglot  # noqa: PLC0415 - see above
    from sqlglot import exp  # noqa: PLC0415 - see above

    text = with_whole_tables(text)
    try:
        tree = sqlglot.parse_one(text, dialect=_DIALECT)
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise NotUnderstood(" ".join(str(error).split())[:200]) from None
    tables = [node for node in tree.find_all(exp.Table) if _has_place(node)]
    is_piped = _is_piped(text)
    found = [_reference(node, text, is_piped=is_piped) for node in tables if not _is_of_query(node)]
    tabled = {id(one.node): _table(one) for one in found if one.alias_at is not None}
    sources = [
        (str(node.alias_or_name).lower(), tabled.get(id(node), ()), node)
        for node in tree.find_all(exp.Table, exp.Subquery, exp.Lateral)
        if not _is_hint(node)
    ]
    return Query(
        text,
        tuple(sorted(found, key=lambda one: one.start)),
        tuple(_qualified(tree.find_all(exp.Column), text)),
        tuple(sources),
    )


def _has_place(node: exp.Table) -> bool:
    """Whether a table is written as a name; functions of tables are not, nor what a script fills in."""
    is_name = bool(node.parts) and all(
        part.key == "identifier" and "start" in part.meta for part in node.parts
    )
    return is_name and not _is_hint(node)


def _is_hint(node: exp.Expr) -> bool:
    """Whether a name stands in a hint, which keeps its words: places there do not count from the text."""
    above = node.parent
    while above is not None and above.key not in ("hint", "select"):
        above = above.parent
    return above is not None and above.key == "hint"


def _place(part: exp.Expr, text: str) -> tuple[int, int]:
    """Where a part of a name begins and ends. Raises NotUnderstood where something else stands there."""
    begin, end = part.meta["start"], part.meta["end"] + 1
    there = text[begin:end]
    name = there[1:-1] if there.startswith("`") else there
    if name.replace("``", "`") != part.name.replace("``", "`"):
        raise NotUnderstood(f"it is not known where {part.name} stands")
    return begin, end


def _is_piped(text: str) -> bool:
    texts = [token.text for token in tokens_of(text)]
    return any(pair == ("|", ">") for pair in pairwise(texts))


def _reference(node: exp.Table, text: str, *, is_piped: bool) -> Reference:
    parts = node.parts
    places = [_place(part, text) for part in parts]
    start, end = places[0][0], places[-1][1]
    names = tuple(part.name.replace("``", "`") for part in parts)
    has_alias = bool(node.alias)
    return Reference(names, start, end, None if has_alias else _alias_place(node, text, end), node, is_piped)


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


def _qualified(columns: Iterable[exp.Column], text: str) -> Iterator[Qualified]:
    for column in columns:
        parts = column.parts
        if len(parts) < 2 or _is_hint(column) or not all("start" in part.meta for part in parts[:-1]):
            continue
        names = tuple(part.name.lower() for part in parts)
        yield Qualified(names, tuple(_place(part, text) for part in parts[:-1]), column)


def _changed(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    made, place = [], 0
    for begin, end, put in sorted(changes):
        made += [text[place:begin], put]
        place = end
    return "".join([*made, text[place:]])
