"""What the functions of a script make of rows: the steps of an RDD, and where its rows come from.

Rows stream through the steps, in this process or in a task of the engine. As on Spark, steps are pickled when
they run: a function sees copies of the variables that it uses, and what it does to them is lost.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from msgspec import Struct
from pyspark import cloudpickle
from pyspark.sql import DataFrame

from placekeeper.runtime.engines.task_counts import tasks_of

Step = Callable[[Iterable[Any]], Iterator[Any]]

_UNPICKLABLE: Final = (TypeError, AttributeError, ValueError, RecursionError, pickle.PicklingError)


@dataclass(frozen=True)
class Mapped:
    """One row for each row."""

    function: Callable[[Any], Any]

    def __call__(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Make the rows. A generator, so that a StopIteration of the function ends nothing in silence."""
        for row in rows:
            yield self.function(row)


@dataclass(frozen=True)
class Flattened:
    """Any number of rows for each row."""

    function: Callable[[Any], Iterable[Any]]

    def __call__(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Make the rows."""
        for row in rows:
            yield from self.function(row)


@dataclass(frozen=True)
class Filtered:
    """The rows for which the function is true."""

    function: Callable[[Any], Any]

    def __call__(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Make the rows."""
        for row in rows:
            if self.function(row):
                yield row


def pickled(value: Any) -> bytes:
    """A value as tasks get it; functions of the script with what they use."""
    made: bytes = cloudpickle.dumps(value)  # type: ignore[no-untyped-call]
    return made


def copied(value: Any) -> Any:
    """A copy, as a task of Spark's gets it. Raises PicklingError for what cannot be one."""
    try:
        return pickle.loads(pickled(value))  # noqa: S301 - our own
    except _UNPICKLABLE as error:
        message = f"Could not serialize object: {type(error).__name__}: {error}"
        raise pickle.PicklingError(message) from error


def through(steps: Sequence[Step], rows: Iterable[Any]) -> Iterator[Any]:
    """The rows after the steps, of which copies run."""
    made = iter(rows)
    for step in copied(tuple(steps)):
        made = step(made)
    return made


class Source(Protocol):
    """Where the rows of an RDD come from."""

    def rows(self) -> Iterator[Any]:
        """The rows, as they come."""
        ...

    def first(self, count: int) -> "Source":
        """Its first rows."""
        ...

    def partitions(self) -> int:
        """The number of its partitions."""
        ...

    def cut(self, count: int, *, up: bool) -> "Source":
        """The same rows in this number of partitions; without `up`, in no more than there are."""
        ...


class FrameSource(Struct, frozen=True):
    """The rows of a DataFrame, streamed."""

    frame: DataFrame

    def rows(self) -> Iterator[Any]:
        """See Source."""
        return iter(self.frame.toLocalIterator())

    def first(self, count: int) -> "FrameSource":
        """See Source."""
        return FrameSource(self.frame.limit(count))

    def partitions(self) -> int:
        """See Source."""
        return tasks_of(self.frame)

    def cut(self, count: int, *, up: bool) -> "FrameSource":
        """See Source."""
        return FrameSource(self.frame.repartition(count) if up else self.frame.coalesce(count))


class ListSource(Struct, frozen=True):
    """Values of the script, `pickled` when they were given; `count` is the number of partitions."""

    pickled: bytes
    count: int

    @classmethod
    def of(cls, values: Iterable[Any], count: int) -> "ListSource":
        """The values as they are now. Raises PicklingError."""
        kept = list(values)
        copied(kept)
        return cls(pickled(kept), count)

    def rows(self) -> Iterator[Any]:
        """See Source."""
        return iter(pickle.loads(self.pickled))  # noqa: S301 - our own

    def first(self, count: int) -> "ListSource":
        """See Source: the values are there."""
        del count
        return self

    def partitions(self) -> int:
        """See Source."""
        return self.count

    def cut(self, count: int, *, up: bool) -> "ListSource":
        """See Source."""
        return ListSource(self.pickled, count if up else min(count, self.count))
