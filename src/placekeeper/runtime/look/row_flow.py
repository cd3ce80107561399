"""Where the rows of a frame come from: the chain of methods below it, and the names in that chain."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

_VIEWS: Final = frozenset(
    {"createOrReplaceTempView", "createTempView", "createGlobalTempView", "registerTempTable"}
)
_JOINS: Final = frozenset({"join", "crossJoin", "union", "unionAll", "unionByName", "mergeDynamicFrame"})
"""After these a frame has the rows of another one, too."""
_ANSWERS: Final = frozenset(
    {"count", "collect", "first", "head", "take", "tail", "toPandas", "toLocalIterator", "isEmpty"}
    | {"schema", "columns", "dtypes", "sparkSession"}
)
"""What is made of these has no rows of the frame."""
_WRAPS: Final = frozenset({"apply", "fromDF"})
"""Static methods that take the frame as their first argument."""
_JOINING_CLASSES: Final = frozenset({"Join", "MergeDynamicFrame"})
_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_JOINING_SQL: Final = re.compile(r"\b(join|union)\b", re.IGNORECASE)

Place = tuple[int, int]


class RowFlow:
    """What the names of a script are assigned, each in its function or in the module."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions: dict[ast.AST, ast.AST] = {}
        self._values: dict[tuple[ast.AST | None, str], list[ast.expr]] = {}
        self._views: dict[str, ast.expr] = {}
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTION):
                self._functions.update(dict.fromkeys(list(ast.walk(node))[1:], node))
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._assign(target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, value)
                case ast.Call(
                    func=ast.Attribute(attr=attr, value=value), args=[ast.Constant(value=str(name))]
                ) if attr in _VIEWS:
                    self._views[name.lower()] = value
                case _:
                    pass

    def source(self, frame: ast.expr, sought: Mapping[ast.Call, str]) -> ast.Call | None:
        """The call of `sought` from which all rows of a frame come, as far as the chain shows it."""
        seen: set[ast.expr] = set()
        node: ast.expr | None = frame
        while node is not None and node not in seen:
            seen.add(node)
            if isinstance(node, ast.Call) and node in sought:
                return node
            node = self._below(node)
        return None

    def _below(self, node: ast.expr) -> ast.expr | None:
        match node:
            case ast.Name():
                return self._assigned(node)
            case ast.Call(func=ast.Attribute(attr=attr, value=ast.Name(id=name))) if attr in _WRAPS:
                return None if name in _JOINING_CLASSES else _first_argument(node)
            case ast.Call(func=ast.Attribute(attr="sql" | "table"), args=[said, *_]):
                return self._view(said)
            case ast.Call(func=ast.Attribute() as method):
                return method
            case ast.Attribute(attr=attr, value=value):
                return None if attr in _JOINS | _ANSWERS else value
            case _:
                return None

    def _assigned(self, name: ast.Name) -> ast.expr | None:
        """The last value before a use, in its function, else in the module."""
        function = self._functions.get(name)
        values = self._values.get((function, name.id))
        if values is None and function is not None and name.id not in _parameters(function):
            values = self._values.get((None, name.id))
        before = [value for value in values or () if _end(value) < (name.lineno, name.col_offset)]
        return max(before, key=_end, default=None)

    def _view(self, said: ast.expr) -> ast.expr | None:
        """The frame of the view that an SQL text, or the name of a table, reads alone."""
        if isinstance(said, ast.Name):
            return self._view(value) if (value := self._assigned(said)) is not None else None
        text = " ".join(_texts(said)).lower()
        named = [frame for name, frame in self._views.items() if re.search(rf"\b{re.escape(name)}\b", text)]
        return named[0] if len(named) == 1 and not _JOINING_SQL.search(text) else None

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._values.setdefault((self._functions.get(target), target.id), []).append(value)


def _end(value: ast.expr) -> Place:
    return value.end_lineno or value.lineno, value.end_col_offset or value.col_offset


def _parameters(function: ast.AST) -> frozenset[str]:
    return frozenset(node.arg for node in ast.walk(function) if isinstance(node, ast.arg))


def _first_argument(call: ast.Call) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("frame", "dataframe")]
    return next(iter([*call.args[:1], *named]), None)


def _texts(said: ast.expr) -> Iterator[str]:
    for node in ast.walk(said):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
