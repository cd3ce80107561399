"""Tables of databases: the rows whose keys come after the last one that the bookmark remembers.

The moment at which a run looks is fixed first, in one transaction of the database.

Source: docs/reference/database-bookmarks.md#bookmark-keys.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from msgspec.structs import replace

from placekeeper.control.bookmarks.key_news import Looker
from placekeeper.control.bookmarks.key_types import refuse_retyped
from placekeeper.control.bookmarks.known_rows import held_mark, known_identities, known_of
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, KeyRange, Rows, TableShape
from placekeeper.model.errors import DatabaseFailed, UnsupportedFeature
from placekeeper.model.exchange import Opened
from placekeeper.model.policy import Policy
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import Database, Databases, DatabaseSession
from placekeeper.rules.databases.bookmark_keys import chosen_keys, no_gaps_needed
from placekeeper.rules.databases.key_values import whole_number
from placekeeper.runtime.connectors.base import Asked, Run, Tracked, Watch
from placekeeper.runtime.connectors.database_logins import AskedDatabase, asked_database
from placekeeper.runtime.connectors.key_pending import KeyPending
from placekeeper.runtime.connectors.pending import encode_schema
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.database_choice import ChosenRows, Taking
from placekeeper.runtime.scan.database_rows import Deep, Kept, Spool, scan_database
from placekeeper.runtime.scan.lake_files import frame_schema

_NO_KEYS: Final = BookmarkKeys(columns=())


@dataclass(frozen=True)
class FoundTable:
    """A table or query of a database, at the moment of an open session; `shape` is None for a query."""

    source: DatabaseSource
    notes: Sequence[str]
    asked: AskedDatabase
    database: Database
    session: DatabaseSession
    shape: TableShape | None
    close: Callable[[], None]
    locations: Sequence[str] = ()

    @property
    def everything(self) -> Rows:
        """All rows of it."""
        return Rows(query=self.asked.query) if self.shape is None else Rows(table=self.shape.table)


class DatabaseTables:
    """The connector of tables of databases."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    def discover(self, run: Run, asked: Asked) -> FoundTable:
        """The table or query that a script means, at the moment of a session that stays open.

        Raises what `asked_database` raises, MissingExtra, TableNotThere and DatabaseFailed.
        """
        if asked.sample is not None:
            raise UnsupportedFeature(
                "samples are taken of files. Of a database, give the option sampleQuery or query"
            )
        meant = asked_database(run, asked)
        database = self._databases.at(meant.login)
        session, close = _open(run, database)
        shape = None if meant.relation is None else session.shape(meant.relation)
        source = DatabaseSource(
            connection_type=meant.login.product,
            place=meant.login.place,
            relation=DatabaseTable("", f"query of {meant.login.place}") if shape is None else shape.table,
            keys=_NO_KEYS,
            connection=meant.connection,
            secret=meant.secret,
            table=meant.table,
            look_back=meant.look_back,
            reading=meant.reading,
        )
        places = () if shape is None else (f"{meant.login.place}/{shape.table.full}",)
        return FoundTable(source, meant.notes, meant, database, session, shape, close, places)

    def select(self, run: Run, found: FoundTable, tracked: Tracked) -> ChosenRows:
        """The rows that the run reads. The session ends, unless tasks need its snapshot: others would wait
        for it who alter the table, or write to a file of SQLite.

        Raises NoBookmarkKey, UsageError, SegmentCorrupt and DatabaseFailed.
        """
        chosen = self._selected(run, found, tracked)
        found.session.schema(found.everything)  # which is known from now on
        if found.session.moment.snapshot is None:
            found.close()
        else:
            meant = found.asked
            run.reads(meant.login.place, meant.query if meant.relation is None else meant.relation.name)
        return chosen

    def _selected(self, run: Run, found: FoundTable, tracked: Tracked) -> ChosenRows:
        opened = tracked.opened if tracked.context else None
        if found.shape is None or found.asked.sample is not None:
            if opened is not None:
                run.note(
                    f"{found.source.name}: the bookmark is ignored, because the rows are those of a query"
                )
            opened = None
        if found.shape is None or opened is None:
            return _unfollowed(run, found)
        refuse_retyped(found.shape, found.source, opened.state.get(tracked.context), found.asked.keys)
        keys = chosen_keys(
            found.shape,
            found.asked.keys,
            descending=found.asked.descending,
            policy=found.source.reading.policy,
        )
        source = replace(found.source, keys=keys)
        earlier = tracked.earlier
        if isinstance(earlier, KeyPending) and earlier.source == source:
            return earlier.chosen
        if run.plan is not None:
            raise UnsupportedFeature(
                f"{source.name}: a plan shows what the next run reads of a database, and no run can follow "
                "it: other rows may be there by then. Leave out --bookmark-plan"
            )
        chosen = _followed(run, found, found.shape, source, tracked.context, opened)
        for sentence in chosen.notes:
            run.note(sentence)
        return chosen

    def read(self, run: Run, found: FoundTable, chosen: ChosenRows, tracked: Tracked, watch: Watch) -> Frame:
        """A frame of exactly the chosen rows."""
        del tracked, watch  # no row is left out because it cannot be read
        name = found.source.name
        schema = frame_schema(found.session.schema(found.everything), name)
        return scan_database(run.engine, found.database, _parts(chosen), schema, name, run.progress)

    def stage(
        self, found: FoundTable, chosen: ChosenRows, schema: pa.Schema, tracked: Tracked
    ) -> KeyPending | None:
        """The key up to which the table was read; None where no bookmark follows it."""
        del tracked
        if chosen.news is None:
            return None
        return KeyPending(
            chosen=chosen, news=chosen.news, moment=found.session.moment, schema=encode_schema(schema)
        )


def _open(run: Run, database: Database) -> tuple[DatabaseSession, Callable[[], None]]:
    stack = ExitStack()
    session = stack.enter_context(database.session())

    def close() -> None:
        with suppress(DatabaseFailed):  # it went away meanwhile: nothing more is asked of it
            stack.close()

    run.at_end(close)
    return session, close


def _unfollowed(run: Run, found: FoundTable) -> ChosenRows:
    """All rows, or the first ones of a sample."""
    taking = _taking(run, found)
    if found.asked.sample is not None:
        spool = _spool(run, found)
        return taking.first(found.source, found.everything, found.asked.sample, spool)
    about = None if found.shape is None else found.shape.rows
    return taking.everything(found.source, found.everything, about)


def _followed(
    run: Run,
    found: FoundTable,
    shape: TableShape,
    source: DatabaseSource,
    context: str,
    opened: Opened,
) -> ChosenRows:
    remembered, taking = opened.state.get(context), _taking(run, found)
    if opened.range is not None:
        begin = known_of(source, opened.range.begin.get(context), context)
        end = known_of(source, remembered, context)
        looker = Looker(found.session, shape, source, end)
        return taking.of_range(source, looker, looker.of_range(begin, end))
    known = known_of(source, remembered, context, run.note)
    held = held_mark(opened.marks, source, context)
    looker = Looker(found.session, shape, source, known, held)
    if known is None and source.reading.policy is Policy.WINDOW and not found.asked.keys:
        _check_gaps(found.session, shape, source.keys)
    identified = known_identities(run.ledger, known)
    news = looker.news(identified)
    spool, now_ms = _spool(run, found), run.clock.now_ms()
    return taking.new(source, looker, news, identified, spool=spool, now_ms=now_ms)


def _taking(run: Run, found: FoundTable) -> Taking:
    asked = found.asked.partition
    if asked is not None:  # what is wrong with it is said, whether or not there are rows to cut
        found.session.cut(found.everything, asked)
    return Taking(found.session, run.engine.parallelism, asked)


def _spool(run: Run, found: FoundTable) -> Spool:
    spool = Spool(found.session.schema(found.everything), run.folder)
    run.at_end(spool.close)
    return spool


def _parts(chosen: ChosenRows) -> Iterator[Deep | Kept]:
    yield from chosen.deep
    if chosen.kept is not None:
        yield from chosen.kept.parts()


def _check_gaps(session: DatabaseSession, shape: TableShape, keys: BookmarkKeys) -> None:
    """Raises NoBookmarkKey unless the primary key has no gaps, which AWS asks of it."""
    everything = KeyRange()
    first, last = (
        whole_number(find(shape.table, keys, everything)) for find in (session.first_key, session.last_key)
    )
    if first is not None and last is not None:
        rows = session.count(Rows(table=shape.table))
        no_gaps_needed(shape, keys, first=first, last=last, rows=rows)
