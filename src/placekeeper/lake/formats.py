"""The door to the lake formats: each brings a library, which is loaded when a script uses the format."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import MissingExtra
from placekeeper.model.publication import SnapshotAdded
from placekeeper.ports.lake import LakeCommits, LakeFormat
from placekeeper.ports.objects import Objects, Staging


class Row(Struct, frozen=True):
    """One format: its two classes with their modules in this package, the extra that brings its library, and
    what the library is imported as."""

    format: tuple[str, str]
    commits: tuple[str, str]
    extra: str
    library: str


FORMATS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "iceberg": Row(
            ("iceberg", "IcebergFormat"), ("iceberg_commits", "IcebergCommits"), "iceberg", "pyiceberg"
        ),
        "delta": Row(("delta", "DeltaFormat"), ("delta_commits", "DeltaCommits"), "delta", "deltalake"),
    }
)
"""By the name that states keep."""


def load(format: str, needed_for: str) -> LakeFormat:
    """A lake format. Raises MissingExtra, which says what `needed_for` needs."""
    row = FORMATS[format]
    made: LakeFormat = _class(row, row.format, needed_for)()
    return made


class Lakes:
    """Implements ports.lake.Lakes for all formats."""

    def __init__(self, objects: Objects, staging: Staging) -> None:
        self._objects = objects
        self._staging = staging

    def added(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits."""
        return self._of(effect).added(effect, spec)

    def taken_back(self, effect: SnapshotAdded, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        """See ports.lake.LakeCommits."""
        return self._of(effect).taken_back(effect, spec)

    def new_iceberg(self, spec: Mapping[str, Any], iceberg: Mapping[str, Any]) -> dict[str, Any]:
        """See ports.lake.LakeMaker."""
        row = FORMATS["iceberg"]
        make = _class(row, ("iceberg_tables", "new_table"), "making an Iceberg table")
        made: dict[str, Any] = make(spec, iceberg, self._objects, self._staging)
        return made

    def _of(self, effect: SnapshotAdded) -> LakeCommits:
        row = FORMATS[effect.format]
        needed_for = f"publishing to the table {effect.database}.{effect.table} ({effect.format})"
        made: LakeCommits = _class(row, row.commits, needed_for)(self._objects, self._staging)
        return made


def _class(row: Row, named: tuple[str, str], needed_for: str) -> Any:
    module, name = named
    try:
        return getattr(importlib.import_module(f"placekeeper.lake.{module}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != row.library:
            raise
        raise MissingExtra(needed_for, row.extra) from error
