"""The uses in a script of what Sail lacks or does differently (`differences`), found without running it.

A look at the parts of the syntax tree that a run may come to: it may find too much (the job then runs on
Spark, which is right, only slower) and it may miss what is built at run time (guards on the session catch
that).
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from placekeeper.runtime.engines.differences import DIFFERENCES
from placekeeper.runtime.engines.parsing import parsed
from placekeeper.runtime.engines.reachability import reachable
from placekeeper.runtime.engines.recognition import Difference, Look, ReaderUse
from placekeeper.runtime.engines.spelling import called_name, calls_of, line_of, literal, names_of, texts_of


class Recognised(Struct, frozen=True):
    """One use, by line (from 1): `what` is as the script spells it."""

    line: int
    what: str
    difference: Difference

    @property
    def reason(self) -> str:
        """Why it does not run on Sail."""
        return self.difference.reason


def _by_name(names: Callable[[Look], frozenset[str]]) -> Mapping[str, Difference]:
    return {name: row for row in DIFFERENCES for name in names(row.look)}


_ATTRIBUTES: Final = _by_name(lambda look: look.attributes)
_STEPS: Final = {name: (row, known) for row in DIFFERENCES for name, known in row.look.steps.items()}
_CALLS: Final = _by_name(lambda look: look.calls)
_FUNCTIONS: Final = _by_name(lambda look: look.functions)
_FUNCTIONS_MODULE: Final = "pyspark.sql.functions"
_CONTEXT_CALLS: Final = _by_name(lambda look: look.context_calls)
_CLASSES: Final = _by_name(lambda look: look.classes)
_CONTEXT_NAMES: Final = frozenset({"sc", "sparkContext", "spark_context"})
_SHORT_FORMS: Final = frozenset({"orc", "json", "xml"})
"""Methods of readers and writers that name a format of which the table says something."""
_LOG4J: Final = ["log4j", "apache", "org", "_jvm"]
_SLF4J: Final = ["slf4j", "org", "_jvm"]


def findings(source: str) -> tuple[Recognised, ...]:
    """The uses in `source` of what Sail lacks or does differently, each once, by line.

    A source that is not Python, or is nested too deeply, has none: it fails with its own error when it runs.
    """
    tree = parsed(source)
    try:
        return () if tree is None else _found(tree)
    except RecursionError:
        return ()


def _found(tree: ast.Module) -> tuple[Recognised, ...]:
    contexts = _assigned(tree, _is_context)
    used = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    found: dict[tuple[int, str], Recognised] = {}
    nodes = list(reachable(tree))
    answered = set(_on_the_way_to_loggers(nodes))
    for finding in _of_functions(nodes):
        found.setdefault((finding.line, finding.what), finding)
    for node in nodes:
        imported = _of_import(node, used) if isinstance(node, ast.ImportFrom) else None
        for finding in imported or (() if id(node) in answered else _of_node(node, contexts)):
            found.setdefault((finding.line, finding.what), finding)
    return tuple(found[place] for place in sorted(found))


def _of_node(node: ast.AST, contexts: frozenset[str]) -> Iterator[Recognised]:
    if isinstance(node, ast.Attribute):
        yield from _of_attribute(node, contexts)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for row in DIFFERENCES:
            if row.look.text is not None and (match := row.look.text.search(node.value)):
                yield Recognised(node.lineno, row.what.format(match[0].rstrip("( ")), row)


def _of_attribute(node: ast.Attribute, contexts: frozenset[str]) -> Iterator[Recognised]:
    line = line_of(node)
    if node.attr in _ATTRIBUTES:
        yield Recognised(line, f".{node.attr}", _ATTRIBUTES[node.attr])
    elif isinstance(node.value, ast.Attribute) and node.value.attr in _STEPS:
        row, known = _STEPS[node.value.attr]
        if node.attr not in known:
            yield Recognised(line, f".{node.value.attr}.{node.attr}", row)
    elif node.attr in _CONTEXT_CALLS and _is_context(node.value, contexts):
        yield Recognised(line, f"SparkContext.{node.attr}", _CONTEXT_CALLS[node.attr])


def _of_import(node: ast.ImportFrom, used: frozenset[str]) -> Iterator[Recognised]:
    module = node.module or ""
    is_used = any(alias.name == "*" or (alias.asname or alias.name) in used for alias in node.names)
    for row in DIFFERENCES:
        begins = row.look.modules + (row.look.importable if is_used else ())
        if any(module == begin or module.startswith(f"{begin}.") for begin in begins):
            yield Recognised(node.lineno, f"from {module}", row)
    if module == "pyspark.sql":
        for alias in node.names:
            if alias.name in _CLASSES:
                yield Recognised(node.lineno, alias.name, _CLASSES[alias.name])


def _of_call(node: ast.Call) -> Iterator[Recognised]:
    line = line_of(node.func)
    if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        yield Recognised(line, f"{node.func.id}()", _CALLS[node.func.id])
    function, texts = called_name(node), texts_of(node)
    for row in DIFFERENCES:
        if any(argument.matches(function, texts) for argument in row.look.arguments):
            yield Recognised(line, row.what.format(function), row)
    settings = tuple(_settings(node))
    for row in DIFFERENCES:
        for setting in row.look.settings:
            if any(setting.matches(*pair) for pair in settings):
                yield Recognised(line, row.what.format(setting.name), row)
    yield from _of_reader_or_writer(node)


def _of_reader_or_writer(node: ast.Call) -> Iterator[Recognised]:
    """`spark.read…` and `df.write…` chains that end in this call."""
    if not isinstance(node.func, ast.Attribute):
        return
    steps, ends_in = names_of(node), node.func.attr
    if ends_in not in ("load", "save", "saveAsTable") and ends_in not in _SHORT_FORMS:
        return
    settings = {name: value for call in calls_of(node) for name, value in _settings(call)}
    format_name = ends_in if ends_in in _SHORT_FORMS else settings.get("format") or ""
    has_schema = "schema" in steps or "schema" in settings

    def matches(access: ReaderUse) -> bool:
        return access.matches(format_name, has_schema, settings)

    for row in DIFFERENCES:
        reads = "read" in steps and any(map(matches, row.look.reads))
        if reads or ("write" in steps and any(map(matches, row.look.writes))):
            yield Recognised(line_of(node.func), row.what.format(format_name), row)


def _settings(call: ast.Call) -> Iterator[tuple[str, str | None]]:
    """Names and values that a call sets: keywords, `.option("k", v)`, `.set("k", v)`, `.format("x")`; all
    lower-case, the value None where it is not a literal.
    """
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg.lower(), literal(keyword.value)
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in ("option", "set", "config", "setIfMissing") and len(call.args) == 2:
        yield literal(call.args[0]) or "", literal(call.args[1])
    if name in ("format", "mode") and call.args:
        yield name, literal(call.args[0])


def _is_context(node: ast.expr, known: frozenset[str] = _CONTEXT_NAMES) -> bool:
    names = names_of(node)
    if isinstance(node, ast.Name):
        return node.id in known or node.id in _CONTEXT_NAMES
    return bool(names) and (
        names[0] in ("sparkContext", "_sc") or names[:2] == ["getOrCreate", "SparkContext"]
    )


def _assigned(tree: ast.Module, matches: Callable[[ast.expr, frozenset[str]], bool]) -> frozenset[str]:
    """The variables that are given such a value anywhere, directly or from one another."""
    known: frozenset[str] = frozenset()
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    while True:
        more = known | {
            target.id
            for node in assignments
            if matches(node.value, known)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        if more == known:
            return known
        known = more


def _of_functions(nodes: Sequence[ast.AST]) -> Iterator[Recognised]:
    """Functions of pyspark.sql.functions, by the names under which the script imports them."""
    modules, names = {"F"}, dict[str, str]()
    for node in nodes:
        match node:
            case ast.ImportFrom(module="pyspark.sql"):
                modules |= {one.asname or one.name for one in node.names if one.name == "functions"}
            case ast.Import():
                modules |= {one.asname for one in node.names if one.name == _FUNCTIONS_MODULE and one.asname}
            case ast.ImportFrom(module=module) if module == _FUNCTIONS_MODULE:
                for one in node.names:
                    brought = _FUNCTIONS if one.name == "*" else (one.name,)
                    names |= {one.asname or name: name for name in brought}
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules:
                called = name
            case ast.Call(func=ast.Name(id=name)):
                called = names.get(name, "")
            case _:
                continue
        if called in _FUNCTIONS:
            place = node if isinstance(node, ast.Attribute) else node.func
            yield Recognised(line_of(place), f"{called}()", _FUNCTIONS[called])


def _on_the_way_to_loggers(nodes: Iterable[ast.AST]) -> Iterator[int]:
    """The ids of the nodes `sc._jvm` in `sc._jvm.org.apache.log4j`, which the stand-in answers."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and _is_way_to_loggers(names_of(node)):
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute) and inner.attr != "_jvm":
                inner = inner.value
            yield id(inner)


def _is_way_to_loggers(names: list[str]) -> bool:
    return any(names[: len(way)] == way for way in (_LOG4J, _SLF4J))
