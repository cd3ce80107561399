"""Partitions of Iceberg tables: which rows share a data file, and what the manifest says of a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.partitioning import PartitionField, PartitionSpec, partition_record_value
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record

from placekeeper.model.errors import UnsupportedFeature


@dataclass(frozen=True)
class Partitioner:
    """Names the partition of each row; picklable. `spec` and `schema` are JSON of the table's own."""

    spec: str
    schema: str

    @cached_property
    def _fields(self) -> Sequence[tuple[str, Callable[[Any], str]]]:
        """The source column of each partition field, and the text of its value."""
        spec = PartitionSpec.model_validate_json(self.spec)
        schema = Schema.model_validate_json(self.schema)
        return [(source_of(field, schema), _text(field, schema)) for field in spec.fields]

    def names(self, batch: pa.RecordBatch) -> pa.Array:
        """The partition of each row, as text: field=value/…, and of null the field alone."""
        parts = []
        for source, text in self._fields:
            coded = pc.dictionary_encode(batch.column(source), null_encoding="encode")
            texts = pa.array([text(value) for value in coded.dictionary.to_pylist()], pa.string())
            parts.append(texts.take(coded.indices))
        return pc.binary_join_element_wise(*parts, "/")


def source_of(field: PartitionField, schema: Schema) -> str:
    """The column that a partition field is made of. Raises UnsupportedFeature for one within a struct."""
    name = schema.find_column_name(field.source_id)
    if name is None or name not in {column.name for column in schema.columns}:
        raise UnsupportedFeature(
            f"the partition field {field.name} is made of a field within a struct ({name}), and such tables "
            "are not written here"
        )
    return name


def partition_of(parquet: pq.ParquetFile, spec: PartitionSpec, schema: Schema) -> Record:
    """The partition of a data file, by its first row: all of its rows are in one."""
    if not spec.fields:
        return Record()
    sources = [source_of(field, schema) for field in spec.fields]
    first = next(parquet.iter_batches(batch_size=1, columns=sorted(set(sources))))
    return Record(
        *(
            _value(field, schema)(first.column(source)[0].as_py())
            for field, source in zip(spec.fields, sources, strict=True)
        )
    )


def _value(field: PartitionField, schema: Schema) -> Callable[[Any], Any]:
    transform = field.transform.transform(schema.find_type(field.source_id))
    return lambda value: transform(partition_record_value(field, value, schema))


def _text(field: PartitionField, schema: Schema) -> Callable[[Any], str]:
    value_of, source = _value(field, schema), schema.find_type(field.source_id)

    def text(value: Any) -> str:
        part = value_of(value)
        if part is None:  # its human string is that of the text 'null'
            return quote_plus(field.name)
        human = field.transform.to_human_string(source, part)
        return f"{quote_plus(field.name)}={quote_plus(human)}"

    return text
