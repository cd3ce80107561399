"""Readers of sources answer what is asked of them besides records as the readers of the formats do."""

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.rules.selection.roots import Roots
from placekeeper.runtime.connectors.added_columns import Extended
from placekeeper.runtime.connectors.folder_columns import FolderColumns
from placekeeper.runtime.connectors.table_columns import TableColumns
from placekeeper.runtime.formats.format import DiffersByObject
from placekeeper.runtime.formats.shared.given_records import giving
from placekeeper.runtime.formats.shared.malformed import forget, keeping
from placekeeper.runtime.formats.shared.together import together_bytes

KEYS = pa.schema([("k", pa.string())])


@dataclass(frozen=True)
class Asked:
    """A reader that remembers what it was asked for."""

    reads_all_for_schema: bool = True
    together_bytes: int = 7
    kept: Any = None
    given: Any = None

    def keeping(self, malformed: Any) -> "Asked":
        return replace(self, kept=malformed)

    def giving(self, given: Any) -> "Asked":
        return replace(self, given=given)

    def of_given(self, *_: Any) -> Any: ...

    def read_together(self, *_: Any) -> Any: ...


def extended(reader: Any) -> Any:
    return Extended(reader, KEYS, lambda paths: [pa.array(paths)])


def timed(reader: Any) -> Any:
    return FolderColumns(Roots.of(["file:///in/"]), (), timestamp="at").described(reader)


def described(reader: Any) -> Any:
    return TableColumns(KEYS, pa.schema([]), (), (), (("k",),)).described(reader).reader


@pytest.mark.parametrize("wrap", [extended, timed, described])
def test_a_wrapped_reader_passes_on_what_it_is_asked_for(wrap: Any) -> None:
    assert keeping(wrap(Asked()), forget).reader == Asked(kept=forget)
    assert wrap(Asked()).reads_all_for_schema is (wrap is not described)  # a table of texts has a schema


@pytest.mark.parametrize("wrap", [extended, timed])
def test_records_are_given_where_the_format_gives_them(wrap: Any) -> None:
    given = giving(wrap(Asked()), print)
    assert given is not None
    assert given.reader == Asked(given=print)
    assert giving(described(Asked()), print) is None


def test_objects_are_read_together_unless_each_is_read_by_a_reader_of_its_own() -> None:
    assert [together_bytes(wrap(Asked())) for wrap in (extended, timed, described)] == [7, 0, 7]
    assert [isinstance(wrap(Asked()), DiffersByObject) for wrap in (extended, timed)] == [False, True]
