"""Rows of two partitions of an Iceberg table have two names, so that they share no file."""

import pyarrow as pa
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import LongType, NestedField, StringType

from placekeeper.lake.iceberg_partitions import Partitioner


def test_null_is_another_partition_than_the_text_null() -> None:
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "k", StringType()))
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "k"))
    values = [None, "null", "", "k", "a/b", "a=b", "x", "x"]
    rows = pa.record_batch(
        {"id": list(range(len(values))), "k": values}, pa.schema([("id", pa.int64()), ("k", pa.string())])
    )
    names = Partitioner(spec.model_dump_json(), schema.model_dump_json()).names(rows).to_pylist()
    assert len(set(names)) == len(set(values))
    assert names[-1] == names[-2]
