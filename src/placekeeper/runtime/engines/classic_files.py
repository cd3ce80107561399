"""`df.write` and `spark.read` of classic PySpark, passed on to the run.

PySpark's writer and reader only pass on what a script says to an object of the JVM. A recorder stands before
that object: it hears everything, and what names files goes to the run.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, Final

from placekeeper.runtime.engines.classic_databases import ClassicDatabases, by_driver_or
from placekeeper.runtime.engines.frame_files import DEFAULT_MODE, FrameFiles, FrameWrite
from placekeeper.runtime.engines.jdbc import check_schema, is_jdbc
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.sql_tables import SqlTables

_FORMATS: Final = frozenset({"csv", "json", "parquet", "orc", "text", "xml"})
_S3: Final = ("s3://", "s3a://", "s3n://")


class ClassicFiles:
    """Passes writes and reads on to `files`, and with `tables` the tables that are written.

    `has_scheme` says whether Spark itself reads a scheme.
    """

    def __init__(
        self, files: FrameFiles, has_scheme: Callable[[str], bool], tables: SqlTables | None = None
    ) -> None:
        self._files = files
        self._tables = tables
        self._has_scheme = has_scheme

    def install(self, patches: Patches, readwriter: ModuleType) -> None:
        """Put recorders before the JVM's writers and readers."""
        make_writer = readwriter.DataFrameWriter.__init__
        make_reader = readwriter.DataFrameReader.__init__

        @functools.wraps(make_writer)
        def with_writer(writer: Any, df: Any) -> None:
            make_writer(writer, df)
            writer._jwrite = _Writer(writer._jwrite, df, self._files, self._tables)

        @functools.wraps(make_reader)
        def with_reader(reader: Any, spark: Any) -> None:
            make_reader(reader, spark)
            reader._jreader = _Reader(reader._jreader, self._read, self._files)

        patches.attribute(readwriter.DataFrameWriter, "__init__", with_writer)
        patches.attribute(readwriter.DataFrameReader, "__init__", with_reader)
        ClassicDatabases(self._files).install(patches, readwriter)

    def _read(self, paths: Sequence[str]) -> tuple[list[str], str]:
        """The paths that Spark reads in place of these, and the folder of copies; "" if there are none."""
        self._files.check_read(paths)
        foreign = [path for path in paths if path.lower().startswith(_S3) and not self._reads(path)]
        if not foreign:
            return list(paths), ""
        fetched = self._files.fetch(foreign)
        local = dict(zip(foreign, fetched.paths, strict=True))
        return [local.get(path, path) for path in paths], fetched.folder

    def _reads(self, path: str) -> bool:
        return self._has_scheme(path.partition(":")[0].lower())


class _Writer:
    """A recorder before the JVM's DataFrameWriter."""

    def __init__(self, java: Any, dataframe: Any, files: FrameFiles, tables: SqlTables | None) -> None:
        self._tables = tables
        self._java = java
        self._dataframe = dataframe
        self._files = files
        self._format = ""
        self._mode = DEFAULT_MODE
        self._options: dict[str, str] = {}
        self._partition_by: tuple[str, ...] = ()
        self._has_buckets = False

    def format(self, source: str) -> "_Writer":
        self._java.format(source)
        self._format = source
        return self

    def mode(self, mode: str) -> "_Writer":
        self._java.mode(mode)
        self._mode = mode
        return self

    def option(self, key: str, value: str | None) -> "_Writer":
        self._java.option(key, value)
        if value is not None:
            self._options[key] = value
        return self

    def partitionBy(self, columns: Any) -> "_Writer":  # noqa: N802
        self._java.partitionBy(columns)
        self._partition_by = tuple(_elements(columns))
        return self

    def bucketBy(self, *arguments: Any) -> "_Writer":  # noqa: N802
        self._java.bucketBy(*arguments)
        self._has_buckets = True
        return self

    def save(self, path: str | None = None) -> None:
        if is_jdbc(self._format):
            by_driver_or(self._java.save, lambda: self._write(path, self._format))
        elif self._has_buckets or not self._write(path, self._format):
            self._java.save() if path is None else self._java.save(path)

    def saveAsTable(self, name: str) -> None:  # noqa: N802
        if not self._write_table(name, inserts=False):
            self._java.saveAsTable(name)

    def insertInto(self, name: str) -> None:  # noqa: N802
        if not self._write_table(name, inserts=True):
            self._java.insertInto(name)

    def __getattr__(self, name: str) -> Any:
        if name in _FORMATS:
            return functools.partial(self._save_as, name)
        if name in ("sortBy", "clusterBy"):
            return functools.partial(self._passed_on, name)
        return getattr(self._java, name)

    def _save_as(self, format: str, path: str | None) -> None:
        if self._has_buckets or not self._write(path, format):
            getattr(self._java, format)(path)

    def _passed_on(self, name: str, *arguments: Any) -> "_Writer":
        getattr(self._java, name)(*arguments)
        return self

    def _write(self, path: str | None, format: str) -> bool:
        return self._files.write_frame(self._said(path, format))

    def _write_table(self, name: str, *, inserts: bool) -> bool:
        tables = self._tables
        return tables is not None and tables.write_table(
            self._said(None, self._format), name, inserts=inserts
        )

    def _said(self, path: str | None, format: str) -> FrameWrite:
        return FrameWrite(
            dataframe=self._dataframe,
            path=path,
            format=format,
            options=dict(self._options),
            mode=self._mode,
            partition_by=self._partition_by,
            has_buckets=self._has_buckets,
        )


class _Reader:
    """A recorder before the JVM's DataFrameReader; `read` says which paths it gets, and where copies are.

    `files` reads databases for which the JVM has no driver.
    """

    def __init__(
        self, java: Any, read: Callable[[Sequence[str]], tuple[list[str], str]], files: FrameFiles
    ) -> None:
        self._java = java
        self._read = read
        self._files = files
        self._base = ""
        self._format = ""
        self._has_schema = False
        self.options: dict[str, str] = {}

    def format(self, source: str) -> "_Reader":
        self._java.format(source)
        self._format = source
        return self

    def schema(self, schema: Any) -> "_Reader":
        self._java.schema(schema)
        self._has_schema = True
        return self

    def option(self, key: str, value: str | None) -> "_Reader":
        if key.lower() == "path" and isinstance(value, str):
            value = self._local([value])[0]
        elif key.lower() == "basepath" and isinstance(value, str):
            self._base = value
        self._java.option(key, value)
        if value is not None:
            self.options[key] = value
        return self

    def load(self, *given: Any) -> Any:
        if is_jdbc(self._format):
            check_schema(self._has_schema)
            return by_driver_or(self._java.load, lambda: self._files.read_database(self.options)._jdf)
        return self._loaded("load", *given)

    def __getattr__(self, name: str) -> Any:
        return functools.partial(self._loaded, name) if name in _FORMATS else getattr(self._java, name)

    def _loaded(self, name: str, *given: Any) -> Any:
        """What the JVM's method answers, given paths in a string or in a Seq; other arguments as they are."""
        if len(given) == 1 and isinstance(given[0], str):
            given = tuple(self._local([given[0]]))
        elif len(given) == 1 and _is_sequence(given[0]):
            paths = list(_elements(given[0]))
            if (local := self._local(paths)) != paths:
                given = (_sequence(given[0], local),)
        return getattr(self._java, name)(*given)

    def _local(self, paths: Sequence[str]) -> list[str]:
        read, folder = self._read(paths)
        if folder and self._base.lower().startswith(_S3):
            self._java.option("basePath", f"{folder}/{self._base.partition('://')[2]}")
        return read


def _is_sequence(value: Any) -> bool:
    return hasattr(value, "_target_id") and _class_of(value).startswith("scala.collection.")


def _class_of(value: Any) -> str:
    return str(value.getClass().getName())


def _elements(sequence: Any) -> Iterator[str]:
    """The strings of a Seq of Scala's."""
    for place in range(sequence.size()):
        yield str(sequence.apply(place))


def _sequence(like: Any, values: Sequence[str]) -> Any:
    """A Seq of Scala's with other strings."""
    made = like.take(0)
    for value in values:
        made = made.appended(value)
    return made
