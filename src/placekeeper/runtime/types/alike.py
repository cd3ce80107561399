"""Records that are alike: one look at the first of them tells most of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, Final

_SAME_KIND: Final = frozenset({str, bool, float, NoneType, bytes, datetime, date})
"""Python's types whose values all have one kind, so that one look is enough."""


@dataclass(slots=True)
class Alike:
    """Records with the same names and the same Python types: how many came after the first of them.

    `open_names` are the fields whose values are looked at each time. `closed` are the others, and whether
    they are null.
    """

    open_names: tuple[str, ...]
    closed: tuple[tuple[str, bool], ...]
    times: int = 0

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Alike":
        """What the first of the records tells of all."""
        opened = tuple(name for name, value in record.items() if type(value) not in _SAME_KIND)
        closed = tuple((name, value is None) for name, value in record.items() if type(value) in _SAME_KIND)
        return cls(opened, closed)
