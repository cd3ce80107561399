"""The objects that a run deletes: those that were there, and no part of what another run publishes.

Source: docs/explanation/publication.md#runs-that-delete-or-overwrite.
"""

from collections.abc import Callable, Mapping, Sequence

from placekeeper.model.errors import TargetBusy
from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.run.client import Client


def to_overwrite(
    client: Client, folders: Sequence[str], choose: Callable[[], Sequence[ObjectMeta]]
) -> Sequence[ObjectMeta]:
    """The objects that `choose` lists in folders, and of each publication by other runs all files or none.

    What ended runs had begun is settled first. Raises TargetBusy if a run in progress publishes into the
    folders at the moment or overwrites one of them, PublicationPending, and what `choose` raises.
    """
    before = client.replacing(folders, overwrites=True)
    while True:
        chosen = choose()
        after = client.replacing(folders, since_ms=before.now_ms)
        refuse_half(chosen, after.unsettled)
        new = {name: paths for name, paths in after.settled.items() if name not in before.settled}
        if not _has_some_of_one(chosen, new):
            return chosen
        before = after  # by now the files of the new ones are all there


def refuse_half(chosen: Sequence[ObjectMeta], unsettled: Mapping[str, tuple[str, ...]]) -> None:
    """Raises TargetBusy if an object that is to be deleted belongs to a publication in progress."""
    for name, paths in unsettled.items():
        there = set(paths)
        found = next((meta.path for meta in chosen if meta.path in there), None)
        if found is not None:
            raise TargetBusy(
                f"{found} belongs to the output of run {name.partition('/')[0]}, which is published at this "
                "moment: a part of it would be deleted. This run has deleted nothing. Run it again when the "
                "other one has ended."
            )


def _has_some_of_one(chosen: Sequence[ObjectMeta], publications: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the listing has seen some files of a publication, and others not yet."""
    for paths in publications.values():
        there = set(paths)
        if 0 < sum(meta.path in there for meta in chosen) < len(there):
            return True
    return False
