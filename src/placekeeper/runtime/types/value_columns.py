"""Records as columns of Python values: what all records have in one field, side by side.

Work on a column is done once for each Python type in it, where work on records is done once for each value.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct


class _Absent:
    """The type of ABSENT, which no value has."""


ABSENT: Final = _Absent()
"""Stands in a column for the value of a record that lacks the field."""

Names = tuple[Any, ...]
Row = tuple[Any, ...]


class ValueColumns(Struct, frozen=True):
    """The columns of `count` records, by the names of their fields, in the order of first appearance."""

    values: Mapping[Any, Sequence[Any]]
    count: int

    def record(self, place: int) -> dict[Any, Any]:
        """The record at a place."""
        found = ((name, values[place]) for name, values in self.values.items())
        return {name: value for name, value in found if value is not ABSENT}

    def at(self, places: Sequence[int]) -> "ValueColumns":
        """The columns of the records at some places, without fields that none of them has."""
        columns = {name: [values[place] for place in places] for name, values in self.values.items()}
        there = {name: values for name, values in columns.items() if any(v is not ABSENT for v in values)}
        return ValueColumns(there, len(places))


class RowCollector:
    """Collects records, and makes columns of them.

    What a record holds is taken when it is added: a later change of the record changes nothing.
    """

    def __init__(self) -> None:
        self.count = 0
        self._names: Names = ()
        self._by_names: dict[Names, tuple[list[int], list[Row]]] = {}
        self._places: list[int] = []
        self._rows: list[Row] = []

    def add(self, names: Names, row: Row) -> None:
        """Add a record by the names and the values of its fields."""
        if names != self._names or not self._by_names:
            self._names = names
            self._places, self._rows = self._by_names.setdefault(names, ([], []))
        self._places.append(self.count)
        self._rows.append(row)
        self.count += 1

    def columns(self) -> ValueColumns:
        """The columns of all records."""
        if len(self._by_names) == 1:
            return ValueColumns(
                dict(zip(self._names, zip(*self._rows, strict=True), strict=True)), self.count
            )
        columns: dict[Any, list[Any]] = {}
        for names, (places, rows) in self._by_names.items():
            for name, values in zip(names, zip(*rows, strict=True), strict=True):
                column = columns.get(name)
                if column is None:
                    column = columns[name] = [ABSENT] * self.count
                for place, value in zip(places, values, strict=True):
                    column[place] = value
        return ValueColumns(columns, self.count)


def columns_of(records: Iterable[Mapping[Any, Any]]) -> ValueColumns:
    """The columns of records."""
    rows = RowCollector()
    for record in records:
        rows.add(tuple(record), tuple(record.values()))
    return rows.columns()
