"""What a crawl leaves out, and the crawls that are refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from placekeeper.model.crawling import CrawlTask
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.crawling.options import unknown_keys

_NOT_CRAWLED: Final = {
    "MongoDBTargets": "MongoDB targets: there is no connector to MongoDB",
    "DeltaTargets": "Delta targets: register the table with its own client",
    "IcebergTargets": "Iceberg targets: register the table with its own client (pyiceberg)",
    "HudiTargets": "Hudi targets: register the table with its own client",
}


def refuse(task: CrawlTask, say: Callable[[str], None]) -> None:
    """Say what the crawl leaves out. Raises UnsupportedFeature where nothing would be left to do."""
    targets: Mapping[str, Sequence[Any]] = task.spec["Targets"]
    recrawl = (task.spec.get("RecrawlPolicy") or {}).get("RecrawlBehavior")
    if recrawl == "CRAWL_EVENT_MODE":
        raise UnsupportedFeature(
            "Crawls by events of S3 (CRAWL_EVENT_MODE) do not run here: there is no queue of events. Say "
            "CRAWL_NEW_FOLDERS_ONLY or CRAWL_EVERYTHING (UpdateCrawler)."
        )
    left_out = [why for kind, why in _NOT_CRAWLED.items() if targets.get(kind)]
    kinds = ("S3Targets", "CatalogTargets", "JdbcTargets", "DynamoDBTargets")
    if left_out and not any(targets.get(kind) for kind in kinds):
        raise UnsupportedFeature(f"Not crawled yet: {'; '.join(left_out)}. Nothing was changed.")
    for why in left_out:
        say(f"not crawled: {why}")
    for key in unknown_keys(task.spec):
        say(f"Configuration: the key {key} is not known and has no effect")
    named = task.spec.get("Classifiers") or ()
    there = {classifier.name for classifier in task.classifiers}
    for name in named:
        if name not in there:
            say(f"the classifier {name} is gone: the crawl goes without it")
