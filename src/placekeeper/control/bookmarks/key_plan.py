"""The plan of a table of a database: the range of keys that the next run reads, and how many rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from placekeeper.control.bookmarks.key_news import KeyNews, Looker
from placekeeper.control.bookmarks.known_rows import held_mark, known_identities, known_of
from placekeeper.control.bookmarks.plan_file import KeyPlan, SourcePlan
from placekeeper.model.element import StateElement
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import Database
from placekeeper.ports.ledger import Ledger


class KeyStream:
    """The plan of one table, as `SourceStream` is that of a source of objects; it has no decisions."""

    def __init__(
        self,
        context: str,
        source: DatabaseSource,
        open_database: Callable[[DatabaseSource], Database],
        ledger: Ledger,
        element: StateElement | None,
        marks: Iterable[Mark] = (),
    ) -> None:
        self.context = context
        self.source = source
        self._open_database = open_database
        self._ledger = ledger
        self._element = element
        self._held = held_mark(marks, source, context)
        self._plan: SourcePlan | None = None

    def decisions(self) -> Iterator[Sequence[Decision]]:
        """None: rows are not named one by one."""
        yield from ()

    def ended(self, decisions: Sequence[Decision] = ()) -> SourcePlan:
        """The plan, from one moment of the database.

        Raises DatabaseFailed, TableNotThere, NoBookmarkKey, SegmentCorrupt; UsageError as a run would.
        Where only the script knows the login, the plan says so.
        """
        del decisions
        if self._plan is None:
            self._plan = self._planned()
        return self._plan

    def _planned(self) -> SourcePlan:
        notes: list[str] = []
        known = known_of(self.source, self._element, self.context, notes.append)
        try:
            database = self._open_database(self.source)
        except UnsupportedFeature as error:
            return self._of(KeyPlan(unknown=str(error)), {})
        with database.session() as session:
            shape = session.shape(self.source.relation)
            looker = Looker(session, shape, self.source, known, self._held)
            news = looker.news(known_identities(self._ledger, known))
        return self._of(_key_plan(news, (*notes, *news.notes)), news.counts)

    def _of(self, keys: KeyPlan, counts: dict[Reason, int]) -> SourcePlan:
        return SourcePlan(context=self.context, source=self.source, counts=counts, decisions=(), keys=keys)


def _key_plan(news: KeyNews, notes: Sequence[str]) -> KeyPlan:
    new, late = news.reading.new, news.reading.late
    return KeyPlan(
        after=None if new is None else new.after,
        upto=None if new is None else new.upto,
        again_after=None if late is None else late.after,
        again_upto=None if late is None else late.upto,
        notes=tuple(notes),
    )
