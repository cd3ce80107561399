"""Reads of files that become state elements: ledger rows, and the beginning of the next window."""

import base64
import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from placekeeper.model.element import FileElement, NextWindow, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA
from placekeeper.model.plan import Decision, Decisions, Selection
from placekeeper.model.source import ListedSource
from placekeeper.rules.selection.next_window import committed, joined
from placekeeper.rules.sorted_streams import merge_sorted
from placekeeper.runtime.connectors.base import Commit, Pending


class FilePending(msgspec.Struct, frozen=True, kw_only=True):
    """A read of objects; the `processed` ones, sorted by path, get a ledger row. `schema` is the one to
    remember."""

    source: ListedSource
    processed: Decisions
    next_window: NextWindow
    leaves_some: bool
    schema: str | None
    released: str = ""

    @classmethod
    def of(
        cls, source: ListedSource, selection: Selection, schema: pa.Schema, known: FileElement | None
    ) -> "FilePending":
        """A read of what was selected, in this schema, after what the context has known."""
        return cls(
            source=source,
            processed=_united(selection.chosen, selection.remembered),
            next_window=selection.next_window,
            leaves_some=selection.leaves_some,
            schema=encode_schema(schema) if selection.chosen or known is None else known.schema,
        )

    def joined_with(self, earlier: Pending) -> "FilePending":
        """Two reads under one context: what either leaves to the next run is left."""
        if not isinstance(earlier, FilePending):
            raise UsageError(
                f"the transformation_ctx of {self.source.name} was used for something of another kind in "
                "this run: give each source and each relationalize one of its own"
            )
        return msgspec.structs.replace(
            self,
            processed=_united(self.processed, earlier.processed),
            next_window=joined(earlier.next_window, self.next_window),
            leaves_some=earlier.leaves_some or self.leaves_some,
        )

    def element(self, context: str, known: StateElement | None, commit: Commit) -> FileElement:
        """The renewed element, after the segment of what was processed was made durable.

        What a context knew as the memory of something else is forgotten.
        """
        known = known if isinstance(known, FileElement) else None
        segments = () if known is None else known.segments
        if self.processed:
            rows = _ledger_batches(self.processed, version=commit.version, run_id=commit.run_id)
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


def _united(some: Sequence[Decision], others: Sequence[Decision]) -> Decisions:
    """Decisions on objects, each once, sorted by path as both are; of two on one object that of `some`."""
    return Decisions(merge_sorted([Decisions.of(some).batches, Decisions.of(others).batches]))


def _ledger_batches(processed: Decisions, *, version: int, run_id: str) -> Iterator[pa.RecordBatch]:
    for batch in processed.batches:
        of_run = [pa.repeat(value, batch.num_rows) for value in (version, run_id)]
        table = pa.table(
            [*(batch.column(name) for name in LISTING_SCHEMA.names), *of_run, batch["reason"]],
            LEDGER_SCHEMA.names,
        )
        yield from table.cast(LEDGER_SCHEMA).to_batches()
