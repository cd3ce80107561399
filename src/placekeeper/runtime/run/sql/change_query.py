"""What a MERGE, an UPDATE or a DELETE does to each row: one query that joins the table with the source.

Source: docs/reference/sql.md#changing-rows.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructType

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.sql_tables import Run
from placekeeper.runtime.run.sql.fitting import stored
from placekeeper.runtime.sql.cursor import Parts
from placekeeper.runtime.sql.merges import ChangeSaid, Clause, Deed, Rows
from placekeeper.runtime.sql.scopes import Scope, with_own_names

FILE, ROW, DEED = "placekeeper_file", "placekeeper_row", "placekeeper_deed"
"""The data file and the number of a row of the table, both null for a row of the source alone; and what is
done: the number of the clause, 0 for nothing."""

MARK: Final = "placekeeper_there"
"""The column of the source that is never null."""

_NOWHERE: Final = -1
_JOINS: Final = {
    frozenset({Rows.MATCHED}): "INNER",
    frozenset({Rows.OF_SOURCE}): "RIGHT OUTER",
    frozenset({Rows.OF_TABLE}): "LEFT OUTER",
    frozenset({Rows.MATCHED, Rows.OF_SOURCE}): "RIGHT OUTER",
    frozenset({Rows.MATCHED, Rows.OF_TABLE}): "LEFT OUTER",
}


class ChangeQuery(Struct, frozen=True):
    """A statement over a table and its source, which stand as views with own names for their columns.

    `columns` are the types of the table, in order; `table` and `source` are the scopes.
    """

    said: ChangeSaid
    shown: str
    columns: StructType
    table: Scope
    source: Scope | None
    table_view: str
    source_view: str = ""

    @property
    def counts_matches(self) -> bool:
        """Whether a row of the table may have one match only: but for a DELETE of all that matches."""
        matched = [one for one in self.said.clauses if one.rows is Rows.MATCHED]
        return (
            self.source is not None
            and bool(matched)
            and not (len(matched) == 1 and matched[0].deed is Deed.DELETE and not matched[0].condition)
        )

    def rows(self, run: Run) -> DataFrame:
        """The rows that matter: FILE, ROW, DEED, and the new values of the table's columns as c0, c1, …

        Raises AnalysisException as Spark does, UnsupportedFeature, NotUnderstood.
        """
        values = [self._values(clause) for clause in self.said.clauses]
        cases = [
            f"CASE WHEN {DEED} = {number} THEN (\n{text}\n) END AS {_name(number, place)}"
            for number, given in enumerate(values, 1)
            for place, text in given.items()
        ]
        own = [f"`{name}`" for name in self.table.columns.values()]
        least = 0 if self.counts_matches else 1
        query = (
            f"SELECT {', '.join([FILE, ROW, DEED, *own, *cases])} "  # noqa: S608 - of the script's own text
            f"FROM (SELECT *, {self._deed()} AS {DEED} FROM (SELECT * FROM {self._joined()}) AS joined) "
            f"AS done WHERE {DEED} >= {least}"
        )
        try:
            found = run(query)
            types = {field.name: field.dataType for field in found.schema.fields}
        except AnalysisException as error:
            raise AnalysisException(self._in_own_words(str(error))) from None
        made = []
        for place, field in enumerate(self.columns):
            chosen = F.lit(None).cast(field.dataType)
            for number, clause in enumerate(self.said.clauses, 1):
                if clause.deed is Deed.DELETE:
                    continue
                name = _name(number, place)
                value: Column | None = None
                if place in values[number - 1]:
                    shown = f"the column {field.name} of {self.shown}"
                    value = stored(F.col(name), types[name], field.dataType, shown, is_named=True)
                elif clause.deed is Deed.UPDATE:
                    value = F.col([*self.table.columns.values()][place])
                if value is not None:
                    chosen = F.when(F.col(DEED) == number, value).otherwise(chosen)
            made.append(chosen.alias(f"c{place}"))
        return found.select(FILE, ROW, DEED, *made)

    def _joined(self) -> str:
        if self.source is None:
            return self.table_view
        kinds = frozenset(clause.rows for clause in self.said.clauses)
        join = _JOINS.get(kinds, "FULL OUTER")
        on = with_own_names(self.said.on, (self.table, self.source), f"{self.said.statement} … ON")
        return f"{self.table_view} {join} JOIN {self.source_view} ON (\n{on}\n)"

    def _deed(self) -> str:
        """The number of the first clause that applies to a row."""
        if self.source is None:
            return self._first(Rows.MATCHED, _NOWHERE)
        return (
            f"CASE WHEN {ROW} IS NOT NULL AND {MARK} IS NOT NULL THEN {self._first(Rows.MATCHED, 0)} "
            f"WHEN {MARK} IS NOT NULL THEN {self._first(Rows.OF_SOURCE, _NOWHERE)} "
            f"ELSE {self._first(Rows.OF_TABLE, _NOWHERE)} END"
        )

    def _first(self, rows: Rows, otherwise: int) -> str:
        cases = [
            f"WHEN (\n{self._expression(clause, clause.condition or 'true')}\n) THEN {number}"
            for number, clause in enumerate(self.said.clauses, 1)
            if clause.rows is rows
        ]
        return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else str(otherwise)

    def _values(self, clause: Clause) -> dict[int, str]:
        """The new values by the place of their column."""
        if clause.deed is Deed.DELETE:
            return {}
        if clause.values is None:
            return {place: f"`{self._of_source(name)}`" for place, name in enumerate(self.columns.names)}
        made: dict[int, str] = {}
        for column, text in clause.values:
            place = self._place(column)
            if place in made:
                raise AnalysisException(
                    f"[COLUMN_ALREADY_EXISTS] {self.said.statement} says the column {'.'.join(column)} twice."
                )
            if text.strip().lower() == "default":
                raise UnsupportedFeature(
                    f"{self.said.statement} {self.shown}: DEFAULT is not there as the value of "
                    f"{'.'.join(column)}. Say the value itself; for a column without a default that is NULL. "
                    "A column with the name default is written `default`"
                )
            made[place] = self._expression(clause, text)
        return made

    def _of_source(self, name: str) -> str:
        assert self.source is not None  # noqa: S101 - only a MERGE has a star
        found = self.source.columns.get(name.lower())
        if found is None:
            raise AnalysisException(
                f"[UNRESOLVED_COLUMN] {self.said.statement} {self.shown}: `*` takes each column of the table "
                f"from the source, and this has no {name}. It has {', '.join(self.source.columns)}. Say the "
                "columns one by one."
            )
        return found

    def _place(self, column: Parts) -> int:
        lower = tuple(part.lower() for part in column)
        names = [name.lower() for name in self.columns.names]
        for prefix in (*self.table.names, ()):
            rest = lower[len(prefix) :]
            if lower[: len(prefix)] == prefix and rest and rest[0] in names:
                if len(rest) > 1:
                    raise UnsupportedFeature(
                        f"{self.said.statement} {self.shown}: a field within a column "
                        f"({'.'.join(column)}) is not set by itself. Set the whole column (named_struct)"
                    )
                return names.index(rest[0])
        raise AnalysisException(
            f"[UNRESOLVED_COLUMN] {self.said.statement}: the table {self.shown} has no column "
            f"{'.'.join(column)}. It has {', '.join(self.columns.names)}."
        )

    def _expression(self, clause: Clause, text: str) -> str:
        scopes: Sequence[Scope] = (self.table,)
        if self.source is not None:
            scopes = {
                Rows.MATCHED: (self.table, self.source),
                Rows.OF_SOURCE: (self.source,),
                Rows.OF_TABLE: (self.table,),
            }[clause.rows]
        alone, of_merge = self.said.statement, f"{clause.rows.value} {clause.deed.value}"
        return with_own_names(text, scopes, alone if self.source is None else of_merge)

    def _in_own_words(self, message: str) -> str:
        """What the engine says, with the script's names of columns."""
        for scope in (self.table, self.source):
            for name, own in () if scope is None else scope.columns.items():
                message = message.replace(own, name)
        return f"{self.said.statement} {self.shown}: {message}"


def _name(clause: int, place: int) -> str:
    return f"placekeeper_{clause}_{place}_"
