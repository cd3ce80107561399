"""Small objects that are read together: one by one, each costs more than its records."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Content(NamedTuple):
    """A small object that was read: its path and all of its bytes."""

    path: str
    data: bytes


class Records(NamedTuple):
    """Records of several objects. `origins` has the place of the object of each, which rises."""

    batch: pa.RecordBatch
    origins: NDArray[np.int32]


@runtime_checkable
class ReadsTogether(Protocol):
    """A reader that reads many small objects at a time."""

    @property
    def together_bytes(self) -> int:
        """An object of up to this size is small; 0 if none is."""
        ...

    def read_together(self, objects: Sequence[Content], schema: pa.Schema) -> Iterator[Records]:
        """The records of small objects in their order: what `read` gives of each."""
        ...


def together_bytes(reader: object) -> int:
    """The size up to which a reader reads objects together; 0 if it does not."""
    return reader.together_bytes if isinstance(reader, ReadsTogether) else 0
