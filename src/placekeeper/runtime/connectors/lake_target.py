"""Writes to tables of lake formats: data files now, and a commit to the table when the run publishes.

Source: docs/reference/lake-formats.md#writing-lake-tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import pyarrow as pa
from msgspec import Struct
from pyspark.sql import DataFrame
from pyspark.sql import types as spark_types

from placekeeper.lake.formats import load
from placekeeper.model.catalog import TableRef
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.publication import LakeFormatName, Manifest, SnapshotAdded, StagedFile
from placekeeper.ports.lake import LakeTable, Partitions, Writing
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.runtime import sink
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.options import text_of
from placekeeper.runtime.formats.parquet.options import CODEC_SUFFIXES
from placekeeper.runtime.scan.lake_files import frame_schema
from placekeeper.runtime.sink.lake_output import LakeOutput, check_fits
from placekeeper.runtime.sink.names import SinkNames
from placekeeper.runtime.sink.written_types import written
from placekeeper.runtime.types.spark import from_spark, spark_type

_MODES: Final = ("append", "overwrite")
_KNOWN: Final = frozenset({"mode", "path", "enableUpdateCatalog"})
_NAMES: Final = ("database", "table_name")


class LakeDestination(Struct, frozen=True):
    """A table, and how its data files are written."""

    notes: Sequence[str]
    database: str
    table: str
    table_id: str
    writing: Writing
    overwrites: bool

    @property
    def uri(self) -> str:
        """The folder of the data files."""
        return self.writing.folder

    @property
    def name(self) -> str:
        """The table with its database."""
        return f"{self.database}.{self.table}"

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """See registry.HasColumns."""
        fields = frame_schema(self.writing.schema, self.name)
        return [(field.name.lower(), spark_type(field.type).simpleString()) for field in fields]

    def told(self, effects: Manifest, /) -> str:
        """The table, and the commit to it."""
        commits = [effect for effect in effects if isinstance(effect, SnapshotAdded)]
        done = "overwritten by a new snapshot" if self.overwrites else "a new snapshot"
        if any(effect.by_partition for effect in commits):
            done = "the partitions of these rows overwritten by a new snapshot"
        if any(effect.removed for effect in commits):
            done = "data files written anew by a new snapshot"
        return f"table {self.name}: {done if commits else 'no rows, no snapshot'}"


class LakeTarget:
    """The target of one lake format, by the name that states keep."""

    def __init__(self, format: LakeFormatName) -> None:
        self._format = format

    def discover(self, run: Run, asked: Asked) -> LakeDestination:
        """The table that a script names.

        Raises EntityNotFoundException, MissingExtra without the format's library, UsageError for another mode
        than append and overwrite, and UnsupportedFeature for a table that is not written here.
        """
        database, name = (text_of(*part).lower() for part in zip(_NAMES, asked.table, strict=True))
        spec = run.client.definition(TableRef(database=database, name=name)).spec
        if spec is None:
            raise missing_table(database, name, run.client.table_names(database).names or ())
        full = f"{database}.{name}"
        overwrites = _mode(asked.options, full) == "overwrite"
        format = load(self._format, f"writing the table {full}, which is of the format {self._format},")
        table: LakeTable = format.open(full, spec, run.objects)
        writing = table.writing
        if writing.codec not in CODEC_SUFFIXES:
            raise UnsupportedFeature(
                f"the table {full} wants Parquet with {writing.codec}, and here it is written with "
                f"{', '.join(CODEC_SUFFIXES)}. Change the table's property"
            )
        if overwrites and writing.appends_only:
            raise UnsupportedFeature(
                f"the table {full} takes appends only, so it is not overwritten. Append to it, or change its "
                "property delta.appendOnly"
            )
        ignored = [
            f"{option} is ignored: {self._format} has no such option here"
            for option in asked.options
            if option not in _KNOWN
        ]
        return LakeDestination(ignored, database, name, table.history.table_id, writing, overwrites)

    def stage(
        self, run: Run, destination: LakeDestination, rows: DataFrame, *, number: int, immediate: bool
    ) -> Manifest:
        """Write rows into data files of the run, and commit them to the table when the run publishes.

        Raises UsageError for rows that the table does not take.
        """
        files = _written(run, destination, rows, number=number, immediate=immediate) if rows.columns else ()
        if not files and not destination.overwrites:
            return files
        added = SnapshotAdded(
            id=uuid4().hex,
            database=destination.database,
            table=destination.table,
            format=self._format,
            table_id=destination.table_id,
            run_id=run.run_id,
            files=tuple(file.path for file in files),
            overwrites=destination.overwrites,
            at_once=immediate,
        )
        return (*files, added)


def _written(
    run: Run, to: LakeDestination, rows: DataFrame, *, number: int, immediate: bool
) -> tuple[StagedFile, ...]:
    writing = to.writing
    found = pa.schema([pa.field(field.name, from_spark(field.dataType)) for field in rows.schema.fields])
    check_fits(to.name, found, writing.schema)
    spelled = {name.lower(): name for name in writing.keys}
    names = [spelled.get(name.lower(), name) for name in rows.columns]
    if names != rows.columns:
        rows = rows.toDF(*names)
    keys = list(writing.keys)
    if writing.partitions is not None:
        keys = [_free_name(rows.columns)]
        rows = _with_partitions(rows, found, writing, keys[0])
    own = pa.schema([field for field in writing.schema if field.name not in writing.keys])
    uri = run.objects.normalise(to.uri)
    return sink.write(
        rows,
        run.staging.ready_for(uri),
        target=uri,
        output=LakeOutput(own, writing.codec),
        format="parquet",
        partition_keys=keys,
        run_id=run.run_id,
        names=SinkNames(run.run_id, f"{number:02d}"),
        immediate=immediate,
        checkpoint=run.checkpoint,
        in_order=run.engine.in_order,
    )


def _with_partitions(rows: DataFrame, found: pa.Schema, writing: Writing, key: str) -> DataFrame:
    """The rows with the text of their partitions as a last column."""
    assert writing.partitions is not None  # noqa: S101 - the caller has looked
    names = {field.name.lower(): field.name for field in writing.schema}
    task = _Partitioning(
        writing.partitions, tuple(names[name.lower()] for name in found.names), writing.schema
    )
    with_key = spark_types.StructType(
        [*rows.schema.fields, spark_types.StructField(key, spark_types.StringType())]
    )
    return rows.mapInArrow(task, with_key)


class _Partitioning(Struct, frozen=True):
    """Batches of rows → the same with their partitions. `names` are those of the table's columns."""

    partitions: Partitions
    names: tuple[str, ...]
    schema: pa.Schema

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            arrays = [
                array
                if array.type == self.schema.field(name).type
                else array.cast(self.schema.field(name).type)
                for name, array in zip(self.names, written(batch).columns, strict=True)
            ]
            named = pa.RecordBatch.from_arrays(arrays, list(self.names))
            lacking = [name for name in self.schema.names if name not in self.names]
            for name in lacking:
                named = named.append_column(name, pa.nulls(batch.num_rows, self.schema.field(name).type))
            columns = [*batch.columns, self.partitions.names(named)]
            yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, "partition"])


def _free_name(names: Sequence[str]) -> str:
    """The name of a column that the rows do not have."""
    taken, name = {one.lower() for one in names}, "partition"
    while name in taken:
        name += "_"
    return name


def _mode(options: Mapping[str, Any], name: str) -> str:
    mode = text_of("mode", options.get("mode")).strip().lower() or "append"
    if mode not in _MODES:
        raise UsageError(f"the mode of a write to {name} is append or overwrite, not '{mode}'")
    return mode
