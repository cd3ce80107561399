"""Which commits have nothing to take back, and what is said of one that cannot be, in all formats."""

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import SnapshotAdded


class NoTable(UnsupportedFeature):
    """There is no table where a definition says, or it does not say where."""


def rewritten_since(effect: SnapshotAdded) -> str:
    """The sentence for a commit whose files others have rewritten or replaced since."""
    return (
        f"the commit of run {effect.run_id} to {effect.database}.{effect.table} stays: others have rewritten "
        "or replaced its files since, so its rows may be in files with theirs. Look which of them are still "
        "in the table"
    )
