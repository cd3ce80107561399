"""The format options of JSON."""

from typing import Final

OPTIONS: Final = frozenset({"jsonPath", "multiLine", "encoding", "withSchema"})

OF_READING: Final = frozenset({"jsonPath", "multiLine", "withSchema"})
"""Those that count only when reading."""
