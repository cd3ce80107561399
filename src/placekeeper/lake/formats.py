"""The door to the lake formats: each brings a library, which is loaded when a script uses the format."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import MissingExtra
from placekeeper.ports.lake import LakeFormat


class Row(Struct, frozen=True):
    """One format: its module in this package, its class, the extra that brings its library, and what the
    library is imported as."""

    module: str
    name: str
    extra: str
    library: str


FORMATS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "iceberg": Row("iceberg", "IcebergFormat", "iceberg", "pyiceberg"),
    }
)
"""By the name that states keep."""


def load(format: str, needed_for: str) -> LakeFormat:
    """A lake format. Raises MissingExtra, which says what `needed_for` needs."""
    row = FORMATS[format]
    try:
        module = importlib.import_module(f"placekeeper.lake.{row.module}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != row.library:
            raise
        raise MissingExtra(needed_for, row.extra) from error
    made: LakeFormat = getattr(module, row.name)()
    return made
