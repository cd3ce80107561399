"""A walk through a script: which calls every run comes to, and on what.

It follows the statements in their order, into functions that the script calls, and knows the values of
names, as far as they are the same in every run. What stands in a branch, in a function that nobody calls, or
behind a place where the script may end is walked too, without certainty.
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from placekeeper.runtime.look.evaluation import Evaluation
from placekeeper.runtime.look.events import Doings
from placekeeper.runtime.look.scope import Scope
from placekeeper.runtime.look.values import Dict, Function, Known, List, Unknown, Value

_MOST_STEPS: Final = 20_000
"""Statements that are walked at most: a script that calls its functions in many places is walked in part."""

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


class _TooLong(Exception):
    """The script takes too many steps."""


def walked(tree: ast.Module) -> Doings:
    """What a script does. A script that is nested too deeply is looked at in part."""
    walk = _Walk(tree)
    with suppress(RecursionError, _TooLong):
        walk.module(tree)
    return walk.doings


@dataclass
class _Doubts:
    """Why what follows may not be reached: the script, the function or the loop may have ended before."""

    script: bool = False
    function: bool = False
    loop: bool = False


class _Walk(Evaluation):
    """The walk. `Evaluation` knows expressions, this class statements."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(Doings())
        self._doubts = _Doubts()
        self._steps = 0
        self._entered: set[int] = set()
        self._active: list[ast.AST] = []
        self._returned: list[list[Value]] = []
        nodes = list(ast.walk(tree))
        self._functions = [node for node in nodes if isinstance(node, _FunctionDef)]
        self.shared |= {
            name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
        }
        self.doings.replaced |= _replaced(nodes)

    @property
    def is_certain(self) -> bool:
        """Whether every run comes to this place."""
        doubts = self._doubts
        return not (self.in_branch or doubts.script or doubts.function or doubts.loop)

    def module(self, tree: ast.Module) -> None:
        """Walk the script, and then its functions that were not called."""
        scope = Scope()
        scope.names["__name__"] = Known("__main__")
        self.block(tree.body, scope)
        self.in_branch = True
        for node in self._functions:
            if id(node) not in self._entered:
                self._enter(node, scope, {})

    def block(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        """Walk statements one after the other."""
        for statement in statements:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise _TooLong
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for one in (*node.decorator_list, *node.args.defaults):
                    self.value(one, scope)
                scope.bind(node.name, Unknown(node.name) if node.decorator_list else Function(node, scope))
            case ast.ClassDef():
                with self._perhaps():
                    self.block((one for one in node.body if not isinstance(one, _FunctionDef)), Scope(scope))
                scope.bind(node.name, Unknown(node.name))
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, scope)
            case ast.Return():
                given = Known(None) if node.value is None else self.value(node.value, scope)
                if self._returned:
                    self._returned[-1].append(given)
                self._doubts.function = True
            case ast.Break() | ast.Continue():
                self._doubts.loop = True
            case ast.If():
                self._if(node, scope)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(node, scope)
            case ast.Try() | ast.TryStar():
                self._try(node, scope)
            case ast.With() | ast.AsyncWith():
                self._with(node, scope)
            case ast.Match():
                self.value(node.subject, scope)
                self._branches([case.body for case in node.cases], scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child, scope)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        if node.value is None:
            return
        given = self.value(node.value, scope)
        self.forget_changeable(node.value, scope)
        if isinstance(node, ast.AugAssign) or (
            isinstance(node.value, ast.Name) and isinstance(given, Dict | List)
        ):
            given = self.fresh(node)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self.bind(target, given, scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        test = self.value(node.test, scope)
        match test:
            case Known(value=value):
                taken, other = (node.body, node.orelse) if value else (node.orelse, node.body)
                self.block(taken, scope)
                with self._perhaps(), scope.tried():
                    self.block(other, scope)
            case _:
                self._branches([node.body, node.orelse], scope)

    def _branches(self, bodies: Iterable[list[ast.stmt]], scope: Scope) -> None:
        """Walk alternatives: what a name means afterwards is known where all agree."""
        ends = []
        for body in bodies:
            with self._perhaps(), scope.tried() as names:
                self.block(body, scope)
            ends.append(names)
        scope.join(ends)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> None:
        is_begun = False
        if isinstance(node, ast.While):
            test = self.value(node.test, scope)
            is_begun = isinstance(test, Known) and bool(test.value)
        else:
            over = self.value(node.iter, scope)
            is_begun = isinstance(over, List) and bool(over.elements)
            self.bind(node.target, None, scope)
        before, self._doubts.loop = self._doubts.loop, False
        if is_begun:
            self.block(node.body, scope)
        else:
            with self._perhaps(), scope.tried() as names:
                self.block(node.body, scope)
            scope.join([names, dict(scope.names)])
        scope.forget(_bound(node))
        self._doubts.loop = before
        with self._perhaps():
            self.block(node.orelse, scope)

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        """Walk a try: an error in it is certain to end the script only if all its handlers raise again."""
        if all(isinstance(handler.body[-1], ast.Raise) for handler in node.handlers):
            self.block(node.body, scope)
        else:
            with self._perhaps(), scope.tried() as names:
                self.block(node.body, scope)
            scope.names.update(names)
        for handler in node.handlers:
            with self._perhaps(), scope.tried() as names:
                self.block(handler.body, scope)
            if not isinstance(handler.body[-1], ast.Raise):
                scope.join([names, dict(scope.names)])
        with self._perhaps():
            self.block(node.orelse, scope)
        self.block(node.finalbody, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        swallows = False
        for item in node.items:
            given = self.value(item.context_expr, scope)
            swallows = swallows or "suppress" in ast.unparse(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, given, scope)
        if swallows:
            with self._perhaps():
                self.block(node.body, scope)
        else:
            self.block(node.body, scope)

    def call(self, function: Function, given: dict[str, Value]) -> Value:
        """Walk the body of a function that the script calls; what it returns."""
        node = function.node
        if node in self._active or len(self._active) > 20 or _is_generator(node):
            return self.fresh(node)
        return self._enter(node, function.scope, given)

    def exits(self) -> None:
        """The script ends here, if it comes here."""
        self._doubts.script = True

    def _enter(self, node: _FunctionDef, around: Scope, given: dict[str, Value]) -> Value:
        self._entered.add(id(node))
        scope = Scope(around)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            scope.bind(argument.arg, given.get(argument.arg) or self.annotated(argument, around))
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                scope.bind(extra.arg, self.fresh(extra))
        doubts = self._doubts
        self._doubts = _Doubts(script=doubts.script)
        outside = self.in_branch
        self.in_branch = not self.is_certain or outside or doubts.function or doubts.loop
        self._active.append(node)
        self._returned.append([])
        self.block(node.body, scope)
        self._active.pop()
        returned = self._returned.pop()
        self.in_branch = outside
        self._doubts = _Doubts(self._doubts.script, doubts.function, doubts.loop)
        return returned[0] if len(returned) == 1 else self.fresh(node)

    @contextmanager
    def _perhaps(self) -> Iterator[None]:
        before, self.in_branch = self.in_branch, True
        yield
        self.in_branch = before


def _bound(node: ast.AST) -> set[str]:
    """The names that are bound anywhere below a node: after a loop nobody knows which round was the last."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _replaced(nodes: Iterable[ast.AST]) -> set[str]:
    found = set()
    for node in nodes:
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store(), value=ast.Name(id=owner)) if owner != "self":
                found.add(name)
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                found.add(name)
    return found


def _is_generator(node: _FunctionDef) -> bool:
    return isinstance(node, ast.AsyncFunctionDef) or any(
        isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node)
    )
