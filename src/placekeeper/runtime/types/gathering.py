"""What a schema gatherer learns from columns of values: one look for each Python type in a column."""

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType, NoneType
from typing import Any, Final

import pyarrow as pa

from placekeeper.runtime.types.schema_gatherer import SchemaGatherer
from placekeeper.runtime.types.value_columns import ABSENT, ValueColumns, columns_of

_NOTHING: Final[Mapping[str, pa.Array]] = MappingProxyType({})


def gather_columns(
    gatherer: SchemaGatherer, columns: ValueColumns, as_before: Mapping[str, pa.Array] = _NOTHING
) -> None:
    """Learn from the columns of records, where a value's Python type alone says its kind.

    Of the columns `as_before` it is known that they have the types that they had before. Raises TypeError for
    a value that no field can hold, and for a field name that is no string.
    """
    gatherer.count_records(columns.count)
    for name, values in columns.values.items():
        if not isinstance(name, str):
            raise TypeError(f"a field name is a string, not {name!r}")
        field, known = gatherer.field(name), as_before.get(name)
        if known is None:
            _gather(field, values)
            continue
        field.count(len(known), known.null_count, ())
        if known.null_count < len(known):
            field.stay()


def _gather(place: SchemaGatherer, values: Sequence[Any]) -> None:
    types = set(map(type, values))
    if type(ABSENT) in types:
        values = [value for value in values if value is not ABSENT]
    found = [value for value in values if value is not None] if NoneType in types else values
    kinds = _kinds(place, found, types - {type(ABSENT), NoneType})
    place.count(len(values), len(values) - len(found), kinds)
    for kind, alike in kinds.items():
        if kind == "struct":
            gather_columns(place, columns_of(alike))
        elif kind == "array":
            _gather(place.element(), list(chain.from_iterable(alike)))
        elif kind == "long":
            place.count_whole_numbers(min(alike), max(alike))
        elif kind == "decimal":
            place.count_decimals(alike)


def _kinds(place: SchemaGatherer, values: Sequence[Any], types: set[type]) -> dict[str, Sequence[Any]]:
    """The values, none of them None, by their kinds."""
    if len(types) <= 1:
        return {place.kind_of(values[0]): values} if types else {}
    samples = {type(value): value for value in values}
    kinds = {found: place.kind_of(sample) for found, sample in samples.items()}
    return {kind: [value for value in values if kinds[type(value)] == kind] for kind in set(kinds.values())}
