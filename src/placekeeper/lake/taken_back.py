"""What is said of a commit that cannot be taken back, in all formats."""

from placekeeper.model.publication import SnapshotAdded


def rewritten_since(effect: SnapshotAdded) -> str:
    """The sentence for a commit whose files others have rewritten or replaced since."""
    return (
        f"the commit of run {effect.run_id} to {effect.database}.{effect.table} stays: others have rewritten "
        "or replaced its files since, so its rows may be in files with theirs. Look which of them are still "
        "in the table"
    )
