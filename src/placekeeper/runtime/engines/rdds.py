"""RDDs on Sail, as far as scripts use them beside DataFrames: `df.rdd`, `sc.parallelize`, `sc.textFile`.

An RDD is lazy: rows and steps (`rdd_steps`). An action streams the rows through this process, so that its
memory holds a batch of rows, and what `collect` returns. A file of `sc.textFile` is one row.
What needs a shuffle or the tasks of a cluster is refused by name.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn

from pyspark.sql import DataFrame

from placekeeper.runtime.engines.rdd_frames import frame_of
from placekeeper.runtime.engines.rdd_steps import (
    Filtered,
    Flattened,
    FrameSource,
    Mapped,
    Source,
    Step,
    copied,
    through,
)

Refuse = Callable[[str], NoReturn]


class StandInRdd:
    """An RDD of Spark's, with the methods that scripts call. `refuse` is told the others."""

    def __init__(self, session: Any, source: Source, refuse: Refuse, steps: tuple[Step, ...] = ()) -> None:
        self._session = session
        self._source = source
        self._refuse = refuse
        self._steps = steps

    def map(self, f: Callable[[Any], Any], preservesPartitioning: bool = False) -> "StandInRdd":  # noqa: ARG002, N803
        """What the function makes of each row."""
        return self._then(Mapped(f))

    def flatMap(self, f: Callable[[Any], Iterable[Any]], preservesPartitioning: bool = False) -> "StandInRdd":  # noqa: ARG002, N802, N803
        """All that the function makes of each row."""
        return self._then(Flattened(f))

    def filter(self, f: Callable[[Any], Any]) -> "StandInRdd":
        """The rows for which the function is true."""
        return self._then(Filtered(f))

    def keys(self) -> "StandInRdd":
        """The first of each pair."""
        return self._then(Mapped(_first))

    def values(self) -> "StandInRdd":
        """The second of each pair."""
        return self._then(Mapped(_second))

    def collect(self) -> list[Any]:
        """All rows, which have to fit into memory."""
        return list(self._rows())

    def collectAsMap(self) -> dict[Any, Any]:  # noqa: N802
        """The pairs as a dict."""
        return dict(self.collect())

    def toLocalIterator(self, prefetchPartitions: bool = False) -> Iterator[Any]:  # noqa: ARG002, N802, N803
        """The rows as they come."""
        return self._rows()

    def take(self, num: int) -> list[Any]:
        """The first rows; none for a number below 1."""
        return list(islice(self._first_rows(num), num)) if num > 0 else []

    def first(self) -> Any:
        """The first row. Raises ValueError where there is none."""
        for row in self.take(1):
            return row
        raise ValueError("RDD is empty")

    def count(self) -> int:
        """The number of rows."""
        if not self._steps and isinstance(self._source, FrameSource):
            return self._source.frame.count()
        return sum(1 for _ in self._rows())

    def isEmpty(self) -> bool:  # noqa: N802
        """Whether there is no row."""
        return not self.take(1)

    def foreach(self, f: Callable[[Any], Any]) -> None:
        """Call the function with each row; what it does to variables of the script is lost, as on Spark."""
        call = copied(f)
        for row in self._rows():
            call(row)

    def reduce(self, f: Callable[[Any, Any], Any]) -> Any:
        """One value of all rows. Raises ValueError where there is none."""
        rows = self._rows()
        for begin in rows:
            return functools.reduce(copied(f), rows, begin)
        raise ValueError("Can not reduce() empty RDD")

    def sum(self) -> Any:
        """The sum of the rows."""
        return sum(self._rows())

    def max(self, key: Callable[[Any], Any] | None = None) -> Any:
        """The greatest row. Raises ValueError where there is none."""
        return self.reduce(functools.partial(max, key=key) if key else max)

    def min(self, key: Callable[[Any], Any] | None = None) -> Any:
        """The least row. Raises ValueError where there is none."""
        return self.reduce(functools.partial(min, key=key) if key else min)

    def toDF(self, schema: Any = None, sampleRatio: float | None = None) -> DataFrame:  # noqa: N802, N803
        """The rows as a DataFrame: see `rdd_frames`."""
        return frame_of(self._session, self._source, self._steps, schema, sampleRatio)

    def saveAsTextFile(self, path: str, compressionCodecClass: str | None = None) -> None:  # noqa: N802, N803
        """Write each row as a line of text, as `df.write.text` does."""
        if compressionCodecClass is not None:
            self._refuse("RDD.saveAsTextFile with compressionCodecClass")
        self._then(Mapped(_text)).toDF("string").write.text(path)

    def getNumPartitions(self) -> int:  # noqa: N802
        """The number of partitions, which the engine finds by running the DataFrame."""
        return self._source.partitions()

    def coalesce(self, numPartitions: int, shuffle: bool = False) -> "StandInRdd":  # noqa: N803
        """The same rows in fewer partitions."""
        return self._of(self._source.cut(numPartitions, up=shuffle))

    def repartition(self, numPartitions: int) -> "StandInRdd":  # noqa: N803
        """The same rows in another number of partitions."""
        return self._of(self._source.cut(numPartitions, up=True))

    def cache(self) -> "StandInRdd":
        """The RDD: as of DataFrames, Sail caches nothing."""
        return self

    def persist(self, storageLevel: Any = None) -> "StandInRdd":  # noqa: ARG002, N803
        """The RDD: see `cache`."""
        return self

    def unpersist(self, blocking: bool = False) -> "StandInRdd":  # noqa: ARG002
        """The RDD: see `cache`."""
        return self

    @property
    def context(self) -> Any:
        """The SparkContext."""
        return self._session.sparkContext

    def _then(self, step: Step) -> "StandInRdd":
        return StandInRdd(self._session, self._source, self._refuse, (*self._steps, step))

    def _of(self, source: Source) -> "StandInRdd":
        return StandInRdd(self._session, source, self._refuse, self._steps)

    def _rows(self) -> Iterator[Any]:
        return through(self._steps, self._source.rows())

    def _first_rows(self, count: int) -> Iterator[Any]:
        """The rows, of which that many are needed: the engine may stop there."""
        if all(isinstance(step, Mapped) for step in self._steps):
            return through(self._steps, self._source.first(count).rows())
        return self._rows()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"RDD.{name}")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an RDD cannot be used within a function of an RDD")


def _first(pair: Any) -> Any:
    return pair[0]


def _second(pair: Any) -> Any:
    return pair[1]


def _text(row: Any) -> str:
    return row.decode("utf-8") if isinstance(row, bytes) else str(row)
