"""Shared parts of the handlers: times, page sizes, refused members, what is shown as it was sent."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from placekeeper.model.errors import InvalidInputException

PAGE_SIZE = 100
"""Items on a page when the caller does not say; AWS documents only the maximum, 1000."""

RUNS_ON_A_PAGE = 200
"""The same of runs: AWS's maximum."""

PARTITIONS_ON_A_PAGE = 1000
"""The same of partitions: AWS's maximum."""

_TIMES = ("LastAccessTime", "LastAnalyzedTime")


def timestamp(epoch_ms: int) -> datetime:
    """Epoch milliseconds as a value of the wire."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def refuse(params: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise InvalidInputException for members that would have no effect."""
    given = [name for name in names if params.get(name)]
    if given:
        raise InvalidInputException(f"Placekeeper does not support {', '.join(given)} yet. Leave it out.")


def echo(params: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """An input structure of the catalog as it was sent, in the catalog that the request means.

    A spec keeps its times as text.
    """
    times = {name: datetime.fromisoformat(spec[name]) for name in _TIMES if name in spec}
    return {**spec, **times, "CatalogId": params["CatalogId"]}
