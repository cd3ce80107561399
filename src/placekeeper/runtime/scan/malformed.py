"""Malformed records of a scan: counted while schemas are found, read again where somebody looks at them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import Objects
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.shared.malformed import MalformedRecord, keeping
from placekeeper.runtime.frames.errors import NO_SITE, CallSite, error_record, error_schema

SCHEMA: Final = error_schema()
"""The schema of error records that are of no record."""

_AT_ONCE: Final = 1000
_IN_MEMORY: Final = 16 * 1024 * 1024
_SAMPLE: Final = 500
"""Characters of a sample of what was said."""


class ReadStage(NamedTuple):
    """A read whose malformed records are error records: its name, and where the script asks for it."""

    name: str
    site: CallSite = NO_SITE


@dataclass
class Counter:
    """Counts the malformed records of one object; `sample` is what is said of the first."""

    count: int = 0
    sample: str = ""

    def add(self, record: MalformedRecord) -> None:
        """Count one."""
        self.count += 1
        self.sample = self.sample or str(record.error)[:_SAMPLE].replace("\n", " ")


@dataclass
class _Rows:
    """Malformed records as rows of SCHEMA, in a file: an object may have more than memory holds."""

    writer: pa.ipc.RecordBatchStreamWriter
    site: CallSite
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: MalformedRecord) -> None:
        error = record.error
        self.waiting.append(
            error_record(
                self.site,
                error.reason,
                input=record.text,
                bytes_read=record.end,
                source=f"{error.path}, {error.place}",
            )
        )
        if len(self.waiting) == _AT_ONCE:
            self.write()

    def write(self) -> None:
        if self.waiting:
            self.writer.write_batch(pa.RecordBatch.from_pylist(self.waiting, SCHEMA))
            self.waiting.clear()


def error_rows(
    objects: Objects, reader: Reader, meta: ObjectMeta, site: CallSite
) -> Iterator[pa.RecordBatch]:
    """The malformed records of an object as error records. Raises RecordUnreadable for a bad file."""
    with SpooledTemporaryFile(_IN_MEMORY) as spool:
        with pa.ipc.new_stream(spool, SCHEMA) as writer:
            rows = _Rows(writer, site)
            with objects.open(meta) as file:
                keeping(reader, rows.add).schema(file, meta.path)
            rows.write()
        spool.seek(0)
        yield from pa.ipc.open_stream(spool)
