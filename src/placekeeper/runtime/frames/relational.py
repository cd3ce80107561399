"""relationalize: nested records as flat tables (docs/reference/awsglue.md#relationalize).

The root has a column for each field that is no struct, named by its path. In the place of an array it has a
key. The elements of the array are rows of a table of their own, with that key as `id`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item, frame_of, items_of
from placekeeper.runtime.frames.flattening import distinct_items, leaves
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.numbering import Keep, numbered
from placekeeper.runtime.types.engine_columns import column_names

_ID, _INDEX, _VALUE = "id", "index", "val"
_NOTHING = pa.schema([])


@dataclass(frozen=True)
class Relational:
    """Tables by name, the root first, and the first id that none of them has."""

    tables: dict[str, Frame]
    next_id: int


def relationalize(frame: Frame, root: str, *, keep: Keep, first_id: int = 1) -> Relational:
    """The tables of a frame. Keys of each table begin with `first_id`. This evaluates the frame.

    Raises UnsupportedFeature for a struct without fields inside an array, which Sail cannot keep.
    """
    building = _Building(root, first_id, keep, {})
    next_id = building.add(root, frame, items_of(frame))
    return Relational(building.tables, next_id)


@dataclass(frozen=True)
class _Building:
    """Tables under construction."""

    root: str
    first_id: int
    keep: Keep
    tables: dict[str, Frame]

    def add(self, key: str, frame: Frame, items: Sequence[Item]) -> int:
        """Add the table `key`, made of items on the rows of `frame`, and those below it; the next free id."""
        flat = distinct_items(leaf for item in items for leaf in leaves(item, pivots=True))
        table = frame_of(frame, [Item(item.column, item.field, is_made=True) for item in flat])
        arrays = [place for place, item in enumerate(flat) if pat.is_list(item.field.type)]
        if not arrays:
            self.tables[key] = table
            return self.first_id
        names = column_names(len(flat))
        in_order = table.rows if key == self.root else table.rows.orderBy(*names[:2])  # by id and index
        given = numbered(in_order, [names[place] for place in arrays], first=self.first_id, keep=self.keep)
        kept = Frame(given.rows, table.schema)
        ids = dict(zip(arrays, given.ids, strict=True))
        self.tables[key] = frame_of(
            kept,
            [
                Item(ids[place], pa.field(item.name, pa.int64())) if place in ids else item
                for place, item in enumerate(items_of(kept))
            ],
        )
        below = [
            self.add(self._free(f"{self.root}_{flat[place].name}"), *_elements(kept, place, ids[place]))
            for place in arrays
        ]
        return max(given.next_id, *below)

    def _free(self, name: str) -> str:
        while name in self.tables:
            name += "_"
        return name


def _elements(kept: Frame, place: int, id_: Column) -> tuple[Frame, Sequence[Item]]:
    """The rows of an array's elements, and the items of their table before it is flattened.

    Elements that are null in every record have no type, so they have no column that a target would refuse.
    """
    array = kept.schema.field(place)
    rows = kept.rows.select(
        id_.alias(_ID), F.posexplode(F.col(column_names(place + 1)[place])).alias(_INDEX, _VALUE)
    )
    items = [
        Item(F.col(_ID), pa.field(_ID, pa.int64())),
        Item(F.col(_INDEX), pa.field(_INDEX, pa.int32())),
    ]
    if not pat.is_null(array.type.value_type):
        items.append(Item(F.col(_VALUE), array.type.value_field.with_name(f"{array.name}.{_VALUE}")))
    return Frame(rows, _NOTHING), items
