"""Some columns of what is read, and columns that are cast while reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
from pyspark.sql import types as spark_types

from placekeeper.runtime.frames.text_casts import TextCast, with_casts
from placekeeper.runtime.types.engine_columns import column_names, missing_name
from placekeeper.runtime.types.missing_fields import hidden_of
from placekeeper.runtime.types.spark import spark_type


@dataclass(frozen=True)
class Narrowing:
    """The columns at `places` of `whole`, a schema of batches, and the hidden ones about them; then `casts`.

    The columns that casts need are read, and given on only where they are among `places`.
    """

    places: tuple[int, ...]
    casts: tuple[TextCast, ...]
    whole: pa.Schema

    @property
    def read(self) -> pa.Schema:
        """The schema to read."""
        return pa.schema([self.whole.field(number) for number in self._read])

    def made(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of `read` as one of the columns that are wanted."""
        columns = batch.columns
        kept = [columns[self._read.index(number)] for number in self._kept]
        cast = with_casts(batch, [self._read.index(cast.place) for cast in self.casts], self.casts)
        names = [str(number) for number in range(len(kept) + len(cast))]  # an engine takes them by place
        return pa.RecordBatch.from_arrays([*kept, *cast], names)

    @cached_property
    def _kept(self) -> tuple[int, ...]:
        about = {self.whole.names[place] for place in self.places}
        return tuple(
            number
            for number, field in enumerate(self.whole)
            if number in self.places or hidden_of(field) in about
        )

    @cached_property
    def _read(self) -> tuple[int, ...]:
        return tuple(sorted({*self._kept, *(cast.place for cast in self.casts)}))


def narrowed_schema(
    columns: spark_types.StructType, places: Sequence[int], casts: Sequence[TextCast]
) -> spark_types.StructType:
    """The columns that an engine has of what is read so; `columns` are those of the whole."""
    count = len(columns.fields)
    names = column_names(count)
    kept = {*(names[place] for place in places), *(missing_name(place) for place in places)}
    made = [field for field in columns.fields if field.name in kept]
    for cast in casts:
        values, rest = cast.names
        made.append(spark_types.StructField(values, spark_type(cast.made)))
        made.append(spark_types.StructField(rest, spark_types.StringType()))
    return spark_types.StructType(made)
