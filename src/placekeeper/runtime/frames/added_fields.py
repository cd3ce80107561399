"""Fields that a merge adds inside structs: records that did not have them lack them afterwards too.

What one frame's structs lack is listed in a hidden column (`hidden_columns`), like all that records lack.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item
from placekeeper.runtime.types.fields import element_field, glue_name, is_choice
from placekeeper.runtime.types.missing_fields import BEGIN, END, STEP, step


def adds_inside(have: pa.Field, wanted: pa.Field) -> bool:
    """Whether `wanted`, which `have` was merged into, has a field inside a struct that `have` lacks."""
    known = dict(_structures(have))
    return any(
        name in known and _adds(name, known[name], data_type) for name, data_type in _structures(wanted)
    )


def with_added(hidden: Column | None, item: Item, wanted: pa.Field) -> Column | None:
    """The hidden column about an item in the form of `wanted`: what it lacked, and what is added inside."""
    if not adds_inside(item.field, wanted):
        return hidden
    texts = list(_added(item, wanted, F.lit("")))
    before = [] if hidden is None else [F.coalesce(hidden, F.lit(""))]
    both = F.concat(*before, *texts)
    return F.when(both != "", both)


def _structures(field: pa.Field) -> Iterator[tuple[str, pa.DataType]]:
    """The types with fields or elements that a field may hold, by their names."""
    for child in field.type.fields if is_choice(field) else [field]:
        if pat.is_struct(child.type) or pat.is_list(child.type):
            yield glue_name(child.type), child.type


def _adds(name: str, have: pa.DataType, wanted: pa.DataType) -> bool:
    if name == "array":
        return adds_inside(element_field(have), element_field(wanted))
    there = {child.name: child for child in have.fields}
    return any(child.name not in there or adds_inside(there[child.name], child) for child in wanted.fields)


def _added(item: Item, wanted: pa.Field, above: Column) -> Iterator[Column]:
    """Texts of the paths inside an item at which `wanted` has a field more; empty where there are none."""
    types = dict(_structures(wanted))
    for one in item.children() if is_choice(item.field) else [item]:
        data_type = types.get(glue_name(one.field.type))
        if data_type is None or not _adds(glue_name(data_type), one.field.type, data_type):
            continue
        yield from (
            _in_array(one, data_type, above) if pat.is_list(data_type) else _in_struct(one, data_type, above)
        )


def _in_struct(item: Item, wanted: pa.DataType, above: Column) -> Iterator[Column]:
    there = {child.name: child for child in item.children()}
    for field in wanted.fields:
        here = F.concat(above, F.lit(step(field.name)))
        if field.name in there:
            yield from _added(there[field.name], field, here)
        else:
            path = F.concat(F.lit(BEGIN), here, F.lit(END))
            yield F.when(item.column.isNotNull(), path).otherwise("")


def _in_array(item: Item, wanted: pa.DataType, above: Column) -> Iterator[Column]:
    element, wanted_element = element_field(item.field.type), element_field(wanted)

    def each(column: Column, index: Column) -> Column:
        here = F.concat(above, F.lit(STEP), index.cast("string"))
        return F.concat(*_added(Item(column, element), wanted_element, here))

    yield F.coalesce(F.concat_ws("", F.transform(item.column, each)), F.lit(""))
