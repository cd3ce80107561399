"""What a run remembers while it reads: one pending element per transformation context."""

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.bookmark import BookmarkState, source_elements
from placekeeper.model.element import FileElement, IdElement, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.exchange import Opened
from placekeeper.ports.ledger import Ledger
from placekeeper.runtime.connectors.base import Commit, Pending
from placekeeper.runtime.connectors.pending import decode_schema, encode_schema


class IdPending(Struct, frozen=True, kw_only=True):
    """The ids that a Relationalize has given in this run; `next_id` is the first that is free."""

    next_id: int
    context: str
    released: str = ""

    def joined_with(self, earlier: Pending) -> "IdPending":
        """The same after an earlier Relationalize. Raises UsageError after the read of a source."""
        if not isinstance(earlier, IdPending):
            raise UsageError(
                f"the transformation_ctx '{self.context}' was used for a source in this run: give each "
                "source and each relationalize one of its own"
            )
        return IdPending(next_id=max(self.next_id, earlier.next_id), context=self.context)

    def element(self, _context: str, _known: StateElement | None, commit: Commit) -> IdElement:
        """The renewed element."""
        return IdElement(next_id=self.next_id, run=commit.run)


class PendingElements:
    """Collects the elements of one run; nothing is durable before `elements` makes it so."""

    def __init__(self, opened: Opened, *, run_id: str) -> None:
        self._opened = opened
        self._run_id = run_id
        self._pending: dict[str, Pending] = {}
        self._derived: dict[str, str] = {}

    def element(self, context: str) -> FileElement | None:
        """What the context remembers of a source from earlier runs."""
        return source_elements(self._opened.state).get(context)

    def staged(self, context: str) -> Pending | None:
        """What this run has staged under a context so far."""
        return self._pending.get(context)

    @property
    def released(self) -> frozenset[str]:
        """The paths of the marks of held tables about which the reads of this run have decided."""
        return frozenset(pending.released for pending in self._pending.values())

    def next_id(self, context: str) -> int:
        """The first id that a Relationalize may give, after those of earlier runs and of this one."""
        pending, known = self._pending.get(context), self._opened.state.get(context)
        if isinstance(pending, IdPending):
            return pending.next_id
        return known.next_id if isinstance(known, IdElement) else 1

    def learn_next_id(self, context: str, next_id: int) -> None:
        """Remember the first id that is free. Raises UsageError where the context is that of a source."""
        earlier = self._pending.get(context)
        pending = IdPending(next_id=next_id, context=context)
        self._pending[context] = pending if earlier is None else pending.joined_with(earlier)

    def stage(self, context: str, pending: Pending) -> bool:
        """Remember a read; False when the context was used before in this run (the two are joined)."""
        earlier = self._pending.get(context)
        self._pending[context] = pending if earlier is None else pending.joined_with(earlier)
        return earlier is None

    def derived(self, name: str) -> pa.Schema | None:
        """The schema last learned under a name, in this run or before."""
        elements = source_elements(self._opened.state).values()
        remembered = (element.derived.get(name) for element in elements)
        text = self._derived.get(name) or next(filter(None, remembered), None)
        return None if text is None else decode_schema(text)

    def learn(self, name: str, schema: pa.Schema) -> None:
        """Remember what a function of the script made of records."""
        self._derived[name] = encode_schema(schema)

    def elements(self, ledger: Ledger, *, version: int, ordinal: int = 0) -> BookmarkState:
        """The renewed elements, after what they point at was made durable.

        `version` is the commit's, `ordinal` counts the commits of this run, from 0.
        """
        commit = Commit(
            ledger=ledger,
            run_id=self._run_id,
            run=self._opened.run,
            version=version,
            derived=self._derived,
            ordinal=ordinal,
        )
        return {
            context: pending.element(context, self._opened.state.get(context), commit)
            for context, pending in self._pending.items()
        }
