"""The parts of a script that a run may come to: no functions that nobody names, no branches that never run.

Names decide, not values: a function whose name stands anywhere in a part that is reached, as a name, an
attribute or a text, is reached too. So what is left out is left out for sure, unless the script calls
functions by names that it makes at run time; then nothing is left out.
"""

import ast
from collections.abc import Iterator
from typing import Final

_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_BY_NAME: Final = frozenset({"globals", "locals", "vars", "eval", "exec", "dir"})
"""Functions with which a script reaches its own by name."""


def reachable(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of these parts. Texts that stand for themselves, as docstrings do, are not among them."""
    reached = list(_walk(tree.body))
    waiting = [node for node in reached if isinstance(node, _FunctionDef)]
    names = _names(reached)
    yield from reached
    while True:
        called = [node for node in waiting if names is None or _is_called(node, names)]
        if not called:
            return
        waiting = [node for node in waiting if node not in called]
        more = [inner for node in called for inner in _walk(node.body)]
        waiting += [node for node in more if isinstance(node, _FunctionDef)]
        found = _names(more)
        names = None if names is None or found is None else names | found
        yield from more


def _is_called(node: _FunctionDef, names: frozenset[str]) -> bool:
    is_special = node.name.startswith("__") and node.name.endswith("__")
    return node.name in names or is_special or bool(node.decorator_list)


def _walk(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements, without the bodies of functions. Methods of a class with bases are in it.

    A base may call them: threading.Thread calls `run`.
    """
    waiting: list[ast.AST] = list(reversed(statements))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield node
        waiting += reversed(list(_inner(node)))


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (*node.decorator_list, node.args, *([node.returns] if node.returns else []))
        case ast.ClassDef() if node.bases:
            for inner in ast.iter_child_nodes(node):
                yield inner
                if isinstance(inner, _FunctionDef):
                    yield from inner.body
        case ast.If() | ast.While():
            holds = _constant(node.test)
            yield node.test
            yield from node.body if holds is not False else ()
            yield from node.orelse if holds is not True else ()
        case _:
            yield from ast.iter_child_nodes(node)


def _constant(test: ast.expr) -> bool | None:
    """What a test is in every run; None if only the run knows."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            holds = _constant(inner)
            return None if holds is None else not holds
        case _:
            return None


def _names(nodes: list[ast.AST]) -> frozenset[str] | None:
    """The names, attributes and texts in nodes; None if anything may be named at run time."""
    names: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name) if isinstance(node.ctx, ast.Load):
                if name in _BY_NAME:
                    return None
                names.add(name)
            case ast.Attribute(attr=name):
                names.add(name)
            case ast.Constant(value=str(text)):
                names.add(text)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, name, *_]) if not isinstance(
                name, ast.Constant
            ):
                return None
    return frozenset(names)
