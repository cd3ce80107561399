"""Fields in the types that scripts name: whole types are cast to, loose words keep what they leave open."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.columns import Item
from placekeeper.runtime.frames.nested_casts import cast_item, lost_paths
from placekeeper.runtime.types.type_names import Loose, Wanted


def cast_wanted(item: Item, wanted: Wanted | None) -> Item:
    """The item in the type that a script names; of None and of a loose word, in the type it has.

    `number` keeps numbers and makes doubles of all else.
    """
    field = _target(item.field, wanted)
    return item if field is None else item.computed(cast_item(item, field), field)


def _target(field: pa.Field, wanted: Wanted | None) -> pa.Field | None:
    """The field after the cast; None where it stays what it is."""
    if wanted is Loose.NUMBER:
        is_number = pat.is_integer(field.type) or pat.is_floating(field.type) or pat.is_decimal(field.type)
        return None if is_number else pa.field(field.name, pa.float64())
    return None if wanted is None or isinstance(wanted, Loose) else pa.field(field.name, wanted)


def lost_notes(field: pa.Field, wanted: Wanted | None, path: str) -> Iterator[str]:
    """A sentence for each place of which a cast leaves nothing but nulls."""
    target = _target(field.with_name(path), wanted)
    if target is not None:
        for where, have, want in lost_paths(field.with_name(path), target):
            yield f"'{where}' is {have}, which cannot be cast to {want}: it is null in every record"
