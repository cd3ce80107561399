"""What a run remembers while it reads: one pending element per transformation context."""

import base64
import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from placekeeper.model.bookmark import BookmarkState
from placekeeper.model.element import FileElement, NextWindow, StateElement
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.plan import Decision, Selection
from placekeeper.model.source import Source
from placekeeper.ports.ledger import Ledger
from placekeeper.rules.selection.next_window import committed, joined

_ROWS_PER_BATCH = 65_536


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What one context will remember if the run commits; `processed` objects get a ledger row."""

    source: Source
    processed: dict[str, Decision]
    next_window: NextWindow
    leaves_some: bool
    schema: str | None


class Tracking:
    """Collects the elements of one run; nothing is durable before `elements` writes the segments."""

    def __init__(self, opened: Opened, *, run_id: str) -> None:
        self._opened = opened
        self._run_id = run_id
        self._pending: dict[str, Pending] = {}
        self._derived: dict[str, str] = {}

    def element(self, context: str) -> StateElement | None:
        """What the context remembers from earlier runs."""
        return self._opened.state.get(context)

    def stage(self, context: str, source: Source, selection: Selection, schema: pa.Schema) -> bool:
        """Remember a reading; False when the context was used before in this run (the two are joined)."""
        before = self._pending.get(context)
        known = self.element(context)
        processed = {d.object.path: d for d in (*selection.remembered, *selection.chosen)}
        pending = Pending(
            source=source,
            processed=processed,
            next_window=selection.next_window,
            leaves_some=selection.leaves_some,
            schema=encode_schema(schema) if selection.chosen or known is None else known.schema,
        )
        self._pending[context] = pending if before is None else _joined(before, pending)
        return before is None

    def derived(self, name: str) -> pa.Schema | None:
        """The schema last learned under a name, in this run or before."""
        remembered = (element.derived.get(name) for element in self._opened.state.values())
        text = self._derived.get(name) or next(filter(None, remembered), None)
        return None if text is None else decode_schema(text)

    def learn(self, name: str, schema: pa.Schema) -> None:
        """Remember what a function of the script made of records."""
        self._derived[name] = encode_schema(schema)

    def elements(self, ledger: Ledger, *, version: int) -> BookmarkState:
        """The renewed elements, after their segments were made durable; `version` is the commit's."""
        return {
            context: self._element(context, pending, ledger, version)
            for context, pending in self._pending.items()
        }

    def _element(self, context: str, pending: Pending, ledger: Ledger, version: int) -> StateElement:
        known = self.element(context)
        segments = () if known is None else known.segments
        if pending.processed:
            rows = _ledger_batches(
                sorted(pending.processed.values(), key=lambda decision: decision.object.path.encode()),
                version=version,
                run_id=self._run_id,
            )
            key = segment_key(self._run_id, context)
            segments = (*segments, ledger.write(key, rows, versions=((version, version),)))
        return FileElement.beginning(
            committed(
                pending.next_window,
                known,
                pending.source.partitions,
                leaves_some=pending.leaves_some,
                version=version,
            ),
            source=pending.source.kept,
            run=self._opened.run,
            segments=segments,
            schema=pending.schema,
            derived=({} if known is None else known.derived) | self._derived,
        )


def _joined(one: Pending, other: Pending) -> Pending:
    """Two readings under one context: what either leaves to the next run is left."""
    return msgspec.structs.replace(
        other,
        processed=one.processed | other.processed,
        next_window=joined(one.next_window, other.next_window),
        leaves_some=one.leaves_some or other.leaves_some,
    )


def segment_key(run_id: str, context: str) -> str:
    """Where a run's segment of a context is kept; contexts may hold anything, so they are hashed."""
    return f"{run_id}/{hashlib.sha256(context.encode()).hexdigest()[:16]}.parquet"


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
