"""Steps of a DataFrame that take `df.k` or `df["*"]`, as Spark takes them, on Sail."""

import functools
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Final

from pyspark.sql.connect import plan as plans
from pyspark.sql.connect.column import Column
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.expressions import ColumnReference, Expression, UnresolvedStar
from pyspark.sql.connect.functions import builtin as functions
from pyspark.sql.connect.window import Window

from placekeeper.runtime.engines.column_identities import (
    Dropped,
    DroppedOfUnion,
    Identities,
    Identity,
)
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.plan_walks import all_below, plan_of, using
from placekeeper.runtime.engines.sql_tokens import quoted

_NUMBER: Final = "_placekeeper_number"


def install(patches: Patches) -> None:
    """Replace these steps, for the life of the engine."""
    patches.attribute(DataFrame, "drop", _dropping(DataFrame.drop))
    patches.attribute(DataFrame, "dropDuplicates", _deduplicating(DataFrame.dropDuplicates))
    patches.attribute(DataFrame, "drop_duplicates", _deduplicating(DataFrame.dropDuplicates))
    patches.attribute(DataFrame, "select", _selecting(DataFrame.select))
    patches.attribute(DataFrame, "withColumn", _adding(DataFrame.withColumn))
    patches.attribute(DataFrame, "withColumns", _adding(DataFrame.withColumns))


def _dropping(original: Callable[..., Any]) -> Callable[..., Any]:
    known: MutableMapping[Any, tuple[Identity, ...]] = weakref.WeakKeyDictionary()

    @functools.wraps(original)
    def dropped(frame: Any, *cols: Any) -> Any:
        by_name = all(isinstance(one, str) or not _is_of_a_frame(one) for one in cols)
        if by_name or not _is_made_of_many(frame._plan):
            return original(frame, *cols)
        found = Identities(lambda plan: _names(frame, plan), known)
        names = {_name(one) for one in cols if not _is_of_a_frame(one)}
        references = [one._expr for one in cols if _is_of_a_frame(one)]
        meant = [(one, found.referred(one, frame._plan)) for one in references]
        if any(column is None and found.may_mean(one, frame._plan) for one, column in meant):
            return original(frame, *cols)
        gone = [
            place
            for place, column in enumerate(found.of(frame._plan))
            if column.name.lower() in names or any(column is other for _, other in meant)
        ]
        return DataFrame(_without(frame._plan, gone, found), frame._session) if gone else frame

    return dropped


def _without(plan: Any, places: list[int], found: Identities) -> Dropped:
    """A step that drops the columns at these places."""
    before = found.of(plan)
    columns = [_column(before[place], before) for place in places]
    kept = tuple(one for place, one in enumerate(before) if place not in places)
    if all(isinstance(one, str) for one in columns) or not _is_simple_union(plan):
        return Dropped(plan, columns, kept)
    sides = (_without(plan._child, places, found), _without(plan.other, places, found))
    return DroppedOfUnion(plan, sides, kept)


def _is_simple_union(plan: Any) -> bool:
    """Whether a plan answers the rows of two others, by the places of their columns."""
    return isinstance(plan, plans.SetOperation) and (
        plan.set_op == "union" and plan.is_all and not plan.by_name
    )


def _name(column: Any) -> str:
    name: str = column if isinstance(column, str) else column._expr._unparsed_identifier.replace("`", "")
    return name.lower()


def _column(dropped: Identity, before: tuple[Identity, ...]) -> str | Column:
    """What Sail takes for a column, among others that may have its name."""
    if sum(one.name.lower() == dropped.name.lower() for one in before) == 1:
        return dropped.name
    return Column(_reference(dropped.name, dropped.plan_id))


def _reference(name: str, plan_id: int | None) -> ColumnReference:
    return ColumnReference(quoted(name), plan_id)


def _selecting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def selected(frame: Any, *cols: Any) -> Any:
        given = cols[0] if len(cols) == 1 and isinstance(cols[0], list) else cols
        if any(_is_star(one) for one in given):
            return original(frame, *(part for one in given for part in _unfolded(frame, one)))
        return original(frame, *cols)

    return selected


def _unfolded(frame: Any, column: Any) -> Iterator[Any]:
    """The columns of the star of a frame; any other column as it is."""
    plan = plan_of(frame._plan, column._expr._plan_id) if _is_star(column) else None
    if plan is None:
        yield column
        return
    for name in _names(frame, plan):
        yield Column(_reference(name, plan._plan_id))


def _adding(original: Callable[..., Any]) -> Callable[..., Any]:
    """Sail does not let a new column name the key of one side of a join by name; a selection may."""

    @functools.wraps(original)
    def added(frame: Any, *given: Any, **named: Any) -> Any:
        new = _new_columns(*given, **named)
        if not any(_names_a_key(frame._plan, one) for value in new.values() for one in _of_frames(value)):
            return original(frame, *given, **named)
        names: list[str] = frame.columns
        lower = {name.lower(): column.alias(name) for name, column in new.items()}
        kept = [lower.get(name.lower(), Column(_reference(name, None))) for name in names]
        there = {name.lower() for name in names}
        if len(there) < len(names) or len(lower) < len(new):
            return original(frame, *given, **named)
        more = [column.alias(name) for name, column in new.items() if name.lower() not in there]
        return frame.select(*kept, *more)

    return added


def _new_columns(*given: Any, **named: Any) -> dict[str, Column]:
    """What withColumn or withColumns are given; nothing where they raise themselves."""
    values = [*given, *named.values()]
    pairs = values[0] if len(values) == 1 else dict([values]) if len(values) == 2 else {}
    is_right = isinstance(pairs, dict) and all(isinstance(one, Column) for one in pairs.values())
    return pairs if is_right else {}


def _deduplicating(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of rows in order Spark keeps the first ones; Sail forgets the order, so they are numbered by it."""

    @functools.wraps(original)
    def deduplicated(frame: Any, subset: Any = None) -> Any:
        plan = frame._plan
        if not isinstance(subset, list | tuple) or not subset or not _is_sorted(plan):
            return original(frame, subset)
        keys = [Column(_reference(name, None)) for name in subset]
        number = functions.row_number().over(Window.partitionBy(*keys).orderBy(*map(Column, _order(plan))))
        numbered = frame.select("*", number.alias(_NUMBER))
        return numbered.filter(functions.col(_NUMBER) == 1).drop(_NUMBER)

    return deduplicated


def _is_sorted(plan: Any) -> bool:
    return isinstance(plan, plans.Sort) and plan.is_global


def _order(sort: Any) -> list[Expression]:
    return [getattr(column, "_expr", column) for column in sort.columns]


def _names(frame: Any, plan: Any) -> list[str]:
    names: list[str] = (frame if plan is frame._plan else DataFrame(plan, frame._session)).columns
    return names


def _is_of_a_frame(column: Any) -> bool:
    expression = getattr(column, "_expr", None)
    if not isinstance(expression, ColumnReference):
        return False
    return expression._plan_id is not None or "." in expression._unparsed_identifier


def _is_star(column: Any) -> bool:
    expression = getattr(column, "_expr", None)
    return isinstance(expression, UnresolvedStar) and expression._plan_id is not None


def _of_frames(column: Column) -> list[ColumnReference]:
    """The references to columns of frames that a column is computed of."""
    found: list[Expression] = []
    column._expr.foreach(found.append)
    return [one for one in found if isinstance(one, ColumnReference) and one._plan_id is not None]


def _names_a_key(plan: Any, reference: ColumnReference) -> bool:
    """Whether a reference means the key that one side of a join by name has."""
    name, owner = reference._unparsed_identifier.replace("`", "").lower(), reference._plan_id
    return any(
        plan_of(side, owner) is not None
        for join in all_below(plan)
        if isinstance(join, plans.Join) and name in (key.lower() for key in using(join))
        for side in (join.left, join.right)
    )


def _is_made_of_many(plan: Any) -> bool:
    return any(isinstance(one, plans.Join | plans.SetOperation) for one in all_below(plan))
