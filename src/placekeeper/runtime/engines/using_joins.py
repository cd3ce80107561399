"""`t.id` in a query with JOIN … USING (id): on Sail the key is no column of a side any more, on Spark it is.

Each side whose key is named gives it once more, under a name of its own, and that is what the query asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.engines.using_names import OWN, alias_of

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line
    from sqlglot import exp

_MENTIONED: Final = re.compile(r"\bUSING\s*\(", re.IGNORECASE)
_DIALECT: Final = "spark"
_PLAIN: Final = frozenset({"this", "db", "catalog", "alias"})
"""What a table or query has where nothing but an alias is said of it."""

Edits = dict[int, tuple[int, str]]
"""By where they begin: where they end, and the new text."""


def with_keys_of_sides(sql: str) -> str:
    """The same SQL, in which the keys of USING can be told apart.

    Raises UnsupportedFeature for all columns of one side (`t.*`), from which Sail leaves the key out.
    """
    if not _MENTIONED.search(sql):
        return sql
    import sqlglot  # noqa: PLC0415 - see above
    from sqlglot import exp  # noqa: PLC0415 - see above

    try:
        tree = sqlglot.parse_one(sql, dialect=_DIALECT)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return sql  # the engine says what is wrong
    edits: Edits = {}
    for select in tree.find_all(exp.Select):
        _see(select, sql, edits)
    made, place = [], 0
    for begin, (end, text) in sorted(edits.items()):
        made += [sql[place:begin], text]
        place = end
    return "".join([*made, sql[place:]])


def _see(select: exp.Select, sql: str, edits: Edits) -> None:
    """Add what changes in one query."""
    joins = select.args.get("joins") or []
    keys = {key.name.lower() for join in joins for key in join.args.get("using") or []}
    begin = select.args.get("from_")
    if not keys or begin is None:
        return
    if any(join.kind == "CROSS" and join.args.get("using") for join in joins):
        raise UnsupportedFeature(
            "CROSS JOIN … USING is not available on Sail: it is no cross join. Write JOIN … USING, or leave "
            "USING out"
        )
    sides = _sides(select)
    found = [column for column in _columns(select) if column.table.lower() in sides]
    for column in found:
        if column.name == "*":
            raise _all_of(column.table)
    asked = [column for column in found if column.name.lower() in keys]
    if not asked or any(one.is_star for one in select.expressions):
        return
    more = _aliases(select, asked, _span(begin.this, sql), sql)
    wanted: dict[str, dict[str, str]] = {}
    for column in asked:
        wanted.setdefault(column.table.lower(), {})[column.name.lower()] = column.name
        own = quoted(OWN + column.name.lower())
        is_named = column.parent is not select or column.arg_key != "expressions"
        more[column.this.meta["start"]] = (
            column.this.meta["end"] + 1,
            own if is_named else f"{own} AS {quoted(column.name)}",
        )
    for side, names in wanted.items():
        if not (span := _span(sides[side], sql)):
            return
        first, last = span
        columns = ", ".join(f"{quoted(name)} AS {quoted(OWN + lower)}" for lower, name in names.items())
        alias = "" if sides[side].args.get("alias") else f" AS {quoted(sides[side].alias_or_name)}"
        more[first] = (first, f"(SELECT *, {columns} FROM ")  # noqa: S608 - names of the query itself
        more[last] = (last, f"){alias}")
    edits.update(more)


def _columns(select: exp.Select) -> Iterator[exp.Column]:
    """The columns that are said with a table of this query, in it and in queries within it."""
    from sqlglot import exp  # noqa: PLC0415 - see above

    for column in select.find_all(exp.Column):
        if not column.table or "start" not in column.this.meta:
            continue
        within = column.parent_select
        while within is not None and within is not select and column.table.lower() not in _sides(within):
            within = within.parent_select
        if within is select:
            yield column


def _sides(select: exp.Expression) -> dict[str, exp.Expression]:
    """The tables of a query by their names."""
    begin = select.args.get("from_")
    found = [*([begin.this] if begin else []), *(join.this for join in select.args.get("joins") or [])]
    return {side.alias_or_name.lower(): side for side in found}


def _aliases(
    select: exp.Select, asked: Sequence[exp.Column], span: tuple[int, int] | None, sql: str
) -> Edits:
    """The names of outputs that hold a key and have none."""
    from sqlglot import exp  # noqa: PLC0415 - see above

    made: Edits = {}
    above = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
    if isinstance(above, exp.Exists | exp.In | exp.Insert):
        return made
    for output in select.expressions:
        inner = [one for one in asked if one is not output and one.find_ancestor(exp.Select) is select]
        last = [one.this.meta["end"] for one in inner if any(one is part for part in output.walk())]
        if isinstance(output, exp.Alias | exp.Aliases) or not last:
            continue
        alias = alias_of(output, sql)
        if span is not None:
            end = _end_of_output(max(last), span[0], sql)
            made[end] = (end, alias)
    return made


def _end_of_output(place: int, table: int, sql: str) -> int:
    """Where an output ends in which `place` is, of the query whose first table begins at `table`."""
    import sqlglot  # noqa: PLC0415 - see above

    depths, depth = [], 0
    tokens = sqlglot.tokenize(sql, read=_DIALECT)
    for token in tokens:
        depth -= token.text == ")"
        depths.append(depth)
        depth += token.text == "("
    own = next(deep for token, deep in zip(tokens, depths, strict=True) if token.start >= table)
    end = place + 1
    for token, deep in zip(tokens, depths, strict=True):
        if token.start > place and deep == own and token.text.upper() in (",", "FROM"):
            break
        end = max(end, token.end + 1)
    return end


def _span(side: exp.Expression, sql: str) -> tuple[int, int] | None:
    """Where the text of a table or of a query in brackets begins and ends; None for anything else."""
    from sqlglot import exp  # noqa: PLC0415 - see above

    if any(value for name, value in side.args.items() if name not in _PLAIN):
        return None
    if isinstance(side, exp.Table):
        parts = [part for part in side.parts if "start" in part.meta]
        if len(parts) != len(side.parts):
            return None
        return min(part.meta["start"] for part in parts), max(part.meta["end"] for part in parts) + 1
    alias = side.args.get("alias")
    if not isinstance(side, exp.Subquery) or alias is None or alias.columns:
        return None
    return _brackets_before(alias.this.meta.get("start", 0), sql)


def _brackets_before(place: int, sql: str) -> tuple[int, int] | None:
    """The brackets that end before an alias."""
    import sqlglot  # noqa: PLC0415 - see above

    depth, last = 0, 0
    before = [token for token in sqlglot.tokenize(sql, read=_DIALECT) if token.start < place]
    for token in reversed(before):
        if token.text == ")":
            last = last if depth else token.end + 1
            depth += 1
        elif token.text == "(":
            depth -= 1
            if not depth:
                return token.start, last
    return None


def _all_of(table: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        f"{table}.* in a query with JOIN … USING is not available on Sail: the key would be left out. "
        "Name the columns, join with ON, or run the job with --engine spark, in an environment that has it"
    )
