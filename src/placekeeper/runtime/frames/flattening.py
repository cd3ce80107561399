"""Structs as columns with dotted names: what unnest does, and what relationalize does before it pivots.

Source: docs/reference/awsglue.md#unnest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item, frame_of, items_of
from placekeeper.runtime.frames.frame import Frame, through
from placekeeper.runtime.types.fields import choice_field, is_choice, list_of
from placekeeper.runtime.types.names import distinct


def unnest(frame: Frame) -> Frame:
    """The frame with a column for each field of its structs, named by its path; arrays and maps stay."""
    return through(_unnested, frame)


def _unnested(frame: Frame) -> Frame:
    return frame_of(frame, distinct_items(flat for item in items_of(frame) for flat in leaves(item)))


def distinct_items(items: Iterable[Item]) -> list[Item]:
    """The items; of those with one name, each gets a name of its own."""
    there = list(items)
    names = distinct([item.name for item in there])
    return [item.renamed(name) for item, name in zip(there, names, strict=True)]


def leaves(item: Item, *, pivots: bool = False) -> Iterator[Item]:
    """The fields of a column that are no structs, named by their paths. A struct without fields has none.

    Of a choice, the fields of its struct stand beside its other types, as in a record that has them. With
    `pivots`, maps are arrays of structs with `key` and `value`, and arrays stand apart from a choice.
    """
    if is_choice(item.field):
        yield from _of_choice(item, pivots=pivots)
    elif pat.is_struct(item.field.type):
        for child in item.children():
            yield from leaves(child.renamed(f"{item.name}.{child.name}"), pivots=pivots)
    elif pivots and pat.is_map(item.field.type):
        yield _entries(item)
    else:
        yield item


def _of_choice(item: Item, *, pivots: bool) -> Iterator[Item]:
    alternatives = item.children()
    apart = [child for child in alternatives if _is_apart(child, pivots=pivots)]
    if not apart:
        yield item
        return
    rest = [child for child in alternatives if not _is_apart(child, pivots=pivots)]
    if rest:
        yield _chosen(item, rest)
    is_alone = not rest and sum(not child.is_struct for child in apart) == 1
    for child in apart:
        own = child.is_struct or is_alone
        named = child.renamed(item.name if own else f"{item.name}.{child.name}")
        # What a record lacks inside is listed by paths of the choice, which do not name its types. A record
        # whose value is of another type lacks all that is inside.
        hidden = F.lit(None).cast("string") if item.hidden is None and child.is_struct else item.hidden
        yield from leaves(replace(named, missing=hidden, null_is_missing=False), pivots=pivots)


def _is_apart(child: Item, *, pivots: bool) -> bool:
    return child.is_struct or (pivots and pat.is_nested(child.field.type))


def _chosen(item: Item, alternatives: Sequence[Item]) -> Item:
    """The choice between some of an item's types: the one type, if there is just one."""
    if len(alternatives) == 1:
        (only,) = alternatives
        return item.computed(only.column, only.field.with_name(item.name))
    is_there = reduce(or_, [child.column.isNotNull() for child in alternatives])
    built = F.when(is_there, F.struct(*[child.column.alias(child.name) for child in alternatives]))
    return item.computed(built, choice_field(item.name, [child.field for child in alternatives]))


def _entries(item: Item) -> Item:
    data_type = item.field.type
    entry = pa.struct([pa.field("key", data_type.key_type), data_type.item_field.with_name("value")])
    return item.computed(F.map_entries(item.column), pa.field(item.name, list_of(pa.field("element", entry))))
