"""Partitions whose rows a write puts into another folder than the one that readers look into.

Source: docs/reference/awsglue.md#what-is-registered.
"""

from collections.abc import Callable
from typing import Any

from placekeeper.model.errors import UnsupportedFeature


def other_place(spec: dict[str, Any], folder: str, literal: Callable[[str], str]) -> str:
    """Where a partition is registered, if that is not `folder`, a URI; else nothing.

    `literal` is that of ports.objects.Objects: folders such as `k=[x]` are no wildcards.
    """
    place = str((spec.get("StorageDescriptor") or {}).get("Location") or "")
    if place.rstrip("/") in ("", folder.rstrip("/")):
        return ""
    try:
        return "" if literal(place).rstrip("/") == literal(folder).rstrip("/") else place
    except UnsupportedFeature:  # no place of ours
        return place


def not_seen(table: str, values: tuple[str, ...], place: str, folder: str) -> str:
    """What is wrong with rows of a partition in another folder, and what to do."""
    return (
        f"the partition {list(values)} of the table {table} is registered at {place}, and its rows would go "
        f"to {folder}, where no reader of the table looks. Give the sink the table's path, if it has "
        "another, or say where the partition is now (UpdatePartition), or take it out (DeletePartition)"
    )
