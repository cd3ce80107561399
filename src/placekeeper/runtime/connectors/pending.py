"""Reads of files that become state elements: ledger rows, and the beginning of the next window."""

import base64
import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from placekeeper.model.element import FileElement, NextWindow, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.plan import Decision, Selection
from placekeeper.model.source import Source
from placekeeper.rules.selection.next_window import committed, joined
from placekeeper.runtime.connectors.base import Commit, Pending

_ROWS_PER_BATCH = 65_536


class FilePending(msgspec.Struct, frozen=True, kw_only=True):
    """A read of objects; the `processed` ones, by path, get a ledger row. `schema` is the one to remember."""

    source: Source
    processed: dict[str, Decision]
    next_window: NextWindow
    leaves_some: bool
    schema: str | None

    @classmethod
    def of(
        cls, source: Source, selection: Selection, schema: pa.Schema, known: StateElement | None
    ) -> "FilePending":
        """A read of what was selected, in this schema, after what the context has known."""
        return cls(
            source=source,
            processed={d.object.path: d for d in (*selection.remembered, *selection.chosen)},
            next_window=selection.next_window,
            leaves_some=selection.leaves_some,
            schema=encode_schema(schema) if selection.chosen or known is None else known.schema,
        )

    def joined_with(self, earlier: Pending) -> "FilePending":
        """Two reads under one context: what either leaves to the next run is left."""
        if not isinstance(earlier, FilePending):
            raise UsageError(
                f"the transformation_ctx of {self.source.name} was used for a source of another kind in this "
                "run: give each source one of its own"
            )
        return msgspec.structs.replace(
            self,
            processed=earlier.processed | self.processed,
            next_window=joined(earlier.next_window, self.next_window),
            leaves_some=earlier.leaves_some or self.leaves_some,
        )

    def element(self, context: str, known: StateElement | None, commit: Commit) -> FileElement:
        """The renewed element, after the segment of what was processed was made durable."""
        segments = () if known is None else known.segments
        if self.processed:
            rows = _ledger_batches(
                sorted(self.processed.values(), key=lambda decision: decision.object.path.encode()),
                version=commit.version,
                run_id=commit.run_id,
            )
            key = segment_key(commit.run_id, context, commit.ordinal)
            versions = ((commit.version, commit.version),)
            segments = (*segments, commit.ledger.write(key, rows, versions=versions))
        return FileElement.beginning(
            committed(
                self.next_window,
                known,
                self.source.partitions,
                leaves_some=self.leaves_some,
                version=commit.version,
            ),
            source=self.source.kept,
            run=commit.run,
            segments=segments,
            schema=self.schema,
            derived={**({} if known is None else known.derived), **commit.derived},
        )


def segment_key(run_id: str, context: str, ordinal: int = 0) -> str:
    """The key of a run's segment for a context. Contexts may hold any character, so they are hashed.

    `ordinal` tells the commits of one run apart: they may use the same context.
    """
    hashed = hashlib.sha256(context.encode()).hexdigest()[:16]
    return f"{run_id}/{hashed}-{ordinal}.parquet" if ordinal else f"{run_id}/{hashed}.parquet"


def encode_schema(schema: pa.Schema) -> str:
    """An Arrow schema as text: base64 of its IPC message."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def decode_schema(text: str) -> pa.Schema:
    """The inverse of `encode_schema`."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def _ledger_batches(processed: Sequence[Decision], *, version: int, run_id: str) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(processed), _ROWS_PER_BATCH):
        decisions = processed[start : start + _ROWS_PER_BATCH]
        part = [decision.object for decision in decisions]
        columns = [
            [o.path for o in part],
            [o.last_modified_ms for o in part],
            [o.size for o in part],
            [o.e_tag for o in part],
            [o.version for o in part],
            [version] * len(part),
            [run_id] * len(part),
            [decision.reason.value for decision in decisions],
        ]
        yield pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, LEDGER_SCHEMA, strict=True)],
            schema=LEDGER_SCHEMA,
        )
