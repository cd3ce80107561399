"""Structs, lists and maps, put together again from their parts after these were changed."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.arrow_nulls import unsliced

Convert = Callable[[pa.Array], pa.Array]


def struct_of(array: pa.Array, columns: Sequence[pa.Array], wanted: pa.DataType) -> pa.Array:
    """The struct with `columns` as its fields, null where `array` is."""
    if not columns:
        return pa.array([None if null else {} for null in array.is_null().to_pylist()], wanted)
    return pa.StructArray.from_arrays(columns, fields=list(wanted.fields), mask=array.is_null())


def list_with(array: pa.Array, convert: Convert | None, wanted: pa.DataType) -> pa.Array:
    """The list, of whatever layout, as one of the type `wanted`; `convert` makes its elements so."""
    if pat.is_list(array.type):
        array = unsliced(array)
        offsets, values = array.offsets, array.values
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
    array = unsliced(array)
    keys = array.keys if convert_key is None else convert_key(array.keys)
    items = array.items if convert_item is None else convert_item(array.items)
    return pa.MapArray.from_arrays(array.offsets, keys, items, type=wanted, mask=array.is_null())
