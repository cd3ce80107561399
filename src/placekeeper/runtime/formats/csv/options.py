"""The format options of CSV."""

from typing import Final

OPTIONS: Final = frozenset(
    {"separator", "escaper", "quoteChar", "multiLine", "withHeader", "writeHeader", "skipFirst", "encoding"}
)

OF_READING: Final = frozenset({"multiLine", "withHeader", "skipFirst"})
"""Those that count only when reading."""

OF_WRITING: Final = frozenset({"writeHeader"})
"""Those that count only when writing."""
