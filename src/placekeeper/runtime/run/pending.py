"""What a run remembers while it reads: one pending element per transformation context."""

import base64
import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from placekeeper.model.bookmark import BookmarkState, Source, StateElement
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.plan import Decision, Selection
from placekeeper.ports.ledger import Ledger

_ROWS_PER_BATCH = 65_536


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What one context will remember if the run commits; `processed` objects get a ledger row."""

    source: Source
    processed: dict[str, Decision]
    in_band: frozenset[tuple[str, int]]
    unlisted: int
    watermark_ms: int
    band_ms: int
    inexpressible: int
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
            in_band=frozenset(selection.in_band),
            unlisted=selection.unlisted,
            watermark_ms=selection.watermark_ms,
            band_ms=selection.band_ms,
            inexpressible=selection.inexpressible,
            leaves_some=any(reason.is_left for reason in selection.counts),
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
        latest_ms, latest = _latest_partitions(pending, known)
        return StateElement(
            source=pending.source.kept,
            run=self._opened.run,
            run_start_ms=pending.watermark_ms,
            high_band_ms=pending.band_ms,
            in_band=tuple(sorted(pending.in_band)),
            unlisted=pending.unlisted,
            inexpressible=pending.inexpressible,
            latest_partition_ms=latest_ms,
            latest_partitions=latest,
            leaving_since=_leaving_since(pending, known, version),
            segments=segments,
            schema=pending.schema,
            derived=({} if known is None else known.derived) | self._derived,
        )


def _joined(one: Pending, other: Pending) -> Pending:
    """Two readings under one context: what either leaves to the next run is left."""
    return msgspec.structs.replace(
        other,
        processed=one.processed | other.processed,
        in_band=one.in_band | other.in_band,
        unlisted=one.unlisted + other.unlisted,
        watermark_ms=min(one.watermark_ms, other.watermark_ms),
        band_ms=max(one.band_ms, other.band_ms),
        inexpressible=one.inexpressible + other.inexpressible,
        leaves_some=one.leaves_some or other.leaves_some,
    )


def _leaving_since(pending: Pending, known: StateElement | None, version: int) -> int:
    """The version since which each run has left objects to the next one, 0 where this one leaves none."""
    if not pending.leaves_some:
        return 0
    return version if known is None else known.leaving_since or version


def _latest_partitions(pending: Pending, known: StateElement | None) -> tuple[int, tuple[str, ...]]:
    """The newest partitions that a context has seen; those of before while a run leaves objects in them."""
    partitions = pending.source.partitions
    if not partitions or pending.leaves_some:
        return (0, ()) if known is None else (known.latest_partition_ms, known.latest_partitions)
    before_ms, before = (0, ()) if known is None else (known.latest_partition_ms, known.latest_partitions)
    newest_ms = max(before_ms, *(partition.created_ms for partition in partitions))  # some may be left out
    newest = {partition.path for partition in partitions if partition.created_ms == newest_ms}
    return newest_ms, tuple(sorted(newest.union(before if before_ms == newest_ms else ())))


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
