"""The plan: what the next run would read, file by file and why. Reading it changes nothing (invariant 5)."""

from collections.abc import Sequence

import msgspec

from placekeeper.control.bookmarks import Bookmarks
from placekeeper.control.catalog import Catalog
from placekeeper.control.selecting import select_objects, start_by_store
from placekeeper.engine.table_files import of_table
from placekeeper.model.bookmark import BookmarkState, Source
from placekeeper.model.errors import EntityNotFoundException, PlanStale, UsageError
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.policy import Policy
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects


class SourcePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the next run would do with one source: a count of every reason, and the decisions asked for."""

    context: str
    source: Source
    counts: dict[Reason, int]
    decisions: Sequence[Decision]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the next run of a bookmark would read; `version` is the newest at the time of planning.

    `state_version` is the commit whose state is in force then, None for the empty one.
    """

    name: str
    version: int
    state_version: int | None
    planned_ms: int
    sources: tuple[SourcePlan, ...]


class Planner:
    """Makes plans from the sources that a bookmark remembers."""

    def __init__(
        self, bookmarks: Bookmarks, catalog: Catalog, objects: Objects, ledger: Ledger, clock: Clock
    ) -> None:
        self._bookmarks = bookmarks
        self._catalog = catalog
        self._objects = objects
        self._ledger = ledger
        self._clock = clock

    def plan(
        self,
        name: str,
        *,
        elsewhere: BookmarkState | None = None,
        policy: Policy | None = None,
        explain: bool = True,
    ) -> Plan:
        """The next run's reading of every source that the bookmark knows.

        Those of a bookmark that was reset, or imported over another, are in its history. With `explain` there
        is a decision on every object, and beside it what the other policy would do (with `elsewhere`, what
        AWS's would do that remembers this state); without, there are those that would be read, which takes
        little time and memory among millions. `policy` stands in for that of the sources.

        Raises EntityNotFoundException when no source is known (they stand in the script, and a state element
        knows its source from the first commit on), and when a catalog's table is gone.
        """
        version, state, known = self._bookmarks.remembered(name)
        if version is None or not known:
            raise EntityNotFoundException(
                f"Nothing to plan for {name}: its bookmark remembers no source yet. "
                f"The sources stand in the script, so run it once: placekeeper run SCRIPT --JOB_NAME {name} "
                "--job-bookmark-option job-bookmark-enable"
            )
        now_ms = self._clock.now_ms()
        sources = []
        for context, remembered in sorted(known.items()):
            source = _read_by(self._as_it_is_now(remembered), policy)
            selection = select_objects(
                self._objects,
                self._ledger,
                source,
                state.get(context),
                start_ms=start_by_store(self._objects, self._clock, source, now_ms),
                explain=explain,
                aws=None if elsewhere is None else elsewhere.get(context),
            )
            sources.append(
                SourcePlan(
                    context=context,
                    source=source,
                    counts=selection.counts,
                    decisions=selection.decisions if explain else selection.chosen,
                )
            )
        return Plan(
            name=name,
            version=version.version,
            state_version=version.state_version,
            planned_ms=now_ms,
            sources=tuple(sources),
        )

    def _as_it_is_now(self, source: Source) -> Source:
        """The source with the partitions that its table has now, where it is one of the catalog's."""
        if source.table is None:
            return source
        return of_table(source, self._catalog.snapshot(source.table), self._objects.normalise)

    def check(self, location: str) -> None:
        """Raises PlanStale when a bookmark is not in the state from which the plan in a file was made.

        Raises what `load_plan` raises, too.
        """
        plan = load_plan(self._objects, location)
        version, _ = self._bookmarks.state(plan.name)
        check_state(plan, None if version is None else version.state_version)


def load_plan(objects: Objects, location: str) -> Plan:
    """The plan in a file, as `placekeeper plan NAME --json` prints it.

    Raises UsageError when there is none, ListingFailed and OSError when the store does not say.
    """
    meta = objects.stat(objects.normalise(location))
    if meta is None:
        raise UsageError(
            f"there is no plan at {location}; make it: placekeeper plan NAME --json > {location}"
        )
    with objects.open(meta) as file:
        text = file.read()
    try:
        return msgspec.json.decode(text, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{location} is no plan ({error}); make it: placekeeper plan NAME --json > {location}"
        ) from error


def check_state(plan: Plan, state_version: int | None) -> None:
    """Raises PlanStale when a plan was made from another state than that of the commit `state_version`."""
    if plan.state_version != state_version:
        was, is_now = (
            "the empty state" if version is None else f"version {version}"
            for version in (plan.state_version, state_version)
        )
        raise PlanStale(plan.name, f"it was made from {was} of the bookmark, and in force is {is_now}")


def _read_by(source: Source, policy: Policy | None) -> Source:
    if policy is None:
        return source
    return msgspec.structs.replace(source, reading=msgspec.structs.replace(source.reading, policy=policy))
