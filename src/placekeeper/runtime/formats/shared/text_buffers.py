"""Columns of texts from bytes that were made elsewhere, and the values of columns as arrays of numpy."""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_STRING_BYTES: Final = 2**31 - 1


def values_of(array: pa.Array) -> NDArray[np.generic]:
    """The values of a column of numbers; 0 stands for null."""
    filled = array.fill_null(0) if array.null_count else array
    values: NDArray[np.generic] = filled.to_numpy()
    return values


def bitmap_of(array: pa.Array) -> pa.Buffer | None:
    """The bits of a column that say which values are not null, from the first on; None if all are there."""
    if not array.null_count:
        return None
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def text_array(
    data: bytes | NDArray[np.void], offsets: NDArray[np.int64], bitmap: pa.Buffer | None
) -> pa.Array:
    """A column of texts, given where each of them begins in `data` and where the last one ends.

    They are strings, or large strings where a column of strings is too small for them.
    """
    fits = int(offsets[-1]) <= _STRING_BYTES
    bounds = pa.py_buffer(offsets.astype(np.int32 if fits else np.int64))
    kind = pa.StringArray if fits else pa.LargeStringArray
    return kind.from_buffers(len(offsets) - 1, bounds, pa.py_buffer(data), bitmap)
