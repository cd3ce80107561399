"""The cut of large objects into pieces that different tasks read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

import numpy as np
import pyarrow as pa

from placekeeper.model.objects import ObjectMeta, ObjectMetas
from placekeeper.ports.objects import Objects
from placekeeper.runtime.formats.format import DescribesRanges, Reader, ReadsRanges, why_whole
from placekeeper.runtime.scan.bins import TASK_BYTES, Places

CUT_BYTES: Final = 2 * TASK_BYTES
"""A smaller object is not cut: every piece costs an opening, and a look at the first row."""


class Piece(NamedTuple):
    """The bytes of an object from `begin` to `end`: the lines that begin there."""

    meta: ObjectMeta
    begin: int
    end: int

    @classmethod
    def whole(cls, meta: ObjectMeta) -> "Piece":
        """All of an object."""
        return cls(meta, 0, meta.size)

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the object."""
        return self.begin == 0 and self.end >= self.meta.size

    @property
    def size(self) -> int:
        """Its bytes, more or less."""
        return min(self.end, self.meta.size) - self.begin


@dataclass(frozen=True)
class Pieces:
    """Pieces of objects by their places in the list, side by side, in the order of the list."""

    places: Places
    begins: Places
    ends: Places


def cuts(sizes: Places, cut: Sequence[int], *, piece: int = TASK_BYTES) -> Pieces:
    """The pieces of objects of these sizes, in bytes: those at the places `cut` are cut, all others whole.

    Pieces of an object have nearly the same size, of at most `piece` bytes.
    """
    counts = np.ones(len(sizes), np.int64)
    places = np.asarray(cut, np.int64)
    counts[places] = np.maximum(-(-sizes[places] // piece), 1)
    of = np.repeat(np.arange(len(sizes)), counts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    size, count = sizes[of], counts[of]
    return Pieces(of, size * number // count, size * (number + 1) // count)


def to_cut(
    objects: Objects, reader: Reader, chosen: ObjectMetas, *, parallelism: int
) -> tuple[Sequence[int], str]:
    """The places of the objects to cut, and a sentence on large ones that have to be read whole.

    An object is large if it keeps a task busy when all others have ended: there are few such, however many
    objects there are. `parallelism` is how many tasks run at once. Raises ObjectChanged and OSError.
    """
    sizes = chosen.column("size").to_numpy()
    least = max(CUT_BYTES, int(sizes.sum()) // (2 * parallelism))
    large = np.flatnonzero(sizes >= least).tolist() if parallelism > 1 else []
    why = {place: _why_whole(objects, reader, chosen[place]) for place in large}
    said = (f"{chosen[place].path} is read by one task: {reason}" for place, reason in why.items() if reason)
    return [place for place, reason in why.items() if not reason], "; ".join(said)


def _why_whole(objects: Objects, reader: Reader, meta: ObjectMeta) -> str:
    with objects.open(meta) as file:
        return why_whole(reader, file, meta.path, TASK_BYTES // 2)  # no piece is smaller


def read_piece(reader: Reader, file: BinaryIO, piece: Piece, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The records of a piece."""
    if piece.is_whole or not isinstance(reader, ReadsRanges):
        return reader.read(file, piece.meta.path, schema)
    return reader.read_range(file, piece.meta.path, schema, piece.begin, piece.end)


def schema_of_piece(reader: Reader, file: BinaryIO, piece: Piece) -> pa.Schema | None:
    """The schema of a piece; None if the object must not be cut."""
    if piece.is_whole or not isinstance(reader, DescribesRanges):
        return reader.schema(file, piece.meta.path)
    return reader.schema_range(file, piece.meta.path, piece.begin, piece.end)
