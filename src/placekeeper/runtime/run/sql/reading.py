"""Queries of a script over the Data Catalog: each table that they name is read, and stands as a view."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final, Protocol

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from placekeeper.model.catalog import columns_of, key_types
from placekeeper.model.errors import InvalidInputException, UnsupportedFeature
from placekeeper.model.wording import counted, listed, meant
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.runtime.engines.sql_tables import Run
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.names import DEFAULT, PRIVATE, Name, Names
from placekeeper.runtime.run.sql.rows import table_rows
from placekeeper.runtime.sql.current_database import with_database
from placekeeper.runtime.sql.cursor import NotUnderstood
from placekeeper.runtime.sql.plain_names import plain_names
from placekeeper.runtime.sql.pruning import predicate_for
from placekeeper.runtime.sql.references import Query, query_of
from placekeeper.runtime.sql.refusals import ANOTHER_TIME

_VIEW: Final = "VIRTUAL_VIEW"
_DEEPEST: Final = 20
"""How many views may be within each other."""

_NO_COLUMN: Final = re.compile(r"There is no column (.+)\.$")
_MOST_COLUMNS: Final = 30
"""How many columns of a table a sentence names."""

_NOT_FOUND: Final = "TABLE_OR_VIEW_NOT_FOUND"


class Reads(Protocol):
    """The run, as far as a table is read."""

    def read_table(
        self,
        name: tuple[str, str],
        predicate: str,
        options: dict[str, Any],
        transformation_ctx: str,
        *,
        by_sql: bool = False,
    ) -> Frame:
        """The frame of a catalog's table, of the partitions for which a predicate is true."""
        ...


class Reading:
    """Reads the tables of queries. `ask` gives a statement to the engine, as it is."""

    def __init__(
        self, context: RunContext, reads: Reads, names: Names, ask: Callable[[str], DataFrame]
    ) -> None:
        self._context = context
        self._reads = reads
        self._names = names
        self._ask = ask
        self._numbers = count()

    def query(self, text: str, run: Run, before: str = "", depth: int = 0) -> DataFrame:
        """The answer to a query; `before` is the part of the statement before it.

        A query at a `depth` is that of a view of the catalog, which sees no temporary views.
        Raises AnalysisException for a table that is not there, and what the engine raises.
        """
        if self._names.database != DEFAULT and not self._names.is_elsewhere:
            text = with_database(text, self._names.database)
        plain = None if depth else plain_names(text)
        if plain is not None and all(self._names.view(name) == name for name in plain):
            return run(before + text)
        try:
            query = query_of(text)
        except NotUnderstood as error:
            return self._unparsed(before + text, run, str(error))
        made: dict[tuple[Name, str], str] = {}
        views: dict[int, str] = {}
        for place, reference in enumerate(query.references):
            name = self._names.of_catalog(reference.parts, sees_views=not depth)
            if name is None:
                self._spell(reference.parts, place, views)
                continue
            spec = self._names.spec(name)
            if reference.is_of_another_time:
                raise UnsupportedFeature(f"{'.'.join(name)} {ANOTHER_TIME}")
            predicate = predicate_for(reference, key_types(spec))
            if (name, predicate) not in made:
                made[name, predicate] = self._as_view(self.rows(name, spec, predicate, depth))
            views[place] = made[name, predicate]
        if not made:
            return run(before + query.rewritten(views))
        try:
            answer = run(before + query.rewritten(views))
            if not before:
                answer.columns  # noqa: B018 - Sail looks for columns when it is asked something
        except AnalysisException as error:
            if (found := _NO_COLUMN.match(str(error))) is None:
                raise
            raise AnalysisException(self._without_column(found[1], query, views)) from None
        return answer

    def _without_column(self, name: str, query: Query, views: Mapping[int, str]) -> str:
        """What is said of a column that is not there: those that are, and which was meant."""
        tables: dict[str, list[str]] = {}
        for place, one in enumerate(query.references):
            view = views.get(place) or self._names.view(one.parts[-1])
            if view is not None:
                tables[".".join(one.parts)] = self._context.engine.session.table(view).columns
        near = meant(name.rpartition(".")[2], [column for columns in tables.values() for column in columns])
        there = ", ".join(f"{table} has {_some(columns)}" for table, columns in tables.items())
        return f"[UNRESOLVED_COLUMN] There is no column {name}{near or '.'} {there}."

    def rows(self, name: Name, spec: dict[str, Any], predicate: str = "", depth: int = 0) -> DataFrame:
        """The rows of a table, or of a view of the catalog. Raises UnsupportedFeature, StagedPathRead."""
        if spec.get("TableType") == _VIEW:
            return self._view_rows(name, spec, depth)
        try:
            frame = self._read(name, predicate)
        except InvalidInputException:
            frame = self._read(name, "")  # a partition has a value that no predicate can be asked of
        if kind_of(spec) is not TableKind.FILES:
            return frame.dataframe  # its own metadata says its columns
        return table_rows(self._context.engine.session, frame, ".".join(name), columns_of(spec))

    def _read(self, name: Name, predicate: str) -> Frame:
        return self._reads.read_table(name, predicate, {}, "", by_sql=True)

    def _view_rows(self, name: Name, spec: dict[str, Any], depth: int) -> DataFrame:
        shown = ".".join(name)
        text = str(spec.get("ViewOriginalText") or spec.get("ViewExpandedText") or "").strip()
        if not text or text.startswith("/* Presto View"):
            raise UnsupportedFeature(
                f"{shown} is a view of Athena or Presto, whose SQL Spark does not understand, as on AWS. "
                "Write its query in the script, or read the tables under it"
            )
        if depth >= _DEEPEST:
            raise UnsupportedFeature(f"the view {shown} is within itself, or more than {_DEEPEST} views deep")
        before, self._names.database = self._names.database, name[0]
        try:
            rows = self.query(text, self._ask, depth=depth + 1)
        finally:
            self._names.database = before
        columns = [column for column, _ in columns_of(spec)]
        return rows.toDF(*columns) if len(columns) == len(rows.columns) else rows

    def _as_view(self, rows: DataFrame) -> str:
        name = f"{PRIVATE}{next(self._numbers)}"
        rows.createOrReplaceTempView(name)
        return name

    def _spell(self, parts: tuple[str, ...], place: int, views: dict[int, str]) -> None:
        """Write a view's name as the engine has it, where the engine minds case."""
        own = self._names.view(parts[0]) if len(parts) == 1 else None
        if own is not None and own != parts[0]:
            views[place] = own

    def _unparsed(self, statement: str, run: Run, why: str) -> DataFrame:
        """A query of which it is not known what it names: the engine may know all of it."""
        try:
            answer = run(statement)
            answer.columns  # noqa: B018 - Sail looks for tables when it is asked something
        except AnalysisException as error:
            if _NOT_FOUND not in str(error):
                raise
            raise AnalysisException(
                f"{error} Tables of the Data Catalog were not looked for, because the query is not "
                f"understood: {why}. Read the table with spark.table, and name it for the query with "
                "createOrReplaceTempView."
            ) from None
        return answer


def _some(columns: Sequence[str]) -> str:
    more = len(columns) - _MOST_COLUMNS
    shown = [*columns[:_MOST_COLUMNS], *([counted(more, "other")] if more > 0 else [])]
    return listed(shown) if shown else "no columns"
