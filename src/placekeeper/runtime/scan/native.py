"""Native reading: a DataFrame of the chosen objects by the engine's own reader (see ways.py)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.progress import Count, Stage
from placekeeper.ports.objects import Objects
from placekeeper.ports.progress import Progress
from placekeeper.rules.selection.ways import SAIL, Way
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.shared.footers import DescribesFooters, Footer
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.looks import looks
from placekeeper.runtime.scan.notices import Notices
from placekeeper.runtime.scan.ways import way_by_columns, way_by_footers
from placekeeper.runtime.types.engine_columns import column_names
from placekeeper.runtime.types.spark import spark_schema, spark_type

_FIRST: Final = 16
"""Footers that are looked at before the others: most sources that take the scan show it there."""

_MICROSECONDS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)
"""The first and the last of the years 1 to 9999, from 1970."""

UNREADABLE: Final = "a value is no text, or outside of the years 1 to 9999"
"""What an engine says of a value that a frame cannot hold."""


@dataclass(frozen=True)
class FolderValues:
    """The columns that folders give to their files: `of` makes them, with a row for each path."""

    columns: pa.Schema
    of: Callable[[Sequence[str]], list[pa.Array]]

    def at(self, path: str) -> tuple[object, ...]:
        """The values for the object at a path."""
        return tuple(array[0].as_py() for array in self.of([path])) if self.columns.names else ()


@dataclass(frozen=True)
class Natively:
    """A read by the engine's reader: the paths for each tuple of folders' values, and what footers say.

    `schema` has the columns of the files, then those of the folders. `rows` is how many rows all files have.
    """

    engine: Engine
    format: str
    files: pa.Schema
    folders: pa.Schema
    unbounded: frozenset[str]
    paths: Mapping[tuple[object, ...], Sequence[str]]
    has_checksums: bool
    rows: int

    @classmethod
    def of(
        cls,
        engine: Engine,
        format: str,
        footers: Sequence[Footer],
        folders: pa.Schema,
        paths: Mapping[tuple[object, ...], Sequence[str]],
    ) -> "Natively":
        """The read of objects with these footers, whose schemas are equal."""
        unbounded = frozenset[str]().union(*(footer.unbounded for footer in footers))
        has_checksums = any(footer.has_checksums for footer in footers)
        rows = sum(footer.rows for footer in footers)
        return cls(engine, format, footers[0].schema, folders, unbounded, paths, has_checksums, rows)

    @property
    def schema(self) -> pa.Schema:
        """All columns; one of a folder replaces that of the files of the same name, in any case."""
        hidden = {name.lower() for name in self.folders.names}
        return pa.schema([*(f for f in self.files if f.name.lower() not in hidden), *self.folders])

    def frame(self) -> Frame:
        """The frame. Engines leave out by themselves what nobody uses of it."""
        schema = self.schema
        files = [schema.field(place) for place in range(len(schema) - len(self.folders))]
        read = [self._rows(values, paths, schema, files) for values, paths in self.paths.items()]
        if len(read) > 1 and self.engine.name == SAIL:
            # Sail fails where a filter leaves out the first of some that are united: this one stays.
            names = zip(column_names(len(schema)), schema, strict=True)
            columns = spark_schema(pa.schema([field.with_name(name) for name, field in names]))
            read.insert(0, self.engine.session.createDataFrame([], columns))
        return Frame(_united(read), schema)

    def _rows(
        self, values: tuple[object, ...], paths: Sequence[str], fields: pa.Schema, files: list[pa.Field]
    ) -> DataFrame:
        schema = spark_schema(pa.schema(files or [self.files.field(0)]))
        rows = self.engine.load(self.format, schema, paths).toDF(*column_names(len(schema.fields)))
        columns = {
            field.name: self._checked(F.col(name), field)
            for field, name in zip(files, column_names(len(files)), strict=True)
        }
        literals = {
            # as a text, because PySpark loses years of less than four digits
            field.name: F.lit(str(value) if isinstance(value, date) else value).cast(spark_type(field.type))
            for field, value in zip(self.folders, values, strict=True)
        }
        made = columns | literals
        if list(made) == [field.name for field in files] and not any(map(self._is_checked, files)):
            return rows
        return rows.select(*(made[field.name].alias(f"c{place}") for place, field in enumerate(fields)))

    def _is_checked(self, field: pa.Field) -> bool:
        is_text = pat.is_string(field.type) and self.engine.name != SAIL
        return is_text or field.name in self.unbounded

    def _checked(self, column: Column, field: pa.Field) -> Column:
        """The column, whose values fail if the scan would refuse them."""
        if not self._is_checked(field):
            return column
        if pat.is_string(field.type):
            return F.validate_utf8(column)
        if pat.is_date(field.type):
            is_good = column.between(*(F.lit(day.isoformat()).cast("date") for day in (date.min, date.max)))
        else:
            is_good = F.unix_micros(column).between(*map(F.lit, _MICROSECONDS))
        return F.when(column.isNull() | is_good, column).otherwise(F.raise_error(F.lit(UNREADABLE)))


def footers_of(
    objects: Objects,
    reader: DescribesFooters,
    metas: Sequence[ObjectMeta],
    engine: str,
    notices: Notices,
    progress: Progress,
) -> tuple[Way, Sequence[Footer]]:
    """The footers of all objects and the way that they allow; of some, if those say that it is the scan.

    Raises RecordUnreadable and ObjectChanged.
    """

    def footer(meta: ObjectMeta, like: Footer | None = None) -> Footer:
        try:
            with objects.open(meta) as file:
                return reader.footer(file, meta.path, like)
        except RecordUnreadable as error:
            notices.leave(error)
            raise

    paths = [meta.path for meta in metas]
    first = footer(metas[0])
    alike = partial(footer, like=first)
    found = [first]
    for part in (metas[1:_FIRST], metas[_FIRST:]):
        found += looks(alike, part)
        way = way_by_footers(engine, found, paths)
        if not way.is_native:
            return way, found
    whole = Count(total=len(metas), total_size=sum(meta.size for meta in metas))
    progress.count(Stage.TYPING, whole)
    progress.count(Stage.TYPING, Count(done=len(metas), size=whole.total_size))
    return way, found


def grouped(
    engine: str, metas: Sequence[ObjectMeta], folders: FolderValues
) -> tuple[Way, Mapping[tuple[object, ...], Sequence[str]]]:
    """The paths for each tuple of values that folders have, and the way that these allow."""
    by_folder: dict[str, list[str]] = {}
    for meta in metas:
        by_folder.setdefault(meta.path.rpartition("/")[0], []).append(_of_engine(meta.path))
    found: dict[tuple[object, ...], list[str]] = {}
    for folder, paths in by_folder.items():
        found.setdefault(folders.at(f"{folder}/"), []).extend(paths)
    return way_by_columns(engine, folders.columns, len(found)), found


def _of_engine(path: str) -> str:
    """The path as engines take it; one that is no URI has nothing that they decode."""
    return path.removeprefix("file://")


def _united(parts: Sequence[DataFrame]) -> DataFrame:
    """The rows of all, as a tree of few levels: engines walk through plans by recursion."""
    level = list(parts)
    while len(level) > 1:
        pairs: list[Any] = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [pair[0].unionAll(pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]
