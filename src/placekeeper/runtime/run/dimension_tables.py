"""A table that is to be joined whole has a bookmark: the second run finds it empty, and loses rows silently.

Rows that come later find no partner. The data cannot tell a mistake from a quiet day, so the run says it.
"""

import ast
import re
from collections.abc import Sequence

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.jobs import SourceSummary
from placekeeper.model.plan import Reason
from placekeeper.runtime.engines.parsing import parsed

_IN_SQL = re.compile(r"\bselect\b.*\bfrom\b.*\bjoin\b", re.IGNORECASE | re.DOTALL)
_REMEMBERED = (Reason.DONE.value, Reason.ASSUMED.value, Reason.SEEDED.value)
"""Why an object counts as processed that this run has not read."""
_OF_PATHS = frozenset({"path", "posixpath", "ntpath"})


def has_join(script: str) -> bool:
    """Whether a script joins frames: by a method, by the transform Join, or in SQL.

    Methods of texts and paths are told apart by what they are called on and with how many arguments. A text
    is SQL where the script calls `sql` somewhere; a docstring is none. A script that is not Python has none.
    """
    tree = parsed(script)
    if tree is None:
        return False
    nodes = list(ast.walk(tree))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    asks_in_sql = any(isinstance(node, ast.Attribute) and node.attr == "sql" for node in nodes)
    return any(_joins(node) or (asks_in_sql and id(node) not in prose and _is_sql(node)) for node in nodes)


def without_news(option: BookmarkOption | None, sources: Sequence[SourceSummary]) -> list[str]:
    """The contexts of the sources that a bookmark with this option follows, and that have nothing new."""
    if option in (None, BookmarkOption.DISABLE):
        return []
    return [source.context for source in sources if source.tracked and not source.objects_read]


def dimension_notes(sources: Sequence[SourceSummary], script: str) -> list[str]:
    """A sentence for each tracked source that read nothing while another had news, if the script has a join.

    The script is looked at only where there is such a source.
    """
    tracked = [source for source in sources if source.tracked]
    with_news = [source.context for source in tracked if source.objects_read]
    without = [
        source.context
        for source in tracked
        if with_news and not source.objects_read and any(map(source.counts.get, _REMEMBERED))
    ]
    if not without or not has_join(script):
        return []
    return [
        f"{context} had nothing new while {', '.join(with_news)} had, and the script has a join: "
        f"an empty {context} matches no row. To read it whole in every run, leave out its "
        "transformation_ctx"
        for context in without
    ]


def _is_sql(node: ast.AST) -> bool:
    """Whether a text selects from a join."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _IN_SQL.search(node.value) is not None
    )


def _joins(node: ast.AST) -> bool:
    """Whether a call joins frames."""
    if not isinstance(node, ast.Call):
        return False
    if not isinstance(node.func, ast.Attribute):
        return isinstance(node.func, ast.Name) and node.func.id == "Join"
    called_on, name = node.func.value, node.func.attr
    if name == "apply":
        return isinstance(called_on, ast.Name) and called_on.id == "Join"
    of_paths = (isinstance(called_on, ast.Attribute) and called_on.attr in _OF_PATHS) or (
        isinstance(called_on, ast.Name) and called_on.id in _OF_PATHS
    )
    return name == "crossJoin" or (
        name == "join" and not of_paths and len(node.args) + len(node.keywords) > 1
    )
