"""MERGE INTO, UPDATE and DELETE FROM tables of lake formats: the data files that they touch are written anew.

Source: docs/reference/sql.md#changing-rows.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

import pyarrow as pa
from msgspec import Struct
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.lake.formats import load
from placekeeper.model.errors import StagedPathRead, UnsupportedFeature
from placekeeper.model.lake import LakeFile
from placekeeper.model.publication import LakeFormatName
from placekeeper.model.wording import counted
from placekeeper.ports.lake import LakeTable
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.runtime.engines.sql_tables import Run
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.sql.change_query import DEED, FILE, MARK, ROW, ChangeQuery
from placekeeper.runtime.run.sql.fitting import by_name
from placekeeper.runtime.run.sql.lake_writes import Changed, LakeWrites
from placekeeper.runtime.run.sql.names import PRIVATE, Name, Names
from placekeeper.runtime.run.sql.reading import Reading
from placekeeper.runtime.run.sql.rows import struct_of
from placekeeper.runtime.scan.lake_files import frame_schema
from placekeeper.runtime.scan.numbered_files import numbered_rows
from placekeeper.runtime.sql.cursor import Cursor
from placekeeper.runtime.sql.merges import ChangeSaid, Deed, change_said
from placekeeper.runtime.sql.scopes import Scope
from placekeeper.runtime.types.spark import spark_type

_FORMATS: Final[Mapping[TableKind, LakeFormatName]] = {
    TableKind.ICEBERG: "iceberg",
    TableKind.DELTA: "delta",
}
_DONE: Final = {Deed.UPDATE: "updated", Deed.DELETE: "deleted", Deed.INSERT: "inserted"}


class _Table(Struct, frozen=True):
    """The table of a statement, at the commit `base` (None before the first)."""

    name: str
    format: LakeFormatName
    table: LakeTable
    base: int | None
    files: Sequence[LakeFile]
    schema: pa.Schema


class RowChanges:
    """Does statements that change rows of tables that are there."""

    def __init__(
        self, context: RunContext, names: Names, reading: Reading, writes: LakeWrites, output: Output
    ) -> None:
        self._context = context
        self._names = names
        self._reading = reading
        self._writes = writes
        self._output = output
        self._numbers = count()

    def do(self, cursor: Cursor, name: Name, run: Run) -> None:
        """Stage what a statement does to the table `name`.

        Raises NotUnderstood, AnalysisException as Spark does, UnsupportedFeature, and StagedPathRead for a
        table that has output of this run.
        """
        said = change_said(cursor)
        shown = ".".join(name)
        if self._output.changes(name):
            raise StagedPathRead(f"the table {shown}")
        inserts = all(one.deed is Deed.INSERT for one in said.clauses)
        found = self._opened(shown, self._names.spec(name), said.statement, inserts=inserts)
        if said.source is None and all(one.deed is Deed.DELETE and not one.condition for one in said.clauses):
            self._stage(name, found, None, found.files)
            self._note(said.statement, found, found.files, "all rows deleted")
            return
        query = self._query(said, found, run)
        done = self._context.engine.keep(query.rows(run))
        self._check_matches(query, found, done)
        gone = done.where(f"{DEED} > 0 AND {FILE} IS NOT NULL").select(FILE, ROW)
        touched = {row[0] for row in gone.select(FILE).distinct().collect()}
        files = [file for file in found.files if file.path in touched]
        counts = {row[0]: row[1] for row in done.where(f"{DEED} > 0").groupBy(DEED).count().collect()}
        by_deed = {
            deed: sum(counts.get(number, 0) for number, one in enumerate(said.clauses, 1) if one.deed is deed)
            for deed in Deed
        }
        if not query.counts_matches and by_deed[Deed.DELETE]:
            by_deed[Deed.DELETE] = gone.distinct().count()  # several rows of the source may match one
        told = [f"{number:,} {_DONE[deed]}" for deed, number in by_deed.items() if number]
        if told:
            self._stage(name, found, self._rows(query, found, done, files), files)
        self._note(said.statement, found, files, f"rows: {', '.join(told)}" if told else "no row was changed")

    def overwrite(self, name: Name, condition: Column, rows: DataFrame) -> None:
        """Stage rows by their names in place of those of the table for which a condition is true.

        Raises AnalysisException, UnsupportedFeature, and StagedPathRead as `do`.
        """
        shown = ".".join(name)
        if self._output.changes(name):
            raise StagedPathRead(f"the table {shown}")
        found = self._opened(shown, self._names.spec(name), "overwrite(condition)")
        names = found.schema.names
        types = [(field.name, spark_type(field.type).simpleString()) for field in found.schema]
        new = by_name(rows, shown, [(column.lower(), type) for column, type in types]).toDF(*names)
        numbered = self._numbered(found, found.files).toDF(*names, FILE, ROW)
        gone = self._context.engine.keep(numbered.where(condition).select(FILE, ROW))
        touched = {row[0] for row in gone.select(FILE).distinct().collect()}
        files = [file for file in found.files if file.path in touched]
        self._stage(name, found, self._rest(found, gone, files).toDF(*names).unionAll(new), files)
        self._note("overwrite(condition)", found, files, f"rows: {gone.count():,} replaced")

    def _opened(
        self, shown: str, spec: Mapping[str, Any], statement: str, *, inserts: bool = False
    ) -> _Table:
        kind = kind_of(spec)
        if kind not in _FORMATS:
            raise UnsupportedFeature(
                f"{statement} is not there for {shown}, which is of {kind}: rows are changed in Iceberg "
                "and Delta tables. Read the table, make the rows as they shall be, and write them with "
                "INSERT OVERWRITE"
            )
        format = load(_FORMATS[kind], f"{statement} {shown}")
        table = format.open(shown, spec, self._context.objects)
        if table.writing.appends_only and not inserts:
            raise UnsupportedFeature(
                f"the table {shown} takes appends only (delta.appendOnly), so {statement} changes no "
                "rows of it"
            )
        base = table.history.current
        files = () if base is None else table.files(base)
        return _Table(shown, _FORMATS[kind], table, base, files, frame_schema(table.schema, shown))

    def _query(self, said: ChangeSaid, found: _Table, run: Run) -> ChangeQuery:
        columns = [(field.name, spark_type(field.type).simpleString()) for field in found.schema]
        own = {name.lower(): f"placekeeper_t{place}_" for place, (name, _) in enumerate(columns)}
        rows = self._numbered(found, found.files).toDF(*own.values(), FILE, ROW)
        source: Scope | None = None
        source_view = ""
        if said.source is not None:
            text = f"SELECT * FROM {said.source.text}"  # noqa: S608 - the script's own
            frame = self._reading.query(text, run)
            given = [column.lower() for column in frame.columns]
            twice = sorted({column for column in given if given.count(column) > 1})
            if twice:
                raise AnalysisException(
                    f"[AMBIGUOUS_REFERENCE] {said.statement} {found.name}: the source has {', '.join(twice)} "
                    "more than once. Select each column once."
                )
            names = {column: f"placekeeper_s{place}_" for place, column in enumerate(given)}
            source = Scope(said.source.names, names)
            source_view = self._view(frame.toDF(*names.values()).withColumn(MARK, F.lit(1)))
        return ChangeQuery(
            said,
            found.name,
            struct_of(found.name, columns),
            Scope(said.names, own),
            source,
            self._view(rows),
            source_view,
        )

    def _check_matches(self, query: ChangeQuery, found: _Table, done: DataFrame) -> None:
        """Raise AnalysisException for a row of the table that more than one row of the source matches.

        In Delta only matches count that change the row.
        """
        if not query.counts_matches:
            return
        least = 1 if found.format == "delta" else 0
        matches = done.where(f"{DEED} >= {least} AND {FILE} IS NOT NULL").groupBy(FILE, ROW).count()
        if matches.where("count > 1").limit(1).collect():
            raise AnalysisException(
                f"[MERGE_CARDINALITY_VIOLATION] The ON search condition of the MERGE statement matched a row "
                f"of {found.name} with several rows of the source, so that it is not said which of them "
                "counts. Nothing was written. Make the rows of the source unique by the columns of ON."
            )

    def _rows(
        self, query: ChangeQuery, found: _Table, done: DataFrame, files: Sequence[LakeFile]
    ) -> DataFrame:
        """The new rows, and the other rows of the data files that go."""
        names = found.schema.names
        places = [f"c{place}" for place in range(len(names))]
        writes = [number for number, one in enumerate(query.said.clauses, 1) if one.deed is not Deed.DELETE]
        new = done.where(F.col(DEED).isin(writes) if writes else F.lit(False)).select(*places)
        if not files:
            return new.toDF(*names)  # so that it needs no join
        gone = done.where(f"{DEED} > 0 AND {FILE} IS NOT NULL").select(FILE, ROW)
        return self._rest(found, gone, files).unionAll(new).toDF(*names)

    def _rest(self, found: _Table, gone: DataFrame, files: Sequence[LakeFile]) -> DataFrame:
        """The rows of data files that stay, in the columns c0, c1, …"""
        places = [f"c{place}" for place in range(len(found.schema.names))]
        rest = self._numbered(found, files).toDF(*places, FILE, ROW)
        return rest.join(gone, [FILE, ROW], "left_anti").select(*places)

    def _numbered(self, found: _Table, files: Sequence[LakeFile]) -> DataFrame:
        context = self._context
        return numbered_rows(
            context.engine,
            found.table.reader,
            files,
            found.schema,
            found.name,
            context.notices,
            context.progress,
        )

    def _stage(self, name: Name, found: _Table, rows: DataFrame | None, files: Sequence[LakeFile]) -> None:
        removed = tuple(file.path for file in files)
        table_id = found.table.history.table_id
        self._writes.change(name, rows, Changed(found.format, table_id, removed, found.base))

    def _view(self, rows: DataFrame) -> str:
        name = f"{PRIVATE}change_{next(self._numbers)}"
        rows.createOrReplaceTempView(name)
        return name

    def _note(self, statement: str, found: _Table, files: Sequence[LakeFile], what: str) -> None:
        self._context.note(
            f"{statement} {found.name}: {what}; {len(files):,} of "
            f"{counted(len(found.files), 'data file')} written anew"
        )
