"""Crawlers on the wire (docs/reference/operations.md#crawlers, botocore's model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from placekeeper.control.crawling.crawlers import CrawlerView
from placekeeper.events import EventLog
from placekeeper.model.crawling import Crawl, Crawler, CrawlState
from placekeeper.rules.tags import with_tags
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchGetCrawlersRequestTypeDef,
        CreateCrawlerRequestTypeDef,
        DeleteCrawlerRequestTypeDef,
        GetCrawlerRequestTypeDef,
        GetCrawlersRequestTypeDef,
        ListCrawlersRequestTypeDef,
        StartCrawlerRequestTypeDef,
        StartCrawlerScheduleRequestTypeDef,
        StopCrawlerRequestTypeDef,
        StopCrawlerScheduleRequestTypeDef,
        UpdateCrawlerRequestTypeDef,
        UpdateCrawlerScheduleRequestTypeDef,
    )

    from placekeeper.control.service import Control

LOG_GROUP: Final = "/aws-glue/crawlers"
"""The group of the logs of crawls. A stream is named as its crawler; MessagePrefix is the id of the crawl."""

STATUS: Final = {
    CrawlState.COMPLETED: "SUCCEEDED",
    CrawlState.FAILED: "FAILED",
    CrawlState.STOPPED: "CANCELLED",
}
"""What LastCrawl calls the ends of crawls."""

_LOG: Final = EventLog(__name__)

_APART: Final = ("Name", "Schedule", "Tags", "CatalogId")


def create_crawler(control: Control, params: CreateCrawlerRequestTypeDef) -> Mapping[str, object]:
    """CreateCrawler; a name that is taken is AlreadyExistsException."""
    tags = params.get("Tags", {})
    control.crawlers.create(params["Name"], _spec(params), params.get("Schedule", ""), tags)
    _log_schedule(params["Name"], params.get("Schedule"))
    return {}


def get_crawler(control: Control, params: GetCrawlerRequestTypeDef) -> Mapping[str, object]:
    """GetCrawler; a missing one is EntityNotFoundException."""
    return {"Crawler": _on_wire(control.crawlers.get(params["Name"]))}


def get_crawlers(control: Control, params: GetCrawlersRequestTypeDef) -> Mapping[str, object]:
    """GetCrawlers, by name; NextToken while there are more."""
    after = paging.name_after("GetCrawlers", params.get("NextToken"))
    page = control.crawlers.page(after=after, limit=params.get("MaxResults", PAGE_SIZE))
    return {
        "Crawlers": [_on_wire(view) for view in page.items],
        "NextToken": paging.token("GetCrawlers", page.items[-1].crawler.name) if page.more else None,
    }


def batch_get_crawlers(control: Control, params: BatchGetCrawlersRequestTypeDef) -> Mapping[str, object]:
    """BatchGetCrawlers: missing ones are in CrawlersNotFound."""
    found, missing = control.crawlers.named(params["CrawlerNames"])
    return {"Crawlers": [_on_wire(view) for view in found], "CrawlersNotFound": missing}


def list_crawlers(control: Control, params: ListCrawlersRequestTypeDef) -> Mapping[str, object]:
    """ListCrawlers: names of those that have all Tags; NextToken while there are more."""
    tags = with_tags({}, params.get("Tags", {}))
    listing = paging.listing_of("ListCrawlers", tags)
    page = control.crawlers.names(
        tags=tags,
        after=paging.name_after(listing, params.get("NextToken")),
        limit=params.get("MaxResults", PAGE_SIZE),
    )
    return {
        "CrawlerNames": page.items,
        "NextToken": paging.token(listing, page.items[-1]) if page.more else None,
    }


def update_crawler(control: Control, params: UpdateCrawlerRequestTypeDef) -> Mapping[str, object]:
    """UpdateCrawler: what the request does not name stays; CrawlerRunningException while one runs."""
    control.crawlers.update(params["Name"], _spec(params), params.get("Schedule"))
    _log_schedule(params["Name"], params.get("Schedule"))
    return {}


def delete_crawler(control: Control, params: DeleteCrawlerRequestTypeDef) -> Mapping[str, object]:
    """DeleteCrawler; CrawlerRunningException while a crawl goes on."""
    control.crawlers.delete(params["Name"])
    return {}


def start_crawler(control: Control, params: StartCrawlerRequestTypeDef) -> Mapping[str, object]:
    """StartCrawler; CrawlerRunningException while a crawl goes on."""
    control.crawls.start(params["Name"])
    return {}


def stop_crawler(control: Control, params: StopCrawlerRequestTypeDef) -> Mapping[str, object]:
    """StopCrawler; CrawlerNotRunningException, and CrawlerStoppingException for a second call."""
    control.crawls.stop(params["Name"])
    return {}


def update_crawler_schedule(
    control: Control, params: UpdateCrawlerScheduleRequestTypeDef
) -> Mapping[str, object]:
    """UpdateCrawlerSchedule; an empty schedule takes it away."""
    control.crawlers.update_schedule(params["CrawlerName"], params.get("Schedule", ""))
    _log_schedule(params["CrawlerName"], params.get("Schedule"))
    return {}


def start_crawler_schedule(
    control: Control, params: StartCrawlerScheduleRequestTypeDef
) -> Mapping[str, object]:
    """StartCrawlerSchedule; NoScheduleException, and SchedulerRunningException."""
    control.crawlers.start_schedule(params["CrawlerName"])
    _log_schedule(params["CrawlerName"], "its own")
    return {}


def stop_crawler_schedule(
    control: Control, params: StopCrawlerScheduleRequestTypeDef
) -> Mapping[str, object]:
    """StopCrawlerSchedule; SchedulerNotRunningException."""
    control.crawlers.stop_schedule(params["CrawlerName"])
    return {}


def _log_schedule(crawler: str, schedule: str | None) -> None:
    if schedule:
        _LOG.warning("schedules do not fire yet: call StartCrawler", crawler=crawler, schedule=schedule)


def _spec(params: Mapping[str, Any] | Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in _APART}


def _on_wire(view: CrawlerView) -> Mapping[str, object]:
    crawler = view.crawler
    newest = view.newest if view.is_running else None
    shown: dict[str, object] = {
        "Name": crawler.name,
        **crawler.spec,
        "State": "READY" if newest is None else newest.state.value,
        "CrawlElapsedTime": view.elapsed_ms,
        "CreationTime": timestamp(crawler.created_ms),
        "LastUpdated": timestamp(crawler.modified_ms),
        "Version": crawler.version,
        **_schedule(crawler),
    }
    if view.last is not None:
        shown["LastCrawl"] = {"Status": STATUS[view.last.state], **crawl_on_wire(view.last)}
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _schedule(crawler: Crawler) -> dict[str, object]:
    if not crawler.schedule:
        return {}
    said = {"ScheduleExpression": crawler.schedule, "State": crawler.schedule_state.value}
    return {"Schedule": said}


def crawl_on_wire(crawl: Crawl) -> dict[str, object]:
    """What LastCrawl and a row of ListCrawls have in common."""
    message = crawl.error_message
    return {
        "StartTime": timestamp(crawl.started_ms),
        "LogGroup": LOG_GROUP,
        "LogStream": crawl.crawler,
        "MessagePrefix": crawl.id,
        **({} if message is None else {"ErrorMessage": message[:2048]}),
    }


OPERATIONS: Mapping[str, Handler] = {
    "BatchGetCrawlers": Handler(batch_get_crawlers),
    "CreateCrawler": Handler(create_crawler),
    "DeleteCrawler": Handler(delete_crawler),
    "GetCrawler": Handler(get_crawler),
    "GetCrawlers": Handler(get_crawlers),
    "ListCrawlers": Handler(list_crawlers),
    "StartCrawler": Handler(start_crawler),
    "StartCrawlerSchedule": Handler(start_crawler_schedule),
    "StopCrawler": Handler(stop_crawler),
    "StopCrawlerSchedule": Handler(stop_crawler_schedule),
    "UpdateCrawler": Handler(update_crawler),
    "UpdateCrawlerSchedule": Handler(update_crawler_schedule),
}
"""The operations of this module."""
