"""The format options of grokLog."""

from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.grok.compiling import Grok, custom_patterns
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset({"logFormat", "customPatterns", "MISSING", "LineCount", "StrictMode", "encoding"})


def grok_of(options: FormatOptions) -> Grok:
    """The pattern that format options say.

    Raises UnsupportedFeature without one, for one that is broken, and for records of several lines.
    """
    text = options.text("logFormat", "")
    if not text.strip():
        raise UnsupportedFeature(
            "grokLog is read with the format option logFormat, the pattern of a line: "
            "format_options={'logFormat': '%{COMMONAPACHELOG}'}."
        )
    if options.text("LineCount", "1").strip() != "1":
        raise UnsupportedFeature(
            "The format option LineCount is 1: grokLog reads one line as one record, here as on AWS."
        )
    return Grok.of(text, custom_patterns(options.text("customPatterns", "")))
