"""Rows that a script gives to Sail: the fields of a null struct are null there too (`types.nulls`)."""

import functools
from typing import Any

import pyarrow as pa
from pyspark.sql.connect.plan import LocalRelation

from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.types.nulls import nulls_below_nulls


def install(patches: Patches) -> None:
    """Have createDataFrame send such rows, for the life of the engine."""
    original = LocalRelation.__init__

    @functools.wraps(original)
    def init(relation: Any, table: pa.Table | None, schema: str | None = None) -> None:
        original(relation, table if table is None else _cleaned(table), schema)

    patches.attribute(LocalRelation, "__init__", init)


def _cleaned(table: pa.Table) -> pa.Table:
    if not any(pa.types.is_nested(kind) for kind in table.schema.types):
        return table
    batches = [nulls_below_nulls(batch) for batch in table.to_batches()]
    return pa.Table.from_batches(batches, schema=table.schema)
