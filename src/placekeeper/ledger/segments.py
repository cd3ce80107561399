"""Segments: immutable, sorted Parquet files, durable before any commit points at them.

A reader first checks size and digest against what the commit recorded; a difference is SegmentCorrupt.

Source: docs/reference/stores.md#segments.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.ledger.encryption import decryption, encryption, is_encrypted, key_of
from placekeeper.ledger.folders import sync_folder
from placekeeper.ledger.hashing import Hashing
from placekeeper.model.errors import SegmentCorrupt, StateUnfit
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.segments import SegmentRef, VersionRanges
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.ledger.retention import Thinning, counting, newest_rows
from placekeeper.rules.sorted_streams import merge_sorted

_ROWS_PER_GROUP = 32_768
_ROWS_PER_BATCH = 16_384
_ROWS_AT_ONCE = 65_536
"""In the batches of all segments together that are read at the same time."""

_READ_BYTES = 65_536
_OF_A_RUN = "jr_"
"""The beginning of the name of a run's folder; the folder of merges has another name and is kept."""

_REPEATED = [field.name for field in LEDGER_SCHEMA if pa.types.is_dictionary(field.type)]
_ENCODINGS = {
    "path": "DELTA_BYTE_ARRAY",  # neighbouring paths share most of their text
    "last_modified_ms": "DELTA_BINARY_PACKED",
    "size": "DELTA_BINARY_PACKED",
    "e_tag": "PLAIN",
    "version": "PLAIN",
    "bookmark_version": "DELTA_BINARY_PACKED",
}


class SegmentFolder(Struct, frozen=True):
    """Implements ports.ledger.Ledger on a local folder. With `key`, what it writes is encrypted."""

    folder: Path
    keys: Keys = NO_KEYS
    key: str | None = None

    def sealed_with(self, key: str | None) -> "SegmentFolder":
        """The same folder; with a key, it encrypts the segments that it writes."""
        return replace(self, key=key)

    def rows(self, segments: Sequence[SegmentRef]) -> Iterator[pa.RecordBatch]:
        """The newest row of each path over all segments, sorted by path, in bounded memory."""
        return merge_sorted(
            [
                newest_rows(rows) if _has_several(segment) else rows
                for segment, rows in zip(segments, self._counting(segments), strict=True)
            ],
            newest_by="bookmark_version",
        )

    def merged(self, segments: Sequence[SegmentRef], thinning: Thinning) -> Iterator[pa.RecordBatch]:
        """All rows of segments that a merge keeps, with the newest row of a path first."""
        return thinning.merged(self._counting(segments))

    def key_of(self, segments: Sequence[SegmentRef]) -> str | None:
        """The key of the newest encrypted segment among these; None if none is encrypted."""
        for segment in reversed(segments):
            path = self.folder / segment.key
            with _said_of(path):
                if is_encrypted(path):
                    return key_of(path, self.keys)
        return None

    def _counting(self, segments: Sequence[SegmentRef]) -> list[Iterator[pa.RecordBatch]]:
        batch = min(_ROWS_PER_BATCH, max(1, _ROWS_AT_ONCE // max(1, len(segments))))
        return [counting(self._read(segment, batch), segment.versions) for segment in segments]

    def _read(self, segment: SegmentRef, batch: int) -> Iterator[pa.RecordBatch]:
        path = self.folder / segment.key
        with _said_of(path):
            properties = decryption(self.keys) if is_encrypted(path) else None
            with (
                pa.OSFile(str(path)) as raw,
                pq.ParquetFile(
                    _checked(raw, path, segment),
                    decryption_properties=properties,
                    pre_buffer=False,  # it would hold all of the file
                    buffer_size=_READ_BYTES,
                ) as file,
            ):
                for rows in file.iter_batches(batch, use_threads=False):
                    yield rows if rows.schema == LEDGER_SCHEMA else _as_today(rows)

    def write(self, key: str, rows: Iterable[pa.RecordBatch], *, versions: VersionRanges = ()) -> SegmentRef:
        """Write rows (sorted by path) as the segment `key` and make it durable before returning.

        Raises StateUnfit if the disk is full or read-only.
        """
        path = self.folder / key
        with _written(path):
            return self._write(key, path, rows, versions)

    def _write(
        self, key: str, path: Path, rows: Iterable[pa.RecordBatch], versions: VersionRanges
    ) -> SegmentRef:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        count = 0
        with partial.open("wb") as raw:
            sink = Hashing(raw)
            with pq.ParquetWriter(
                pa.PythonFile(sink, mode="w"),
                LEDGER_SCHEMA,
                compression="zstd",
                use_dictionary=_REPEATED,
                column_encoding=_ENCODINGS,
                write_page_checksum=True,
                write_statistics=["path"],
                encryption_properties=None if self.key is None else encryption(self.keys, self.key),
            ) as writer:
                for group in _groups(rows):
                    count += group.num_rows
                    writer.write_table(group, row_group_size=_ROWS_PER_GROUP)
            raw.flush()
            os.fsync(raw.fileno())
        partial.rename(path)
        # The run's folder is new, and so may be the one above: a commit must not point into a folder
        # that a power cut forgets.
        for folder in (path.parent, self.folder, self.folder.parent):
            sync_folder(folder)
        return SegmentRef(
            key=key, rows=count, size=sink.size, digest=sink.sha256.hexdigest(), versions=versions
        )

    def folders(self) -> frozenset[str]:
        """The folders in which there may be segments: one for each run, and those of merges."""
        try:
            with os.scandir(self.folder) as entries:
                return frozenset(entry.name for entry in entries if entry.is_dir())
        except FileNotFoundError:
            return frozenset()

    def keys_there(self) -> frozenset[str]:
        """The key of every segment that exists, whether or not a version points at it."""
        return frozenset(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.parquet"))

    def lacking(self, segments: Iterable[SegmentRef], *, digests: bool = False) -> list[SegmentRef]:
        """The segments that are missing or have another size or, with `digests`, another content."""
        return [segment for segment in segments if not self._is_there(segment, digests=digests)]

    def _is_there(self, segment: SegmentRef, *, digests: bool) -> bool:
        path = self.folder / segment.key
        try:
            if not digests:
                return path.stat().st_size == segment.size
            with pa.OSFile(str(path)) as raw:
                _checked(raw, path, segment)
        except (OSError, SegmentCorrupt):
            return False
        return True

    def stray_rows(self, key: str) -> Iterator[pa.RecordBatch]:
        """The rows of a segment without a reference, sorted by path; a path may have several rows.

        Raises SegmentCorrupt, KeyMissing.
        """
        path = self.folder / key
        with _said_of(path):
            properties = decryption(self.keys) if is_encrypted(path) else None
            with pq.ParquetFile(path, decryption_properties=properties, pre_buffer=False) as file:
                for rows in file.iter_batches(_ROWS_PER_BATCH, use_threads=False):
                    yield rows if rows.schema == LEDGER_SCHEMA else _as_today(rows)

    def collect(self, referenced: frozenset[str], *, older_than_ms: int) -> list[str]:
        """Delete segments that no commit points at and that are older than an instant; returns their keys.

        Folders of runs that have been empty for as long are deleted too.
        """
        collected = []
        for path in self.folder.rglob("*"):
            key = path.relative_to(self.folder).as_posix()
            if key in referenced or (path.is_dir() and not key.startswith(_OF_A_RUN)):
                continue
            # Another process collects too, has just finished this segment, or has put one into the folder.
            with suppress(OSError):
                if path.stat().st_mtime_ns // 1_000_000 >= older_than_ms:
                    continue
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
                    collected.append(key)
        return sorted(collected)


def _as_today(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of an old segment, which has no reasons or no dictionaries, in today's schema."""
    if "reason" not in rows.schema.names:
        rows = rows.append_column("reason", pa.nulls(rows.num_rows, pa.string()))
    return rows.cast(LEDGER_SCHEMA)


def _has_several(segment: SegmentRef) -> bool:
    """Whether several rows of a path may count, because rows of more than one version do."""
    return any(first != last for first, last in segment.versions) or len(segment.versions) > 1


def _groups(rows: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in batches of the size of a row group, because each write begins a new group."""
    held = pa.Table.from_batches([], LEDGER_SCHEMA)
    for batch in rows:
        held = pa.concat_tables([held, pa.Table.from_batches([batch], LEDGER_SCHEMA)])
        while held.num_rows >= _ROWS_PER_GROUP:
            yield held.slice(0, _ROWS_PER_GROUP)
            held = held.slice(_ROWS_PER_GROUP)
    if held.num_rows:
        yield held


def _checked(raw: pa.OSFile, path: Path, segment: SegmentRef) -> pa.OSFile:
    """Check that the file is the segment, and rewind it. This costs a twelfth of reading its rows."""
    if raw.size() != segment.size:
        raise SegmentCorrupt(_corrupt(path, "its size is not what the commit recorded"))
    sha256 = hashlib.sha256()
    while data := raw.read(_READ_BYTES):
        sha256.update(data)
    if sha256.hexdigest() != segment.digest:
        raise SegmentCorrupt(_corrupt(path, "its digest is not what the commit recorded"))
    raw.seek(0)
    return raw


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Make errors name the segment that cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise SegmentCorrupt(_corrupt(path, "it is missing")) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise SegmentCorrupt(_corrupt(path, str(error))) from error


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Make errors name the segment that cannot be written, and say what to do."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            path.with_name(f"{path.name}.partial").unlink(missing_ok=True)
        raise StateUnfit(
            f"the ledger segment {path} cannot be written: {error.strerror or error}. Nothing was committed. "
            "Make room on the disk of the state, or let this user write there, and run again"
        ) from error


def _corrupt(path: Path, why: str) -> str:
    return (
        f"the ledger segment {path} cannot be used: {why}. Restore it from a backup of the state. Or go on "
        "without it: placekeeper state check shows what is lost, placekeeper state accept reads that again"
    )
