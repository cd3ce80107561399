"""Elements as values: what the fields of a record are in XML.

An element with neither attributes nor elements in it is its text. Any other is a struct of its attributes,
the elements in it, and its text. What occurs more than once in a struct is an array.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from placekeeper.runtime.formats.shared.record_columns import Record
from placekeeper.runtime.formats.xml.options import Names

_WHITE: Final = " \t\r\n"
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,38}", re.ASCII)
_FLOATING: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_TRUTH: Final = {"true": True, "false": False}
_NUMBER_STARTS: Final = frozenset("+-.0123456789")
_DIGITS_MAX: Final = 38
_INFINITE: Final = float("inf")


@dataclass(frozen=True)
class Values:
    """How texts become values. With `typed`, numbers and truth values are recognised; else all are texts.

    `empty` is what an empty text becomes. It says nothing about the type of a field, so it is None while
    types are gathered.
    """

    names: Names = field(default_factory=Names)
    excludes_attributes: bool = False
    empty_is_null: bool = False
    strips: bool = False
    typed: bool = True
    empty: str | None = ""

    def of_text(self, text: str) -> object:
        """The value of a text."""
        if self.strips:
            text = text.strip(_WHITE)
        if self.empty_is_null and not text.strip(_WHITE):
            return None
        if not text:
            return self.empty
        return recognised(text) if self.typed else text

    def of_attributes(self, attributes: Mapping[str, str]) -> Record:
        """The fields of attributes."""
        if self.excludes_attributes:
            return {}
        prefix = self.names.attribute_prefix
        return {prefix + name: self.of_text(text) for name, text in attributes.items()}


class Element:
    """An element that is being read: its fields, and its texts between the elements in it."""

    __slots__ = ("_pieces", "_texts", "fields", "name")

    def __init__(self, name: str, fields: Record) -> None:
        self.name = name
        self.fields = fields
        self._pieces: list[str] = []  # of the text that has not ended
        self._texts: list[str] = []  # without those that are white space alone

    def add_text(self, piece: str) -> None:
        """Add a piece of a text."""
        self._pieces.append(piece)

    def add(self, name: str, value: object) -> None:
        """Add an element in it. A name that is there already makes an array."""
        if self._pieces:
            self._end_text()
        if name in self.fields:
            _add(self.fields, name, value)
        else:
            self.fields[name] = value

    def value(self, values: Values) -> object:
        """The value of the whole element."""
        return self.record(values) if self.fields else values.of_text("".join(self._pieces))

    def record(self, values: Values) -> Record:
        """The element as a record: one that is a text has it as a field."""
        self._end_text()
        for text in self._texts:
            _add(self.fields, values.names.value, values.of_text(text))
        return self.fields

    def _end_text(self) -> None:
        """A text ends where an element in this one, or this one itself, ends."""
        text = "".join(self._pieces)
        self._pieces.clear()
        if text.strip(_WHITE):
            self._texts.append(text)


def _add(fields: Record, name: str, value: object) -> None:
    if name not in fields:
        fields[name] = value
        return
    there = fields[name]
    if isinstance(there, list):
        there.append(value)
    else:
        fields[name] = [there, value]


def recognised(text: str) -> object:
    """The number or the truth value that a text spells; otherwise the text itself."""
    if text[:1] in _NUMBER_STARTS:
        if _WHOLE.fullmatch(text):
            return int(text)
        if _FLOATING.fullmatch(text):
            number = float(text)
            whole = text.lstrip("+-").isdigit()  # more digits than a number has here
            return text if whole or number in (_INFINITE, -_INFINITE) else number
        return text
    return _TRUTH.get(text.lower(), text) if len(text) in (4, 5) else text
