"""Objects as stores list them, and rows of the ledger."""

from collections.abc import Iterable, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.columns import RowSequence, in_batches


class ObjectMeta(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One object as its store lists it.

    `path` is the full URI (`s3://bucket/key`, or `file:///…` for local files); `last_modified_ms` is epoch
    milliseconds. Local files have no e_tag of their own: theirs is made of mtime in nanoseconds and size,
    as web servers make it, so that any change of mtime counts as a change.
    """

    path: str
    last_modified_ms: int
    size: int
    e_tag: str | None = None
    version: str | None = None


LISTING_SCHEMA = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("last_modified_ms", pa.int64(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("e_tag", pa.string()),
        pa.field("version", pa.string()),
    ]
)
"""Columns of a listing: `ObjectMeta`, in its order. Listings are streams of such batches, sorted by the
UTF-8 bytes of `path`, each path once."""

CLASSED_LISTING_SCHEMA = LISTING_SCHEMA.append(pa.field("storage_class", pa.string()))
"""The same with the S3 storage class of each object, null for local files. It is listed only on demand,
because it makes a listing a twentieth slower."""

_REPEATED = pa.dictionary(pa.int32(), pa.string())
"""The type of texts that thousands of rows share; reading and moving them costs as much as a number."""

LEDGER_SCHEMA = pa.schema(
    [
        *LISTING_SCHEMA,
        pa.field("bookmark_version", pa.int64(), nullable=False),
        pa.field("run_id", _REPEATED, nullable=False),
        pa.field("reason", _REPEATED),
    ]
)
"""Columns of a ledger segment: the object as it was read, the version that added the row, the run, and the
`Reason` for which it counts as processed (null in old segments, which only have objects that were read)."""


class LedgerRow(msgspec.Struct, frozen=True):
    """The facts about a processed object that decide on it: its time, size and e_tag, the run, the version
    and the reason."""

    last_modified_ms: int
    size: int
    e_tag: str | None
    run_id: str
    bookmark_version: int = 0
    reason: str | None = None

    def is_of(self, listed: ObjectMeta) -> bool:
        """Whether the object is unchanged: same time, size and e_tag."""
        return self.last_modified_ms == listed.last_modified_ms and self.has_content_of(listed)

    def has_content_of(self, listed: ObjectMeta) -> bool:
        """Whether size and e_tag are unchanged."""
        return (self.size, self.e_tag) == (listed.size, listed.e_tag)


LEDGER_FACTS = LedgerRow.__struct_fields__
"""Columns of the ledger that decide about a path."""


def object_rows(batch: pa.RecordBatch) -> list[ObjectMeta]:
    """The objects of a batch with (at least) the columns of LISTING_SCHEMA."""
    columns = [batch.column(name).to_pylist() for name in LISTING_SCHEMA.names]
    return [
        ObjectMeta(path=path, last_modified_ms=ms, size=size, e_tag=e_tag, version=version)
        for path, ms, size, e_tag, version in zip(*columns, strict=True)
    ]


class ObjectMetas(RowSequence[ObjectMeta]):
    """Objects, kept as batches of LISTING_SCHEMA: there may be millions."""

    @classmethod
    def of(cls, objects: Iterable[ObjectMeta]) -> "ObjectMetas":
        """The same objects; those that are kept so already stay where they are."""
        return objects if isinstance(objects, cls) else cls(map(listing_batch, in_batches(objects)))

    def rows_of(self, batch: pa.RecordBatch) -> Sequence[ObjectMeta]:
        """See RowSequence."""
        return object_rows(batch)

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of LISTING_SCHEMA."""
        return pa.chunked_array(
            [batch.column(name) for batch in self.batches], LISTING_SCHEMA.field(name).type
        )

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return pc.sum(self.column("size")).as_py() or 0

    def at(self, path: str) -> ObjectMeta | None:
        """The object of a path, if it is here."""
        for batch in self.batches:
            place = pc.index(batch.column("path"), path).as_py()
            if place >= 0:
                return object_rows(batch.slice(place, 1))[0]
        return None


def listing_batch(objects: Sequence[ObjectMeta]) -> pa.RecordBatch:
    """Objects as a batch of LISTING_SCHEMA."""
    columns = [[getattr(one, name) for one in objects] for name in LISTING_SCHEMA.names]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, LISTING_SCHEMA, strict=True)],
        schema=LISTING_SCHEMA,
    )


def ledger_rows(batch: pa.RecordBatch) -> list[LedgerRow | None]:
    """The rows of a batch with (at least) LEDGER_FACTS; None for those that are null."""
    versions = batch.column("bookmark_version")
    if versions.null_count == batch.num_rows:  # a first run: nothing is known
        return [None] * batch.num_rows
    is_there = versions.is_valid().to_pylist()
    columns = [batch.column(name).to_pylist() for name in LEDGER_FACTS]
    return [
        LedgerRow(*row) if there else None
        for there, row in zip(is_there, zip(*columns, strict=True), strict=True)
    ]
