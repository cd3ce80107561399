"""Crawls on the wire: their history and their figures (docs/reference/operations.md#crawlers)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from placekeeper.model.crawling import Crawl, CrawlCounts
from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.crawling.figures import Figures
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.glue_api.handlers.crawlers import crawl_on_wire
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import GetCrawlerMetricsRequestTypeDef, ListCrawlsRequestTypeDef

    from placekeeper.control.service import Control

_CRAWLS: Final = 20
"""Crawls on a page when the caller does not say (AWS, ListCrawls)."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
}
_VALUES: Final[Mapping[str, Callable[[Crawl], str | float]]] = {
    "CRAWL_ID": lambda crawl: crawl.id,
    "STATE": lambda crawl: crawl.state.value,
    "START_TIME": lambda crawl: float(crawl.started_ms),
    "END_TIME": lambda crawl: float(crawl.ended_ms or 0),
    "DPU_HOUR": lambda _: 0.0,
}
_TEXTS: Final = ("CRAWL_ID", "STATE")


def list_crawls(control: Control, params: ListCrawlsRequestTypeDef) -> Mapping[str, object]:
    """ListCrawls, newest first; Filters compare times in epoch milliseconds."""
    filters = [dict(one) for one in params.get("Filters", ())]
    tests = [_test(one) for one in filters]
    name = params["CrawlerName"]
    listing = paging.listing_of(
        "ListCrawls", {"Crawler": name, "Filters": msgspec.json.encode(filters, order="sorted").decode()}
    )
    page = control.crawls.page(
        name,
        where=lambda crawl: all(test(crawl) for test in tests),
        before=paging.ordinal_before(listing, params.get("NextToken")),
        limit=params.get("MaxResults", _CRAWLS),
    )
    return {
        "Crawls": [_history(crawl) for _, crawl in page.items],
        "NextToken": paging.token(listing, page.items[-1][0]) if page.more else None,
    }


def get_crawler_metrics(control: Control, params: GetCrawlerMetricsRequestTypeDef) -> Mapping[str, object]:
    """GetCrawlerMetrics of the crawlers that are named, or of all; missing ones are left out."""
    page = control.crawls.figures(
        params.get("CrawlerNameList", []),
        after=paging.name_after("GetCrawlerMetrics", params.get("NextToken")),
        limit=params.get("MaxResults", PAGE_SIZE),
    )
    return {
        "CrawlerMetricsList": [_metrics(figures) for figures in page.items],
        "NextToken": paging.token("GetCrawlerMetrics", page.items[-1].crawler) if page.more else None,
    }


def _test(wanted: Mapping[str, Any]) -> Callable[[Crawl], bool]:
    field, value = wanted.get("FieldName", ""), wanted.get("FieldValue", "")
    compare = _COMPARE.get(wanted.get("FilterOperator", "EQ"))
    if field not in _VALUES or compare is None:
        raise InvalidInputException("Each filter needs a FieldName, a FilterOperator and a FieldValue.")
    if field in _TEXTS:
        return lambda crawl: compare(_VALUES[field](crawl), value)
    try:
        number = float(value)
    except ValueError:
        raise InvalidInputException(
            f"The filter of {field} has the value {value!r}: write a number (times are epoch milliseconds)."
        ) from None
    return lambda crawl: compare(_VALUES[field](crawl), number)


def _history(crawl: Crawl) -> Mapping[str, object]:
    # A crawl that is being stopped goes on: its state in a history has no word for that.
    shown = {
        "CrawlId": crawl.id,
        "State": crawl.state.value if crawl.state.is_final else "RUNNING",
        **crawl_on_wire(crawl),
        "DPUHour": 0.0,
    }
    if crawl.ended_ms is not None:
        shown |= {"EndTime": timestamp(crawl.ended_ms), "Summary": _summary(crawl.counts)}
    return shown


def _summary(counts: CrawlCounts) -> str:
    """The changes as the text of a JSON object, of those kinds that there are."""
    changes = {
        "TABLE": {
            "ADD": counts.tables_created,
            "UPDATE": counts.tables_updated,
            "DELETE": counts.tables_deleted,
        },
        "PARTITION": {
            "ADD": counts.partitions_created,
            "UPDATE": counts.partitions_updated,
            "DELETE": counts.partitions_deleted,
        },
    }
    said = {
        kind: {word: {"Count": count} for word, count in words.items() if count}
        for kind, words in changes.items()
    }
    texts = {kind: msgspec.json.encode(words).decode() for kind, words in said.items() if words}
    return msgspec.json.encode(texts).decode()


def _metrics(figures: Figures) -> Mapping[str, object]:
    return {
        "CrawlerName": figures.crawler,
        "TimeLeftSeconds": figures.left,
        "StillEstimating": figures.is_estimating,
        "LastRuntimeSeconds": figures.last,
        "MedianRuntimeSeconds": figures.median,
        "TablesCreated": figures.counts.tables_created,
        "TablesUpdated": figures.counts.tables_updated,
        "TablesDeleted": figures.counts.tables_deleted,
    }


OPERATIONS: Mapping[str, Handler] = {
    "GetCrawlerMetrics": Handler(get_crawler_metrics),
    "ListCrawls": Handler(list_crawls),
}
"""The operations of this module."""
