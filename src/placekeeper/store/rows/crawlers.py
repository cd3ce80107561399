"""Crawlers and classifiers in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from placekeeper.model.crawling import Classifier, CrawledFolder, Crawler, ScheduleState
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.page import Page
from placekeeper.store.crawl_schema import classifiers, crawled_folders, crawlers
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of


class SqlCrawlerRows:
    """Implements ports.rows.crawling.CrawlerRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, crawler: Crawler) -> None:
        """Raises AlreadyExistsException."""
        if self.get(crawler.name) is not None:
            raise AlreadyExistsException(f"{crawler.name} already exists")
        self._connection.execute(insert(crawlers).values(**_row(crawler)))

    def get(self, name: str) -> Crawler | None:
        """The crawler of that name."""
        found = select(crawlers).where(crawlers.c.name == name)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _crawler(row)

    def replace(self, crawler: Crawler) -> bool:
        """Replace a crawler; False if there is none of that name."""
        changed = update(crawlers).where(crawlers.c.name == crawler.name).values(**_row(crawler))
        return self._connection.execute(changed).rowcount > 0

    def delete(self, name: str) -> bool:
        """Delete a crawler with all that belongs to it; False if there is none of that name."""
        return self._connection.execute(delete(crawlers).where(crawlers.c.name == name)).rowcount > 0

    def page(self, *, after: str | None, limit: int) -> Page[Crawler]:
        """Crawlers by name, those after `after`, until the page is full."""
        found = select(crawlers).order_by(crawlers.c.name).limit(limit + 1)
        if after is not None:
            found = found.where(crawlers.c.name > after)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, limit, _crawler, "spec")

    def folders(self, name: str) -> Sequence[CrawledFolder]:
        """What the last crawl has seen, by folder."""
        columns = [crawled_folders.c[field] for field in CrawledFolder.__struct_fields__]
        found = select(*columns).where(crawled_folders.c.crawler == name).order_by(crawled_folders.c.folder)
        return [CrawledFolder(*row) for row in self._connection.execute(found)]

    def put_folders(self, name: str, folders: Sequence[CrawledFolder]) -> None:
        """Remember these instead of all that were there."""
        self._connection.execute(delete(crawled_folders).where(crawled_folders.c.crawler == name))
        if folders:
            rows = [{"crawler": name, **msgspec.structs.asdict(folder)} for folder in folders]
            self._connection.execute(insert(crawled_folders), rows)


class SqlClassifierRows:
    """Implements ports.rows.crawling.ClassifierRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, classifier: Classifier) -> None:
        """Raises AlreadyExistsException."""
        if self.get(classifier.name) is not None:
            raise AlreadyExistsException(f"{classifier.name} already exists")
        self._connection.execute(insert(classifiers).values(**_row(classifier)))

    def get(self, name: str) -> Classifier | None:
        """The classifier of that name."""
        found = select(classifiers).where(classifiers.c.name == name)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _classifier(row)

    def replace(self, classifier: Classifier) -> bool:
        """Replace a classifier; False if there is none of that name."""
        changed = update(classifiers).where(classifiers.c.name == classifier.name).values(**_row(classifier))
        return self._connection.execute(changed).rowcount > 0

    def delete(self, name: str) -> bool:
        """Delete a classifier; False if there is none of that name."""
        return self._connection.execute(delete(classifiers).where(classifiers.c.name == name)).rowcount > 0

    def page(self, *, after: str | None, limit: int) -> Page[Classifier]:
        """Classifiers by name, those after `after`, until the page is full."""
        found = select(classifiers).order_by(classifiers.c.name).limit(limit + 1)
        if after is not None:
            found = found.where(classifiers.c.name > after)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, limit, _classifier, "spec")


def _row(of: Crawler | Classifier) -> dict[str, object]:
    return msgspec.structs.asdict(of) | {"spec": msgspec.json.encode(of.spec).decode()}


def _crawler(row: RowMapping) -> Crawler:
    return Crawler(
        name=row["name"],
        spec=decoded(row["spec"], dict[str, Any], "crawlers", row["name"]),
        schedule=row["schedule"],
        schedule_state=ScheduleState(row["schedule_state"]),
        created_ms=row["created_ms"],
        modified_ms=row["modified_ms"],
        version=row["version"],
    )


def _classifier(row: RowMapping) -> Classifier:
    return Classifier(
        name=row["name"],
        kind=row["kind"],
        spec=decoded(row["spec"], dict[str, Any], "classifiers", row["name"]),
        created_ms=row["created_ms"],
        modified_ms=row["modified_ms"],
        version=row["version"],
    )
