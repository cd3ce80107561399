"""filter, map and mapPartitions: a script's function over the records of a frame.

A function runs once for each record. What becomes of the records is kept (`Keep`): those that it made, error
records, and what each task tells of them. See docs/reference/awsglue.md#functions-over-records.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from operator import is_
from typing import Any, Final, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.task_counts import tasks_of
from placekeeper.runtime.frames.attempts import RETURNED_NONE, Raised, attempts, made_record
from placekeeper.runtime.frames.decoding import RecordDecoder
from placekeeper.runtime.frames.encoding import is_type_of_values
from placekeeper.runtime.frames.errors import NO_SITE, CallSite
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.outcomes import FailedRecord, Outcomes, failure
from placekeeper.runtime.frames.records import plain
from placekeeper.runtime.types.missing_fields import Missing
from placekeeper.runtime.types.value_columns import RowCollector, ValueColumns

_DROPPING: Final = (KeyError, ValueError, TypeError)
_PARTITION: Final = "p"
_AT_ONCE: Final = 8192
"""Records that a function over partitions has made are packed so many at a time."""

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Call:
    """A script's call of a transform with a function. With `fails`, an exception fails the run.

    `stage` names it to people. `name` is that under which the bookmark remembers what `map` made.
    """

    stage: str
    name: str
    site: CallSite = NO_SITE
    fails: bool = False


@dataclass(frozen=True)
class Input:
    """The records that a task gets: their schema, and what they may lack."""

    schema: pa.Schema
    missing: Missing
    call: Call

    @property
    def decoder(self) -> RecordDecoder:
        """Makes records of batches."""
        return RecordDecoder(self.schema, self.missing)


class RecordFunction(Protocol):
    """A function of a script, and how it is applied. Picklable with the function."""

    @property
    def keeps_schema(self) -> bool:
        """Whether records come out as they went in."""
        ...

    def rows_of(self, frame: Frame) -> DataFrame:
        """The rows that tasks get."""
        ...

    def task(self, given: Input, batches: Batches, outcomes: Outcomes) -> Batches:
        """Apply the function to a partition: rows of outcomes."""
        ...


@dataclass(frozen=True)
class Filtering:
    """Keeps the records for which `function` is true.

    A KeyError, ValueError or TypeError in it drops the record, as on AWS, and so does an attribute of a field
    that is null. Any other exception makes an error record.
    """

    function: Callable[[Any], Any]
    keeps_schema = True

    def rows_of(self, frame: Frame) -> DataFrame:
        """The rows of the frame."""
        return frame.rows

    def task(self, given: Input, batches: Batches, outcomes: Outcomes) -> Batches:
        """The records that are kept, as they are."""
        decoder = given.decoder

        def fails(error: Exception) -> bool:
            return given.call.fails and not _drops(error)

        for batch in batches:
            records = decoder.dynamic_records(decoder.columns(batch), batch)
            kept, failed = [], []
            for place, keeps in enumerate(attempts(self.function, bool, records, fails)):
                kept.append(keeps is True)
                if not isinstance(keeps, Raised):
                    continue
                if _drops(keeps.error):
                    outcomes.drop(keeps.error)
                else:
                    failed.append(failure(place, keeps.error))
            whole = len(kept) == batch.num_rows and all(kept)
            yield from outcomes.kept(batch if whole else batch.filter(pa.array(kept, pa.bool_())))
            yield from outcomes.failed(_again(decoder, batch, failed))


@dataclass(frozen=True)
class Mapping:
    """Makes a record of each record. An exception, and no record or an empty one, make an error record."""

    function: Callable[[Any], Any]
    keeps_schema = False

    def rows_of(self, frame: Frame) -> DataFrame:
        """The rows of the frame."""
        return frame.rows

    def task(self, given: Input, batches: Batches, outcomes: Outcomes) -> Batches:
        """The records that the function makes."""
        decoder = given.decoder

        def fails(_: Exception) -> bool:
            return given.call.fails

        for batch in batches:
            columns = decoder.columns(batch)
            records = decoder.dynamic_records(columns, batch)
            made, places, failed = RowCollector(), [], []
            for place, result in enumerate(attempts(self.function, made_record, records, fails)):
                if not isinstance(result, Raised):
                    made.add(*result)
                    places.append(place)
                else:
                    failed.append(failure(place, result.error))
            found = made.columns()
            rows, unfit = outcomes.made(found, _unchanged(given, batch, columns, places, found))
            failed += [failure(places[place], error) for place, error in unfit]
            yield from rows
            yield from outcomes.failed(_again(decoder, batch, failed))


@dataclass(frozen=True)
class PartitionMapping:
    """Gives `function` the records of a partition in envelopes, and takes envelopes from it.

    With `has_index`, its first argument is the number of the partition. A partition without records is left
    out.
    """

    function: Callable[..., Any]
    has_index: bool = False
    keeps_schema = False

    def rows_of(self, frame: Frame) -> DataFrame:
        """The rows of the frame, with the number of their partition where it is asked for."""
        if not self.has_index:
            return frame.rows
        return frame.rows.withColumn(_PARTITION, F.spark_partition_id())

    def task(self, given: Input, batches: Batches, outcomes: Outcomes) -> Batches:
        """The records in the envelopes that the function makes."""
        first = next((batch for batch in batches if batch.num_rows), None)
        if first is None:
            return
        envelopes = _envelopes(given, first, batches)
        index = (first.column(first.num_columns - 1)[0].as_py(),) if self.has_index else ()
        made = RowCollector()
        for envelope in self.function(*index, envelopes):
            record, problem = _opened(envelope)
            if problem and given.call.fails:
                raise ValueError(problem)
            if problem:
                yield from outcomes.failed([FailedRecord(problem, "", record)])
            else:
                made.add(tuple(record), tuple(record.values()))
            if made.count == _AT_ONCE:
                yield from self._made(made.columns(), outcomes)
                made = RowCollector()
        yield from self._made(made.columns(), outcomes)

    def _made(self, columns: ValueColumns, outcomes: Outcomes) -> Batches:
        rows, unfit = outcomes.made(columns)
        yield from rows
        yield from outcomes.failed(
            FailedRecord.of(failure(place, error), columns.record(place)) for place, error in unfit
        )


def _envelopes(given: Input, first: pa.RecordBatch, rest: Batches) -> Iterator[dict[str, Any]]:
    decoder = given.decoder
    for number in count():
        batch = first if number == 0 else next(rest, None)
        if batch is None:
            return
        for record in decoder.dynamic_records(decoder.columns(batch), batch):
            yield {"record": record, "isError": False, "errorMessage": ""}


def _opened(envelope: object) -> tuple[dict[str, Any], str]:
    """The record in an envelope, and what is wrong with it."""
    if not isinstance(envelope, dict) or "record" not in envelope:
        raise TypeError(
            "the function of mapPartitions makes dicts like those that it gets, with 'record', 'isError' and "
            f"'errorMessage', not {str(envelope)[:60]!r}"
        )
    record = envelope["record"]
    if envelope.get("isError"):
        return plain(record) if isinstance(record, dict) else {}, str(envelope.get("errorMessage") or "error")
    if not record or not isinstance(record, dict):
        return {}, RETURNED_NONE if not record else f"a record is a dict, not {type(record).__name__}"
    return plain(record), ""


def _unchanged(
    given: Input,
    batch: pa.RecordBatch,
    columns: Sequence[Sequence[Any]],
    places: Sequence[int],
    made: ValueColumns,
) -> dict[str, pa.Array]:
    """The columns that a function left as they were, if it made a record of each.

    Their types are such that the same values would get them again.
    """
    if len(places) != batch.num_rows:
        return {}
    found = {}
    for field, values, column in zip(given.schema, columns, batch.columns, strict=False):
        now = made.values.get(field.name)
        is_stable = is_type_of_values(field) and column.type == field.type
        if now is not None and is_stable and all(map(is_, values, now)):
            found[field.name] = column
    return found


def _drops(error: Exception) -> bool:
    """Whether it drops a record in filter: record.home.zip without a home, too, where AWS has a KeyError."""
    if isinstance(error, AttributeError):  # one that the function raises by itself has no name
        return error.obj is None and error.name is not None
    return isinstance(error, _DROPPING)


def _again(decoder: RecordDecoder, batch: pa.RecordBatch, failed: list[Any]) -> Iterator[FailedRecord]:
    """Failed records as they were: the function may have changed what it got."""
    found = sorted(failed, key=lambda one: one.place)
    if found:
        records = decoder.records(batch.take(pa.array([one.place for one in found])))
        yield from map(FailedRecord.of, found, records)


def partitions_of(frame: Frame) -> int:
    """The number of partitions: a task in each of them counts one."""
    return tasks_of(frame.rows)
