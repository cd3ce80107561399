"""Calls in a script: what they are given, what they answer, and what they change."""

import ast
from collections.abc import Iterator
from typing import Final

from placekeeper.runtime.look.answers import answer_of
from placekeeper.runtime.look.events import Call, Doings
from placekeeper.runtime.look.scope import Scope
from placekeeper.runtime.look.surface import class_of, function_of
from placekeeper.runtime.look.values import (
    Class,
    Dict,
    Function,
    Instance,
    Known,
    List,
    Member,
    Module,
    Unknown,
    Value,
)

_EXITS: Final = frozenset({"exit", "_exit", "quit", "abort", "execv", "execvp"})
_HARMLESS: Final = ("awsglue.", "pyspark.", "boto3.")
"""The owners of methods that change no dict or list of the script."""
_BOTO3: Final = frozenset({"boto3.client", "boto3.resource"})


class Calling:
    """Knows calls. A subclass knows the other expressions, and says where every run comes to."""

    def __init__(self, doings: Doings) -> None:
        self.doings = doings
        self.in_branch = False
        self.shared: set[str] = set()
        """Names that functions may bind anew for everybody."""
        self._is_committed = False

    @property
    def is_certain(self) -> bool:
        """Whether every run comes to this place."""
        raise NotImplementedError

    def call(self, function: Function, given: dict[str, Value]) -> Value:
        """What a function of the script returns."""
        raise NotImplementedError

    def exits(self) -> None:
        """The script ends here, if it comes here."""
        raise NotImplementedError

    def fresh(self, node: ast.AST) -> Unknown:
        """A value that is like no other."""
        return Unknown(f"@{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}")

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression."""
        raise NotImplementedError

    def called(self, node: ast.Call, scope: Scope) -> Value:
        """What a call answers; it is noted."""
        callee = self.value(node.func, scope)
        positional = tuple(
            self.value(one.value if isinstance(one, ast.Starred) else one, scope) for one in node.args
        )
        keywords = {one.arg: self.value(one.value, scope) for one in node.keywords if one.arg is not None}
        spread = [self.value(one.value, scope) for one in node.keywords if one.arg is None]
        for one in spread:
            if isinstance(one, Dict):
                keywords |= one.items
        is_whole = not any(isinstance(one, ast.Starred) for one in node.args) and all(
            isinstance(one, Dict) and one.is_complete for one in spread
        )
        called = Call(
            node=node,
            callee=callee,
            positional=positional,
            keywords=keywords,
            is_certain=self.is_certain,
            after_commit=self._is_committed,
            steps=tuple(_steps(node)),
            is_whole=is_whole,
        )
        self.doings.calls.append(called)
        self._note_effects(called)
        self._forget_changed(called, scope)
        return self._result(called)

    def _note_effects(self, called: Call) -> None:
        if called.steps[:1] and called.steps[0] in _EXITS and _may_exit(called):
            self.exits()
        if called.owner == "awsglue.job.Job" and called.name == "commit":
            self._is_committed = True

    def _forget_changed(self, called: Call, scope: Scope) -> None:
        """What a function or a method may change in place is not known any more."""
        node, callee = called.node, called.callee
        if isinstance(callee, Member) and isinstance(callee.owner, Dict | List):
            changed = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        elif isinstance(callee, Class | Member) and called.owner.startswith(_HARMLESS):
            changed = []
        else:
            changed = [*node.args, *(one.value for one in node.keywords)]
        for one in changed:
            self.forget_changeable(one, scope)

    def forget_changeable(self, node: ast.expr, scope: Scope) -> None:
        """The dict or list of a name may be changed under another name from now on."""
        if isinstance(node, ast.Name) and isinstance(scope.find(node.id), Dict | List):
            scope.bind(node.id, Unknown(f"{node.id}@{node.lineno}"))

    def _result(self, called: Call) -> Value:
        match called.callee:
            case Function() as function:
                return self.call(function, _arguments(function, called))
            case Class(name=name) if name in _BOTO3 or name.endswith((".client", ".resource")):
                service = called.argument("service_name", 0)
                known = service.value if isinstance(service, Known) else ""
                return Instance(f"boto3.{known}")
            case Class(name=name):
                if (made_class := class_of(name)) is not None:
                    return Instance(made_class.name, called.keywords)
                made = function_of(name)
                return Instance(made.returns) if made and made.returns else self.fresh(called.node)
            case Member(owner=Instance() | Class() as owner, name=name):
                return self._answered(owner, name, called)
            case _:
                return self.fresh(called.node)

    def _answered(self, owner: Instance | Class, name: str, called: Call) -> Value:
        answer = answer_of(owner.name, name)
        return self.fresh(called.node) if answer is None else Instance(answer, called.keywords)


def _arguments(function: Function, called: Call) -> dict[str, Value]:
    node = function.node
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    if not called.is_whole:
        return {}
    given = dict(zip(names, called.positional, strict=False)) | dict(called.keywords)
    defaults = node.args.defaults
    for argument, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
        if argument not in given and isinstance(default, ast.Constant):
            given[argument] = Known(default.value)
    return given


def _may_exit(called: Call) -> bool:
    """Whether the call of a name like `exit` ends the script well. A method of an object does not."""
    match called.positional:
        case (Known(value=code), *_) if code:
            return False  # the run fails then
    match called.callee:
        case Class() | Unknown():
            return True
        case Member(owner=Module()):
            return True
        case _:
            return False


def _steps(node: ast.expr) -> Iterator[str]:
    """The names of a chain `a.b(…).c(…)`, from its end: c, b, a."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            yield node.attr
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id
