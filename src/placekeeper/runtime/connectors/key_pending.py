"""Reads of tables of databases that become state elements: the last key, and the identities behind it."""

from msgspec import Struct

from placekeeper.control.bookmarks.key_news import KeyNews
from placekeeper.model.databases import Moment, Reached
from placekeeper.model.element import KeyElement, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.source import DatabaseSource
from placekeeper.rules.databases.identities import segment_batches
from placekeeper.rules.databases.marks import with_mark
from placekeeper.runtime.connectors.base import Commit, Pending
from placekeeper.runtime.connectors.pending import segment_key
from placekeeper.runtime.scan.database_choice import ChosenRows


class KeyPending(Struct, frozen=True, kw_only=True):
    """A read of a table up to a key; `chosen` are its rows, also for another read under the context."""

    chosen: ChosenRows
    news: KeyNews
    moment: Moment
    schema: str

    @property
    def source(self) -> DatabaseSource:
        """The table."""
        return self.chosen.source

    @property
    def released(self) -> str:
        """See runtime.connectors.base.Pending."""
        return self.news.released

    def joined_with(self, earlier: Pending) -> "KeyPending":
        """Two reads of one table under one context: both have read the same rows.

        Raises UsageError for reads of two sources.
        """
        if not isinstance(earlier, KeyPending) or earlier.source != self.source:
            raise UsageError(
                f"the transformation_ctx of {self.source.name} was used for another source in this run: give "
                "each source one of its own"
            )
        return earlier

    def element(self, context: str, known: StateElement | None, commit: Commit) -> KeyElement:
        """The renewed element, after the segment of the identities was made durable.

        The marks are those of the element that was read on, which another source's is not.
        """
        del known
        last, is_exact = self.news.reading.last, self.news.is_exact
        segments = self.chosen.segments
        if len(self.chosen.identities) and not segments:
            rows = segment_batches(
                self.chosen.identities, LEDGER_SCHEMA, version=commit.version, run_id=commit.run_id
            )
            key = segment_key(commit.run_id, context, commit.ordinal)
            segments = (commit.ledger.write(key, rows, versions=((commit.version, commit.version),)),)
        reached = self.news.reached
        if is_exact:
            reached = with_mark(reached, Reached(self.moment.now_us, last))
        return KeyElement(
            source=self.source,
            run=commit.run,
            last=last,
            recheck_after=self.news.recheck,
            since_xid=self.moment.oldest_xid if is_exact else None,
            segments=segments,
            missing=self.chosen.missing,
            reached=reached if is_exact else (),
            identity=self.news.identity,
            schema=self.schema,
            mark=self.news.mark,
            sample=self.chosen.sample,
            unlisted=self.news.unlisted,
            unwatched=self.news.unwatched,
        )
