"""A look at overwrites with only the new rows of a bookmarked source, which may delete the old ones."""

import ast
from collections.abc import Iterator

from placekeeper.runtime.look.bookmarks import job_inits
from placekeeper.runtime.look.calls import WRITER_METHODS, reads, text
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.row_flow import RowFlow
from placekeeper.runtime.look.script import Script, finding

_OPTION = "partitionoverwritemode"
_SETTING = f"spark.sql.sources.{_OPTION}"


def overwrites(script: Script) -> Iterator[Finding]:
    """Writes of the mode overwrite whose frame comes, by its names, from a bookmarked source alone."""
    tracked = {read.call.node: context for read in reads(script.doings) if (context := text(read.context))}
    if not tracked or not job_inits(script.doings) or _keeps_partitions(script.tree, _SETTING):
        return
    flow = RowFlow(script.tree)
    for call in script.doings.calls:
        if (
            call.steps[:1]
            and call.steps[0] in WRITER_METHODS
            and "write" in call.steps
            and _replaces(call.node)
            and not _keeps_partitions(call.node, _OPTION)
        ):
            source = flow.source(call.node, tracked)
            if source is not None:
                sentence = (
                    f"this overwrites with only the new rows of the source '{tracked[source]}' of line "
                    f"{source.lineno}. A run without new rows may delete all that is there, as on AWS. To "
                    'keep it, use mode("append"), or run with --job-bookmark-option job-bookmark-disable'
                )
                yield finding(call.place, "bookmarked-overwrite", sentence, Level.WARNING)


def _replaces(write: ast.Call) -> bool:
    """Whether a write says the mode overwrite, in its chain or as an argument."""
    said = [*write.args[1:2], *(keyword.value for keyword in write.keywords if keyword.arg == "mode")]
    for node in ast.walk(write.func):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "mode":
            said += [*node.args[:1], *(keyword.value for keyword in node.keywords)]
    return any(isinstance(one, ast.Constant) and str(one.value).lower() == "overwrite" for one in said)


def _keeps_partitions(tree: ast.AST, option: str) -> bool:
    """Whether a call sets the mode of overwrites of partitions, and not to "static"."""
    return any(
        option in (said := " ".join(_said(node)).lower()) and "static" not in said
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )


def _said(call: ast.Call) -> Iterator[str]:
    """The strings among the arguments of a call, and the names of its keywords."""
    for given in (*call.args, *call.keywords):
        for node in ast.walk(given):
            if isinstance(node, ast.keyword):
                yield node.arg or ""
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
