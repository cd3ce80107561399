"""A table whose folder is several tables now: what is said of it, and whether it counts as gone.

Source: docs/reference/crawlers.md#what-a-crawl-changes.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from placekeeper.rules.crawling.table_inputs import location_folder

_MOST: Final = 5
"""How many tables a sentence names."""


class Split(Struct, frozen=True):
    """What has become of a table's folder. It `stays` where files of its own format are still there."""

    said: str
    stays: bool


def split_of(known: Mapping[str, Any], made: Mapping[str, Mapping[str, Any]]) -> Split | None:
    """What other tables a crawl has found in the folder of a table; None if there are none.

    `known` and the values of `made` are table inputs; its keys are the names of tables.
    """
    folder = location_folder(known)
    below = {name: spec for name, spec in sorted(made.items()) if location_folder(spec).startswith(folder)}
    if not folder or not below:
        return None
    formats = {name: _format(spec) for name, spec in below.items()}
    shown = [f"{name} ({format})" for name, format in formats.items()]
    more = [f"{len(shown) - _MOST:,} more"] if len(shown) > _MOST else []
    said = f"its folder {folder} holds other tables now: {', '.join([*shown[:_MOST], *more])}"
    if len(below) > 1:
        kinds = sorted(set(formats.values()))
        why = f"formats differ ({', '.join(kinds)})" if len(kinds) > 1 else "schemas, forms or depths differ"
        said += f"; they are not one table, because their {why}"
    return Split(said, stays=_format(known) in formats.values())


def _format(spec: Mapping[str, Any]) -> str:
    return str((spec.get("Parameters") or {}).get("classification") or "unknown")
