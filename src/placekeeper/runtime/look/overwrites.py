"""A look at overwrites with only the new rows of a bookmarked source: with no new rows, all is deleted."""

import ast
from collections.abc import Iterator, Mapping

from placekeeper.runtime.look.calls import WRITER_METHODS, reads, text
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding

_VIEWS = frozenset({"createOrReplaceTempView", "createTempView", "createGlobalTempView", "registerTempTable"})


def overwrites(script: Script) -> Iterator[Finding]:
    """Writes of the mode overwrite whose frame comes, by its names, from a bookmarked source."""
    tracked = {read.call.node: context for read in reads(script.doings) if (context := text(read.context))}
    if not tracked:
        return
    flow = _Flow(script.tree)
    for call in script.doings.calls:
        if (
            call.steps[:1]
            and call.steps[0] in WRITER_METHODS
            and "write" in call.steps
            and _replaces(call.node)
        ):
            source = flow.first(call.node, tracked)
            if source is not None:
                sentence = (
                    f"this overwrites with what the source '{tracked[source]}' of line {source.lineno} has "
                    "that is new. A run that finds nothing new deletes all that is there, as on AWS. To keep "
                    'it, use mode("append"), or run with --job-bookmark-option job-bookmark-disable'
                )
                yield finding(call.place, "bookmarked-overwrite", sentence, Level.WARNING)


def _replaces(write: ast.Call) -> bool:
    """Whether a write says the mode overwrite, in its chain or as an argument."""
    said = [*write.args[1:2], *(keyword.value for keyword in write.keywords if keyword.arg == "mode")]
    for node in ast.walk(write.func):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "mode":
            said += [*node.args[:1], *(keyword.value for keyword in node.keywords)]
    return any(isinstance(one, ast.Constant) and str(one.value).lower() == "overwrite" for one in said)


class _Flow:
    """What the names of a script are assigned, whatever the order."""

    def __init__(self, tree: ast.Module) -> None:
        self._values: dict[str, list[ast.expr]] = {}
        self._views: list[ast.expr] = []
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._assign(target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, value)
                case ast.Call(func=ast.Attribute(attr=attr, value=value)) if attr in _VIEWS:
                    self._views.append(value)
                case _:
                    pass

    def first(self, begin: ast.expr, sought: Mapping[ast.Call, str]) -> ast.Call | None:
        """The first of the calls `sought` from which an expression comes."""
        waiting: list[ast.expr] = [begin]
        known: set[str] = set()
        while waiting:
            for node in ast.walk(waiting.pop()):
                if isinstance(node, ast.Call) and node in sought:
                    return node
                name = node.id if isinstance(node, ast.Name) else ""
                if name and name not in known:
                    known.add(name)
                    waiting += self._values.get(name, [])
                if isinstance(node, ast.Attribute) and node.attr in ("sql", "table") and "()" not in known:
                    known.add("()")  # no name: the views
                    waiting += self._views
        return None

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self._values.setdefault(node.id, []).append(value)
