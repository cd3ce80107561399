"""Statements that make, change or fill tables of the catalog, and frames that are saved as tables."""

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from placekeeper.model.catalog import key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.engines.sql_tables import Run
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.sql.calls import Calls
from placekeeper.runtime.run.sql.changes import Changes, already_there
from placekeeper.runtime.run.sql.delta_tables import delta_definition
from placekeeper.runtime.run.sql.dropped_tables import DroppedTables
from placekeeper.runtime.run.sql.frame_tables import FrameTables
from placekeeper.runtime.run.sql.lake_writes import Insert
from placekeeper.runtime.run.sql.made_tables import definition, files_of_frame, files_of_query, location_of
from placekeeper.runtime.run.sql.names import Name, Names
from placekeeper.runtime.run.sql.reading import Reading
from placekeeper.runtime.run.sql.row_changes import RowChanges
from placekeeper.runtime.run.sql.table_places import TablePlaces
from placekeeper.runtime.run.sql.writing import NewFiles, TableWrites
from placekeeper.runtime.run.writes import Writes
from placekeeper.runtime.sql.alterations import (
    alteration_said,
    database_alteration_said,
    repair_said,
    values_said,
)
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood
from placekeeper.runtime.sql.definitions import DELTA, TableSaid, table_said
from placekeeper.runtime.sql.inserts import check_whole_table, is_query_ahead
from placekeeper.runtime.sql.refusals import NO_REPLACE

_DATABASE = ("database", "schema", "namespace")
_QUERIES = ("select", "with", "from", "values", "table", "(")


class Deeds:
    """Does CREATE, DROP, ALTER, MSCK and INSERT, saveAsTable and insertInto."""

    def __init__(
        self,
        context: RunContext,
        names: Names,
        calls: Calls,
        reading: Reading,
        writes: Writes,
        output: Output,
        dropped: DroppedTables,
        row_changes: RowChanges,
    ) -> None:
        self._context = context
        self._names = names
        self._calls = calls
        self._reading = reading
        self._writes = TableWrites(context, writes, output, dropped)
        self._output = output
        self._places = TablePlaces(context, calls)
        self._changes = Changes(context, names, calls, self._writes, output, dropped)
        self.frames = FrameTables(context, names, self._changes, self._writes, self._places, row_changes)

    def do(self, cursor: Cursor, run: Run) -> bool:
        """Do a statement; False for one that is the engine's. Raises NotUnderstood, AnalysisException."""
        if cursor.take("create"):
            return self._create(cursor, run)
        if cursor.take("drop"):
            return self._drop(cursor)
        if cursor.take("alter", "table"):
            parts = cursor.name()
            name = self._names.of_catalog(parts)
            if name is not None:
                self._changes.alter_table(name, alteration_said(cursor, parts))
            return name is not None
        if cursor.take("alter") and cursor.take_one(*_DATABASE):
            parts = cursor.name()
            if self._names.is_engines_database(parts):
                return False
            self._changes.alter_database(parts, database_alteration_said(cursor, parts))
            return True
        if cursor.take("msck"):
            parts, repair = repair_said(cursor)
            name = self._names.of_catalog(parts)
            if name is not None:
                self._changes.repair(name, repair)
            return name is not None
        if cursor.take("insert"):
            return self._insert(cursor, run)
        return False

    def _create(self, cursor: Cursor, run: Run) -> bool:
        if cursor.take_one(*_DATABASE):
            if self._is_engines_database(cursor):
                return False
            self._changes.create_database(cursor)
            return True
        replaces = cursor.take("or", "replace")
        is_external = cursor.take("external")
        if not cursor.take("table"):
            return False
        ahead = Cursor(cursor.text[cursor.begin :])
        ahead.take("if", "not", "exists")
        name = self._names.without_views(ahead.name())
        if name is None:
            return False
        if replaces:
            raise UnsupportedFeature(NO_REPLACE)
        said = table_said(cursor, is_external=is_external)
        if said.format == DELTA:
            members = delta_definition(name, said, self._context.objects)
            self._changes.create_table(name, said, members)
        elif said.query_begin < 0:
            self._changes.create_table(name, said, definition(name, said, self._places.of(name, said)))
        elif not self._is_there(name, may_exist=said.may_exist):
            self._create_as(name, said, cursor.text, run)
        return True

    def _create_as(self, name: Name, said: TableSaid, text: str, run: Run) -> None:
        files = files_of_query(said, location_of(name, said.location, self._places.of_database(name)))
        rows = self._reading.query(text[said.query_begin :], run)
        rows.columns  # noqa: B018 - a query that is wrong leaves the catalog as it is
        self._changes.make_default(name[0])
        self._writes.create(name, rows, files)

    def _drop(self, cursor: Cursor) -> bool:
        if cursor.take_one(*_DATABASE):
            if self._is_engines_database(cursor):
                return False
            self._changes.drop_database(cursor)
            return True
        kind = cursor.take_one("table", "view")
        if not kind:
            return False
        may_lack = cursor.take("if", "exists")
        parts = cursor.name()
        cursor.take("purge")
        cursor.end()
        name = self._names.of_catalog(parts)
        if name is not None:
            self._changes.drop_table(name, may_lack=may_lack, is_view=kind == "view")
        return name is not None

    def _is_engines_database(self, cursor: Cursor) -> bool:
        ahead = Cursor(cursor.text[cursor.begin :])
        ahead.take("if", "not", "exists")
        ahead.take("if", "exists")
        return self._names.is_engines_database(ahead.name())

    def _insert(self, cursor: Cursor, run: Run) -> bool:
        overwrites = bool(cursor.take("overwrite"))
        if not overwrites:
            cursor.need("into")
        if cursor.words(1)[0] in ("directory", "local"):
            return False
        cursor.take("table")
        parts = cursor.name()
        name = self._names.to_fill(parts)
        if name is None:
            return False
        fixed = values_said(cursor.inside()) if cursor.take("partition") else {}
        if cursor.take("if", "not", "exists"):
            raise UnsupportedFeature(
                "INSERT OVERWRITE … IF NOT EXISTS is not there: ask SHOW PARTITIONS before"
            )
        named = None
        if cursor.words(1) == ["("] and not is_query_ahead(cursor):
            named = _names_in(cursor.inside())
        by_name = cursor.take("by", "name")
        if cursor.words(1) == ["replace"] or cursor.words(1)[0] not in _QUERIES:
            raise NotUnderstood(f"a query was expected behind INSERT INTO {'.'.join(parts)}")
        query = cursor.text[cursor.begin :]
        check_whole_table(Cursor(query))
        rows = self._reading.query(query, run)
        asked = Insert(fixed=fixed, named=named, overwrites=overwrites, has_names=by_name)
        self._fill(name, rows, asked)
        return True

    def _fill(self, name: Name, rows: DataFrame, insert: Insert) -> None:
        """Stage rows for a table that is there, or that this run makes. Raises AnalysisException."""
        made = self._writes.made(name) if self._names.known_or_made(name) is None else None
        if made is not None:
            self._writes.add(name, made, rows, insert)
        else:
            self._writes.insert(name, self._names.spec(name), rows, insert)

    def write_frame(self, write: FrameWrite, name: Name, *, inserts: bool) -> None:
        """A saveAsTable, or with `inserts` an insertInto. Raises AnalysisException, UnsupportedFeature."""
        if write.has_buckets:
            self._leave_out_buckets(name, inserts=inserts)
        mode = {"errorifexists": "error", "default": "error"}.get(write.mode.lower(), write.mode.lower())
        if inserts:
            if write.partition_by:
                raise AnalysisException(
                    "[LEGACY_ERROR] insertInto() can't be used together with partitionBy(): the "
                    "table says its partition keys. Leave partitionBy out."
                )
            self._fill(name, write.dataframe, Insert(overwrites=mode == "overwrite"))
            return
        if mode in ("error", "ignore"):
            if not self._is_there(name, may_exist=mode == "ignore"):
                self._save(write, name)
            return
        spec = self._names.known_or_made(name)
        made = self._writes.made(name) if spec is None else None
        if made is not None:
            asked = Insert(has_names=True, overwrites=mode == "overwrite")
            self._writes.add(name, made, write.dataframe, asked)
        elif spec is None:
            self._save(write, name)
        elif mode == "append":
            self._check_keys(write, name, [key.lower() for key, _ in key_types(spec)])
            self._writes.insert(name, spec, write.dataframe, Insert(has_names=True))
        else:
            place = str((spec.get("StorageDescriptor") or {}).get("Location") or "")
            self._writes.replace_all(name, spec, write.dataframe, self._files(write, place))

    def _leave_out_buckets(self, name: Name, *, inserts: bool) -> None:
        if inserts:
            raise AnalysisException("[LEGACY_ERROR] insertInto() does not support bucketBy: leave it out.")
        self._context.note(
            f"{'.'.join(name)}: bucketBy has no effect. The rows are all there, and the catalog says that "
            "the table has no buckets"
        )

    def _save(self, write: FrameWrite, name: Name) -> None:
        said = {key.lower(): value for key, value in write.options.items()}.get("path", "")
        files = self._files(write, location_of(name, said, self._places.of_database(name)))
        self._changes.make_default(name[0])
        self._writes.create(name, write.dataframe, files)

    def _files(self, write: FrameWrite, place: str) -> NewFiles:
        default = str(self._context.engine.session.conf.get("spark.sql.sources.default", None) or "parquet")
        return files_of_frame(write, place, default, self._context.note)

    def _check_keys(self, write: FrameWrite, name: Name, keys: list[str]) -> None:
        given = [key.lower() for key in write.partition_by]
        if given and given != keys:
            raise AnalysisException(
                f"The partition keys of the table {'.'.join(name)} are {keys}, and partitionBy says {given}."
            )

    def _is_there(self, name: Name, *, may_exist: bool) -> bool:
        """Whether a table is there, or will be. Raises AnalysisException if it may not be."""
        if self._names.known_or_made(name) is None and not self._output.changes(name):
            return False
        if not may_exist:
            raise already_there(name)
        self._context.note(f"the table {'.'.join(name)} is there already, so that nothing was written")
        return True


def _names_in(inside: Cursor) -> list[str]:
    names = []
    while not inside.is_at_end:
        names.append(inside.identifier())
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood("the names of columns were expected")
    return names
