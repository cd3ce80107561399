"""The elements that an XML object has at its top and directly below: advice on a rowTag that finds none."""

from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO, Final, NoReturn
from xml.parsers import expat

from placekeeper.model.wording import meant

_LOOKED_AT: Final = 256 * 1024
"""Bytes of an object that are looked at."""

_SHOWN: Final = 10


class _Enough(Exception):
    """Nothing more is looked at."""


def why_no_rows(file: BinaryIO, path: str, row_tag: str) -> str:
    """A sentence that an object has no element `row_tag`, and which it has; "" if it has one or is no XML."""
    tops, below = _tags(file)
    if not tops or row_tag in (*tops, *below):
        return ""
    inside = f", and below it {_listed(below)}" if below else ""
    return (
        f"no element of {path} has the rowTag '{row_tag}': at its top is {_listed(tops)}{inside}"
        f"{meant(row_tag, [*below, *tops])}"
    )


def _listed(tags: Iterable[str]) -> str:
    names = [f"'{tag}'" for tag in tags]
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _tags(file: BinaryIO) -> tuple[dict[str, None], dict[str, None]]:
    """The names of the elements at the top, and of those directly below, each once."""
    levels: tuple[dict[str, None], dict[str, None]] = ({}, {})
    depth = 0

    def start(name: str, _: object) -> None:
        nonlocal depth
        if depth < len(levels):
            levels[depth].setdefault(name)
        depth += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> NoReturn:
        raise _Enough

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = refuse
    with suppress(expat.ExpatError, _Enough):  # what was found until here is advice enough
        parser.Parse(file.read(_LOOKED_AT))
    return levels
