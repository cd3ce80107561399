"""The format options of JSON."""

from typing import Final

OPTIONS: Final = frozenset({"jsonPath", "multiLine", "encoding"})
