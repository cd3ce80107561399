"""The Configuration of a crawler: a versioned JSON text.

Source: docs/reference/crawlers.md#configuration.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from placekeeper.model.errors import InvalidInputException
from placekeeper.model.wording import nearest

_VERSION: Final = 1.0
_KEYS: Final = (
    "Version",
    "CreatePartitionIndex",
    "CrawlerOutput",
    "CrawlerOutput.Tables",
    "CrawlerOutput.Tables.AddOrUpdateBehavior",
    "CrawlerOutput.Tables.TableThreshold",
    "CrawlerOutput.Partitions",
    "CrawlerOutput.Partitions.AddOrUpdateBehavior",
    "Grouping",
    "Grouping.TableGroupingPolicy",
    "Grouping.TableLevelConfiguration",
)


class Behavior(StrEnum):
    """What happens in the catalog when something is gone (DeleteBehavior)."""

    LOG = "LOG"
    DELETE = "DELETE_FROM_DATABASE"
    DEPRECATE = "DEPRECATE_IN_DATABASE"


class CrawlOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a crawl groups files and changes the catalog.

    `merges` is MergeNewColumns, `inherits` InheritFromTable, `combines` CombineCompatibleSchemas. `level` is
    TableLevelConfiguration, `most_tables` TableThreshold, None without. `indexes` is CreatePartitionIndex.
    `updates` is false where UpdateBehavior is LOG.
    """

    merges: bool = False
    inherits: bool = False
    combines: bool = False
    level: int | None = None
    most_tables: int | None = None
    indexes: bool = False
    updates: bool = True
    deletes: Behavior = Behavior.DEPRECATE
    only_new: bool = False


def options_of(spec: Mapping[str, Any]) -> CrawlOptions:
    """The options of a crawler's definition. Raises InvalidInputException for a broken Configuration."""
    said = _configuration(spec.get("Configuration") or "")
    output, grouping = _part(said, "CrawlerOutput"), _part(said, "Grouping")
    tables, partitions = _part(output, "Tables"), _part(output, "Partitions")
    policy = spec.get("SchemaChangePolicy") or {}
    return CrawlOptions(
        merges=_is(tables, "AddOrUpdateBehavior", "MergeNewColumns"),
        inherits=_is(partitions, "AddOrUpdateBehavior", "InheritFromTable"),
        combines=_is(grouping, "TableGroupingPolicy", "CombineCompatibleSchemas"),
        level=_number(grouping, "TableLevelConfiguration"),
        most_tables=_number(tables, "TableThreshold"),
        indexes=said.get("CreatePartitionIndex") is True,
        updates=policy.get("UpdateBehavior") != "LOG",
        deletes=Behavior(policy.get("DeleteBehavior") or Behavior.DEPRECATE),
        only_new=_recrawl(spec) == "CRAWL_NEW_FOLDERS_ONLY",
    )


def _recrawl(spec: Mapping[str, Any]) -> str:
    return str((spec.get("RecrawlPolicy") or {}).get("RecrawlBehavior") or "CRAWL_EVERYTHING")


def _configuration(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        said = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInputException(f"Configuration is not the text of a JSON object: {error}.") from None
    if said.get("Version") != _VERSION:
        raise InvalidInputException(
            'Configuration has no Version 1.0: begin it with {"Version": 1.0, …} (AWS knows no other).'
        )
    for path, key in _unknown(said):
        if found := nearest(key, _keys_of(path)):
            raise InvalidInputException(f"{path}{key} in Configuration is no key; did you mean {found}?")
    return said


def unknown_keys(spec: Mapping[str, Any]) -> list[str]:
    """The keys of a definition's Configuration that have no effect. Raises as `options_of` does."""
    return [path + key for path, key in _unknown(_configuration(spec.get("Configuration") or ""))]


def _unknown(said: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Keys that nobody knows, with the keys that lead to them."""
    for key, value in said.items():
        if f"{path}{key}" not in _KEYS:
            yield path, key
        elif isinstance(value, dict):
            yield from _unknown(value, f"{path}{key}.")


def _keys_of(path: str) -> list[str]:
    return [key.removeprefix(path) for key in _KEYS if key.startswith(path) and "." not in key[len(path) :]]


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name) or {}
    if not isinstance(part, dict):
        raise InvalidInputException(f"{name} in Configuration is {part!r}: write a JSON object.")
    return part


def _is(part: Mapping[str, Any], name: str, word: str) -> bool:
    given = part.get(name)
    if given not in (None, word):
        raise InvalidInputException(f"{name} in Configuration is {given!r}: it may be {word}, or left out.")
    return given == word


def _number(part: Mapping[str, Any], name: str) -> int | None:
    given = part.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise InvalidInputException(f"{name} in Configuration is {given!r}: write a whole number from 1.")
    return given
