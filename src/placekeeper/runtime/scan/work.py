"""What the tasks of a scan do: they find schemas, read records, and read malformed ones again."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.progress import Stage
from placekeeper.ports.objects import Objects
from placekeeper.ports.progress import Progress
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.formats.format import Reader, reader_of
from placekeeper.runtime.formats.shared.malformed import forget, keeping
from placekeeper.runtime.formats.shared.together import Content, ReadsTogether, together_bytes
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.text_casts import TextCast
from placekeeper.runtime.scan.cuts import Piece, read_piece
from placekeeper.runtime.scan.gathering import Found, Gathered
from placekeeper.runtime.scan.malformed import Counter, error_rows
from placekeeper.runtime.scan.narrowing import Narrowing
from placekeeper.runtime.scan.notices import Notices
from placekeeper.runtime.scan.spills import NO_SPILLS, Spills
from placekeeper.runtime.scan.tally import Tally
from placekeeper.runtime.scan.together import gathered
from placekeeper.runtime.types.nulls import nulls_below_nulls


@dataclass(frozen=True)
class Work:
    """What all tasks share. With `keeps`, malformed records are error records."""

    objects: Objects
    reader: Reader
    notices: Notices
    progress: Progress
    keeps: bool
    spills: Spills = NO_SPILLS

    def gathered(self, some: Iterable[tuple[Piece, Found]]) -> Gathered:
        """What is found in pieces of objects, together."""
        gathered, tally = Gathered(), Tally(self.progress, Stage.TYPING)
        for piece, found in some:
            gathered.add(piece.meta.path, found, begin=piece.begin)
            tally.object(size=piece.size, is_first=piece.begin == 0)
        tally.tell()
        return gathered

    def found_in(self, piece: Piece) -> Found:
        """What is found in a piece of an object."""
        malformed = Counter()
        reader = keeping(self.reader, malformed.add) if self.keeps else self.reader
        with self.noticing(), self.objects.open(piece.meta) as file:
            schema = self.spills.schema(reader, file, piece)
        return Found(schema, malformed.count, malformed.sample)

    def content(self, meta: ObjectMeta) -> Content:
        """All of a small object, which has the size that was listed."""
        with self.objects.open(meta) as file:
            return Content(meta.path, file.read(meta.size))

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Leave word of an object that cannot be read; not of one that has changed, or cannot be had."""
        try:
            yield
        except RecordUnreadable as error:
            self.notices.leave(error)
            raise


@dataclass(frozen=True)
class Reading:
    """The objects of a task → their records."""

    work: Work
    schema: pa.Schema
    narrow: Narrowing | None = None

    def narrowed(self, places: Sequence[int], casts: Sequence[TextCast]) -> "Reading":
        """The same of some columns, and of casts."""
        narrow = Narrowing(tuple(places), tuple(casts), self.schema)
        return replace(self, schema=narrow.read, narrow=narrow)

    def __call__(self, some: Iterable[Piece]) -> Iterator[pa.RecordBatch]:
        """See the class. Raises RecordUnreadable, ObjectChanged and OSError."""
        batches = map(nulls_below_nulls, coalesced(self._batches(some)))
        return batches if self.narrow is None else map(self.narrow.made, batches)

    def _batches(self, some: Iterable[Piece]) -> Iterator[pa.RecordBatch]:
        reader = keeping(self.work.reader, forget) if self.work.keeps else self.work.reader
        tally = Tally(self.work.progress, Stage.READING)
        for pieces in gathered(some, together_bytes(reader)):
            if len(pieces) > 1 and isinstance(reader, ReadsTogether):
                yield from self._together(reader, pieces, tally)
                continue
            for piece in pieces:
                yield from self._alone(reader, piece, tally)
        tally.tell()

    def _alone(self, reader: Reader, piece: Piece, tally: Tally) -> Iterator[pa.RecordBatch]:
        meta = piece.meta
        rows = 0  # of the batch before: that of a small object is counted with the object itself
        for batch in self._read(reader_of(reader, meta), piece):
            if rows:
                tally.rows(rows)
            rows = batch.num_rows
            yield batch
        tally.object(size=piece.size, rows=rows, is_first=piece.begin == 0)

    def _read(self, reader: Reader, piece: Piece) -> Iterator[pa.RecordBatch]:
        kept = self.work.spills.read(reader, piece, self.schema)
        if kept is not None:
            yield from kept
            return
        with self.work.noticing(), self.work.objects.open(piece.meta) as file:
            yield from read_piece(reader, file, piece, self.schema)

    def _together(
        self, reader: ReadsTogether, pieces: Sequence[Piece], tally: Tally
    ) -> Iterator[pa.RecordBatch]:
        contents = [self.work.content(piece.meta) for piece in pieces]
        rows = 0
        with self.work.noticing():
            for batch, _ in reader.read_together(contents, self.schema):
                rows += batch.num_rows
                yield batch
        tally.objects(len(pieces), size=sum(piece.size for piece in pieces), rows=rows)


@dataclass(frozen=True)
class Malformed:
    """The objects of a task → their malformed records, as error records of the call at `site`."""

    work: Work
    site: CallSite

    def __call__(self, some: Iterable[Piece]) -> Iterator[pa.RecordBatch]:
        """See the class. Raises RecordUnreadable, ObjectChanged and OSError."""
        for piece in some:
            with self.work.noticing():
                yield from error_rows(self.work.objects, self.work.reader, piece.meta, self.site)


@dataclass(frozen=True)
class Finding:
    """The objects of a task → what is gathered from them."""

    work: Work

    def __call__(self, some: Iterable[Piece]) -> Iterator[pa.RecordBatch]:
        """See the class. Raises RecordUnreadable, ObjectChanged and OSError."""
        yield self.work.gathered((piece, self.work.found_in(piece)) for piece in some).batch()
