"""The values of a script's expressions, as far as a look can know them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

_MARKS: Final = re.compile(r"@\d+(:\d+)?|[*?#]")
"""What tells apart two values of one name."""


class Unknown(Struct, frozen=True):
    """A value that only the run knows. Equal texts stand for the same value."""

    text: str


class Known(Struct, frozen=True):
    """A constant."""

    value: object


class Text(Struct, frozen=True):
    """A string that is known in part; what is not stands in braces."""

    template: str


@dataclass(frozen=True)
class Dict:
    """A dict literal with known keys; `is_complete` says whether there are no others."""

    items: Mapping[str, "Value"] = field(hash=False)
    is_complete: bool = True


class List(Struct, frozen=True):
    """A list, tuple or set literal."""

    elements: tuple["Value", ...]


class Module(Struct, frozen=True):
    """An imported module by its whole name."""

    name: str


class Class(Struct, frozen=True):
    """A class or function that was imported, by its whole name."""

    name: str


@dataclass(frozen=True)
class Instance:
    """An object of a class, by the class's whole name. `facts` are what its maker was told."""

    name: str
    facts: Mapping[str, "Value"] = field(default_factory=dict, hash=False, compare=False)


class Member(Struct, frozen=True):
    """A member of an object, a class or a module, before it is called."""

    owner: "Value"
    name: str


class Function(Struct, frozen=True, eq=False):
    """A function of the script; `scope` holds the names around it."""

    node: Any
    scope: Any


Value = Unknown | Known | Text | Dict | List | Module | Class | Instance | Member | Function


def template(value: Value) -> str | None:
    """A string as a template: what is not known stands in braces. None for what is no string."""
    match value:
        case Known(value=str(text)):
            return text
        case Text():
            return value.template
        case Unknown():
            return f"{{{value.text}}}"
        case _:
            return None


def shown(path: str) -> str:
    """A template for people."""
    plain = _MARKS.sub("", path)
    is_one = plain.startswith("{") and plain.find("}") == len(plain) - 1
    return plain[1:-1] if is_one else plain


def literal(value: Value) -> tuple[bool, Any]:
    """Whether a value is wholly known, and that value in plain Python."""
    match value:
        case Known():
            return True, value.value
        case Dict(is_complete=True):
            pairs = {key: literal(inner) for key, inner in value.items.items()}
            return all(known for known, _ in pairs.values()), {key: one for key, (_, one) in pairs.items()}
        case List():
            elements = [literal(inner) for inner in value.elements]
            return all(known for known, _ in elements), [one for _, one in elements]
        case _:
            return False, None
