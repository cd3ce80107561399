"""What a run remembers while it reads: one pending element per transformation context."""

import pyarrow as pa

from placekeeper.model.bookmark import BookmarkState
from placekeeper.model.element import StateElement
from placekeeper.model.exchange import Opened
from placekeeper.ports.ledger import Ledger
from placekeeper.runtime.connectors.base import Commit, Pending
from placekeeper.runtime.connectors.pending import decode_schema, encode_schema


class PendingElements:
    """Collects the elements of one run; nothing is durable before `elements` makes it so."""

    def __init__(self, opened: Opened, *, run_id: str) -> None:
        self._opened = opened
        self._run_id = run_id
        self._pending: dict[str, Pending] = {}
        self._derived: dict[str, str] = {}

    def element(self, context: str) -> StateElement | None:
        """What the context remembers from earlier runs."""
        return self._opened.state.get(context)

    def stage(self, context: str, pending: Pending) -> bool:
        """Remember a read; False when the context was used before in this run (the two are joined)."""
        earlier = self._pending.get(context)
        self._pending[context] = pending if earlier is None else pending.joined_with(earlier)
        return earlier is None

    def derived(self, name: str) -> pa.Schema | None:
        """The schema last learned under a name, in this run or before."""
        remembered = (element.derived.get(name) for element in self._opened.state.values())
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
            context: pending.element(context, self.element(context), commit)
            for context, pending in self._pending.items()
        }
