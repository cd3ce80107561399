"""The kinds of effects that there are."""

from typing import Any

from placekeeper.model.publication import (
    ItemsPut,
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


class _Done:
    """An effect that was done when it was staged: nothing is left to do, and nothing takes it back."""

    def publish(self, _effect: Any, /) -> None:
        """It is visible."""

    def take_back(self, _effect: Any, /) -> None:
        """It stays."""


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
            ItemsPut: _Done(),
            PartitionsDropped: drops,
            ObjectsPurged: removal,
            ObjectsTransitioned: transitions,
            SuccessMarked: success,
        }
    )
