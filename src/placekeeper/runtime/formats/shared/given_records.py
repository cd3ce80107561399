"""Records that a reader gives away while it finds their schema, so that nobody decodes them again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns
from placekeeper.runtime.types.conversion import converted
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import hidden_of
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

Given = Callable[[pa.RecordBatch | None], None]
"""Takes batches, each of a schema of its own; or None where the object has to be read again."""

_Reader = TypeVar("_Reader")
_Giver_co = TypeVar("_Giver_co", covariant=True)


@runtime_checkable
class GivesRecords(Protocol[_Giver_co]):
    """A reader whose `schema` decodes every record."""

    def giving(self, given: Given) -> _Giver_co | None:
        """The same reader, whose `schema` gives the records to `given`; None if it has none to give."""
        ...

    def of_given(
        self, batches: Iterator[pa.RecordBatch], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """What `read` gives, made of the batches that `schema` has given. Hidden columns are not made."""
        ...


def giving(reader: _Reader, given: Given) -> _Reader | None:
    """A reader whose `schema` gives away records; None if its format has no such reader."""
    return reader.giving(given) if isinstance(reader, GivesRecords) else None


def hides_nothing(schema: pa.Schema) -> bool:
    """Whether batches of a schema can be made of given ones, which do not say what records lack."""
    return all(hidden_of(field) is None for field in schema)


def fitted(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Given batches in the schema of all objects, which theirs merged into."""
    for batch in batches:
        there = dict(zip(batch.schema.names, batch.columns, strict=True))
        arrays = [
            converted(there[field.name], field)
            if field.name in there
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def give(records: Sequence[Record], path: str, given: Given, *, cells: int) -> None:
    """Give records in batches of about `cells` values; None if they have choices, or no field."""
    gatherer = SchemaGatherer(kind_of)
    gatherer.observe_records(records)
    schema = gatherer.schema().remove_metadata()
    if not schema.names or any(map(_has_choice, schema)):
        given(None)
        return
    try:
        for batch in RecordColumns().batches(iter([records]), path, schema, cells=cells):
            given(batch)
    except RecordUnreadable:  # who reads it says so
        given(None)


def _has_choice(field: pa.Field) -> bool:
    if is_choice(field):
        return True
    if not pat.is_nested(field.type):
        return False
    return any(_has_choice(field.type.field(place)) for place in range(field.type.num_fields))
