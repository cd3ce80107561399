"""Commits to Iceberg tables: a snapshot of data files that are there already, recognised by its summary.

The new metadata file is written first. It counts from the moment at which the catalog names it.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestEntryStatus
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.snapshots import Operation, Snapshot
from pyiceberg.table.update import (
    RemoveSnapshotRefUpdate,
    SetSnapshotRefUpdate,
    TableRequirement,
    TableUpdate,
    update_table_metadata,
)

from placekeeper.lake.files import LakeFiles, opened
from placekeeper.lake.iceberg import METADATA_LOCATION, open_table
from placekeeper.lake.iceberg_changes import changed, check_alone, going, live
from placekeeper.lake.iceberg_partitions import partition_of
from placekeeper.lake.taken_back import NoTable, rewritten_since
from placekeeper.model.errors import ListingFailed, NotTakenBack, PublishFailed, UnsupportedFeature
from placekeeper.model.publication import SnapshotAdded
from placekeeper.ports.objects import Objects, Staging

PUBLICATION: Final = "placekeeper.publication"
"""The property of a snapshot's summary that has the id of the effect."""

RUN: Final = "placekeeper.run-id"
_PREVIOUS: Final = "previous_metadata_location"
_READS_AT_ONCE: Final = 16
_VERSION: Final = re.compile(r"(?:^|/)v?(\d+)[-.][^/]*$")


class IcebergCommits:
    """Implements ports.lake.LakeCommits for Iceberg."""

    def __init__(self, objects: Objects, staging: Staging) -> None:
        self._objects = objects
        self._staging = staging

    def added(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits."""
        try:
            table, files = self._opened(effect, spec)
            if str(table.metadata.table_uuid) != effect.table_id:
                raise PublishFailed(
                    f"the table {_name(effect)} was dropped and made anew while the run went on. Run again"
                )
            if _snapshot_of(table, effect.id) is not None:
                return None
            if effect.is_alone:
                check_alone(table, effect)
            added = _data_files(table, effect.files, files)
            _commit(table, added, going(table, effect, added, files), effect)
        except UnsupportedFeature as error:
            raise PublishFailed(str(error)) from error
        except ListingFailed as error:
            raise OSError(str(error)) from error
        except (pa.ArrowException, ValueError, KeyError) as error:
            raise PublishFailed(f"the table {_name(effect)} does not take the files: {error}") from error
        return _pointing_at(spec, table)

    def taken_back(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits.

        If nothing came after the snapshot, the one before is the newest again. Else another snapshot takes
        its files out, and puts back what it has overwritten, if all of its files are still in the table.
        """
        try:
            table, files = self._opened(effect, spec)
            snapshot = _snapshot_of(table, effect.id)
            if snapshot is None or str(table.metadata.table_uuid) != effect.table_id:
                return None
            if _snapshot_of(table, _undone(effect)) is not None:
                return None
            current = table.current_snapshot()
            if current is not None and current.snapshot_id == snapshot.snapshot_id:
                _roll_back(table, snapshot)
            else:
                _undo(table, snapshot, effect, files)
        except NoTable:
            return None
        except UnsupportedFeature as error:
            raise NotTakenBack(str(error)) from error
        except ListingFailed as error:
            raise OSError(str(error)) from error
        return _pointing_at(spec, table)

    def _opened(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> tuple[Table, LakeFiles]:
        files = LakeFiles(self._objects, self._staging, effect.run_id)
        found = open_table(_name(effect), spec, files)
        catalog = _Catalog("placekeeper")
        return Table(found.name(), found.metadata, found.metadata_location, files, catalog), files


class _Catalog(NoopCatalog):
    """Writes new metadata; the table's own value then has it, and our catalog is told of it later."""

    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        for requirement in requirements:
            requirement.validate(table.metadata)
        changed = update_table_metadata(
            table.metadata, updates, enforce_validation=False, metadata_location=table.metadata_location
        )
        version = _VERSION.search(table.metadata_location)
        provider = load_location_provider(changed.location, changed.properties)
        location = provider.new_table_metadata_file_location(int(version[1]) + 1 if version else 0)
        ToOutputFile.table_metadata(changed, table.io.new_output(location))
        return CommitTableResponse.model_validate({"metadata": changed, "metadata-location": location})


def _commit(
    table: Table, added: Iterable[DataFile], removed: Sequence[DataFile], effect: SnapshotAdded
) -> None:
    properties = {PUBLICATION: effect.id, RUN: effect.run_id}
    with table.transaction() as transaction:
        update = transaction.update_snapshot(properties)
        commit_id = uuid.uuid4()
        with update.overwrite(commit_id) if removed else update.fast_append() as snapshot:
            for file in removed:
                snapshot.delete_data_file(file)
            for file in added:
                snapshot.append_data_file(file)


def _roll_back(table: Table, snapshot: Snapshot) -> None:
    parent = snapshot.parent_snapshot_id
    main: dict[str, Any] = {"ref-name": MAIN_BRANCH}
    update: TableUpdate = RemoveSnapshotRefUpdate.model_validate(main)
    if parent is not None:
        to = {"type": SnapshotRefType.BRANCH, "snapshot-id": parent}
        update = SetSnapshotRefUpdate.model_validate(main | to)
    table._do_commit((update,), ())


def _undo(table: Table, snapshot: Snapshot, effect: SnapshotAdded, files: LakeFiles) -> None:
    """Take out the snapshot's files, and put back what it has taken out. Raises NotTakenBack."""
    ours = set(effect.files)
    here = [file for file in live(table, files) if file.file_path in ours]
    if len(here) < len(ours) or not (ours or _only_added_since(table, snapshot)):
        raise NotTakenBack(rewritten_since(effect))
    gone = list(changed(snapshot, ManifestEntryStatus.DELETED, files))
    if here or gone:
        undoing = SnapshotAdded(
            id=_undone(effect),
            database=effect.database,
            table=effect.table,
            format=effect.format,
            table_id=effect.table_id,
            run_id=effect.run_id,
            files=(),
        )
        _commit(table, gone, here, undoing)


def _only_added_since(table: Table, snapshot: Snapshot) -> bool:
    """Whether all snapshots behind one have only added rows."""
    here = table.current_snapshot()
    while here is not None and here.snapshot_id != snapshot.snapshot_id:
        if here.summary is None or here.summary.operation is not Operation.APPEND:
            return False
        parent = here.parent_snapshot_id
        here = None if parent is None else table.snapshot_by_id(parent)
    return True


def _undone(effect: SnapshotAdded) -> str:
    """The id of the snapshot that takes an effect back."""
    return f"{effect.id}-taken-back"


def _snapshot_of(table: Table, id: str) -> Snapshot | None:
    """The snapshot of an effect, among those that the newest one is built on."""
    here = table.current_snapshot()
    while here is not None:
        if here.summary is not None and here.summary.additional_properties.get(PUBLICATION) == id:
            return here
        parent = here.parent_snapshot_id
        here = None if parent is None else table.snapshot_by_id(parent)
    return None


def _data_files(table: Table, paths: Sequence[str], files: LakeFiles) -> list[DataFile]:
    """The files as a manifest describes them: sizes, counts and bounds by their footers."""
    metadata = table.metadata
    schema, spec = metadata.schema(), metadata.spec()
    plan = compute_statistics_plan(schema, metadata.properties)
    mapping = parquet_path_to_id_mapping(schema)

    def described(path: str) -> DataFile:
        with opened(files, path) as file:
            parquet = pq.ParquetFile(file)
            statistics = data_file_statistics_from_parquet_metadata(parquet.metadata, plan, mapping)
            partition = partition_of(parquet, spec, schema)
        return DataFile.from_args(
            content=DataFileContent.DATA,
            file_path=path,
            file_format=FileFormat.PARQUET,
            partition=partition,
            file_size_in_bytes=len(files.new_input(path)),
            sort_order_id=None,
            spec_id=metadata.default_spec_id,
            equality_ids=None,
            key_metadata=None,
            **statistics.to_serialized_dict(),
        )

    with ThreadPoolExecutor(_READS_AT_ONCE) as threads:
        return list(threads.map(described, paths))


def _pointing_at(spec: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """The definition, with the newest metadata."""
    parameters = dict(spec.get("Parameters") or {})
    before = parameters.get(METADATA_LOCATION)
    if before == table.metadata_location:
        return dict(spec)
    return {
        **spec,
        "Parameters": {**parameters, METADATA_LOCATION: table.metadata_location, _PREVIOUS: before},
    }


def _name(effect: SnapshotAdded) -> str:
    return f"{effect.database}.{effect.table}"
