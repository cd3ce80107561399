"""Crawls in SQL: a transition is an UPDATE … WHERE state IN …; no row changed: somebody was faster."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from placekeeper.model.crawling import Classifier, Crawl, CrawlCounts, CrawlState
from placekeeper.model.page import Page
from placekeeper.store.connection import without_nul
from placekeeper.store.crawl_schema import crawls
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of

_OPEN = (CrawlState.RUNNING.value, CrawlState.STOPPING.value)


class SqlCrawlRows:
    """Implements ports.rows.crawling.CrawlRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, crawl: Crawl, token_digest: str) -> None:
        """A new crawl, with the digest of its token."""
        row = msgspec.structs.asdict(crawl) | {
            "spec": msgspec.json.encode(crawl.spec).decode(),
            "classifiers": msgspec.json.encode(crawl.classifiers).decode(),
            "counts": msgspec.json.encode(crawl.counts).decode(),
            "token_digest": token_digest,
        }
        self._connection.execute(insert(crawls).values(**row))

    def get(self, crawl_id: str) -> Crawl | None:
        """The crawl of that id."""
        row = self._connection.execute(select(crawls).where(crawls.c.id == crawl_id)).mappings().first()
        return None if row is None else _crawl(row)

    def by_token(self, token_digest: str) -> Crawl | None:
        """The crawl whose token has that digest, if somebody has taken it."""
        found = select(crawls).where(crawls.c.token_digest == token_digest, crawls.c.launcher.is_not(None))
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _crawl(row)

    def newest(self, crawler: str, *, ended: bool) -> Crawl | None:
        """The newest crawl of a crawler; with `ended`, of those that have ended."""
        found = select(crawls).where(crawls.c.crawler == crawler).order_by(crawls.c.ordinal.desc()).limit(1)
        if ended:
            found = found.where(crawls.c.state.not_in(_OPEN))
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _crawl(row)

    def page(self, crawler: str, *, before: int | None, limit: int) -> Page[tuple[int, Crawl]]:
        """Crawls newest first with their ordinals, those before the ordinal `before`."""
        found = select(crawls).where(crawls.c.crawler == crawler).order_by(crawls.c.ordinal.desc())
        if before is not None:
            found = found.where(crawls.c.ordinal < before)
        limited = found.limit(limit + 1).execution_options(**STREAMED)
        with self._connection.execute(limited).mappings() as rows:
            return page_of(rows, limit, lambda row: (row["ordinal"], _crawl(row)), "spec", "classifiers")

    def open(self) -> Sequence[Crawl]:
        """Crawls that have not ended, oldest first."""
        found = select(crawls).where(crawls.c.state.in_(_OPEN)).order_by(crawls.c.ordinal)
        return [_crawl(row) for row in self._connection.execute(found).mappings()]

    def take(self, crawl_id: str, launcher: str, token_digest: str) -> bool:
        """Whether a crawl that nobody had taken is now this launcher's."""
        taken = update(crawls).where(
            crawls.c.id == crawl_id,
            crawls.c.launcher.is_(None),
            crawls.c.state == CrawlState.RUNNING.value,
        )
        changed = self._connection.execute(taken.values(launcher=launcher, token_digest=token_digest))
        return changed.rowcount > 0

    def move(
        self,
        crawl_id: str,
        *,
        to: CrawlState,
        launcher: str | None,
        now_ms: int,
        error_message: str | None = None,
    ) -> bool:
        """Whether the crawl, which had not ended and had this launcher, is in the state `to` now."""
        values: dict[str, object] = {"state": to.value}
        if to.is_final:
            values |= {"ended_ms": now_ms, "error_message": without_nul(error_message)}
        moved = update(crawls).where(
            crawls.c.id == crawl_id,
            crawls.c.state.in_(_OPEN),
            crawls.c.launcher.is_(None) if launcher is None else crawls.c.launcher == launcher,
        )
        return self._connection.execute(moved.values(**values)).rowcount > 0

    def put_counts(self, crawl_id: str, counts: CrawlCounts) -> None:
        """Keep what a crawl has changed so far."""
        text = msgspec.json.encode(counts).decode()
        self._connection.execute(update(crawls).where(crawls.c.id == crawl_id).values(counts=text))

    def put_end(self, crawl_id: str, error_message: str | None) -> None:
        """Keep what a crawl's process said of its end."""
        said = {"error_message": without_nul(error_message), "has_ended_well": error_message is None}
        self._connection.execute(update(crawls).where(crawls.c.id == crawl_id).values(**said))


def _crawl(row: RowMapping) -> Crawl:
    known = row["id"]
    return Crawl(
        id=known,
        crawler=row["crawler"],
        spec=decoded(row["spec"], dict[str, Any], "crawls", known),
        classifiers=decoded(row["classifiers"], tuple[Classifier, ...], "crawls", known),
        state=CrawlState(row["state"]),
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
        error_message=row["error_message"],
        launcher=row["launcher"],
        counts=decoded(row["counts"], CrawlCounts, "crawls", known),
        has_ended_well=row["has_ended_well"],
    )
