"""The format options of JSON."""

from typing import Final

OPTIONS: Final = frozenset({"jsonPath", "multiLine", "encoding"})

OF_READING: Final = frozenset({"jsonPath", "multiLine"})
"""Those that count only when reading."""
