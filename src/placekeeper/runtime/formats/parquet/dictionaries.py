"""Which columns of Parquet get a dictionary: those whose values repeat.

Arrow makes one for every column and gives it up when it exceeds a megabyte. A file with fewer rows than that
keeps it, though every value is another one: it is then larger than the values alone, and takes longer.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from numpy.typing import NDArray

_SAMPLED: Final = 8192
_FEW_ROWS: Final = 1024
_SEED: Final = 0


def dictionary_columns(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> list[str]:
    """The paths of the columns of a file to make dictionaries for, by a sample of its first rows.

    `batches` are these rows. Columns within others get one, and so do all of a file of few rows.
    """
    rows = sum(batch.num_rows for batch in batches)
    if rows < _FEW_ROWS:
        return [path for field in schema for path in _paths(field)]
    table = pa.Table.from_batches(batches, schema).take(pa.array(_sample(rows)))
    return [
        path
        for field, column in zip(schema, table.columns, strict=True)
        if pat.is_nested(field.type) or _repeats(column, rows)
        for path in _paths(field)
    ]


def _sample(rows: int) -> NDArray[np.int64]:
    if rows <= _SAMPLED:
        return np.arange(rows)
    return np.unique(np.random.default_rng(_SEED).integers(0, rows, _SAMPLED))


def _repeats(sample: pa.ChunkedArray, rows: int) -> bool:
    """Whether at most half of the rows are distinct, by how often two of a sample are the same.

    Of n equally frequent values, a sample of s has about s * s / 2n pairs.
    """
    size = len(sample)
    pairs = size - int(pc.count_distinct(sample, mode="all").as_py())
    return pairs > 0 and (pairs >= size / 2 or size * size / (2 * pairs) <= rows / 2)


def _paths(field: pa.Field) -> list[str]:
    """The paths of the values below a field, as Parquet has them."""
    if pat.is_struct(field.type):
        return [f"{field.name}.{path}" for inner in field.type.fields for path in _paths(inner)]
    if pat.is_map(field.type):
        inner = (field.type.key_field.with_name("key"), field.type.item_field.with_name("value"))
        return [f"{field.name}.key_value.{path}" for each in inner for path in _paths(each)]
    if pat.is_list(field.type):
        element = field.type.value_field.with_name("element")
        return [f"{field.name}.list.{path}" for path in _paths(element)]
    return [field.name]
