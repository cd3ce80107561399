"""What SQL and frames write to tables of lake formats: commits that a run publishes.

Source: docs/reference/lake-formats.md#writing-lake-tables.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import LakeFormatName, Manifest, SnapshotAdded, StagedFile
from placekeeper.rules.catalog.table_kinds import TableKind
from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime.connectors.base import Asked
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.writes import Writes


class Insert(Struct, frozen=True, kw_only=True):
    """An INSERT. `fixed` are values of partition keys, `named` the columns that it lists, None for all.

    With `overwrites` it replaces the table, or the partitions that it writes. `has_names`: the rows have the
    names of the columns, in any order. Of a lake table it replaces only partitions with `by_partition`, and
    with `is_first` it must be the first commit. With `has_mode`, partitionOverwriteMode counts.
    """

    fixed: Mapping[str, str | None] = {}
    named: Sequence[str] | None = None
    overwrites: bool = False
    has_names: bool = False
    by_partition: bool = False
    is_first: bool = False
    has_mode: bool = True


class Changed(Struct, frozen=True):
    """What a change of rows takes out of a table: data files that were there at the commit `base`."""

    format: LakeFormatName
    table_id: str
    removed: tuple[str, ...]
    base: int | None


class LakeWrites:
    """Stages what is written to tables of other kinds than files."""

    def __init__(self, context: RunContext, writes: Writes) -> None:
        self._context = context
        self._writes = writes

    def insert(self, name: Name, kind: TableKind, rows: DataFrame, insert: Insert) -> None:
        """Stage rows, in the columns of the table: a commit to it, or a refusal (UnsupportedFeature)."""
        mode = self._context.engine.session.conf.get("spark.sql.sources.partitionOverwriteMode", None)
        is_dynamic = insert.overwrites and insert.has_mode and str(mode or "").lower() == "dynamic"
        by_partition = insert.by_partition or is_dynamic
        if insert.overwrites and (insert.fixed or (by_partition and kind is not TableKind.ICEBERG)):
            raise UnsupportedFeature(
                f"INSERT OVERWRITE of some partitions of {'.'.join(name)} is not there: it is no "
                "table of files. Overwrite the whole table, without PARTITION and with "
                "partitionOverwriteMode=static"
            )

        def staged(effects: Manifest) -> Manifest:
            return tuple(
                replace(one, by_partition=by_partition, is_alone=insert.is_first)
                if isinstance(one, SnapshotAdded)
                else one
                for one in effects
                if not (by_partition and isinstance(one, SnapshotAdded) and not one.files)
            )

        options = {"mode": "overwrite" if insert.overwrites else "append"}
        asked = Asked(connection_type="catalog", options=options, table=name)
        self._writes.write(rows, asked, "", staged=staged)

    def change(self, name: Name, rows: DataFrame | None, changed: Changed) -> None:
        """Stage a commit that puts rows, in the columns of the table, in place of data files.

        Raises UnsupportedFeature for a table that is not written.
        """
        is_immediate = self._context.options.output_visibility is Visibility.IMMEDIATE

        def staged(effects: Manifest) -> Manifest:
            files = tuple(one for one in effects if isinstance(one, StagedFile))
            commit = SnapshotAdded(
                id=uuid4().hex,
                database=name[0],
                table=name[1],
                format=changed.format,
                table_id=changed.table_id,
                run_id=self._context.run_id,
                files=tuple(file.path for file in files),
                removed=changed.removed,
                is_alone=True,
                base=changed.base,
                at_once=is_immediate,
            )
            return (*files, commit) if files or changed.removed else ()

        asked = Asked(connection_type="catalog", options={"mode": "append"}, table=name)
        nothing = self._context.engine.session.createDataFrame([], StructType([]))
        self._writes.write(nothing if rows is None else rows, asked, "", staged=staged)
