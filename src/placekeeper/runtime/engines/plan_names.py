"""Names of the columns that a step of a plan answers, where the step tells them: Sail need not be asked."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pyspark.sql.connect import plan as plans
from pyspark.sql.connect.expressions import ColumnAlias, ColumnReference, SQLExpression, UnresolvedStar

_PLAIN: Final = re.compile(r"\w+|`[^`]+`")


def told_names(plan: Any, before: Sequence[str]) -> list[str] | None:
    """The names that a step answers, given those of the step before; None where only Sail knows them."""
    if isinstance(plan, plans.WithColumns):
        return _with(before, plan._columnNames)
    if isinstance(plan, plans.Drop):
        return _without(before, plan._columns)
    if isinstance(plan, plans.WithColumnsRenamed):
        return _renamed(before, dict(plan._colsMap))
    if isinstance(plan, plans.Project):
        parts = [_selected(before, column._expr) for column in plan._columns]
        return None if None in parts else [name for part in parts for name in part or ()]
    return list(before) if isinstance(plan, plans.NAFill | plans.NAReplace) else None


def is_whole_star(expression: Any) -> bool:
    """Whether an expression stands for all columns of the step before."""
    if isinstance(expression, SQLExpression):
        return expression._expr.strip() == "*"
    return isinstance(expression, UnresolvedStar) and (
        expression._unparsed_target is None and expression._plan_id is None
    )


def _with(before: Sequence[str], new: Sequence[str]) -> list[str] | None:
    lower, changed = [name.lower() for name in before], {name.lower(): name for name in new}
    if len(changed) < len(new) or any(lower.count(name) > 1 for name in changed):
        return None
    kept = [changed.get(name.lower(), name) for name in before]
    return [*kept, *(name for name in new if name.lower() not in lower)]


def _without(before: Sequence[str], dropped: Sequence[Any]) -> list[str] | None:
    if not all(isinstance(one, str) for one in dropped):
        return None
    lower = {one.lower() for one in dropped}
    return [name for name in before if name.lower() not in lower]


def _renamed(before: Sequence[str], names: dict[str, str]) -> list[str] | None:
    lower = {old.lower(): new for old, new in names.items()}
    is_chain = len(names) > 1 and any(new.lower() in lower for new in names.values())
    if is_chain or len(lower) < len(names):
        return None
    return [lower.get(name.lower(), name) for name in before]


def _selected(before: Sequence[str], expression: Any) -> list[str] | None:
    if is_whole_star(expression):
        return list(before)
    if isinstance(expression, ColumnAlias):
        return list(expression._alias)
    if isinstance(expression, ColumnReference) and _PLAIN.fullmatch(expression._unparsed_identifier):
        return [expression._unparsed_identifier.strip("`")]
    return None
