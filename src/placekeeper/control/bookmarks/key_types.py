"""Whether the keys that a bookmark remembers are still those of the table: a column may be gone or retyped.

Source: docs/reference/database-bookmarks.md#keys-changed.
"""

from collections.abc import Sequence

from placekeeper.model.databases import KeyType, TableShape
from placekeeper.model.element import KeyElement, StateElement
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.source import DatabaseSource
from placekeeper.rules.databases.bookmark_keys import changed_keys, default_remedy, retyped_keys


def key_types(shape: TableShape, source: DatabaseSource, known: KeyElement | None) -> tuple[KeyType, ...]:
    """The types of the keys. Raises NoBookmarkKey if the bookmark cannot go on by them."""
    why = changed_keys(shape, source.keys)
    if not why and known is not None and known.last is not None:
        why = retyped_keys(shape, source.keys.columns, known.last)
    if why:
        raise _changed(source, why)
    by_name = {column.name: column.key_type for column in shape.columns}
    return tuple(kind for name in source.keys.columns if (kind := by_name.get(name)) is not None)


def refuse_retyped(
    shape: TableShape, source: DatabaseSource, element: StateElement | None, asked: Sequence[str]
) -> None:
    """Raises NoBookmarkKey if the keys have another type than those that a context remembers.

    `asked` are the keys that the script names. This is looked at before keys are chosen: a primary key of
    the other type may be no default, and that is not what has happened.
    """
    if not isinstance(element, KeyElement) or element.source is None or element.last is None:
        return
    was = element.source
    names = [name.lower() for name in asked or shape.primary_key]
    is_same = (was.place, was.relation) == (source.place, source.relation)
    if not is_same or names != [name.lower() for name in was.keys.columns]:
        return
    if why := retyped_keys(shape, was.keys.columns, element.last):
        raise _changed(source, why, "" if asked else default_remedy(shape, was.keys.columns))


def _changed(source: DatabaseSource, why: str, remedy: str = "") -> NoBookmarkKey:
    return NoBookmarkKey(
        f"{source.name} has changed since the last run: {why}. Nothing was read. To read all of it again: "
        f"placekeeper bookmark reset NAME, or another transformation_ctx{remedy}"
    )
