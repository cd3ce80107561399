"""Columns of a frame, each with its field: taking them apart, and putting a frame together from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frame import Frame
from placekeeper.runtime.frames.paths import Path, quoted
from placekeeper.runtime.types.fields import is_choice


@dataclass(frozen=True)
class Item:
    """One column or nested field of a frame: how to compute it, and what it is.

    Of a null struct, Sail's getField answers whatever lies below the null; so a nested field is computed as
    `access`, its plain path, where `guard`, the structs above it, are not null.
    """

    column: Column
    field: pa.Field
    access: Column | None = None
    guard: Column | None = None

    @property
    def name(self) -> str:
        """The field's name."""
        return str(self.field.name)

    @property
    def is_struct(self) -> bool:
        """Whether it has fields of its own; a choice has alternatives, not fields."""
        return bool(pat.is_struct(self.field.type)) and not is_choice(self.field)

    def renamed(self, name: str) -> "Item":
        """The same values under another name."""
        return replace(self, field=self.field.with_name(name))

    def children(self) -> list["Item"]:
        """The fields of a struct, or the alternatives of a choice."""
        above = self.column if self.access is None else self.access
        there = above.isNotNull() if self.guard is None else self.guard & above.isNotNull()
        return [self._child(child, above.getField(child.name), there) for child in self.field.type.fields]

    def _child(self, field: pa.Field, access: Column, guard: Column) -> "Item":
        return Item(F.when(guard, access), field, access, guard)


def items_of(frame: Frame) -> list[Item]:
    """The columns of a frame."""
    return [Item(F.col(quoted(field.name)), field) for field in frame.schema]


def frame_of(frame: Frame, items: Sequence[Item]) -> Frame:
    """A frame with these columns, computed on the rows of `frame`."""
    selected = frame.dataframe.select(*[item.column.alias(item.name) for item in items])
    return Frame(selected, pa.schema([item.field for item in items]))


def find(items: Iterable[Item], path: Path, *, case_sensitive: bool = True) -> Item | None:
    """What is at a path, through structs alone; an exact name wins over one that differs in case."""
    name, *rest = path
    candidates = [item for item in items if item.name == name]
    if not candidates and not case_sensitive:
        candidates = [item for item in items if item.name.lower() == name.lower()]
    if not candidates:
        return None
    found = candidates[0]
    if not rest:
        return found
    if not found.is_struct:
        return None
    return find(found.children(), tuple(rest), case_sensitive=case_sensitive)


def struct_item(name: str, children: Sequence[Item], *, unless_null: Column | None) -> Item:
    """A struct of `children`; null where `unless_null` is null."""
    built = F.struct(*[child.column.alias(child.name) for child in children])
    if unless_null is not None:
        built = F.when(unless_null.isNotNull(), built)
    return Item(built, pa.field(name, pa.struct([child.field for child in children])))


class Tree:
    """Columns under construction: targets at dotted paths make structs, in order of first appearance."""

    def __init__(self, items: Iterable[Item] = (), *, unless_null: Column | None = None) -> None:
        self._nodes: dict[str, Item | Tree] = {item.name: item for item in items}
        self._unless_null = unless_null

    def put(self, path: Path, item: Item) -> None:
        """Place an item. Raises ValueError if something is there already, or if no struct is on the way."""
        name, *rest = path
        node = self._nodes.get(name)
        if not rest:
            if node is not None:
                raise ValueError(f"two fields would be named '{'.'.join(path)}'")
            self._nodes[name] = item.renamed(name)
            return
        if isinstance(node, Item):
            if not node.is_struct:
                raise ValueError(f"'{name}' is a field and cannot also hold '{'.'.join(rest)}'")
            node = Tree(node.children(), unless_null=node.column)
        elif node is None:
            node = Tree()
        self._nodes[name] = node
        node.put(tuple(rest), item)

    def items(self) -> list[Item]:
        """The columns built so far."""
        return [
            node if isinstance(node, Item) else struct_item(name, node.items(), unless_null=node._unless_null)
            for name, node in self._nodes.items()
        ]
