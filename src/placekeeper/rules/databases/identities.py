"""Identities of rows: by them a bookmark knows rows again that it looks at twice.

An identity is the digest of the values that tell a row from all others: its bookmark keys and its primary
key. In a table without a primary key it is the digest of the whole row, and of its ordinal among equal rows.

A value counts as text that is the same whatever library has read it, and in whatever width.

Source: docs/reference/database-bookmarks.md#looking-back.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from placekeeper.model.databases import BookmarkKeys

DIGEST_BYTES: Final = 16
IDENTITY: Final = pa.string()
_NULL: Final = b"\x00"
_VALUE: Final = b"\x01"
_ESCAPES: Final = ((b"\x02", b"\x02\x02"), (b"\x00", b"\x02\x03"), (b"\x01", b"\x02\x04"))


class Identity(Struct, frozen=True):
    """The columns that tell rows apart; with `counts`, rows may be equal in all of them, and count on."""

    columns: tuple[str, ...]
    counts: bool = False
    gone: tuple[str, ...] = ()
    """Columns that the bookmark knew rows by, and that the table has no longer."""


def identity_of(keys: BookmarkKeys, there: Sequence[str], remembered: Sequence[str] = ()) -> Identity:
    """By what rows of a table with the columns `there` are known again: as before, where that can be.

    Otherwise a new column or a new primary key would make strangers of rows that were read.
    """
    gone = tuple(name for name in remembered if name not in there)
    columns = tuple(remembered)
    if gone or not columns:
        columns = tuple(dict.fromkeys((*keys.columns, *keys.row))) if keys.row else tuple(there)
    return Identity(columns, counts=not keys.row or not set(keys.row) <= set(columns), gone=gone)


class Identities:
    """The identities of the rows of batches, in their order; rows that are equal count on.

    All rows of one key must come to one instance.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._equal: Counter[bytes] = Counter()

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        """The identity of each row, as hex."""
        texts = row_texts(batch.select(self._identity.columns)).to_pylist()
        name = self._counted if self._identity.counts else _digest
        return pa.array([name(text) for text in texts], IDENTITY)

    def _counted(self, text: bytes) -> str:
        key = hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest()
        ordinal = self._equal[key]
        self._equal[key] += 1
        return _digest(b"%s%d" % (key, ordinal)) if ordinal else key.hex()


def unknown(identities: pa.Array, known: pa.Array) -> pa.Array:
    """Which rows nobody has read yet, given the identities of those that were: a mask."""
    return pc.invert(pc.is_in(identities, value_set=known))


def sorted_identities(chunks: Iterable[pa.Array]) -> pa.Array:
    """The identities of several batches, sorted and each once, as a segment has them."""
    found = pc.unique(pa.chunked_array(list(chunks), IDENTITY))
    return found.take(pc.sort_indices(found))


def row_texts(batch: pa.RecordBatch) -> pa.Array:
    """Each row as bytes that only an equal row has."""
    if not batch.num_columns:
        return pa.array([b""] * batch.num_rows, pa.binary())
    columns = [_marked(array) for array in batch.columns]
    return pc.binary_join_element_wise(*columns, pa.scalar(b"", pa.binary()))


def _digest(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).hexdigest()


def _marked(array: pa.Array) -> pa.Array:
    """Values with a mark before them that no value contains, so that joined columns stay apart."""
    texts = _texts(array)
    for byte, escape in _ESCAPES:
        texts = _replaced(texts, byte, escape)
    mark = pa.scalar(_VALUE, pa.binary())
    marked = pc.binary_join_element_wise(mark, texts, pa.scalar(b"", pa.binary()))
    return pc.fill_null(marked, pa.scalar(_NULL, pa.binary()))


def _replaced(texts: pa.Array, byte: bytes, escape: bytes) -> pa.Array:
    data = texts.buffers()[2]
    if data is None or byte not in data.to_pybytes():
        return texts
    return pc.replace_substring(texts, pattern=byte, replacement=escape)


def _texts(array: pa.Array) -> pa.Array:
    """The values as bytes that do not depend on the width of their type."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _texts(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return _times(array)
    if pa.types.is_floating(kind):
        return _binary(array.cast(pa.float64()).view(pa.int64()))
    if pa.types.is_decimal(kind):
        return _decimals(array)
    if pa.types.is_date(kind):
        return _binary(array.cast(pa.date32()).cast(pa.int32()))
    if pa.types.is_time(kind):
        return _binary(array.cast(pa.time64("us")).cast(pa.int64()))
    if pa.types.is_nested(kind) or pa.types.is_duration(kind):
        return pa.array([_packed(value) for value in array], pa.binary())
    return _binary(array)


def _times(array: pa.Array) -> pa.Array:
    """Microseconds since 1970; nanoseconds behind a point, where there are some."""
    if array.type.unit != "ns":
        return _binary(array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64()))
    whole = array.cast(pa.int64())
    us = pc.divide(pc.subtract(whole, _modulo(whole)), 1000)
    rest = _modulo(whole)
    with_rest = pc.binary_join_element_wise(_binary(us), _binary(rest), pa.scalar(b".", pa.binary()))
    return pc.if_else(pc.equal(rest, 0), _binary(us), with_rest)


def _modulo(values: pa.Array) -> pa.Array:
    """What is left of a division by 1000, never below 0; Arrow's division goes towards 0."""
    rest = pc.subtract(values, pc.multiply(pc.divide(values, 1000), 1000))
    return pc.if_else(pc.less(rest, 0), pc.add(rest, 1000), rest)


def _decimals(array: pa.Array) -> pa.Array:
    """Digits without the zeros that only the scale adds."""
    texts = array.cast(pa.string())
    if array.type.scale > 0:
        texts = pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".")
    return texts.cast(pa.binary())


def _binary(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_binary(kind) or pa.types.is_string(kind):
        return array.cast(pa.binary())
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind):
        return array.cast(pa.binary())
    return array.cast(pa.string()).cast(pa.binary())


def _packed(value: pa.Scalar) -> bytes | None:
    return None if not value.is_valid else msgspec.msgpack.encode(value.as_py(), order="deterministic")


def segment_batches(
    identities: pa.Array, schema: pa.Schema, *, version: int, run_id: str, rows: int = 65_536
) -> Iterator[pa.RecordBatch]:
    """Sorted identities as batches of a ledger's schema: a path each, and who has read it."""
    for begin in range(0, len(identities), rows):
        some = identities.slice(begin, rows)
        facts: dict[str, Sequence[object] | pa.Array] = {
            "path": some,
            "last_modified_ms": pa.repeat(0, len(some)),
            "size": pa.repeat(0, len(some)),
            "bookmark_version": pa.repeat(version, len(some)),
            "run_id": pa.repeat(run_id, len(some)),
        }
        columns = [
            pa.nulls(len(some), field.type) if field.name not in facts else facts[field.name]
            for field in schema
        ]
        yield from pa.table(columns, schema.names).cast(schema).to_batches()
