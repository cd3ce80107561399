"""The format options of grokLog."""

from typing import Final

OPTIONS: Final = frozenset({"logFormat", "customPatterns", "MISSING", "LineCount", "StrictMode", "encoding"})
