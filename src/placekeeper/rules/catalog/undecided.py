"""What a table or a partition remembers of changes that may still be taken back."""

from collections.abc import Collection
from typing import Any

from placekeeper.model.catalog import Undecided
from placekeeper.model.publication import CatalogEffect


def after_change(
    known: Undecided | None,
    open_ids: Collection[str],
    effect: CatalogEffect,
    before: dict[str, Any] | None,
    *,
    changed: bool,
) -> Undecided | None:
    """What can be taken back after a change has made something, changed it, or only needs it as it is.

    `open_ids` are the changes that may still be taken back. Once another one has been kept that needs this,
    what was before it is gone for good. `before` is what was there when this change came, None if nothing.
    """
    if effect.at_once:  # never taken back, and it needs this as it is now
        return None
    if known is not None and all(id in open_ids for id in known.needed_by):
        if effect.id in known.needed_by:
            return known
        return Undecided(needed_by=(*known.needed_by, effect.id), before=known.before)
    return Undecided(needed_by=(effect.id,), before=before) if changed else None


def without(known: Undecided, id: str) -> Undecided | None:
    """The same after one change was taken back; None after the last."""
    left = tuple(other for other in known.needed_by if other != id)
    return Undecided(needed_by=left, before=known.before) if left else None
