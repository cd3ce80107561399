"""`rdd.toDF()` and `createDataFrame(rdd)`: the types that Spark finds for the rows of an RDD, and its rows.

Rows of a DataFrame stay in the engine: its tasks run the steps. Values of the script become rows at once.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, cast

import pyarrow as pa
from pyspark.errors import PySparkTypeError, PySparkValueError
from pyspark.sql import DataFrame
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion
from pyspark.sql.types import (
    DataType,
    IntegerType,
    StructField,
    StructType,
    _create_converter,
    _has_nulltype,
    _infer_schema,
    _make_type_verifier,
    _merge_type,
)

from placekeeper.runtime.engines.rdd_steps import FrameSource, Mapped, Source, Step, through
from placekeeper.runtime.engines.rdd_values import Fit, fitting, other_type

_LOOKED_AT: Final = 100
"""How many rows Spark looks at for a type that the first row does not tell."""

_CHUNK: Final = 10_000
"""Rows of a batch that a task makes."""


def frame_of(
    session: Any, source: Source, steps: Sequence[Step], schema: Any = None, ratio: float | None = None
) -> DataFrame:
    """The rows as a DataFrame.

    `schema` is as createDataFrame takes it. Without types, the first row tells them, and as many as 100 where
    it has nulls; with `ratio`, all rows tell them. Raises what Spark raises.
    """
    if isinstance(schema, str):
        schema = session.client._analyze(method="ddl_parse", ddl_string=schema).parsed
    if isinstance(schema, StructType):
        more: tuple[Step, ...] = (Mapped(_Checked(schema)),)
    elif isinstance(schema, DataType):
        schema = StructType().add("value", schema)
        more = (Mapped(_alone), Mapped(_Checked(schema)))
    elif schema is None or isinstance(schema, list | tuple):
        found = _found(source, steps, schema, ratio)
        more = (Mapped(_Unnamed(found)),)
        schema = _renamed(found, schema or ())
    else:
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "arg_name": "schema",
                "expected_type": "list, None or StructType",
                "arg_type": type(schema).__name__,
            },
        )
    return _made(session, source, (*steps, *more), schema)


def _made(session: Any, source: Source, steps: tuple[Step, ...], schema: StructType) -> DataFrame:
    if not isinstance(source, FrameSource):
        return cast(DataFrame, session.createDataFrame(list(through(steps, source.rows())), schema))
    if not schema.fields:  # batches without a column have no rows
        alone: tuple[Step, ...] = (*steps, Mapped(_nothing))
        return _made(session, source, alone, StructType().add("nothing", IntegerType())).select()
    frame = source.frame
    nameless = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    task = _Making(frame.schema, steps, schema)
    return nameless.mapInArrow(task, schema)


@dataclass(frozen=True)
class _Making:
    """Batches of rows → batches of what the steps make of them."""

    made_of: StructType
    steps: tuple[Step, ...]
    schema: StructType

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = through(self.steps, chain.from_iterable(_rows(batch, self.made_of) for batch in batches))
        while chunk := list(islice(rows, _CHUNK)):
            table = LocalDataToArrowConversion.convert(chunk, self.schema, use_large_var_types=False)
            yield from table.to_batches()


def _rows(batch: pa.RecordBatch, schema: StructType) -> Sequence[Any]:
    return cast(Sequence[Any], ArrowTableToRowsConversion.convert(pa.Table.from_batches([batch]), schema))


def _found(
    source: Source, steps: Sequence[Step], names: Sequence[str] | None, ratio: float | None
) -> StructType:
    """The types of the rows, by Spark's rule for RDDs."""
    given = None if names is None else list(names)
    infer: Callable[[Any], StructType] = functools.partial(_infer_schema, names=given)
    if ratio is not None:
        return _merged(map(infer, through(steps, source.rows())))
    first = list(islice(through(steps, source.rows()), 1))
    if not first:
        raise ValueError("RDD is empty")
    if isinstance(first[0], Sized) and not len(first[0]):
        raise PySparkValueError(errorClass="CANNOT_INFER_EMPTY_SCHEMA", messageParameters={})
    found = infer(first[0])
    if _has_nulltype(found):
        for row in islice(through(steps, source.rows()), 1, _LOOKED_AT):
            found = _merge_type(found, infer(row))
            if not _has_nulltype(found):
                break
        else:
            raise PySparkValueError(errorClass="CANNOT_DETERMINE_TYPE", messageParameters={})
    return found


def _merged(found: Iterable[StructType]) -> StructType:
    made = functools.reduce(_merge_type, found)
    if _has_nulltype(made):
        raise PySparkValueError(errorClass="CANNOT_DETERMINE_TYPE", messageParameters={})
    return made


def _renamed(found: StructType, names: Sequence[str]) -> StructType:
    """The fields with these names, as far as they go."""
    given = [*names, *found.names[len(names) :]]
    return StructType(
        [
            StructField(name, field.dataType, field.nullable)
            for name, field in zip(given, found.fields, strict=False)
        ]
    )


def _alone(value: Any) -> tuple[Any]:
    """The row of a value that has a type of its own."""
    return (value,)


def _nothing(_: Any) -> tuple[None]:
    """The row of a table without a column that counts."""
    return (None,)


@dataclass(frozen=True)
class _Checked:
    """A row that has the types of the schema. Raises what Spark raises for another one."""

    schema: StructType

    def __call__(self, row: Any) -> Any:
        _verifier(self.schema)(row)
        return row


@dataclass(frozen=True)
class _Unnamed:
    """The values of a row, in the order and of the types of the fields that were found."""

    schema: StructType

    def __call__(self, row: Any) -> Any:
        try:
            values = _converter(self.schema)(row)
        except (AttributeError, TypeError) as error:  # of PySpark's, for a shape that it does not look for
            raise other_type(row, self.schema) from error
        return _fit(self.schema)(values)


@functools.lru_cache(maxsize=16)
def _verifier(schema: StructType) -> Callable[[Any], Any]:
    return _make_type_verifier(schema)


@functools.lru_cache(maxsize=16)
def _converter(schema: StructType) -> Callable[[Any], Any]:
    return _create_converter(schema)


@functools.lru_cache(maxsize=16)
def _fit(schema: StructType) -> Fit:
    return fitting(schema)
