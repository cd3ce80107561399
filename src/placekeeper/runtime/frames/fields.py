"""select_fields, drop_fields, rename_field, and what DropNullFields drops.

Source: docs/reference/awsglue.md#select_fields-drop_fields-rename_field.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item, Tree, find, frame_of, items_of, struct_item
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.frames.paths import Path
from placekeeper.runtime.frames.rereading import Want, reread
from placekeeper.runtime.types.fields import element_field, is_choice, list_of


def select_fields(frame: Frame, paths: Sequence[Path]) -> Frame:
    """The named columns, in the order of `paths`; a nested path stands for its column, a missing one for
    nothing."""
    names = dict.fromkeys(path[0] for path in paths)

    def select(frame: Frame) -> Frame:
        places = {name: place for place, name in enumerate(frame.schema.names)}
        read, there = reread(frame, [Want(places[name]) for name in names if name in places])
        return frame_of(read, [there[places[name]] for name in names if name in places])

    return through(select, frame)


def missing_paths(fields: Iterable[pa.Field], paths: Sequence[Path]) -> list[Path]:
    """The paths at which there is no field, through structs and arrays of structs."""
    there = list(fields)
    return [path for path in paths if not _leads_somewhere(there, path)]


def _leads_somewhere(fields: Iterable[pa.Field], path: Path) -> bool:
    field = next((field for field in fields if field.name == path[0]), None)
    if field is None or len(path) == 1:
        return field is not None
    while pat.is_list(field.type):
        field = field.type.value_field
    return bool(pat.is_struct(field.type)) and _leads_somewhere(field.type.fields, path[1:])


def drop_fields(frame: Frame, paths: Sequence[Path]) -> Frame:
    """The frame without these fields, also inside structs and arrays of structs. Missing ones are ignored.

    A struct that loses its last field goes with it.
    """
    dropped = {path[0] for path in paths if len(path) == 1}

    def drop(frame: Frame) -> Frame:
        kept = [place for place, name in enumerate(frame.schema.names) if name not in dropped]
        read, there = reread(frame, [Want(place) for place in kept])
        return frame_of(read, _without([there[place] for place in kept], paths))

    return through(drop, frame)


def _without(items: Iterable[Item], paths: Sequence[Path]) -> list[Item]:
    kept = []
    for item in items:
        inside = [path[1:] for path in paths if path[0] == item.name]
        left = _item_without(item, inside) if inside else item
        if left is not None:
            kept.append(left)
    return kept


def _item_without(item: Item, paths: Sequence[Path]) -> Item | None:
    """The rest of an item without the fields at `paths` inside it; () is the item itself."""
    if () in paths:
        return None
    if item.is_struct:
        children = _without(item.children(), paths)
        if len(children) == item.field.type.num_fields and all(
            child.field.equals(was, check_metadata=True)
            for child, was in zip(children, item.field.type.fields, strict=True)
        ):
            return item
        return struct_item(item.name, children, unless_null=item) if children else None
    if pat.is_list(item.field.type):
        return _array_without(item, paths)
    return item


def _array_without(item: Item, paths: Sequence[Path]) -> Item | None:
    element = element_field(item.field.type)
    left: list[Item | None] = []

    def rebuild(column: Column) -> Column:
        left[:] = [_item_without(Item(column, element), paths)]
        return column if left[0] is None else left[0].column

    rebuilt = F.transform(item.column, rebuild)
    (result,) = left
    if result is None:
        return None
    if result.field.equals(element, check_metadata=True):
        return item
    return item.computed(rebuilt, pa.field(item.name, list_of(result.field)))


def rename_field(frame: Frame, old: Path, new: Path) -> Frame | None:
    """The frame with the field at `old` under the path `new`; None if there is no such field.

    In its own struct the field keeps its place; elsewhere it comes last. Raises ValueError if `new` is taken.
    """
    there = items_of(frame)
    found = find(there, old)
    if found is None:
        return None
    if old == new:
        return frame
    if find(there, new) is not None:
        raise ValueError(f"rename_field: there is a field '{'.'.join(new)}' already")
    return through(lambda frame: _renamed(frame, old, new), frame)


def _renamed(frame: Frame, old: Path, new: Path) -> Frame:
    there = items_of(frame)
    if old[:-1] == new[:-1]:
        return frame_of(frame, _renamed_in_place(there, old, new[-1]))
    found = find(there, old)
    tree = Tree(_without(there, [old]))
    if found is not None:
        tree.put(new, found)
    return frame_of(frame, tree.items())


def _renamed_in_place(items: Iterable[Item], path: Path, name: str) -> list[Item]:
    return [_item_renamed(item, path[1:], name) if item.name == path[0] else item for item in items]


def _item_renamed(item: Item, rest: Path, name: str) -> Item:
    if not rest:
        return item.renamed(name)
    return struct_item(item.name, _renamed_in_place(item.children(), rest, name), unless_null=item)


def null_paths(fields: Iterable[pa.Field], above: Path = ()) -> list[Path]:
    """Paths of fields whose type is null, through structs and arrays of structs, not through maps."""
    found: list[Path] = []
    for field in fields:
        here = (*above, field.name)
        if pat.is_null(field.type):
            found.append(here)
        elif pat.is_struct(field.type) and not is_choice(field):
            found += null_paths(field.type.fields, here)
        elif pat.is_list(field.type):
            element = element_field(field.type)
            if pat.is_struct(element.type) and not is_choice(element):
                found += null_paths(element.type.fields, here)
    return found
