"""Fields that records lack: how they are found, listed in a hidden column, and left out again.

A missing field is not the same as a null (docs/reference/awsglue.md#missing-field). A hidden column has a
text for each record. The text is null where nothing is missing; else it lists paths into the column that it
is about, each from BEGIN to END. The path of the column itself is empty. Each step of a path is STEP and a
name, or STEP and the index of an element.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.value_columns import ABSENT


class Missing(Struct, frozen=True):
    """The columns of a frame in which some records lack fields, by their places.

    In the columns of `nulls`, a null means that the record has no such field. Beside each column of `listed`,
    a hidden column m0, m1, … lists what is missing.
    """

    nulls: frozenset[int] = frozenset()
    listed: frozenset[int] = frozenset()


NOTHING_MISSING: Final = Missing()
"""Every record has every field."""

BEGIN, END, STEP, MARK = "\x1e", "\x1d", "\x1f", "\x1c"
"""What parts paths, and a character that no path has."""

ITSELF: Final = BEGIN + END
"""What says that the record lacks the field itself."""

_OF: Final = b"placekeeper.missing-of"
_SPECIAL: Final = re.compile(f"[%{MARK}{END}{BEGIN}{STEP}]")
_SPELLED: Final = re.compile("%([0-9A-F]{2})")
Finder = Callable[[Any], Iterator[str]]


def hidden_field(place: int, name: str) -> pa.Field:
    """The field of a hidden column in the schema of batches; it is about the field `name` at that place."""
    return pa.field(f"\0{place}", pa.string(), metadata={_OF: name.encode()})


def batch_schema(schema: pa.Schema, missing: Missing) -> pa.Schema:
    """The schema of batches of a frame: its fields, then the hidden ones."""
    return pa.schema(
        [*schema, *(hidden_field(place, schema.names[place]) for place in sorted(missing.listed))]
    )


def hidden_of(field: pa.Field) -> str | None:
    """The name of the field that a hidden column is about; None for a field of the records."""
    name = (field.metadata or {}).get(_OF)
    return None if name is None else str(name, "utf-8")


def step(name: str | int) -> str:
    """One step of a path; a name may hold the characters that part paths."""
    return STEP + _SPECIAL.sub(lambda match: f"%{ord(match[0]):02X}", str(name))


def missing_paths(records: Sequence[Mapping[str, Any]], field: pa.Field) -> pa.Array:
    """The hidden column about `field` for records as they were read or made."""
    name = field.name
    return missing_among([record.get(name, ABSENT) for record in records], field)


def missing_among(values: Sequence[Any], field: pa.Field) -> pa.Array:
    """The hidden column about `field` for its values; ABSENT is that of a record that lacks it."""
    finder = _finder(field)
    if finder is None and type(ABSENT) not in set(map(type, values)):
        return pa.nulls(len(values), pa.string())
    return pa.array([_paths(value, finder) for value in values], pa.string())


def without_missing(value: Any, paths: str) -> Any:
    """A decoded value without the fields that a hidden column lists; none of them is the value itself."""
    for path in paths.removesuffix(END).split(END):
        *above, last = (_named(part) for part in path.split(STEP)[1:])
        place = value
        for name in above:
            place = _inside(place, name)
        if isinstance(place, dict):
            place.pop(last, None)
    return value


def _named(part: str) -> str:
    return _SPELLED.sub(lambda match: chr(int(match[1], 16)), part)


def _inside(place: Any, name: str) -> Any:
    if isinstance(place, dict):
        return place.get(name)
    return place[int(name)] if isinstance(place, list) and name.isdecimal() else None


def _paths(value: Any, finder: Finder | None) -> str | None:
    if value is ABSENT:
        return ITSELF
    if finder is None or value is None:
        return None
    return "".join(f"{BEGIN}{path}{END}" for path in finder(value)) or None


def _finder(field: pa.Field) -> Finder | None:
    """What finds the missing fields inside values of `field`; None where there can be none."""
    data_type = field.type
    if is_choice(field):
        inner = [found for child in data_type.fields if (found := _finder(child)) is not None]
        return (lambda value: (path for find in inner for path in find(value))) if inner else None
    if pat.is_struct(data_type):
        children = [(child.name, step(child.name), _finder(child)) for child in data_type.fields]
        return lambda value: _in_struct(value, children)
    if pat.is_list(data_type):
        element = _finder(data_type.value_field)
        return None if element is None else lambda value: _in_list(value, element)
    return None


def _in_struct(value: Any, children: list[tuple[str, str, Finder | None]]) -> Iterator[str]:
    if not isinstance(value, dict):  # another type of a choice
        return
    for name, step_, find in children:
        if name not in value:
            yield step_
        elif find is not None and value[name] is not None:
            for path in find(value[name]):
                yield step_ + path


def _in_list(values: Any, find: Finder) -> Iterator[str]:
    if not isinstance(values, list | tuple):
        return
    for index, value in enumerate(values):
        if value is not None:
            for path in find(value):
                yield step(index) + path
