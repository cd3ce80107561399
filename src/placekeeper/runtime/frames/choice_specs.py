"""What a script says about choices: paths, actions, and which choices an action is for.

A place is a path through names, arrays and maps. resolveChoice and toDF say which action each choice gets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.paths import array_path
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.kinds import Part, Place
from placekeeper.runtime.types.type_names import Wanted, wanted_type

MATCH_CATALOG: Final = "match_catalog"
_ACTIONS: Final = "cast:type, project:type, make_cols or make_struct"


@dataclass(frozen=True)
class Cast:
    """Every value cast to a type; null where it cannot be."""

    type: Wanted


@dataclass(frozen=True)
class Project:
    """The values of one type; null for those of another."""

    type: Wanted


@dataclass(frozen=True)
class MakeColumns:
    """A column for each type."""


@dataclass(frozen=True)
class MakeStruct:
    """A struct with a field for each type."""


Action = Cast | Project | MakeColumns | MakeStruct
Option = tuple[Place, Action]
"""An option of toDF."""


class Rules(Protocol):
    """Says which action a field gets."""

    def action(self, place: Place, field: pa.Field, /) -> Action | None:
        """The action for the field at a place; None leaves it."""
        ...

    def goes_below(self, place: Place, /) -> bool:
        """True if a field below a place may get an action."""
        ...


@dataclass(frozen=True)
class Specs:
    """An action for each of some places."""

    actions: Mapping[Place, Action]

    def action(self, place: Place, _field: pa.Field, /) -> Action | None:
        """The action of the very place."""
        return self.actions.get(place)

    def goes_below(self, place: Place, /) -> bool:
        """True if a place of an action begins with this one."""
        depth = len(place)
        return any(len(other) > depth and other[:depth] == place for other in self.actions)


@dataclass(frozen=True)
class Everywhere:
    """One action for every choice."""

    of_all: Action

    def action(self, _place: Place, field: pa.Field, /) -> Action | None:
        """The action, if the field is a choice."""
        return self.of_all if is_choice(field) else None

    def goes_below(self, _place: Place, /) -> bool:
        """Always: choices may be anywhere."""
        return True


@dataclass(frozen=True)
class Columns:
    """Each choice cast to the type that a table has at the same path, names in any case."""

    types: Mapping[str, Wanted]

    @classmethod
    def of(cls, columns: Iterable[tuple[str, str]]) -> "Columns":
        """The columns of a table by their names and types; a type that frames do not have counts as none."""
        return cls({name.lower(): wanted for name, text in columns if (wanted := _type_of(text)) is not None})

    def action(self, place: Place, field: pa.Field, /) -> Action | None:
        """A cast to the table's type, if the field is a choice and the table has one there."""
        wanted = self.wanted(place) if is_choice(field) else None
        return None if wanted is None else Cast(wanted)

    def goes_below(self, _place: Place, /) -> bool:
        """Always: choices may be anywhere."""
        return True

    def wanted(self, place: Place) -> Wanted | None:
        """The type that the table has at a place; None if it has none there."""
        column, *steps = place
        found = self.types.get(str(column).lower())
        for step in steps:
            found = _inside(found, step)
        return found


def _type_of(text: str) -> Wanted | None:
    try:
        return wanted_type(text)
    except ValueError:
        return None


def _inside(data_type: Wanted | None, step: str | Part) -> Wanted | None:
    if not isinstance(data_type, pa.DataType):
        return None
    if step is Part.ELEMENT and pat.is_list(data_type):
        return data_type.value_type
    if step is Part.VALUE and pat.is_map(data_type):
        return data_type.item_type
    if isinstance(step, str) and pat.is_struct(data_type):
        return next((child.type for child in data_type.fields if child.name.lower() == step.lower()), None)
    return None


def parse_specs(specs: object) -> Specs:
    """Specs as scripts write them: a list of (path, action), or one such pair bare.

    A path may go into arrays, as `myList[].price`. Of two actions for one path the last one counts. Raises
    TypeError for another form, ValueError for an action or a type that there is not.
    """
    if isinstance(specs, tuple) and len(specs) == 2 and all(isinstance(part, str) for part in specs):
        specs = [specs]
    if isinstance(specs, str) or not isinstance(specs, Iterable):
        raise TypeError(f"specs are a list of (path, action), such as [('id', 'cast:long')], not {specs!r}")
    return Specs(dict(_spec(spec) for spec in specs))


def _spec(spec: Any) -> tuple[Place, Action]:
    if not isinstance(spec, tuple | list) or len(spec) != 2:
        raise TypeError(f"a spec is a pair (path, action), such as ('id', 'cast:long'), not {spec!r}")
    path, action = spec
    return array_path(path), parse_action(action)


def parse_action(text: object) -> Action:
    """An action as scripts write it, in any case. Raises ValueError for what is none."""
    word, colon, name = text.partition(":") if isinstance(text, str) else ("", "", "")
    word = word.strip().lower()
    if colon and name.strip() and word in ("cast", "project"):
        return Cast(wanted_type(name)) if word == "cast" else Project(wanted_type(name))
    if word == "make_cols":
        return MakeColumns()
    if word == "make_struct":
        return MakeStruct()
    raise ValueError(f"{text!r} is not an action of resolveChoice: use {_ACTIONS}")


def parse_option(path: str, action: str, target: object) -> Option:
    """An option of toDF: the action is Project, KeepAsStruct or Cast, the target a type or its name.

    Raises ValueError for another action or without the target that an action needs.
    """
    name = target if isinstance(target, str) else _name_of(target)
    word = str(action).lower()
    if word == "keepasstruct":
        return array_path(path), MakeStruct()
    if word not in ("project", "cast"):
        raise ValueError(f"'{action}' is not an action of toDF: use Project, KeepAsStruct or Cast")
    if not name:
        raise ValueError(f"the action {action} of toDF needs a target: the type of '{path}'")
    return array_path(path), Cast(wanted_type(name)) if word == "cast" else Project(wanted_type(name))


def _name_of(target: Any) -> str:
    """The name of a type of `awsglue.gluetypes`."""
    if hasattr(target, "precision"):
        return f"decimal({target.precision},{target.scale})"
    return str(target.typeName()) if hasattr(target, "typeName") else ""
