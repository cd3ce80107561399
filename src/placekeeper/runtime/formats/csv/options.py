"""The format options of CSV."""

from typing import Final

OPTIONS: Final = frozenset(
    {"separator", "escaper", "quoteChar", "multiLine", "withHeader", "writeHeader", "skipFirst", "encoding"}
)
