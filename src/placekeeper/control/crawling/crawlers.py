"""Crawlers: create, get, list, update, delete, and schedules (docs/reference/operations.md#crawlers)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from placekeeper.model.crawling import Crawl, Crawler, ScheduleState
from placekeeper.model.errors import (
    CrawlerRunningException,
    EntityNotFoundException,
    InvalidInputException,
    NoScheduleException,
    SchedulerNotRunningException,
    SchedulerRunningException,
)
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.crawling.definitions import changed_spec, crawler_spec
from placekeeper.rules.crawling.schedules import check_schedule
from placekeeper.rules.tags import crawler_resource, with_tags

Spec = Mapping[str, Any]

_RUNNING = "Cannot update Crawler while running. Please stop crawl or wait until it completes to update."


class CrawlerView(msgspec.Struct, frozen=True):
    """A crawler, its newest crawl, and the newest one that has ended; for how long a crawl goes on."""

    crawler: Crawler
    newest: Crawl | None
    last: Crawl | None
    elapsed_ms: int = 0

    @property
    def is_running(self) -> bool:
        """Whether a crawl of it goes on."""
        return self.newest is not None and not self.newest.state.is_final


class Crawlers:
    """The use cases of crawlers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, name: str, spec: Spec, schedule: str, tags: Mapping[str, str]) -> None:
        """Raises AlreadyExistsException, and InvalidInputException for what rules of crawlers, schedules and
        tags refuse, and for a classifier that is not there."""
        checked, made = with_tags({}, tags), crawler_spec(spec)
        if schedule:
            check_schedule(schedule)
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            _check_classifiers(tx, made)
            crawler = Crawler(
                name=name,
                spec=made,
                schedule=schedule,
                schedule_state=_state_of(schedule),
                created_ms=now_ms,
                modified_ms=now_ms,
            )
            tx.crawlers.insert(crawler)
            tx.tags.put(crawler_resource(name), checked)

    def get(self, name: str) -> CrawlerView:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            return self._view(tx, crawler_of(tx, name))

    def page(self, *, after: str | None, limit: int) -> Page[CrawlerView]:
        """Crawlers by name, those after `after`."""
        with self._store.read() as tx:
            page = tx.crawlers.page(after=after, limit=limit)
            return Page([self._view(tx, crawler) for crawler in page.items], more=page.more)

    def named(self, names: Sequence[str]) -> tuple[list[CrawlerView], list[str]]:
        """Those of the crawlers that there are, and the names of the others."""
        with self._store.read() as tx:
            found = {name: tx.crawlers.get(name) for name in dict.fromkeys(names)}
            views = [self._view(tx, crawler) for crawler in found.values() if crawler is not None]
        return views, [name for name, crawler in found.items() if crawler is None]

    def names(self, *, tags: Mapping[str, str], after: str | None, limit: int) -> Page[str]:
        """Names of the crawlers that have all these tags, those after `after`."""
        found: list[str] = []
        with self._store.read() as tx:
            while True:
                page = tx.crawlers.page(after=after, limit=limit)
                for crawler in page.items:
                    has = tx.tags.of(crawler_resource(crawler.name)) if tags else {}
                    if tags.items() <= has.items():
                        found.append(crawler.name)
                    if len(found) > limit:
                        return Page(found[:limit], more=True)
                if not page.more:
                    return Page(found, more=False)
                after = page.items[-1].name

    def update(self, name: str, given: Spec, schedule: str | None) -> None:
        """Change the members that the request names; the others stay.

        Raises EntityNotFoundException, CrawlerRunningException, and InvalidInputException as `create`.
        """
        if schedule:
            check_schedule(schedule)
        with self._store.write() as tx:
            known = crawler_of(tx, name)
            if self._view(tx, known).is_running:
                raise CrawlerRunningException(_RUNNING)
            spec = changed_spec(known.spec, given)
            _check_classifiers(tx, spec)
            changed = msgspec.structs.replace(known, spec=spec)
            if schedule is not None:
                changed = msgspec.structs.replace(
                    changed, schedule=schedule, schedule_state=_state_of(schedule)
                )
            tx.crawlers.replace(self._renewed(changed))

    def delete(self, name: str) -> None:
        """Delete a crawler with its history and its tags; its tables stay.

        Raises EntityNotFoundException, and CrawlerRunningException.
        """
        with self._store.write() as tx:
            if self._view(tx, crawler_of(tx, name)).is_running:
                raise CrawlerRunningException(
                    f"Crawler with name {name} is running. Stop it (StopCrawler), or wait until it has ended."
                )
            tx.crawlers.delete(name)
            tx.tags.drop(crawler_resource(name))

    def update_schedule(self, name: str, schedule: str) -> None:
        """Give another schedule; an empty one takes it away.

        Raises EntityNotFoundException, and InvalidInputException for what is no schedule.
        """
        if schedule:
            check_schedule(schedule)
        with self._store.write() as tx:
            known = crawler_of(tx, name)
            changed = msgspec.structs.replace(known, schedule=schedule, schedule_state=_state_of(schedule))
            tx.crawlers.replace(self._renewed(changed))

    def start_schedule(self, name: str) -> None:
        """Raises EntityNotFoundException, NoScheduleException, and SchedulerRunningException."""
        with self._store.write() as tx:
            known = crawler_of(tx, name)
            if not known.schedule:
                raise NoScheduleException(
                    f"Crawler {name} has no schedule: give it one (UpdateCrawlerSchedule)."
                )
            if known.schedule_state is ScheduleState.SCHEDULED:
                raise SchedulerRunningException(f"The schedule of crawler {name} is in force already.")
            tx.crawlers.replace(msgspec.structs.replace(known, schedule_state=ScheduleState.SCHEDULED))

    def stop_schedule(self, name: str) -> None:
        """Raises EntityNotFoundException, and SchedulerNotRunningException."""
        with self._store.write() as tx:
            known = crawler_of(tx, name)
            if known.schedule_state is not ScheduleState.SCHEDULED:
                raise SchedulerNotRunningException(f"The schedule of crawler {name} is not in force.")
            tx.crawlers.replace(msgspec.structs.replace(known, schedule_state=ScheduleState.NOT_SCHEDULED))

    def _view(self, tx: Transaction, crawler: Crawler) -> CrawlerView:
        newest = tx.crawls.newest(crawler.name, ended=False)
        if newest is None or newest.state.is_final:
            return CrawlerView(crawler, newest, newest)
        elapsed_ms = self._clock.now_ms() - newest.started_ms
        return CrawlerView(crawler, newest, tx.crawls.newest(crawler.name, ended=True), elapsed_ms)

    def _renewed(self, changed: Crawler) -> Crawler:
        now_ms = self._clock.now_ms()
        return msgspec.structs.replace(changed, modified_ms=now_ms, version=changed.version + 1)


def crawler_of(tx: Transaction, name: str) -> Crawler:
    """The crawler of that name. Raises EntityNotFoundException."""
    found = tx.crawlers.get(name)
    if found is None:
        raise EntityNotFoundException(f"Crawler entry with name {name} does not exist")
    return found


def _state_of(schedule: str) -> ScheduleState:
    return ScheduleState.SCHEDULED if schedule else ScheduleState.NOT_SCHEDULED


def _check_classifiers(tx: Transaction, spec: Spec) -> None:
    missing = [name for name in spec.get("Classifiers") or () if tx.classifiers.get(name) is None]
    if missing:
        raise InvalidInputException(
            f"There is no classifier {', '.join(missing)}: create it first (CreateClassifier)."
        )
