"""The format options of Avro."""

from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset({"version", "avroSchema", "nanoseconds"})

OF_READING: Final = frozenset({"avroSchema", "nanoseconds"})
"""Those that count only when reading."""

VERSIONS: Final = ("1.7", "1.8")
"""Glue's versions of Avro: 1.8 has logical types, 1.7 does not."""


def has_logical_types(options: FormatOptions) -> bool:
    """Whether the version has logical types. Raises UnsupportedFeature unless it is one of VERSIONS."""
    wanted = options.text("version", VERSIONS[0]).strip()
    if wanted not in VERSIONS:
        raise UnsupportedFeature(f"The format option version of Avro is 1.7 or 1.8, not {wanted!r}.")
    return wanted == "1.8"
