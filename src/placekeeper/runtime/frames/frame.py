"""A frame: rows of an engine, and the schema that its records were found to have.

In the engine columns have places, no names: c0, c1, … Names live in the schema. So a name may hold anything
(dots, blanks, backticks, nothing at all), and two names may differ in case alone: no engine ever parses one.
Only `Frame.dataframe`, which scripts get by `toDF`, has the names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa
from pyspark.sql import DataFrame

from placekeeper.runtime.frames.errors import NO_ERRORS, Errors
from placekeeper.runtime.frames.text_casts import TextCast
from placekeeper.runtime.types.engine_columns import column_names
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING, Missing


@dataclass(frozen=True)
class Rereading:
    """The way to read `rows` anew, with some of their columns, and with columns that are cast while reading.

    `read` takes the places of the columns, which keep their names, and the casts (`TextCast.names`).
    """

    rows: DataFrame
    read: Callable[[Sequence[int], Sequence[TextCast]], DataFrame]


@dataclass(frozen=True)
class SourceRows:
    """How many rows a source has, known before they are read. `rows` are all of them, and no others.

    `lost` makes the error of a read that has brought another number.
    """

    rows: DataFrame
    count: int
    lost: Callable[[int], Exception]


@dataclass(frozen=True)
class Frame:
    """The result of a scan. `rows` has the columns c0, c1, … of `schema`, then the hidden ones of `missing`.

    `exact` gives the same frame with missing fields kept apart from nulls, where that costs something. It is
    called only where a function of the script looks at records.

    `way` says how a source is read, and why.

    `errors` are the error records of the stages that made it, which are not among the rows. `rereading` is
    there for what a scan reads; it is for those rows alone, and no others (`reads`). The same holds of
    `source_rows` (`known`), which is there where the engine's own reader reads.
    """

    rows: DataFrame
    schema: pa.Schema
    missing: Missing = NOTHING_MISSING
    exact: Callable[[], "Frame"] | None = None
    errors: Errors = NO_ERRORS
    rereading: Rereading | None = None
    way: str = ""
    source_rows: SourceRows | None = None

    @property
    def reads(self) -> Rereading | None:
        """The way to read the rows anew; None if they are not just what is read."""
        return self.rereading if self.rereading is not None and self.rereading.rows is self.rows else None

    @property
    def known(self) -> SourceRows | None:
        """How many rows there are; None if they are not just those of a source, or nobody knows."""
        known = self.source_rows
        return known if known is not None and known.rows is self.rows else None

    @classmethod
    def of(cls, dataframe: DataFrame, schema: pa.Schema) -> "Frame":
        """The frame of a DataFrame that has the columns of `schema`, in this order, under any names."""
        return cls(dataframe.toDF(*column_names(len(schema.names))) if schema.names else dataframe, schema)

    @cached_property
    def dataframe(self) -> DataFrame:
        """The rows under the names of the schema, without hidden columns."""
        names = self.schema.names
        if not names:
            return self.rows
        visible = self.rows.select(*column_names(len(names))) if self.missing.listed else self.rows
        return visible.toDF(*names)

    def exact_form(self) -> "Frame":
        """The same frame, with missing fields kept apart from nulls."""
        return self if self.exact is None else self.exact()

    def with_rows(self, change: Callable[[DataFrame], DataFrame]) -> "Frame":
        """Other rows of the same columns."""
        exact = self.exact
        return replace(
            self,
            rows=change(self.rows),
            exact=None if exact is None else lambda: exact().with_rows(change),
        )


def through(transform: Callable[..., Frame], *frames: Frame) -> Frame:
    """The result of a transform. Its exact form, if it is asked for, is made of their exact forms."""
    plain = transform(*(replace(frame, exact=None) for frame in frames))
    if all(frame.exact is None for frame in frames):
        return plain
    return replace(plain, exact=lambda: transform(*(frame.exact_form() for frame in frames)))
