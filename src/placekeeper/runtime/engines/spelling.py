"""What a call in a syntax tree spells out: its names, its texts, its line."""

import ast
from collections.abc import Iterator


def called_name(call: ast.Call) -> str:
    """The bare name of what is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def texts_of(call: ast.Call) -> list[str]:
    """The texts that a call is given, also as `lit("…")`."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    given += [
        one.args[0] for one in given if isinstance(one, ast.Call) and called_name(one) == "lit" and one.args
    ]
    return [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def literal(node: ast.expr) -> str | None:
    """A constant as lower-case text; None for anything else."""
    return str(node.value).lower() if isinstance(node, ast.Constant) else None


def calls_of(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of a chain `a.b(…).c(…)`, from its end."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            yield node
            node = node.func
        else:
            node = node.value


def names_of(node: ast.expr) -> list[str]:
    """The names of a chain `a.b(…).c(…)`, from its end: c, b, a."""
    names: list[str] = []
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names


def line_of(node: ast.expr) -> int:
    """The line on which an attribute's name stands, in chains over several lines."""
    return node.end_lineno or node.lineno
