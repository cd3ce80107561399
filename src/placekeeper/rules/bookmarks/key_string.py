"""The member of AWS's bookmark string for a table of a database. AWS's form is not public, so this is ours.

Source: docs/reference/members.md#keys-in-the-jobbookmark-string.
"""

from typing import Final

import msgspec

from placekeeper.model.databases import KeyValue
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import UsageError

KEYS_CLASS: Final = "JDBCDataSourceJobBookmarkState"


class KeyMember(msgspec.Struct, frozen=True, kw_only=True):
    """The member: all values are strings; those of `keys`, `types` and `values` are lists in JSON."""

    json_class: str = msgspec.field(name="jsonClass", default=KEYS_CLASS)
    keys: str = "[]"
    order: str = "asc"
    types: str = "[]"
    values: str = "[]"
    run: str = msgspec.field(name="RUN", default="0")


def member_of(element: KeyElement) -> KeyMember:
    """The member of an element: the last key alone. What may still come behind it has no place there."""
    keys = () if element.source is None else element.source.keys.columns
    is_down = element.source is not None and element.source.keys.descending
    last = element.last or ()
    return KeyMember(
        keys=_listed(keys),
        order="desc" if is_down else "asc",
        types=_listed([value.type for value in last]),
        values=_listed([value.text for value in last]),
        run=str(element.run),
    )


def element_of(context: str, member: KeyMember) -> KeyElement:
    """An imported element: the next run goes on after its last key. Raises UsageError for wrong values."""
    try:
        types, values = (msgspec.json.decode(text, type=list[str]) for text in (member.types, member.values))
        pairs = zip(types, values, strict=True)
        last = tuple(msgspec.convert(pair, KeyValue) for pair in pairs) or None
        return KeyElement(source=None, run=int(member.run), last=last, recheck_after=last)
    except (ValueError, msgspec.MsgspecError) as error:
        raise UsageError(f"the JobBookmark string has a wrong value for '{context}': {error}") from None


def _listed(texts: object) -> str:
    return msgspec.json.encode(texts).decode()
