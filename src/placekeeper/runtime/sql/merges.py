"""MERGE INTO, UPDATE and DELETE FROM, as they are written: the table, the source, and the clauses."""

from enum import Enum
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts, Wrong


class Rows(Enum):
    """Which rows a clause is of: of both sides, of the source alone, or of the table alone."""

    MATCHED = "WHEN MATCHED"
    OF_SOURCE = "WHEN NOT MATCHED"
    OF_TABLE = "WHEN NOT MATCHED BY SOURCE"


class Deed(Enum):
    """What a clause does to its rows."""

    UPDATE = "UPDATE"
    DELETE = "DELETE"
    INSERT = "INSERT"


class Clause(Struct, frozen=True):
    """One clause. `values` are columns of the table with expressions; None for `*`, all by their names."""

    rows: Rows
    deed: Deed
    condition: str = ""
    values: tuple[tuple[Parts, str], ...] | None = ()


class Source(Struct, frozen=True):
    """The rows behind USING: the text of a FROM, and the names that columns may have before them."""

    text: str
    names: tuple[Parts, ...]


class ChangeSaid(Struct, frozen=True):
    """A statement that changes rows of the table `target`. UPDATE and DELETE have no source."""

    statement: str
    target: Parts
    names: tuple[Parts, ...]
    clauses: tuple[Clause, ...]
    source: Source | None = None
    on: str = ""


_LAST: Final = {
    Rows.MATCHED: "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
    Rows.OF_SOURCE: "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION",
    Rows.OF_TABLE: "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION",
}


def target_of_change(cursor: Cursor) -> Parts:
    """The table of such a statement. Raises NotUnderstood, UnsupportedFeature."""
    if cursor.take("merge", "with"):
        raise UnsupportedFeature(
            "MERGE WITH SCHEMA EVOLUTION is not there: add the columns to the table first, and say MERGE INTO"
        )
    if not (cursor.take("merge", "into") or cursor.take("delete", "from") or cursor.take("update")):
        cursor.need("merge", "into")
    return cursor.name()


def change_said(cursor: Cursor) -> ChangeSaid:
    """Such a statement. Raises NotUnderstood, Wrong, UnsupportedFeature."""
    first = cursor.words(1)[0]
    target = target_of_change(cursor)
    if first == "merge":
        return _merge_said(cursor, target)
    names = _names(cursor, target, "set", "where")
    values: tuple[tuple[Parts, str], ...] = ()
    if first == "update":
        cursor.need("set")
        values = tuple(_assignments(cursor, "where"))
    condition = ""
    if cursor.take("where"):
        condition = _expression(cursor, "a condition")
    cursor.end()
    deed = Deed.UPDATE if first == "update" else Deed.DELETE
    statement = "UPDATE" if first == "update" else "DELETE FROM"
    return ChangeSaid(statement, target, names, (Clause(Rows.MATCHED, deed, condition, values),))


def _merge_said(cursor: Cursor, target: Parts) -> ChangeSaid:
    names = _names(cursor, target, "using")
    cursor.need("using")
    source = _source(_expression(cursor, "a table or a query", "on"))
    cursor.need("on")
    on = _expression(cursor, "a condition", "when")
    clauses = []
    while not cursor.is_at_end:
        clauses.append(_clause(cursor))
    if not clauses:
        raise NotUnderstood("a clause WHEN … THEN … was expected at the end")
    for kind, said in _LAST.items():
        alike = [one for one in clauses if one.rows is kind]
        if any(not one.condition for one in alike[:-1]):
            raise Wrong(
                f"[{said}] Of several clauses {kind.value}, only the last may omit the condition: the others "
                "would never count."
            )
    return ChangeSaid("MERGE INTO", target, names, tuple(clauses), source, on)


def _names(cursor: Cursor, target: Parts, *behind: str) -> tuple[Parts, ...]:
    """What may stand before a column of the table: its alias, or each end of its name."""
    if cursor.take("as") or not (cursor.is_at_end or cursor.words(1)[0] in behind):
        return ((cursor.identifier().lower(),),)
    return _ends(target)


def _ends(parts: Parts) -> tuple[Parts, ...]:
    lower = tuple(part.lower() for part in parts)
    return tuple(lower[place:] for place in range(len(lower)))


def _source(text: str) -> Source:
    cursor = Cursor(text)
    names: tuple[Parts, ...] = ()
    if cursor.words(1) == ["("]:
        cursor.inside()
    else:
        names = _ends(cursor.name())
    cursor.take("as")
    if not cursor.is_at_end:
        names = ((cursor.identifier().lower(),),)
    return Source(text, names)


def _clause(cursor: Cursor) -> Clause:
    cursor.need("when")
    rows = Rows.OF_SOURCE if cursor.take("not") else Rows.MATCHED
    cursor.need("matched")
    if rows is Rows.OF_SOURCE and cursor.take("by"):
        rows = Rows.OF_TABLE if cursor.take_one("source", "target") == "source" else rows
    condition = _expression(cursor, "a condition", "then") if cursor.take("and") else ""
    cursor.need("then")
    if rows is Rows.OF_SOURCE:
        cursor.need("insert")
        return Clause(rows, Deed.INSERT, condition, _inserted(cursor))
    if cursor.take("delete"):
        return Clause(rows, Deed.DELETE, condition)
    cursor.need("update", "set")
    if rows is Rows.MATCHED and cursor.take("*"):
        return Clause(rows, Deed.UPDATE, condition, None)
    return Clause(rows, Deed.UPDATE, condition, tuple(_assignments(cursor, "when")))


def _inserted(cursor: Cursor) -> tuple[tuple[Parts, str], ...] | None:
    if cursor.take("*"):
        return None
    inside, columns = cursor.inside(), []
    while not inside.is_at_end:
        columns.append(inside.name())
        if not inside.is_at_end:
            inside.need(",")
    cursor.need("values")
    inside, values = cursor.inside(), []
    while not inside.is_at_end:
        values.append(_expression(inside, "a value", ","))
        if not inside.is_at_end:
            inside.need(",")
    if len(columns) != len(values):
        raise Wrong(
            f"[MERGE_INSERT_VALUE_COUNT_MISMATCH] The clause WHEN NOT MATCHED names {len(columns)} columns, "
            f"and has {len(values)} values."
        )
    return tuple(zip(columns, values, strict=True))


def _assignments(cursor: Cursor, *behind: str) -> list[tuple[Parts, str]]:
    made = []
    while True:
        column = cursor.name()
        cursor.need("=")
        made.append((column, _expression(cursor, "a value", ",", *behind)))
        if not cursor.take(","):
            return made


def _expression(cursor: Cursor, what: str, *stops: str) -> str:
    """The text up to one of these words outside brackets and CASE … END. Raises NotUnderstood."""
    text = cursor.expression(*stops)
    if not text.strip():
        raise NotUnderstood(f"{what} was expected before {cursor.text[cursor.begin :][:40]!r}")
    return text
