"""What a commit takes out of an Iceberg table, and whether it still may."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyiceberg.manifest import DataFile, DataFileContent, ManifestContent, ManifestEntryStatus
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from placekeeper.lake.files import LakeFiles
from placekeeper.lake.taken_back import changed_since
from placekeeper.model.errors import PublishFailed
from placekeeper.model.publication import SnapshotAdded


def check_alone(table: Table, effect: SnapshotAdded) -> None:
    """Raise PublishFailed if rows were changed since the snapshot that the effect's run has read.

    Files that were merged into others have changed no rows.
    """
    here = table.current_snapshot()
    while here is not None and here.snapshot_id != effect.base:
        if here.summary is None or here.summary.operation is not Operation.REPLACE:
            raise PublishFailed(changed_since(effect))
        parent = here.parent_snapshot_id
        here = None if parent is None else table.snapshot_by_id(parent)
    if (None if here is None else here.snapshot_id) != effect.base:
        raise PublishFailed(changed_since(effect))


def going(
    table: Table, effect: SnapshotAdded, added: Sequence[DataFile], files: LakeFiles
) -> Sequence[DataFile]:
    """The data files that an effect takes out. Raises PublishFailed if one is gone already."""
    if not (effect.overwrites or effect.removed):
        return []
    if effect.by_partition:
        filled = {_partition(file) for file in added}
        alike = live(table, files, table.metadata.default_spec_id)
        return [file for file in alike if _partition(file) in filled]
    there = live(table, files)
    if effect.overwrites:
        return there
    removed = set(effect.removed)
    found = [file for file in there if file.file_path in removed]
    if len(found) < len(removed):
        raise PublishFailed(changed_since(effect))
    return found


def _partition(file: DataFile) -> tuple[Any, ...]:
    return tuple(file.partition[place] for place in range(len(file.partition)))


def live(table: Table, files: LakeFiles, spec: int | None = None) -> list[DataFile]:
    """The data files of the newest snapshot; those of one partition spec, if it is given."""
    current = table.current_snapshot()
    if current is None:
        return []
    return [
        entry.data_file
        for manifest in current.manifests(files)
        if manifest.content is ManifestContent.DATA and spec in (None, manifest.partition_spec_id)
        for entry in manifest.fetch_manifest_entry(files)
        if entry.data_file.content is DataFileContent.DATA
    ]


def changed(snapshot: Snapshot, status: ManifestEntryStatus, files: LakeFiles) -> Iterator[DataFile]:
    """The data files that a snapshot itself has added, or taken out, as `status` says."""
    for manifest in snapshot.manifests(files):
        if manifest.content is ManifestContent.DATA and manifest.added_snapshot_id == snapshot.snapshot_id:
            for entry in manifest.fetch_manifest_entry(files, discard_deleted=False):
                if entry.status is status:
                    yield entry.data_file
