"""The layout of records: their known fields. Records that have it are decoded faster, and taken by column.

msgspec decodes such a record into an object with a slot for each field, instead of a dict. Leaves are decoded
as without a layout, so that values, and what is refused, are the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from types import NoneType
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.types.fields import element_field, is_choice, list_of

_ABSENT: Final = msgspec.UNSET
_INT_BOUND: Final = 2**31
_UNNAMEABLE: Final = re.compile(r'[\x00-\x1f"\\]')
"""What no name of a slot may hold."""
_LEAVES: Final = {
    pa.string(): ("string", str, pa.string()),
    pa.bool_(): ("boolean", bool, pa.bool_()),
    pa.float64(): ("double", float, pa.float64()),
    pa.int32(): ("int", int, pa.int64()),
    pa.int64(): ("int", int, pa.int64()),
    pa.null(): ("null", NoneType, pa.null()),
}
"""A type → its kind, the one type of its values in Python, and the type of its column here."""


class Learner(Protocol):
    """Is told of values: see SchemaGatherer, which has the same methods."""

    def count(self, seen: int, nulls: int, kinds: Iterable[str], /) -> None:
        """Of so many values."""
        ...

    def count_records(self, records: int, /) -> None:
        """Of so many records."""
        ...

    def field(self, name: str, /) -> "Learner":
        """What is told of a field of the records."""
        ...

    def element(self) -> "Learner":
        """What is told of elements of the arrays."""
        ...


class Differs(Exception):
    """Values are not of the kind that the layout says."""


@dataclass(frozen=True)
class Leaf:
    """Single values of one kind."""

    kind: str
    of: type
    type: pa.DataType
    decoded: Any = Any

    def learnt(self, values: list[Any], learner: Learner) -> pa.Array:
        """The column of values, which may be None; `learner` learns of them. Raises Differs."""
        if self.of is not str and not {self.of, NoneType}.issuperset(map(type, values)):
            raise Differs  # Arrow would take an integer for a double
        try:
            column = pa.array(values, self.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # such as an integer beyond 64 bits
            raise Differs from None
        self.tell(column, learner)
        return column

    def tell(self, column: pa.Array, learner: Learner) -> None:
        """Tell a learner of a column of these values."""
        nulls = column.null_count
        learner.count(len(column), nulls, [self._kind(column)] if nulls < len(column) else [])

    def _kind(self, column: pa.Array) -> str:
        if self.kind != "int":
            return self.kind
        span = pc.min_max(column).as_py()
        return "int" if span["min"] >= -_INT_BOUND and span["max"] < _INT_BOUND else "long"


@dataclass(frozen=True)
class Elements:
    """Arrays."""

    element: "Node"

    @property
    def type(self) -> pa.DataType:
        """The type of its column."""
        return list_of(pa.field("element", self.element.type))

    @property
    def decoded(self) -> Any:
        """The type to decode."""
        inner = self.element.decoded
        return Any if inner is Any else list[inner | None] | None  # type: ignore[valid-type]

    def learnt(self, values: list[Any], learner: Learner) -> pa.Array:
        """See Leaf."""
        if not {list, NoneType}.issuperset(map(type, values)):
            raise Differs
        nulls = values.count(None)
        learner.count(len(values), nulls, ["array"] if nulls < len(values) else [])
        offsets = np.zeros(len(values) + 1, np.int32)
        np.cumsum([len(value) if value else 0 for value in values], out=offsets[1:])
        elements = list(chain.from_iterable(value for value in values if value))
        if nulls < len(values):
            inner = self.element.learnt(elements, learner.element())
        else:
            inner = pa.array([], self.element.type)
        mask = pa.array([value is None for value in values]) if nulls else None
        return pa.ListArray.from_arrays(pa.array(offsets), inner, type=self.type, mask=mask)


@dataclass(frozen=True)
class Layout:
    """Objects: the names of their fields, and what these hold.

    Other fields are refused, or left out. If it is `full`, no object may lack a field, and else it may.
    """

    names: tuple[str, ...]
    nodes: tuple["Node", ...]
    decoded: type[msgspec.Struct]
    full: bool

    @classmethod
    def of(cls, fields: Iterable[pa.Field], *, refuses_others: bool, full: bool) -> "Layout | None":
        """The layout of records with these fields; None if there are none, or not all have one type."""
        nodes, names = [], []
        for field in fields:
            node = _node(field, refuses_others, full)
            if node is None or _UNNAMEABLE.search(field.name):
                return None
            names.append(field.name)
            nodes.append(node)
        if not names:
            return None
        slots = [
            (
                f"f{place}",
                _slot(node),
                msgspec.field(name=name, default=msgspec.NODEFAULT if full else _ABSENT),
            )
            for place, (name, node) in enumerate(zip(names, nodes, strict=True))
        ]
        decoded = msgspec.defstruct("Record", slots, gc=False, forbid_unknown_fields=refuses_others)
        return cls(tuple(names), tuple(nodes), decoded, full)

    @property
    def type(self) -> pa.DataType:
        """The type of its column."""
        pairs = zip(self.names, self.nodes, strict=True)
        return pa.struct([pa.field(name, node.type) for name, node in pairs])

    def learnt(self, values: list[Any], learner: Learner) -> pa.Array:
        """See Leaf."""
        if not {self.decoded, NoneType}.issuperset(map(type, values)):
            raise Differs
        nulls = values.count(None)
        there = [value for value in values if value is not None] if nulls else values
        learner.count(len(values), nulls, ["struct"] if there else [])
        columns = self.columns(there, learner)
        fields = list(self.type.fields)
        if not nulls:
            return pa.StructArray.from_arrays(columns, fields=fields)
        is_null = np.fromiter((value is None for value in values), bool, len(values))
        places = pa.array(np.cumsum(~is_null) - 1, mask=is_null)
        spread = [column.take(places) for column in columns]
        return pa.StructArray.from_arrays(spread, fields=fields, mask=pa.array(is_null))

    def columns(self, records: Sequence[Any], learner: Learner) -> list[pa.Array]:
        """The columns of decoded records; `learner` learns of them. Raises Differs."""
        learner.count_records(len(records))
        return [
            self._column(list(map(attrgetter(f"f{place}"), records)), node, name, learner)
            for place, (name, node) in enumerate(zip(self.names, self.nodes, strict=True))
        ]

    def _column(self, values: list[Any], node: "Node", name: str, learner: Learner) -> pa.Array:
        if self.full:  # to look for what is absent takes a third of the time
            return node.learnt(values, learner.field(name))
        return _field(values, node, name, learner)


Node = Leaf | Elements | Layout
"""What a field holds."""


def _slot(node: Node) -> Any:
    return Any if node.decoded is Any else node.decoded | None | msgspec.UnsetType


def _field(values: list[Any], node: Node, name: str, above: Learner) -> pa.Array:
    """The column of a field that some objects may lack; `above` is told of these."""
    lacking = values.count(_ABSENT)
    if lacking == len(values):
        return pa.nulls(lacking, node.type)
    if not lacking:
        return node.learnt(values, above.field(name))
    there = [value for value in values if value is not _ABSENT]
    is_absent = np.fromiter((value is _ABSENT for value in values), bool, len(values))
    return node.learnt(there, above.field(name)).take(pa.array(np.cumsum(~is_absent) - 1, mask=is_absent))


def _node(field: pa.Field, refuses_others: bool, full: bool) -> Node | None:
    if is_choice(field):
        return None
    if pat.is_struct(field.type):
        return Layout.of(field.type.fields, refuses_others=refuses_others, full=full)
    if pat.is_list(field.type):
        element = _node(element_field(field.type), refuses_others, full)
        return None if element is None else Elements(element)
    leaf = _LEAVES.get(field.type)
    return None if leaf is None else Leaf(*leaf)
