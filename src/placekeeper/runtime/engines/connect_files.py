"""`df.write` and `spark.read` of Spark Connect, passed on to the run."""

import functools
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, TypeGuard

from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.corrections import path_of
from placekeeper.runtime.engines.frame_files import DEFAULT_MODE, FrameFiles, FrameRead, FrameWrite
from placekeeper.runtime.engines.jdbc import FORMAT, check_schema, is_jdbc
from placekeeper.runtime.engines.json_texts import JsonRead, json_of_files
from placekeeper.runtime.engines.partition_columns import read_keys
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.sql_tables import SqlTables

_LISTED: Final = frozenset({"", "parquet", "csv", "json", "text", "avro", "binaryfile"})
"""Formats of plain files; none said is Parquet."""

_TABLE: Final = re.compile(r"`?\w[\w-]*`?(\.`?\w[\w-]*`?){1,2}")
"""The name of a table, with its database."""

_NEEDS_NO_SCHEMA: Final = frozenset({"text", "binaryfile"})
_PARTS: Final = 4
"""How many arguments of spark.read.jdbc say how a table is cut."""


class ConnectFiles:
    """Passes writes and reads on to `files`, and with `tables` the tables that are written.

    `make_frame` makes a DataFrame of a plan and its session.
    """

    def __init__(
        self, files: FrameFiles, make_frame: Callable[[Any, Any], Any], tables: SqlTables | None = None
    ) -> None:
        self._files = files
        self._tables = tables
        self._make_frame = make_frame

    def install(self, patches: Patches, readwriter: ModuleType) -> None:
        """Replace what every write and read of files comes to."""
        save, load = readwriter.DataFrameWriter.save, readwriter.DataFrameReader.load
        self._install_jdbc(patches, readwriter.DataFrameReader)

        @functools.wraps(save)
        def saved(
            writer: Any,
            path: str | None = None,
            format: str | None = None,
            mode: str | None = None,
            partitionBy: Any = None,  # noqa: N803
            **options: Any,
        ) -> None:
            _tell(writer, format, mode, partitionBy, options)
            if not self._write(writer, path):
                save(writer, path)

        @functools.wraps(load)
        def loaded(reader: Any, path: Any = None, *args: Any, **given: Any) -> Any:
            if is_jdbc(_read(reader, (), *args, **given).format):
                return self._database(reader, *args, **given)
            path = path_of(reader, path)
            paths = (path,) if isinstance(path, str) else tuple(path or ())
            self._files.check_read(paths)
            said = _read(reader, paths, *args, **given)
            if said.format == "iceberg" and self._tables is not None and _is_table(path):
                return _table_read(self._tables, path, {**reader._options, **given})
            if not paths or said.format not in _LISTED or _has_base_path(reader, given):
                return load(reader, path, *args, **given)
            literal = self._files.literal(said)
            _tell_reader(reader, *args, **given)
            if said.format == "json" and (read := JsonRead(reader, load, literal)).is_here:
                return json_of_files(read)
            frame = read_keys(reader, load, literal) if literal.keys else load(reader, list(literal.paths))
            return frame.limit(0) if literal.is_empty else frame

        patches.attribute(readwriter.DataFrameWriter, "save", saved)
        if self._tables is not None:
            self._install_tables(patches, readwriter.DataFrameWriter, self._tables)
        patches.attribute(readwriter.DataFrameReader, "load", loaded)

    def _install_jdbc(self, patches: Patches, reader_class: type) -> None:
        originals: Any = reader_class
        jdbc = originals.jdbc

        @functools.wraps(jdbc)
        def read(
            reader: Any,
            url: str,
            table: str,
            *parts: Any,
            predicates: list[str] | None = None,
            properties: dict[str, str] | None = None,
            **named: Any,
        ) -> Any:
            if len(parts) > _PARTS:  # predicates by its place
                parts, (predicates, *more) = parts[:_PARTS], parts[_PARTS:]
                properties = next(iter(more), properties)
            if predicates is None:
                return jdbc(reader, url, table, *parts, properties=properties, **named)
            reader.format(FORMAT).options(**(properties or {})).options(url=url, dbtable=table)
            check_schema(reader._schema)
            return self._files.read_database(dict(reader._options), predicates)

        patches.attribute(reader_class, "jdbc", read)

    def _database(self, reader: Any, _format: str | None = None, schema: Any = None, **given: Any) -> Any:
        given.pop("format", None)
        check_schema(schema or reader._schema)
        return self._files.read_database({**reader._options, **given})

    def _install_tables(self, patches: Patches, writer_class: type, tables: SqlTables) -> None:
        originals: Any = writer_class
        save, insert = originals.saveAsTable, originals.insertInto

        @functools.wraps(save)
        def saved(
            writer: Any,
            name: str,
            format: str | None = None,
            mode: str | None = None,
            partitionBy: Any = None,  # noqa: N803
            **options: Any,
        ) -> None:
            _tell(writer, format, mode, partitionBy, options)
            if not tables.write_table(self._said(writer, None), name, inserts=False):
                save(writer, name)

        @functools.wraps(insert)
        def inserted(writer: Any, tableName: str, overwrite: bool | None = None) -> None:  # noqa: N803
            if overwrite is not None:
                writer.mode("overwrite" if overwrite else "append")
            if not tables.write_table(self._said(writer, None), tableName, inserts=True):
                insert(writer, tableName, overwrite)

        patches.attribute(writer_class, "saveAsTable", saved)
        patches.attribute(writer_class, "insertInto", inserted)

    def _write(self, writer: Any, path: str | None) -> bool:
        operation = writer._write
        if operation.num_buckets is not None and operation.num_buckets > 0:
            return False
        return self._files.write_frame(self._said(writer, path))

    def _said(self, writer: Any, path: str | None) -> FrameWrite:
        operation = writer._write
        columns = operation.partitioning_cols
        return FrameWrite(
            dataframe=self._make_frame(writer._df, writer._spark),
            path=path,
            format=operation.source or "",
            options={name: value for name, value in operation.options.items() if value is not None},
            mode=operation.mode or DEFAULT_MODE,
            partition_by=(columns,) if isinstance(columns, str) else tuple(columns or ()),
            has_buckets=(operation.num_buckets or 0) > 0,
        )


def _is_table(path: object) -> TypeGuard[str]:
    return isinstance(path, str) and _TABLE.fullmatch(path) is not None


def _table_read(tables: SqlTables, name: str, options: Mapping[str, Any]) -> Any:
    """The Iceberg table of a name that is given in place of a path."""
    more = sorted(one for one in options if one.lower() not in ("path", "format", "schema"))
    if more:
        raise UnsupportedFeature(
            f"spark.read of the Iceberg table {name} with {', '.join(more)} is not available on Sail. "
            "Leave it out, or run the job with --engine spark and Iceberg's jar (--extra-jars)"
        )
    found = tables.table(name)
    if found is None:
        raise AnalysisException(
            message=f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {name} cannot be found in the Data Catalog."
        )
    return found


def _has_base_path(reader: Any, given: Mapping[str, Any]) -> bool:
    """Whether a guard refuses the read, whatever is there."""
    return any(name.lower() == "basepath" for name in (*reader._options, *given))


def _tell(
    writer: Any, format: str | None, mode: str | None, partition_by: Any, options: dict[str, Any]
) -> None:
    """Tell a writer the arguments of its last call, as the client does."""
    writer.mode(mode).options(**options)
    if partition_by is not None:
        writer.partitionBy(partition_by)
    if format is not None:
        writer.format(format)


def _tell_reader(reader: Any, format: str | None = None, schema: Any = None, **options: Any) -> None:
    """Tell a reader the arguments of its last call, as the client does."""
    if format is not None:
        reader.format(format)
    if schema is not None:
        reader.schema(schema)
    reader.options(**options)


def _read(
    reader: Any, paths: tuple[str, ...], format: str | None = None, schema: Any = None, **options: Any
) -> FrameRead:
    settings = {name.lower(): str(value).lower() for name, value in {**reader._options, **options}.items()}
    name = (format or reader._format or "").lower()
    return FrameRead(
        paths=paths,
        format=name,
        is_recursive=settings.get("recursivefilelookup") == "true",
        has_columns=bool(schema or reader._schema) or name in _NEEDS_NO_SCHEMA,
    )
