"""Iceberg tables by pyiceberg: their snapshots, their data files, and the rows in these.

Planning and reading are pyiceberg's: it knows deletes, partitions and schemas that have changed. Files come
through our own stores, so that retries and credentials are those of every other read.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files, schema_to_pyarrow
from pyiceberg.manifest import DataFileContent, ManifestContent, ManifestEntry, ManifestEntryStatus
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import FileScanTask, StaticTable
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.table.snapshots import Operation, Snapshot

from placekeeper.lake.files import LakeFiles
from placekeeper.lake.iceberg_partitions import Partitioner, source_of
from placekeeper.lake.taken_back import NoTable
from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.model.lake import LakeFile, TableCommit, TableHistory
from placekeeper.ports.lake import Layout, Writing
from placekeeper.ports.objects import Objects

METADATA_LOCATION: Final = "metadata_location"
_NEWEST: Final = 2
"""The newest version of the format that pyiceberg reads and writes whole."""

_CODEC: Final = "write.parquet.compression-codec"
_ERRORS: Final = (pa.ArrowException, ValueError, NotImplementedError)


def open_table(name: str, spec: Mapping[str, Any], files: LakeFiles) -> StaticTable:
    """The table at the metadata that the catalog names.

    Raises NoTable, UnsupportedFeature for a version that pyiceberg does not write, OSError.
    """
    location = (spec.get("Parameters") or {}).get(METADATA_LOCATION)
    if not location:
        raise NoTable(
            f"the table {name} is an Iceberg table without the parameter {METADATA_LOCATION}, so nobody "
            "knows its snapshots. Register it again by its newest metadata file (register_table of pyiceberg)"
        )
    metadata = FromInputFile.table_metadata(files.new_input(location))
    if metadata.format_version > _NEWEST:
        raise UnsupportedFeature(
            f"the table {name} is of version {metadata.format_version} of Iceberg, and {_NEWEST} is the "
            "newest that is read and written here. Use a copy in that version"
        )
    database, _, table = name.partition(".")
    return StaticTable((database, table), metadata, location, files, NoopCatalog("placekeeper"))


class IcebergFormat:
    """Implements ports.lake.LakeFormat."""

    def open(self, name: str, spec: Mapping[str, Any], objects: Objects) -> "IcebergTable":
        """See ports.lake.LakeFormat."""
        files = LakeFiles(objects)
        return IcebergTable(name, open_table(name, spec, files), files)


@dataclass(frozen=True)
class IcebergTable:
    """Implements ports.lake.LakeTable."""

    name: str
    table: StaticTable
    io: LakeFiles

    @property
    def history(self) -> TableHistory:
        """See ports.lake.LakeTable."""
        metadata = self.table.metadata
        current = metadata.current_snapshot_id
        return TableHistory(
            table_id=str(metadata.table_uuid),
            current=None if current in (None, -1) else current,
            commits=tuple(map(_commit, metadata.snapshots)),
        )

    @property
    def location(self) -> str:
        """See ports.lake.LakeTable."""
        return self.table.location()

    @property
    def schema(self) -> pa.Schema:
        """See ports.lake.LakeTable."""
        schema: pa.Schema = schema_to_pyarrow(self.table.schema(), include_field_ids=False)
        return schema

    @property
    def reader(self) -> "IcebergReader":
        """See ports.lake.LakeTable."""
        return IcebergReader(_without_history(self.table.metadata), self.io)

    @property
    def layout(self) -> Layout:
        """See ports.lake.LakeTable."""
        schema = self.table.schema()
        fields = self.table.spec().fields
        partitions = (f"{schema.find_column_name(field.source_id)} {field.transform}" for field in fields)
        return Layout(tuple(partitions), dict(self.table.properties))

    @property
    def writing(self) -> Writing:
        """See ports.lake.LakeTable."""
        metadata = self.table.metadata
        spec, schema = metadata.spec(), metadata.schema()
        codec = metadata.properties.get(_CODEC, "zstd").lower()
        for field in spec.fields:
            source_of(field, schema)
        return Writing(
            schema_to_pyarrow(schema),
            f"{metadata.location.rstrip('/')}/data/",
            {"uncompressed": "none"}.get(codec, codec),
            Partitioner(spec.model_dump_json(), schema.model_dump_json()) if spec.fields else None,
            (),
        )

    def files(self, at: int) -> Sequence[LakeFile]:
        """See ports.lake.LakeTable."""
        return sorted(
            (_lake_file(task, None) for task in self._tasks(at).values()), key=lambda file: file.path
        )

    def files_added(self, commits: Sequence[int], at: int) -> Sequence[LakeFile]:
        """See ports.lake.LakeTable.

        A file that was merged into another since is still read by itself: the merged one has older rows too.
        """
        added: dict[str, tuple[ManifestEntry, Snapshot]] = {}
        for snapshot in self._line(at, set(commits)):
            moves = _operation(snapshot) is Operation.REPLACE
            for entry in self._entries(snapshot):
                path = entry.data_file.file_path
                if entry.status is ManifestEntryStatus.ADDED and snapshot.snapshot_id in commits:
                    added[path] = (entry, snapshot)
                elif entry.status is ManifestEntryStatus.DELETED and not moves:
                    added.pop(path, None)
        live = self._tasks(at) if added else {}
        files = (
            _lake_file(live.get(path) or FileScanTask(entry.data_file), snapshot)
            for path, (entry, snapshot) in added.items()
        )
        return sorted(files, key=lambda file: file.path)

    def _tasks(self, at: int) -> dict[str, FileScanTask]:
        """What is to be read of a snapshot, by data file."""
        try:
            planned = list(self.table.scan(snapshot_id=at).plan_files())
        except (ValueError, NotImplementedError) as error:  # equality deletes, as of now
            raise UnsupportedFeature(
                f"the Iceberg table {self.name} cannot be read: {error}. Have its deletes merged into its "
                "data files (rewrite_data_files), and run again"
            ) from error
        return {task.file.file_path: task for task in planned}

    def _line(self, at: int, commits: set[int]) -> list[Snapshot]:
        """The snapshots from the oldest of `commits` to `at`, in this order."""
        line: list[Snapshot] = []
        left, here = set(commits), self.table.snapshot_by_id(at)
        while here is not None and left:
            line.append(here)
            left.discard(here.snapshot_id)
            parent = here.parent_snapshot_id
            here = None if parent is None else self.table.snapshot_by_id(parent)
        return line[::-1]

    def _entries(self, snapshot: Snapshot) -> Iterator[ManifestEntry]:
        """What a snapshot itself has done to data files."""
        for manifest in snapshot.manifests(self.io):
            if manifest.content is not ManifestContent.DATA:
                continue
            if manifest.added_snapshot_id not in (None, snapshot.snapshot_id):
                continue
            for entry in manifest.fetch_manifest_entry(self.io, discard_deleted=False):
                is_own = entry.snapshot_id in (None, snapshot.snapshot_id)
                if is_own and entry.data_file.content is DataFileContent.DATA:
                    yield entry


@dataclass(frozen=True)
class IcebergReader:
    """Implements ports.lake.LakeReader. `metadata` is the table's, as JSON, without its history."""

    metadata: str
    io: LakeFiles

    @cached_property
    def _scan(self) -> ArrowScan:
        metadata = TableMetadataUtil.parse_raw(self.metadata)
        return ArrowScan(metadata, self.io, metadata.schema(), AlwaysTrue())

    def read(self, file: LakeFile) -> Iterator[pa.RecordBatch]:
        """See ports.lake.LakeReader."""
        task: FileScanTask = pickle.loads(file.handle)  # noqa: S301 - the driver of this run has made it
        try:
            deletes = _read_all_delete_files(self.io, [task])
            yield from self._scan._record_batches_from_scan_tasks_and_deletes([task], deletes)
        except _ERRORS as error:
            raise RecordUnreadable(file.path, "data file of an Iceberg table", str(error)) from error


def _lake_file(task: FileScanTask, added_by: Snapshot | None) -> LakeFile:
    file = task.file
    return LakeFile(
        path=file.file_path,
        size=file.file_size_in_bytes,
        handle=pickle.dumps(task),
        commit=None if added_by is None else added_by.snapshot_id,
        rewritten=added_by is not None and _commit(added_by).rewrites,
    )


def _operation(snapshot: Snapshot) -> Operation | None:
    return None if snapshot.summary is None else snapshot.summary.operation


def _commit(snapshot: Snapshot) -> TableCommit:
    """A snapshot without a summary may have done anything."""
    operation = _operation(snapshot)
    return TableCommit(
        id=snapshot.snapshot_id,
        parent=snapshot.parent_snapshot_id,
        adds=operation is Operation.APPEND,
        rewrites=operation in (None, Operation.OVERWRITE),
        begins=snapshot.parent_snapshot_id is None and _has_only_own_files(snapshot),
    )


def _has_only_own_files(snapshot: Snapshot) -> bool:
    """Whether it inherits nothing: expiry takes the parent away from those behind it, too."""
    summary = {} if snapshot.summary is None else snapshot.summary.additional_properties
    return summary.get("total-data-files", "?") == summary.get("added-data-files", "0")


def _without_history(metadata: TableMetadata) -> str:
    """The metadata as JSON that every task gets: of the snapshots, none."""
    bare = metadata.model_copy(
        update={
            "snapshots": [],
            "snapshot_log": [],
            "metadata_log": [],
            "refs": {},
            "statistics": [],
            "current_snapshot_id": None,
        }
    )
    return bare.model_dump_json()
