"""What to say of an argument that a function does not have, and of a member that only a DataFrame has."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from placekeeper.model.wording import nearest

_MEANT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "dfc": ("frame", "dynamic_frame", "frames", "collection", "dyf"),
        "frame": ("dfc", "dynamic_frame", "dyf", "df", "frame1", "data_frame", "dynamicframe"),
        "frame1": ("frame", "dynamic_frame", "dyf", "left"),
        "f": ("function", "func", "fn", "callable"),
        "callable": ("f", "function", "func", "fn"),
        "keys1": ("paths1", "on", "keys"),
        "paths1": ("keys1", "on", "keys"),
        "paths2": ("keys2",),
        "keys2": ("paths2",),
        "paths": ("fields", "columns", "names", "cols"),
        "old_name": ("oldName",),
        "new_name": ("newName",),
        "oldName": ("old_name",),
        "newName": ("new_name",),
    }
)
"""Arguments that another transform names differently, by the name that they have in this one."""


def unknown_argument(function: str, name: str, known: Sequence[str]) -> str:
    """A sentence that a function has no argument of a name, and which one was probably meant, or all."""
    meant = next((one for one in known if name in _MEANT.get(one, ())), None)
    close = [meant] if meant else get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(known)}"
    return f"{function} has no argument {name}; {hint}"


def ignored_argument(function: str, name: str, known: Iterable[str]) -> tuple[str, bool]:
    """A sentence about an argument that a function takes and does not know, and whether it is a slip.

    `known` are the arguments of this function and of those like it.
    """
    names = tuple(known)
    if name in names:
        place = ": write its options into connection_options" if name == "additional_options" else ""
        return f"{function} ignored the argument '{name}', which only other methods have{place}", True
    found = nearest(name, names)
    hint = f"; did you mean {found}?" if found else ""
    return f"{function} ignored the unknown argument '{name}'{hint}", found is not None


def no_member(owner: str, name: str, known: Iterable[str], *, is_of_dataframe: bool) -> str:
    """A sentence that a class has no member of a name, and what was meant."""
    if is_of_dataframe:
        return f"{owner} has no {name}, a DataFrame has: write .toDF().{name}"
    if name.startswith("gs_"):
        return f"{owner} has no {name} before the script imports it: write import {name}"
    return f"{owner} has no {name}{meant_member(name, [one for one in known if not one.startswith('_')])}"


def meant_member(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about a name that a class or a module does not have; nothing if none is near."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
