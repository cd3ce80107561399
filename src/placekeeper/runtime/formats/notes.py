"""Notes on format options that have no effect, so that a misspelt one is not lost silently.

Source: docs/reference/formats.md#unknown-option.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from placekeeper.model.wording import meant
from placekeeper.runtime.formats.format import Format

FAIL_FAST: Final = "isFailFast"
"""The option that says whether a malformed record fails the run."""

OF_EVERY_FORMAT: Final = frozenset(
    {"compressionType", "compression", "attachFilename", "attachTimestamp", FAIL_FAST}
)
"""The format options that every format has beside its own."""

_OF_READING: Final = frozenset({"attachFilename", "attachTimestamp", FAIL_FAST})
"""Those of them that count only when reading."""

WITHOUT_EFFECT: Final = MappingProxyType(
    {
        "optimizeperformance": "all reads are vectorised here",
        "strictcheckforquoting": "quotes are always checked strictly here",
    }
)
"""Options of AWS that change nothing for any format here: the name in lower case, and the reason."""

_OF_SPARK: Final = {
    "header": "withHeader",
    "delimiter": "separator",
    "sep": "separator",
    "quote": "quoteChar",
    "escape": "escaper",
    "codec": "compression",
    "charset": "encoding",
}
"""Names of Spark's options in lower case, and Glue's option of the same meaning. Scripts mix them up."""


def format_notes(format: Format, options: Mapping[str, Any], *, writing: bool = False) -> list[str]:
    """A sentence for each option of a read or write that has no effect."""
    known = {option.lower(): option for option in OF_EVERY_FORMAT | format.options}
    reasons = {**WITHOUT_EFFECT, **{option.lower(): why for option, why in format.without_effect.items()}}
    if not format.keeps_malformed and not writing:
        reasons[FAIL_FAST.lower()] = f"a broken file of {format.name} fails the run, unless it is quarantined"
    other = format.of_reading | _OF_READING if writing else format.of_writing
    others = {option.lower() for option in other}
    notes = []
    for option in options:
        lowered = option.lower()
        if lowered in reasons:
            notes.append(f"format option {option} has no effect: {reasons[lowered]}")
        elif lowered in others:
            when = "reading" if writing else "writing"
            notes.append(f"format option {option} has no effect: it counts only when {when}")
        elif lowered not in known:
            notes.append(f"unknown format option '{option}' was ignored{_meant(lowered, known)}")
    return notes


def _meant(option: str, known: Mapping[str, str]) -> str:
    spark = _OF_SPARK.get(option)
    if spark is not None and spark.lower() in known:
        return f"; did you mean {spark}?"
    return meant(option, known.values())
