"""What a script uses that Sail lacks or does differently (engines.md §4), found without running it.

A look at the syntax tree: it may find too much (the job then runs on Spark, which is right, only slower) and
it may miss what is built at run time (guards on the session catch that).
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, order=True)
class Finding:
    """One use, by line (from 1): `what` is as the script spells it, `reason` is about Sail."""

    line: int
    what: str
    reason: str


_NO_CONTEXT: Final = "Sail has DataFrames only, no RDDs, broadcasts, accumulators or JVM"
_NO_FILES: Final = "Sail writes as many files as it likes"
_CONTEXT_NAMES: Final = frozenset({"sc", "sparkContext", "spark_context"})
_CONTEXT_CALLS: Final = frozenset(
    {
        "parallelize",
        "textFile",
        "wholeTextFiles",
        "binaryFiles",
        "broadcast",
        "accumulator",
        "addFile",
        "addPyFile",
        "addJar",
        "addArchive",
        "emptyRDD",
        "union",
        "range",
        "newAPIHadoopFile",
        "newAPIHadoopRDD",
        "hadoopFile",
        "sequenceFile",
        "pickleFile",
        "runJob",
        "setCheckpointDir",
        "setJobGroup",
        "statusTracker",
        "uiWebUrl",
    }
)
_ATTRIBUTES: Final = {
    "rdd": _NO_CONTEXT,
    "_jvm": _NO_CONTEXT,
    "_jdf": _NO_CONTEXT,
    "_jsparkSession": _NO_CONTEXT,
    "_metadata": "Sail does not have the metadata column",
    "foreachBatch": "Sail does not have it",
    "localCheckpoint": "Sail does not have it as Spark does",
    "enableHiveSupport": "Sail does not have it",
    "input_file_name": "Sail does not have it",
    "approxQuantile": "Sail approximates differently",
    "percentile_approx": "Sail approximates differently",
    "approx_percentile": "Sail approximates differently",
}
_CALLED_NAMES: Final = frozenset({"input_file_name", "percentile_approx", "approx_percentile"})
_MODULES: Final = ("pyspark.rdd", "pyspark.streaming", "pyspark.mllib", "pyspark.ml", "pyspark.broadcast")
_SQL_NAMES: Final = frozenset({"SQLContext", "HiveContext"})
_STRINGS: Final = (
    (re.compile(r"\binput_file_name\s*\(", re.I), "input_file_name()", "Sail does not have it"),
    (re.compile(r"^_metadata(\.|$)"), "_metadata", "Sail does not have the metadata column"),
    (re.compile(r"^_corrupt_record$"), "_corrupt_record", "Sail fails on malformed records instead"),
    (
        re.compile(r"partitionOverwriteMode\s*=\s*['\"]?dynamic", re.I),
        "partitionOverwriteMode=dynamic",
        "Sail ignores it and deletes the other partitions",
    ),
    (
        re.compile(r"\b(percentile_approx|approx_percentile)\s*\(", re.I),
        "percentile_approx",
        "Sail approximates differently",
    ),
    (
        re.compile(r"\bALTER\s+TABLE\b.*\bADD\b.*\bPARTITION\b", re.I | re.S),
        "ALTER TABLE … ADD PARTITION",
        "Sail does not have it",
    ),
)
_WIDE: Final = frozenset(
    {
        "groupBy",
        "groupby",
        "join",
        "agg",
        "distinct",
        "dropDuplicates",
        "orderBy",
        "sort",
        "union",
        "unionByName",
        "crossJoin",
    }
)
_MALFORMED: Final = frozenset({"permissive", "dropmalformed"})


def findings(source: str) -> tuple[Finding, ...]:
    """What `source` uses that Sail lacks or does differently, each once, by line.

    A source that is no Python, or nested too deeply for it, gives nothing: running it shows its own error.
    """
    try:
        return _found(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _found(tree: ast.Module) -> tuple[Finding, ...]:
    contexts = _assigned(tree, _is_context)
    counted = _assigned(tree, _counts_files)
    found: set[Finding] = set()
    for node in ast.walk(tree):
        found.update(_of_node(node, contexts, counted))
    return tuple(sorted(found))


def _of_node(node: ast.AST, contexts: frozenset[str], counted: frozenset[str]) -> Iterator[Finding]:
    if isinstance(node, ast.Attribute):
        yield from _of_attribute(node, contexts, counted)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.ImportFrom):
        yield from _of_import(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for pattern, what, reason in _STRINGS:
            if pattern.search(node.value):
                yield Finding(node.lineno, what, reason)


def _of_attribute(
    node: ast.Attribute, contexts: frozenset[str], counted: frozenset[str]
) -> Iterator[Finding]:
    reason = _ATTRIBUTES.get(node.attr)
    if reason:
        yield Finding(_line(node), f".{node.attr}", reason)
    elif node.attr in _CONTEXT_CALLS and _is_context(node.value, contexts):
        yield Finding(_line(node), f"SparkContext.{node.attr}", _NO_CONTEXT)
    elif node.attr == "write" and _counts_files(node.value, counted):
        yield Finding(_line(node), "df.write after coalesce() or repartition()", _NO_FILES)


def _of_import(node: ast.ImportFrom) -> Iterator[Finding]:
    module = node.module or ""
    if module.startswith(_MODULES):
        yield Finding(node.lineno, f"from {module}", "Sail does not have it")
    if module == "pyspark.sql":
        for alias in node.names:
            if alias.name in _SQL_NAMES:
                yield Finding(node.lineno, alias.name, _NO_CONTEXT)


def _of_call(node: ast.Call) -> Iterator[Finding]:
    line = _line(node.func)
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED_NAMES:
        yield Finding(line, f"{node.func.id}()", _ATTRIBUTES[node.func.id])
    for name, value in _settings(node):
        if "partitionoverwritemode" in name and value in ("dynamic", None):
            yield Finding(
                line, "partitionOverwriteMode=dynamic", "Sail ignores it and deletes the other partitions"
            )
        elif name == "columnnameofcorruptrecord" or (name == "mode" and value in _MALFORMED):
            yield Finding(line, f"reading with {name}", "Sail fails on malformed records instead")
        elif name == "inferschema" and value != "false":
            yield Finding(
                line, "inferSchema", "Sail infers other types (bigint for int, timestamp_ntz for timestamp)"
            )
    yield from _of_reader_or_writer(node)


def _of_reader_or_writer(node: ast.Call) -> Iterator[Finding]:
    """`spark.read…` and `df.write…` chains that end in this call."""
    if not isinstance(node.func, ast.Attribute):
        return
    steps = _chain(node)
    reads, writes = "read" in steps, "write" in steps
    settings = {name: value for call in _calls(node) for name, value in _settings(call)}
    ends_in = node.func.attr
    if not (reads or writes) or ends_in not in ("load", "save", "saveAsTable", "orc", "json", "xml"):
        return
    format_name = ends_in if ends_in in ("orc", "json", "xml") else settings.get("format") or ""
    line = _line(node.func)
    if format_name in ("orc", "xml", "com.databricks.spark.xml") or (writes and format_name == "avro"):
        yield Finding(
            line, f"{'spark.read' if reads else 'df.write'} of {format_name}", "Sail does not have it"
        )
    if reads and format_name == "json":
        if "schema" not in steps and "schema" not in settings:
            yield Finding(line, "spark.read of json without a schema", "Sail orders the columns differently")
        elif settings.get("multiline", "false") != "false":
            yield Finding(line, "spark.read of json with multiLine", "Sail reads such files differently")


def _settings(call: ast.Call) -> Iterator[tuple[str, str | None]]:
    """Names and values that a call sets: keywords, `.option("k", v)`, `.set("k", v)`, `.format("x")`; all
    lower-case, the value None where it is not a literal.
    """
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg.lower(), _literal(keyword.value)
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in ("option", "set", "config", "setIfMissing") and len(call.args) == 2:
        yield _literal(call.args[0]) or "", _literal(call.args[1])
    if name in ("format", "mode") and call.args:
        yield name, _literal(call.args[0])


def _literal(node: ast.expr) -> str | None:
    return str(node.value).lower() if isinstance(node, ast.Constant) else None


def _calls(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of a chain `a.b(…).c(…)`, from its end."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            yield node
            node = node.func
        else:
            node = node.value


def _chain(node: ast.expr) -> list[str]:
    """The names of a chain `a.b(…).c(…)`, from its end: c, b, a."""
    names: list[str] = []
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names


def _is_context(node: ast.expr, known: frozenset[str] = _CONTEXT_NAMES) -> bool:
    names = _chain(node)
    if isinstance(node, ast.Name):
        return node.id in known or node.id in _CONTEXT_NAMES
    return bool(names) and (
        names[0] in ("sparkContext", "_sc") or names[:2] == ["getOrCreate", "SparkContext"]
    )


def _counts_files(node: ast.expr, known: frozenset[str] = frozenset()) -> bool:
    """Whether a frame's number of partitions was set, with nothing after it that makes it void."""
    names = _chain(node)
    for name in names[:-1] if names and isinstance(node, ast.Call | ast.Attribute) else []:
        if name in ("coalesce", "repartition", "repartitionByRange"):
            return True
        if name in _WIDE:
            return False
    return bool(names) and names[-1] in known


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


def _line(node: ast.expr) -> int:
    """The line on which an attribute's name stands, in chains over several lines."""
    return node.end_lineno or node.lineno
