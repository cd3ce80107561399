"""`spark.sql`, `spark.table` and `spark.catalog` of a script over the Data Catalog.

Source: docs/reference/sql.md.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.engines.sql_tables import Run
from placekeeper.runtime.engines.table_writer import TableWrite
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.sql.calls import Calls
from placekeeper.runtime.run.sql.deeds import Deeds
from placekeeper.runtime.run.sql.dropped_tables import DroppedTables
from placekeeper.runtime.run.sql.lake_writes import LakeWrites
from placekeeper.runtime.run.sql.names import Names, parts_of
from placekeeper.runtime.run.sql.reading import Reading, Reads
from placekeeper.runtime.run.sql.row_changes import RowChanges
from placekeeper.runtime.run.sql.shows import Shows
from placekeeper.runtime.run.writes import Writes
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood
from placekeeper.runtime.sql.inserts import is_inserted, skip_to_query
from placekeeper.runtime.sql.merges import target_of_change
from placekeeper.runtime.sql.refusals import misunderstood, refusal_of, writer_refusal

_QUERIES: Final = frozenset({"select", "with", "from", "values", "("})
_EXPLAINS: Final = ("extended", "codegen", "cost", "formatted", "analyze")
_DEEDS: Final = frozenset({"create", "drop", "alter", "msck", "insert"})
_CHANGES: Final = ("merge", "update", "delete")
_CACHES: Final = frozenset({"refresh", "uncache"})


class CatalogSql:
    """Implements engines.sql_tables.SqlTables for a run."""

    def __init__(self, context: RunContext, reads: Reads, writes: Writes, output: Output) -> None:
        self._context = context
        self._names = Names(context, output.changes)
        self._reading = Reading(context, reads, self._names, self._ask)
        self._calls = Calls(context, self._names)
        self._shows = Shows(context, self._names, self._calls)
        self._dropped = DroppedTables(context, output)
        lakes = LakeWrites(context, writes)
        self._row_changes = RowChanges(context, self._names, self._reading, lakes, output)
        self._deeds = Deeds(
            context,
            self._names,
            self._calls,
            self._reading,
            writes,
            output,
            self._dropped,
            self._row_changes,
        )

    def join(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        """See SqlTables."""
        self._names.engine = calls

    def put_back(self) -> None:
        """After output was discarded or taken back: put back the tables that own their files."""
        self._dropped.put_back()

    def _ask(self, statement: str) -> DataFrame:
        answer: DataFrame = self._names.engine["sql"](self._context.engine.session, statement)
        return answer

    def sql(self, statement: str, run: Run) -> DataFrame:
        """See SqlTables. Raises AnalysisException, UnsupportedFeature, and what the engine raises."""
        cursor = Cursor(statement)
        first = next(iter(cursor.words(1)), "")
        try:
            if first in ("with", "from") and is_inserted(cursor):
                return self._inserted_with(first, cursor, run)
            if first in _QUERIES:
                return self._reading.query(statement, run)
            return self._answer(first, cursor, run)
        except NotUnderstood as error:
            raise AnalysisException(misunderstood(error)) from None

    def table(self, name: str) -> DataFrame | None:
        """See SqlTables."""
        parts = parts_of(name)
        found = None if parts is None else self._names.of_catalog(parts)
        if found is None:
            return None
        return self._reading.rows(found, self._names.spec(found)).alias(found[1])

    def check_writer(self, method: str, name: str) -> None:
        """See SqlTables."""
        if self.owns(name):
            raise UnsupportedFeature(writer_refusal(method, name))

    def owns(self, name: str) -> bool:
        """See SqlTables."""
        parts = parts_of(name)
        return parts is not None and self._names.without_views(parts) is not None

    def write_to(self, write: TableWrite) -> None:
        """See SqlTables. Raises AnalysisException, UnsupportedFeature, and what a store raises."""
        parts = parts_of(write.name) or ()
        name = self._names.without_views(parts)
        assert name is not None  # noqa: S101 - `owns` has looked
        self._deeds.frames.write(write, parts, name)

    def call(self, name: str, catalog: Any, *args: Any, **named: Any) -> Any:
        """See SqlTables."""
        return self._calls.answer(name, catalog, *args, **named)

    def write_table(self, write: FrameWrite, name: str, *, inserts: bool) -> bool:
        """See SqlTables."""
        parts = parts_of(name)
        find = self._names.to_fill if inserts else self._names.without_views
        found = None if parts is None else find(parts)
        if found is not None:
            self._deeds.write_frame(write, found, inserts=inserts)
        return found is not None

    def _answer(self, first: str, cursor: Cursor, run: Run) -> DataFrame:
        text = cursor.text
        if (refused := refusal_of(text)) is not None:
            self._refuse_if_ours(refused.target, refused.sentence)
            return run(text)
        if first in _CHANGES:
            return self._changed(first, cursor, run)
        if first == "table":
            return self._whole_table(cursor, run)
        if first == "explain":
            cursor.take("explain")
            cursor.take_one(*_EXPLAINS)
            return self._within(cursor, run)
        if first in _CACHES:
            return self._uncached(cursor, run)
        if first == "cache":
            return self._cached(cursor, run)
        if first == "use":
            return self._use(cursor, run)
        if first in ("show", "describe", "desc") and self._names.is_elsewhere:
            return run(text)
        if first in ("show", "describe", "desc"):
            return self._shown(cursor, run)
        if first == "create" and _makes_view(Cursor(text)):
            return self._within(cursor, run) if cursor.skip_to("as") and cursor.take("as") else run(text)
        if first in _DEEDS:
            return self._nothing() if self._deeds.do(cursor, run) else self._engines(text, run)
        return run(text)

    def _changed(self, first: str, cursor: Cursor, run: Run) -> DataFrame:
        """MERGE, UPDATE and DELETE: the engine's own for a table that is not of the catalog."""
        ahead = Cursor(cursor.text)
        is_path = ahead.take_one(*_CHANGES) and ahead.take_one("into", "from") and ahead.is_at_string
        if is_path:
            return run(cursor.text)
        parts = target_of_change(Cursor(cursor.text))
        name = self._names.to_fill(parts, first.upper())
        if name is None:
            return run(cursor.text)
        self._row_changes.do(cursor, name, run)
        return self._nothing()

    def _engines(self, text: str, run: Run) -> DataFrame:
        """A statement that the engine does: it may have a query at its end."""
        cursor = Cursor(text)
        if cursor.take("insert"):
            return self._within(cursor, run) if cursor.skip_to(*_QUERIES - {"("}) else run(text)
        if cursor.take("create"):
            while cursor.skip_to("as") and cursor.take("as"):
                if cursor.words(1) and cursor.words(1)[0] in _QUERIES:
                    return self._within(cursor, run)
        return run(text)

    def _inserted_with(self, first: str, cursor: Cursor, run: Run) -> DataFrame:
        """WITH … INSERT INTO t SELECT …: the query of the INSERT begins with the WITH."""
        if first == "from":
            raise UnsupportedFeature("FROM … INSERT INTO is not there: write INSERT INTO … SELECT … FROM")
        begin = cursor.begin
        cursor.skip_to("insert")
        head, insert = cursor.text[begin : cursor.begin], Cursor(cursor.text[cursor.begin :])
        skip_to_query(insert)
        moved = f"{insert.text[: insert.begin]} {head} {insert.text[insert.begin :]}"
        return self.sql(moved, run)

    def _within(self, cursor: Cursor, run: Run) -> DataFrame:
        """A statement with a query at its end, where the cursor is."""
        begin = cursor.begin
        return self._reading.query(cursor.text[begin:], run, cursor.text[:begin])

    def _whole_table(self, cursor: Cursor, run: Run) -> DataFrame:
        cursor.need("table")
        name = self._names.of_catalog(cursor.name())
        if not cursor.is_at_end:
            return self._reading.query(cursor.text, run)
        if name is None:
            return run(cursor.text)
        return self._reading.rows(name, self._names.spec(name))

    def _use(self, cursor: Cursor, run: Run) -> DataFrame:
        cursor.need("use")
        is_plain = not cursor.take_one("database", "schema", "namespace")
        parts = cursor.name()
        if is_plain and (self._names.is_elsewhere or self._names.is_engines(parts[0].lower())):
            return run(cursor.text)
        database = self._names.database_of(parts)
        cursor.end()
        self._calls.use(database)
        return self._nothing()

    def _uncached(self, cursor: Cursor, run: Run) -> DataFrame:
        cursor.take_one("refresh", "uncache")
        cursor.take("table")
        cursor.take("if", "exists")
        if cursor.is_at_string or self._names.of_catalog(cursor.name()) is None:
            return run(cursor.text)
        cursor.end()
        return self._nothing()

    def _cached(self, cursor: Cursor, run: Run) -> DataFrame:
        cursor.need("cache")
        cursor.take("lazy")
        cursor.need("table")
        parts = cursor.name()
        if cursor.take("options"):
            cursor.inside()
        cursor.take("as")
        if not cursor.is_at_end:
            return self._within(cursor, run)
        name = self._names.of_catalog(parts)
        if name is None:
            return run(cursor.text)
        self._names.spec(name)
        self._context.note(f"CACHE TABLE {'.'.join(name)} has no effect: each query reads the table anew")
        return self._nothing()

    def _shown(self, cursor: Cursor, run: Run) -> DataFrame:
        if cursor.words(2)[1:] in (["select"], ["with"], ["query"], ["from"], ["values"]):
            cursor.take_one("describe", "desc")
            cursor.take("query")
            return self._shows.of_schema(self._reading.query(cursor.text[cursor.begin :], run).schema)
        answer = self._shows.answer(cursor)
        return run(cursor.text) if answer is None else answer

    def _refuse_if_ours(self, parts: tuple[str, ...], sentence: str) -> None:
        """Raises UnsupportedFeature, unless the table of a statement is the engine's own."""
        if not parts or self._names.of_catalog(parts) is not None:
            raise UnsupportedFeature(sentence)

    def _nothing(self) -> DataFrame:
        return self._context.engine.session.createDataFrame([], StructType([]))


def _makes_view(cursor: Cursor) -> bool:
    """Whether a CREATE makes a temporary view; moves on behind its first words."""
    cursor.need("create")
    cursor.take("or", "replace")
    cursor.take("global")
    return bool(cursor.take_one("temp", "temporary")) and cursor.take("view")
