"""The kinds of effects that there are."""

from placekeeper.model.publication import (
    ObjectsPurged,
    ObjectsTransitioned,
    PartitionsAdded,
    PartitionsDropped,
    RowsWritten,
    SnapshotAdded,
    StagedFile,
    SuccessMarked,
    TableChange,
)
from placekeeper.ports.effects import EffectKind, Effects


def effects_of(
    files: EffectKind,
    tables: EffectKind,
    partitions: EffectKind,
    snapshots: EffectKind,
    rows: EffectKind,
    drops: EffectKind,
    removal: EffectKind,
    transitions: EffectKind,
    success: EffectKind,
) -> Effects:
    """Every kind, each with what does and undoes it."""
    return Effects(
        {
            StagedFile: files,
            TableChange: tables,
            PartitionsAdded: partitions,
            SnapshotAdded: snapshots,
            RowsWritten: rows,
            PartitionsDropped: drops,
            ObjectsPurged: removal,
            ObjectsTransitioned: transitions,
            SuccessMarked: success,
        }
    )
