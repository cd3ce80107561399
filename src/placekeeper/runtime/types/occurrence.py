"""How often fields occur in records: the counts that tell a missing field from a null.

The counts travel as metadata of the schema of one object. Their sum over all objects says in which columns of
the frame missing fields and nulls have to be kept apart.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
import pyarrow as pa

from placekeeper.runtime.types.missing_fields import NOTHING_MISSING, Missing

_METADATA: Final = b"placekeeper.occurrence"


class Occurrence(msgspec.Struct):
    """How many values were seen at one place: nulls among them, and records (JSON objects) among them.

    `fields` are those of the records, `element` is that of the arrays.
    """

    seen: int = 0
    nulls: int = 0
    records: int = 0
    fields: dict[str, "Occurrence"] = {}
    element: "Occurrence | None" = None

    def add(self, other: "Occurrence") -> None:
        """Add what was seen at the same place of another object."""
        self.seen += other.seen
        self.nulls += other.nulls
        self.records += other.records
        for name, field in other.fields.items():
            self.fields.setdefault(name, Occurrence()).add(field)
        if other.element is not None:
            self.element = self.element or Occurrence()
            self.element.add(other.element)

    def is_missing(self, name: str) -> bool:
        """Whether some records here lack the field."""
        return self.fields[name].seen < self.records

    def lacks_inside(self) -> bool:
        """Whether a field is missing somewhere below this place. No record has the fields of a null."""
        if self.records and self.nulls:
            return True
        return any(self.is_missing(name) or field.lacks_inside() for name, field in self.fields.items()) or (
            self.element is not None and self.element.lacks_inside()
        )


def with_occurrence(schema: pa.Schema, occurrence: Occurrence) -> pa.Schema:
    """The schema, with how often its fields occur."""
    return schema.with_metadata({_METADATA: msgspec.json.encode(occurrence)})


def occurrence_of(parts: Iterable[pa.Schema]) -> Occurrence:
    """How often fields occur in all parts; one that does not say counts for nothing."""
    total = Occurrence()
    for part in parts:
        if part.metadata and _METADATA in part.metadata:
            total.add(msgspec.json.decode(part.metadata[_METADATA], type=Occurrence))
    return total


def missing_of(schema: pa.Schema, parts: Iterable[pa.Schema]) -> Missing:
    """What records of `schema` may lack, by the schemas of the parts that were merged into it."""
    total = occurrence_of(parts)
    if not total.records:
        return NOTHING_MISSING
    nulls, listed = set(), set()
    for place, name in enumerate(schema.names):
        found = total.fields.get(name)
        if found is None:  # a partition's key
            continue
        if found.lacks_inside() or (found.nulls and total.is_missing(name)):
            listed.add(place)
        elif total.is_missing(name):
            nulls.add(place)
    return Missing(frozenset(nulls), frozenset(listed))
