"""What a script does, in the order in which it is written: calls, imports and uses of members."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from placekeeper.runtime.look.values import Class, Instance, Member, Value


class Call(Struct, frozen=True, eq=False):
    """One call. `is_certain`: every run of the script comes to it, unless it fails before.

    `after_commit`: a job.commit() stands before it. `callee` is what is called, `steps` are the names of the
    chain that ends in it, last first: `save`, `write`, `df`.
    """

    node: ast.Call
    callee: Value
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    is_certain: bool
    after_commit: bool
    steps: tuple[str, ...] = ()
    is_whole: bool = True
    """Whether all its arguments are known by place or name: none comes out of * or **."""

    @property
    def owner(self) -> str:
        """The whole name of the class or module whose member is called; "" if unknown."""
        match self.callee:
            case Member(owner=Instance(name=name) | Class(name=name)):
                return name
            case Class(name=name):
                return name.rpartition(".")[0]
            case _:
                return ""

    @property
    def name(self) -> str:
        """The name of the method or function; "" if it has none."""
        match self.callee:
            case Member(name=name):
                return name
            case Class(name=name):
                return name.rpartition(".")[2]
            case _:
                return self.steps[0] if self.steps else ""

    @property
    def facts(self) -> Mapping[str, Value]:
        """What the maker of the object was told whose method is called."""
        match self.callee:
            case Member(owner=Instance(facts=facts)):
                return facts
            case _:
                return {}

    def argument(self, name: str, position: int | None = None) -> Value | None:
        """An argument by name, else by position (from 0)."""
        if name in self.keywords:
            return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None

    @property
    def place(self) -> ast.expr:
        """Where a finding about this call stands."""
        return self.node.func


class Import(Struct, frozen=True, eq=False):
    """A name imported from a module; "" for the module itself."""

    node: ast.stmt
    module: str
    name: str
    is_certain: bool


class Use(Struct, frozen=True, eq=False):
    """A member of a known object, used or called."""

    node: ast.Attribute
    owner: Instance | Class
    is_certain: bool


@dataclass
class Doings:
    """All that a script does."""

    calls: list[Call] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    """Attributes that the script sets on anything but self: it may bring members of its own."""
