"""Nulls below nulls: the fields of a null struct become null as well.

Arrow leaves such fields undefined, and pyarrow puts zeros there. Sail answers these zeros when a script
selects a field of a null struct. So batches that are given to an engine pass through here.
"""

import numpy as np
import pyarrow as pa
import pyarrow.types as pat


def nulls_below_nulls(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with nulls in all fields of null structs, at every depth."""
    if not any(pat.is_nested(data_type) for data_type in batch.schema.types):
        return batch
    columns = [null_below_null(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def null_below_null(array: pa.Array) -> pa.Array:
    """The same values with nulls in all fields of a null struct, at every depth."""
    data_type = array.type
    if pat.is_struct(data_type) and data_type.num_fields:
        children = [null_below_null(child) for child in array.flatten()]  # flatten: null where the struct is
        return pa.StructArray.from_arrays(children, fields=list(data_type.fields), mask=array.is_null())
    if pat.is_list(data_type) and pat.is_nested(data_type.value_type):
        array = unsliced(array)
        values = null_below_null(array.values)
        return pa.ListArray.from_arrays(array.offsets, values, type=data_type, mask=array.is_null())
    if pat.is_map(data_type) and pat.is_nested(data_type.item_type):
        array = unsliced(array)
        items = null_below_null(array.items)
        return pa.MapArray.from_arrays(array.offsets, array.keys, items, type=data_type, mask=array.is_null())
    return array


def unsliced(array: pa.Array) -> pa.Array:
    """The same array without an offset, which masks and offsets do not go together with."""
    return array if array.offset == 0 else array.take(pa.array(np.arange(len(array))))
