"""Which commits have nothing to take back, and what is said of one that cannot be, in all formats."""

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import SnapshotAdded
from placekeeper.rules.jobs.run_ids import short


class NoTable(UnsupportedFeature):
    """There is no table where a definition says, or it does not say where."""


def changed_since(effect: SnapshotAdded) -> str:
    """The sentence for a table that others have changed since the run has read it."""
    return (
        f"others have committed to the table {effect.database}.{effect.table} since the run has read it, so "
        "that its change would not be right any more. Run again: it then reads what is there"
    )


def rewritten_since(effect: SnapshotAdded) -> str:
    """The sentence for a commit whose files others have rewritten or replaced since."""
    return (
        f"the commit of run {short(effect.run_id)} to {effect.database}.{effect.table} stays: others have "
        "rewritten or replaced its files since, so its rows may be in files with theirs. Look which of them "
        "are still in the table"
    )
