"""Which calls of a script read, write and commit, whatever form they have."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.runtime.look.events import Call, Doings
from placekeeper.runtime.look.values import Dict, Instance, Known, List, Member, Value

READER_METHODS: Final = frozenset(
    {"csv", "json", "parquet", "orc", "text", "load", "jdbc", "table", "avro", "xml"}
)
WRITER_METHODS: Final = frozenset(
    {"csv", "json", "parquet", "orc", "text", "save", "saveAsTable", "insertInto", "avro", "xml"}
)

_READS: Final = frozenset(
    {
        *(("GlueContext", f"create_{kind}_frame_from_options") for kind in ("dynamic", "data")),
        *((reader, "from_options") for reader in ("DynamicFrameReader", "DataFrameReader")),
    }
)
_TABLES: Final = frozenset(
    {
        *(("GlueContext", f"create_{kind}_frame_from_catalog") for kind in ("dynamic", "data")),
        *((reader, "from_catalog") for reader in ("DynamicFrameReader", "DataFrameReader")),
    }
)
_WRITES: Final = MappingProxyType(
    {
        ("GlueContext", "write_dynamic_frame_from_options"): 1,
        ("GlueContext", "write_from_options"): 1,
        ("DynamicFrameWriter", "from_options"): 1,
        ("DataFrameWriter", "from_options"): 1,
        ("DynamicFrame", "write"): 0,
    }
)
"""Each with the place of its connection_type."""


class Access(Struct, frozen=True):
    """A read or write of files as a script spells it; None is what it does not say.

    `options` are connection_options. `is_table`: a table of the catalog.
    """

    call: Call
    connection_type: Value | None = None
    options: Value | None = None
    format: Value | None = None
    format_options: Value | None = None
    context: Value | None = None
    is_table: bool = False

    @property
    def paths(self) -> tuple[Value, ...]:
        """What `path` or `paths` names."""
        if not isinstance(self.options, Dict):
            return ()
        named = self.options.items.get("paths", self.options.items.get("path"))
        match named:
            case None:
                return ()
            case List(elements=elements):
                return elements
            case _:
                return (named,)


def reads(doings: Doings) -> Iterator[Access]:
    """The reads through GlueContext."""
    for call in doings.calls:
        kind = _kind(call)
        if kind in _READS:
            yield _access(call, 0)
        elif kind in _TABLES:
            yield Access(call, context=call.argument("transformation_ctx", 3), is_table=True)
        elif kind == ("GlueContext", "getSource"):
            yield Access(
                call,
                call.argument("connection_type", 0),
                _rest(call),
                call.argument("format", 1),
                None,
                call.argument("transformation_ctx", 2),
            )


def writes(doings: Doings) -> Iterator[Access]:
    """The writes of files through GlueContext; of a sink, where it writes its frame."""
    for call in doings.calls:
        kind = _kind(call)
        if kind in _WRITES:
            yield _access(call, _WRITES[kind])
        elif kind == ("GlueContext", "getSink"):
            yield Access(
                call,
                call.argument("connection_type", 0),
                _rest(call),
                call.argument("format", 1),
                None,
                call.argument("transformation_ctx", 2),
            )


def _access(call: Call, place: int) -> Access:
    return Access(
        call,
        call.argument("connection_type", place),
        call.argument("connection_options", place + 1),
        call.argument("format", place + 2),
        call.argument("format_options", place + 3),
        call.argument("transformation_ctx", place + 4),
    )


_OF_SIGNATURE: Final = frozenset({"connection_type", "format", "transformation_ctx", "push_down_predicate"})


def _rest(call: Call) -> Value:
    """The options that getSource and getSink take as keywords."""
    options: Mapping[str, Value] = {
        name: value for name, value in call.keywords.items() if name not in _OF_SIGNATURE
    }
    return Dict(options, call.is_whole)


def _kind(call: Call) -> tuple[str, str]:
    return call.owner.rpartition(".")[2], call.name


def text(value: Value | None) -> str | None:
    """A string that is wholly known."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def is_on(call: Call, cls: str) -> bool:
    """Whether a method of an object of this class is called, by the class's whole name."""
    return isinstance(call.callee, Member) and isinstance(call.callee.owner, Instance) and call.owner == cls
