"""Structs, lists and maps, built again from changed parts."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

Convert = Callable[[pa.Array], pa.Array]


def struct_of(array: pa.Array, columns: Sequence[pa.Array], wanted: pa.DataType) -> pa.Array:
    """The struct with `columns` as its fields, null where `array` is."""
    if not columns:
        return pa.array([None if null else {} for null in array.is_null().to_pylist()], wanted)
    return pa.StructArray.from_arrays(columns, fields=list(wanted.fields), mask=array.is_null())


def list_with(array: pa.Array, convert: Convert | None, wanted: pa.DataType) -> pa.Array:
    """The list, of whatever layout, as one of the type `wanted`; `convert` makes its elements so."""
    if pat.is_list(array.type):
        offsets, (values,) = elements(array)
    else:  # not by a cast: Arrow's loses elements of views that have nulls
        lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum_checked(lengths)])
        values = array.flatten()
    values = values if convert is None else convert(values)
    return pa.ListArray.from_arrays(offsets, values, type=wanted, mask=array.is_null())


def map_with(
    array: pa.Array, convert_key: Convert | None, convert_item: Convert | None, wanted: pa.DataType
) -> pa.Array:
    """The map as one of the type `wanted`; the functions make its keys and its items so."""
    offsets, (keys, items) = elements(array)
    keys = keys if convert_key is None else convert_key(keys)
    items = items if convert_item is None else convert_item(items)
    return pa.MapArray.from_arrays(offsets, keys, items, type=wanted, mask=array.is_null())


def elements(array: pa.Array) -> tuple[pa.Array, list[pa.Array]]:
    """The offsets of a list or map, and the values, or keys and items, that they point at.

    Those of a slice begin at 0: Arrow takes no mask together with offsets that are a slice themselves.
    """
    inner = [array.keys, array.items] if pat.is_map(array.type) else [array.values]
    offsets = array.offsets
    if array.offset == 0:
        return offsets, inner
    first, last = offsets[0].as_py(), offsets[-1].as_py()
    return pc.subtract(offsets, offsets[0]), [values.slice(first, last - first) for values in inner]
