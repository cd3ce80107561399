"""The plan: what the next run would read, file by file and why. Planning changes nothing (invariant 5)."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from placekeeper.control.bookmarks.history import Bookmarks
from placekeeper.control.bookmarks.key_plan import KeyStream
from placekeeper.control.bookmarks.marks import Marks
from placekeeper.control.bookmarks.plan_file import Plan, check_state, load_plan
from placekeeper.control.bookmarks.plan_stream import PlanStream, SourceStream
from placekeeper.control.bookmarks.selection import select_as_listed, start_by_store
from placekeeper.control.catalog.tables import Catalog
from placekeeper.model.bookmark import BookmarkState, source_elements
from placekeeper.model.element import StateElement
from placekeeper.model.errors import EntityNotFoundException, UnsupportedFeature
from placekeeper.model.marks import Mark
from placekeeper.model.policy import Policy
from placekeeper.model.source import DatabaseSource, Source, SourceOfObjects, TableSource
from placekeeper.ports.clock import Clock
from placekeeper.ports.databases import Database
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects
from placekeeper.rules.catalog.table_files import of_table
from placekeeper.rules.selection.choice import Choice

SourceDatabase = Callable[[DatabaseSource], Database]
"""Opens the database of a source that a bookmark remembers. Raises UnsupportedFeature where only the script
knows the login; MissingExtra, UsageError and EntityNotFoundException."""

_AnySource = TypeVar("_AnySource", SourceOfObjects, DatabaseSource)


class Planner:
    """Makes plans from the sources that a bookmark remembers."""

    def __init__(
        self,
        bookmarks: Bookmarks,
        marks: Marks,
        catalog: Catalog,
        objects: Objects,
        ledger: Ledger,
        clock: Clock,
        *,
        listed_connections: frozenset[str],
        source_database: SourceDatabase,
    ) -> None:
        """`source_database` opens the database of a source."""
        self._bookmarks = bookmarks
        self._marks = marks
        self._catalog = catalog
        self._objects = objects
        self._ledger = ledger
        self._clock = clock
        self._listed_connections = listed_connections
        self._source_database = source_database

    def plan(
        self,
        name: str,
        *,
        aws: BookmarkState | None = None,
        policy: Policy | None = None,
        explain: bool = True,
        only_objects: bool = False,
    ) -> Plan:
        """What the next run would read of every source that the bookmark knows, as one value.

        Takes and raises what `stream` does.
        """
        return self.stream(name, aws=aws, policy=policy, explain=explain, only_objects=only_objects).whole()

    def stream(
        self,
        name: str,
        *,
        aws: BookmarkState | None = None,
        policy: Policy | None = None,
        explain: bool = True,
        only_objects: bool = False,
    ) -> PlanStream:
        """What the next run would read of every source that the bookmark knows, while objects are listed.

        The sources of a bookmark that was reset, or imported over another, come from its history. With
        `explain`, the plan has a decision on every object, and what AWS would do with the state `aws` (None:
        this bookmark's own string). Without, it has only the objects that would be read, which takes little
        time and memory among millions. `policy` replaces the policy of the sources. With `only_objects`,
        tables of databases are left out, and nobody asks them.

        Raises EntityNotFoundException if no source is known (the script names them, and a state knows them
        from the first commit on), and if a catalog's table is gone.
        Raises UnsupportedFeature if only a run can list one of the sources.
        """
        version, state, known = self._bookmarks.remembered(name)
        if version is None or not known:
            why = "there is no such bookmark" if version is None else "its bookmark remembers no source yet"
            raise EntityNotFoundException(
                f"Nothing to plan for {name}: {why} (placekeeper runs list shows which jobs have run). Only "
                f"the script names the sources, so run it once: placekeeper run SCRIPT --JOB_NAME {name} "
                "--job-bookmark-option job-bookmark-enable"
            )
        listed = self._listed(name, known)
        now_ms = self._clock.now_ms()
        marks = {mark.path: mark for mark in self._marks.of(name)}
        elements = source_elements(state)
        theirs = elements if aws is None else source_elements(aws)
        sources: list[SourceStream | KeyStream] = []
        for context, remembered in sorted(listed.items()):
            if isinstance(remembered, DatabaseSource):
                if only_objects:
                    continue
                read_by = _read_by(remembered, policy)
                sources.append(self._of_keys(context, read_by, state.get(context), marks.values()))
                continue
            source = _read_by(self._as_it_is_now(remembered), policy)
            start_ms = start_by_store(self._objects, self._clock, source, now_ms)
            choice = Choice.next_run(source, elements.get(context), start_ms=start_ms).with_marks(
                marks.values()
            )
            if explain:
                choice = choice.explained(theirs.get(context))
            sources.append(
                SourceStream(
                    context,
                    source,
                    select_as_listed(self._objects, self._ledger, choice),
                    absent=self._objects.absent(source.paths),
                    marks=marks,
                    explains=explain,
                )
            )
        return PlanStream(
            name=name,
            version=version.version,
            state_version=version.state_version,
            planned_ms=now_ms,
            sources=sources,
        )

    def _of_keys(
        self, context: str, source: DatabaseSource, element: StateElement | None, marks: Iterable[Mark]
    ) -> KeyStream:
        return KeyStream(context, source, self._source_database, self._ledger, element, marks)

    def _listed(self, name: str, known: Mapping[str, Source]) -> dict[str, Source]:
        sources: dict[str, Source] = {}
        for context, source in known.items():
            if isinstance(source, DatabaseSource):
                sources[context] = source
            elif source.connection_type not in self._listed_connections:
                listed = ", ".join(sorted(self._listed_connections))
                raise UnsupportedFeature(
                    f"{name} cannot be planned: its source {source.name} has the connection type "
                    f"'{source.connection_type}', which only a run lists. A plan lists the connection types "
                    f"{listed}. To see what a run has read: placekeeper bookmark history {name}"
                )
            else:
                sources[context] = source
        return sources

    def _as_it_is_now(self, source: SourceOfObjects) -> SourceOfObjects:
        """The source; that of a catalog's table with the partitions that the table has now."""
        if isinstance(source, TableSource):
            return of_table(source, self._catalog.snapshot(source.table), self._objects.literal)
        return source

    def check(self, location: str) -> None:
        """Raises PlanStale if a bookmark is not in the state from which the plan in a file was made.

        Raises what `load_plan` raises, too.
        """
        plan = load_plan(self._objects, location)
        version, _ = self._bookmarks.state(plan.name)
        check_state(plan, None if version is None else version.state_version)


def _read_by(source: _AnySource, policy: Policy | None) -> _AnySource:
    if policy is None:
        return source
    return msgspec.structs.replace(source, reading=msgspec.structs.replace(source.reading, policy=policy))
