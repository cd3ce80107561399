"""Columns of a frame, each with its field. Transforms take a frame apart into them and build a new one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.hidden_columns import absent_where, inside, of_children
from placekeeper.runtime.frames.paths import Path
from placekeeper.runtime.types.engine_columns import column_names, missing_name
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.kinds import EMPTY_STRUCT, Part, kinds_of
from placekeeper.runtime.types.missing_fields import Missing
from placekeeper.runtime.types.spark import spark_type


@dataclass(frozen=True)
class Item:
    """One column or nested field of a frame: how to compute it, and what it is.

    Of a null struct, Sail's getField answers whatever lies below the null; so a nested field is computed as
    `access`, its plain path, where `guard`, the structs above it, are not null.

    `missing` is the hidden column about it, None where no record lacks it or anything in it. Where
    `null_is_missing`, it is none, and null says so. `is_made` of what is computed, not read from a column.
    `casts` are columns with its texts in other types.
    """

    column: Column
    field: pa.Field
    access: Column | None = None
    guard: Column | None = None
    missing: Column | None = None
    null_is_missing: bool = False
    is_made: bool = False
    casts: Mapping[pa.DataType, Column] | None = None

    @property
    def name(self) -> str:
        """The field's name."""
        return str(self.field.name)

    @property
    def is_struct(self) -> bool:
        """True if it has fields of its own; a choice has alternatives, not fields."""
        return bool(pat.is_struct(self.field.type)) and not is_choice(self.field)

    @property
    def hidden(self) -> Column | None:
        """The hidden column about it, also where null says what is missing."""
        return absent_where(self.column.isNull()) if self.null_is_missing else self.missing

    def renamed(self, name: str) -> "Item":
        """The same values under another name."""
        return replace(self, field=self.field.with_name(name))

    def computed(self, column: Column, field: pa.Field) -> "Item":
        """Values made of this one's, in records that lack what they lacked."""
        return Item(column, field, missing=self.hidden, is_made=True)

    def children(self) -> list["Item"]:
        """The fields of a struct, or the alternatives of a choice."""
        above = self.column if self.access is None else self.access
        there = above.isNotNull() if self.guard is None else self.guard & above.isNotNull()
        fields = self.field.type.fields
        return [
            self._child(child, access, there)
            for child, access in zip(fields, _accesses(above, fields), strict=True)
        ]

    def _child(self, field: pa.Field, access: Column, guard: Column) -> "Item":
        hidden = self.hidden
        missing = None if hidden is None else inside(hidden, field.name, unless=self.column.isNull())
        return Item(F.when(guard, access), field, access, guard, missing, is_made=True)


def _accesses(above: Column, fields: Sequence[pa.Field]) -> list[Column]:
    """The fields of a struct. Engines look names up in any case and refuse empty ones; then places serve."""
    names = [field.name.lower() for field in fields]
    if len(set(names)) == len(names) and all(names):
        return [above.getField(field.name) for field in fields]
    for field in fields:
        _refuse_empty(field, field.name)
    places = [f"f{place}" for place in range(len(fields))]
    by_place = above.cast(
        spark_types.StructType(
            [
                spark_types.StructField(place, spark_type(field.type))
                for place, field in zip(places, fields, strict=True)
            ]
        )
    )
    return [by_place.getField(place) for place in places]


def items_of(frame: Frame) -> list[Item]:
    """The columns of a frame."""
    missing = frame.missing
    return [
        Item(
            F.col(name),
            field,
            missing=F.col(missing_name(place)) if place in missing.listed else None,
            null_is_missing=place in missing.nulls,
        )
        for place, (name, field) in enumerate(
            zip(column_names(len(frame.schema.names)), frame.schema, strict=True)
        )
    ]


def frame_of(frame: Frame, items: Sequence[Item]) -> Frame:
    """A frame with these columns, computed on the rows of `frame`.

    Raises UnsupportedFeature for structs that engines cannot make: those with an empty one inside.
    """
    for item in items:
        if item.is_made:
            _refuse_empty(item.field, item.name)
    visible = [item.column.alias(name) for item, name in zip(items, column_names(len(items)), strict=True)]
    listed = {place: item.missing for place, item in enumerate(items) if item.missing is not None}
    hidden = [column.alias(missing_name(place)) for place, column in listed.items()]
    nulls = frozenset(place for place, item in enumerate(items) if item.null_is_missing)
    rows = frame.rows.select(*visible, *hidden)
    return Frame(
        rows,
        pa.schema([item.field for item in items]),
        Missing(nulls, frozenset(listed)),
        source_rows=None if frame.known is None else replace(frame.known, rows=rows),
    )


def _refuse_empty(field: pa.Field, path: str) -> None:
    empty = _empty_struct(field, path)
    if empty is not None:
        raise UnsupportedFeature(
            f"the field '{empty}' is an object without fields in every record, and Sail cannot make a struct "
            f"with such a field inside. Leave it out first: drop_fields(['{empty}'])"
        )


def _empty_struct(field: pa.Field, path: str) -> str | None:
    """The path of a struct without fields in a field; None if there is none outside of maps."""
    for place, kind in kinds_of(spark_type(field.type), (path,)):
        if kind == EMPTY_STRUCT and Part.KEY not in place and Part.VALUE not in place:
            return ".".join(name for name in place if isinstance(name, str))
    return None


def find(items: Iterable[Item], path: Path, *, case_sensitive: bool = True) -> Item | None:
    """The item at a path, through structs alone; an exact name wins over one that differs in case.

    Raises UsageError where no name is exact and several differ in case only.
    """
    name, *rest = path
    there = list(items)
    candidates = [item for item in there if item.name == name]
    if not candidates and not case_sensitive:
        candidates = [item for item in there if item.name.lower() == name.lower()]
    if not candidates:
        return None
    if len(candidates) > 1:
        names = ", ".join(f"'{item.name}'" for item in candidates)
        raise UsageError(
            f"'{name}' may be any of the fields {names}, which differ in case only: write the name as it is"
        )
    found = candidates[0]
    if not rest:
        return found
    if not found.is_struct:
        return None
    return find(found.children(), tuple(rest), case_sensitive=case_sensitive)


def struct_item(name: str, children: Sequence[Item], *, unless_null: Item | None) -> Item:
    """A struct of `children`; null, and missing, where `unless_null` is."""
    built = F.struct(*[child.column.alias(child.name) for child in children])
    hidden = of_children([(child.name, child.hidden) for child in children])
    if unless_null is not None:
        is_there = unless_null.column.isNotNull()
        built = F.when(is_there, built)
        own = unless_null.hidden
        if own is not None:
            hidden = F.when(is_there, hidden).otherwise(own) if hidden is not None else F.when(~is_there, own)
    field = pa.field(name, pa.struct([child.field for child in children]))
    return Item(built, field, missing=hidden, is_made=True)


class Tree:
    """Columns under construction: targets at dotted paths make structs, in order of first appearance."""

    def __init__(self, items: Iterable[Item] = (), *, unless_null: Item | None = None) -> None:
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
            node = Tree(node.children(), unless_null=node)
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
