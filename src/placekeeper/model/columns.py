"""Sequences of values that are kept as columns, in a quarter of the memory."""

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from typing import Any, Final, TypeVar, overload

import pyarrow as pa

_BATCH_ROWS: Final = 8192
_Row_co = TypeVar("_Row_co", covariant=True)
_Value = TypeVar("_Value")


def in_batches(values: Iterable[_Value]) -> Iterator[Sequence[_Value]]:
    """The same values, as many at a time as a batch of columns shall have."""
    rest = iter(values)
    while some := tuple(islice(rest, _BATCH_ROWS)):
        yield some


class RowSequence(Sequence[_Row_co]):
    """The rows of record batches of one schema as values, which are made when they are asked for.

    It equals every sequence of the same values.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.batches = tuple(batch for batch in batches if batch.num_rows)
        self._ends = tuple(accumulate(batch.num_rows for batch in self.batches))

    @abstractmethod
    def rows_of(self, batch: pa.RecordBatch) -> Sequence[_Row_co]:
        """The rows of a batch as values."""
        ...

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[_Row_co]:
        for batch in self.batches:
            yield from self.rows_of(batch)

    @overload
    def __getitem__(self, index: int) -> _Row_co: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[_Row_co]: ...

    def __getitem__(self, index: int | slice) -> _Row_co | Sequence[_Row_co]:
        if isinstance(index, slice):
            return tuple(self)[index]
        place = range(len(self))[index]
        number = bisect_right(self._ends, place)
        batch = self.batches[number]
        return self.rows_of(batch.slice(place - self._ends[number] + batch.num_rows, 1))[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__: Any = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"
