"""A frame: rows of an engine, and the schema that its records were found to have.

In the engine columns have places, no names: c0, c1, … Names live in the schema. So a name may hold anything
(dots, blanks, backticks, nothing at all), and two names may differ in case alone: no engine ever parses one.
Only `Frame.dataframe`, which scripts get by `toDF`, has the names.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame

CHOICE_METADATA: Final = {b"placekeeper": b"choice"}
"""Metadata of an Arrow struct field that stands for a choice: one child per type, named as Glue names the
type (`int`, `string`, …), at most one of them not null."""


@dataclass(frozen=True)
class Missing:
    """Which columns have fields that some records lack, which is not the same as null (awsglue.md §3.5).

    `nulls` are the places of columns whose null says that the record has no such field. `told` are the places
    of columns beside which a hidden column m0, m1, … lists what is missing: see `runtime.frames.missing`.
    """

    nulls: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()


NOTHING_MISSING: Final = Missing()


@dataclass(frozen=True)
class Frame:
    """What a scan yields. `rows` has the columns c0, c1, … of `schema`, then the hidden ones of `missing`.

    `exact` gives the same frame with what is missing told apart from null, where that costs something: it is
    called only where a function of the script looks at records.
    """

    rows: DataFrame
    schema: pa.Schema
    missing: Missing = NOTHING_MISSING
    exact: Callable[[], "Frame"] | None = None

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
        visible = self.rows.select(*column_names(len(names))) if self.missing.told else self.rows
        return visible.toDF(*names)

    def told(self) -> "Frame":
        """The same frame, with what is missing told apart from null."""
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
    """What a transform makes of frames, and later of their exact forms, if those are asked for."""
    plain = transform(*(replace(frame, exact=None) for frame in frames))
    if all(frame.exact is None for frame in frames):
        return plain
    return replace(plain, exact=lambda: transform(*(frame.told() for frame in frames)))


def column_names(count: int) -> tuple[str, ...]:
    """The names that columns have in an engine."""
    return tuple(f"c{place}" for place in range(count))


def missing_name(place: int) -> str:
    """The name of the hidden column beside the column at a place."""
    return f"m{place}"
