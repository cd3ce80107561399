"""A look at the names of Glue scripts that a script uses and never imports."""

import ast
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding

_MODULES: Final = MappingProxyType(
    {
        "GlueContext": "awsglue.context",
        "DynamicFrame": "awsglue.dynamicframe",
        "DynamicFrameCollection": "awsglue.dynamicframe",
        "Job": "awsglue.job",
        "getResolvedOptions": "awsglue.utils",
        "SparkContext": "pyspark.context",
        "SparkConf": "pyspark.conf",
        "SparkSession": "pyspark.sql",
    }
)
_STARS: Final = ("awsglue.transforms", "awsglue.gluetypes", "pyspark.sql.functions", "pyspark.sql.types")
"""Modules whose `*` brings none of these names."""


def unimported(script: Script) -> Iterator[Finding]:
    """Names that raise NameError, here and on AWS: nothing in the script imports or makes them."""
    if not script.uses("awsglue"):
        return
    nodes = list(ast.walk(script.tree))
    made = {name for node in nodes for name in _made(node)}
    if "*" in made:
        return
    said: set[str] = set()
    names = [node for node in nodes if isinstance(node, ast.Name)]
    for node in sorted(names, key=lambda name: (name.lineno, name.col_offset)):
        if node.id in _MODULES.keys() - made - said:
            said.add(node.id)
            sentence = f"{node.id} is never imported: from {_MODULES[node.id]} import {node.id}"
            yield finding(node, "unimported", sentence, Level.WARNING)


def _made(node: ast.AST) -> Iterator[str]:
    """The names that a node binds; `*` where that cannot be known."""
    match node:
        case ast.ImportFrom(names=names) if any(alias.name == "*" for alias in names):
            if node.module not in _STARS:
                yield "*"
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
