"""Columns of a scan that a query does not use are left out of it before it reaches Sail.

Sail cannot look into a task in Python, so a scan would make all of its columns. A query is a chain of steps.
Where one of them names the columns that it uses, the steps below it, down to the scan, are left with these.
A step or an expression that this module does not know ends the search, and the query stays as it is.
"""

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from pyspark.sql import DataFrame

from placekeeper.runtime.engines.base import SomeColumns
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.relations import (
    Relation,
    column,
    copied,
    kind_of,
    part_of,
    parts_of,
)

_PREFIX: Final = "spark.connect."
_KNOWN: Final = frozenset(
    {
        "Expression",
        "ExpressionCommon",
        "Expression.Alias",
        "Expression.Cast",
        "Expression.Literal",
        "Expression.SortOrder",
        "Expression.UnresolvedAttribute",
        "Expression.UnresolvedExtractValue",
        "Expression.UnresolvedFunction",
        "Origin",
        "PythonOrigin",
    }
)
"""Messages that say by name which columns they use."""

_SCALAR: Final = frozenset({"coalesce", "when", "rlike", "concat", "regexp_extract", "and", "or", "not"})
"""Functions that make one value of one row. Others may make several rows of one, or one of all."""

_PASSING: Final = ("filter", "sort", "limit", "offset", "with_columns")


class UnusedColumns:
    """The scans of one session, and the queries that are made of them."""

    def __init__(self) -> None:
        self._scans: dict[int, SomeColumns] = {}

    def offer(self, rows: DataFrame, some: SomeColumns) -> None:
        """Take note of a way to read rows with fewer columns, for as long as the rows are there."""
        scan: Any = rows
        plan_id = scan._plan._plan_id
        self._scans[plan_id] = some
        weakref.finalize(scan._plan, self._scans.pop, plan_id, None)

    def install(self, patches: Patches, client: type) -> None:
        """Change the queries that `client` sends, for the life of the engine."""
        fetches: Any = vars(client)["_execute_and_fetch_as_iterator"]

        def fetch(sender: Any, req: Any, *args: Any, **given: Any) -> Any:
            if req.plan.WhichOneof("op_type") == "root":
                self.leave_out(req.plan.root, sender)
            return fetches(sender, req, *args, **given)

        patches.attribute(client, "_execute_and_fetch_as_iterator", fetch)

    def leave_out(self, root: Relation, client: Any) -> None:
        """Change a relation in place."""
        steps = list(_chain(root))
        some = self._scans.get(steps[-1].common.plan_id)
        if some is None or kind_of(steps[-1]) != "map_partitions":
            return
        fields = steps[-1].map_partitions.func.python_udf.output_type.struct.fields
        if len(steps) > 1 and kind_of(steps[-2]) == "to_df":
            _put_project(steps[-2], [field.name for field in fields])
            steps = list(_chain(root))
        used = _ALL
        for step, below in pairwise(steps):
            used = _used_below(step, below, used)
        fields = steps[-1].map_partitions.func.python_udf.output_type.struct.fields
        names = frozenset(field.name for field in fields if used.may_hold(field.name))
        if len(names) < len(fields):
            narrowed: Any = some(names)
            plan_id = steps[-1].common.plan_id
            steps[-1].CopyFrom(narrowed._plan.plan(client))
            steps[-1].common.plan_id = plan_id


class _Used:
    """The columns that steps use, by the parts of what is spelled. What may be meant is used."""

    def __init__(self, spelled: Iterable[str] = (), *, is_all: bool = False) -> None:
        self._parts = {part for one in spelled for part in _plain(one).split(".")}
        self.is_all = is_all

    def may_hold(self, name: str) -> bool:
        """Whether a column of this name may be used."""
        return self.is_all or self._parts.issuperset(_plain(name).split("."))

    def and_also(self, other: "_Used") -> "_Used":
        """What this or another uses."""
        made = _Used(is_all=self.is_all or other.is_all)
        made._parts = self._parts | other._parts
        return made


_ALL: Final = _Used(is_all=True)


def _plain(name: str) -> str:
    return name.lower().replace("`", "")


def _chain(root: Relation) -> Iterator[Relation]:
    """A relation and what it is made of, down to a step of another kind."""
    yield root
    while kind_of(root) in ("aggregate", "project", "to_df", *_PASSING):
        root = part_of(root).input
        yield root


def _put_project(step: Relation, names: Sequence[str]) -> None:
    """Let a step have its columns from a project, which may have fewer of them."""
    below = copied(step.to_df.input)
    step.to_df.input.Clear()
    step.to_df.input.project.input.CopyFrom(below)
    step.to_df.input.project.expressions.extend(column(name) for name in names)


def _used_below(step: Relation, below: Relation, used: _Used) -> _Used:
    """The columns of `below` that are used, where `used` are those of a step. Others go from both."""
    part = part_of(step)
    match kind_of(step):
        case "aggregate":
            is_plain = not part.HasField("pivot") and not part.grouping_sets
            return _named([*part.grouping_expressions, *part.aggregate_expressions]) if is_plain else _ALL
        case "project":
            _keep([part.expressions], _needed(part.expressions, used))
            return _named(part.expressions)
        case "to_df":
            return _renamed(part, below, used)
        case "filter":
            return used.and_also(_named([part.condition]))
        case "sort":
            return used.and_also(_named(part.order))
        case "with_columns":
            return used.and_also(_named(part.aliases))
    return used


def _renamed(part: Any, below: Relation, used: _Used) -> _Used:
    """The same below a step that names the columns anew, by their places."""
    if kind_of(below) != "project" or len(below.project.expressions) != len(part.column_names):
        return _ALL
    expressions = below.project.expressions
    if not all(map(_name_of, expressions)):
        return _ALL
    needed = _needed(expressions, _Used())
    kept = [place for place, name in enumerate(part.column_names) if place in needed or used.may_hold(name)]
    _keep([part.column_names, expressions], kept)
    return _ALL


def _needed(expressions: Sequence[Any], used: _Used) -> list[int]:
    """The places of the expressions of a project that may not go.

    What others name may be one of them: Spark looks for a name among the new columns, too.
    """
    spelled = [set(_spelled(one)) for one in expressions]
    named = Counter(name for names in spelled for name in names)
    needed = []
    for place, expression in enumerate(expressions):
        name = _plain(_name_of(expression))
        own = name in spelled[place]
        is_single = bool(name) and _is_scalar(expression) and named[name] == own
        if not is_single or used.may_hold(name):
            needed.append(place)
    return needed


def _spelled(expression: Any) -> Iterator[str]:
    """What an expression names, and the first part of it."""
    for message in parts_of(expression):
        if message.DESCRIPTOR.full_name == f"{_PREFIX}Expression.UnresolvedAttribute":
            name = _plain(message.unparsed_identifier)
            yield from {name, name.split(".")[0]}


def _name_of(expression: Any) -> str:
    """The name of the column that an expression makes; "" where that cannot be told."""
    kind = expression.WhichOneof("expr_type")
    if kind == "alias" and len(expression.alias.name) == 1:
        return str(expression.alias.name[0])
    name = str(expression.unresolved_attribute.unparsed_identifier) if kind == "unresolved_attribute" else ""
    return "" if "." in name else name


def _is_scalar(expression: Any) -> bool:
    functions = (
        message.function_name
        for message in parts_of(expression)
        if message.DESCRIPTOR.full_name == f"{_PREFIX}Expression.UnresolvedFunction"
    )
    return not _named([expression]).is_all and all(name in _SCALAR for name in functions)


def _keep(lists: Sequence[Any], places: Sequence[int]) -> None:
    """Leave only the parts at some places of a plan's lists; one stays, because rows have a column."""
    for those in lists:
        kept = [those[place] for place in places or [0]]
        del those[:]
        those.extend(kept)


def _named(expressions: Sequence[Any]) -> _Used:
    """The columns that expressions name; all where they may use others."""
    spelled = []
    for expression in expressions:
        for message in parts_of(expression):
            kind = message.DESCRIPTOR.full_name.removeprefix(_PREFIX)
            if kind.startswith(("DataType", "Expression.Literal.")):
                continue
            if kind not in _KNOWN:
                return _ALL
            if kind == "Expression.UnresolvedAttribute":
                spelled.append(message.unparsed_identifier)
    return _Used(spelled)
