"""Notes on format options: a misspelt one is named and not silently lost.

Source: docs/reference/formats.md#unknown-option.
"""

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from placekeeper.runtime.formats.format import Format

OF_EVERY_FORMAT: Final = frozenset(
    {"compressionType", "compression", "attachFilename", "attachTimestamp", "withSchema"}
)
"""Options that every format knows beside its own."""

WITHOUT_EFFECT: Final = MappingProxyType(
    {
        "optimizeperformance": "every read is vectorised here",
        "strictcheckforquoting": "quotes are always read strictly here",
    }
)
"""Options of AWS that change nothing here, in lower case, with the reason."""

_OF_SPARK: Final = {
    "header": "withHeader",
    "delimiter": "separator",
    "sep": "separator",
    "quote": "quoteChar",
    "escape": "escaper",
    "codec": "compression",
    "charset": "encoding",
}
"""What the same option is called in Spark, which scripts mix up."""


def format_notes(format: Format, options: Mapping[str, Any]) -> list[str]:
    """A sentence for each option of a read or write that has no effect."""
    known = {option.lower(): option for option in OF_EVERY_FORMAT | format.options}
    notes = []
    for option in options:
        lowered = option.lower()
        if lowered in WITHOUT_EFFECT:
            notes.append(f"format option {option} is without effect: {WITHOUT_EFFECT[lowered]}")
        elif lowered not in known:
            notes.append(f"unknown format option '{option}' was ignored{_meant(lowered, known)}")
    return notes


def _meant(option: str, known: Mapping[str, str]) -> str:
    spark = _OF_SPARK.get(option)
    if spark is not None and spark.lower() in known:
        return f"; did you mean {spark}?"
    close = difflib.get_close_matches(option, known, n=1, cutoff=0.75)
    return f"; did you mean {known[close[0]]}?" if close else ""
