"""Identities of the columns of a DataFrame on Sail, as Spark tells them apart.

In Spark `df.k` is one column, by identity, however often a plan passes it on; a join gives the columns of its
right side new identities where its left side has the same. `drop(df.k)` drops by identity. Sail drops by the
plan that the reference names, which is another column after a join of two frames made of one, or none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pyspark.sql.connect import plan as plans
from pyspark.sql.connect import proto
from pyspark.sql.connect.expressions import ColumnReference, UnresolvedStar

_PASSING: Final[tuple[type[plans.LogicalPlan], ...]] = (
    plans.Filter,
    plans.Sort,
    plans.Limit,
    plans.Offset,
    plans.Tail,
    plans.Sample,
    plans.Repartition,
    plans.RepartitionByExpression,
    plans.Deduplicate,
    plans.Hint,
    plans.NADrop,
    plans.SetOperation,
)
"""Steps that answer the columns that they are given first."""

_TYPES: Final = proto.Join.JoinType
_HALVES: Final = (_TYPES.JOIN_TYPE_LEFT_SEMI, _TYPES.JOIN_TYPE_LEFT_ANTI)


@dataclass(frozen=True)
class Identity:
    """A column of a step: its name, the step that made it, and its place there.

    `plan_id` is of a plan by which Sail finds it, `alias` the name of the frame that it is of.
    """

    name: str
    made_by: object
    place: int
    plan_id: int | None = None
    alias: str = ""

    def is_same(self, other: "Identity") -> bool:
        """Whether Spark takes both for one column."""
        return (self.made_by, self.place) == (other.made_by, other.place)


class Dropped(plans.Drop):
    """A step that drops columns, of which it is known what it keeps."""

    def __init__(self, child: Any, columns: list[Any], kept: tuple[Identity, ...]) -> None:
        super().__init__(child, columns)
        self.kept = kept


class Identities:
    """Finds the identities of columns; `names` gives the names that a plan answers."""

    def __init__(self, names: Callable[[Any], Sequence[str]]) -> None:
        self._names = names
        self._known: dict[int, tuple[Identity, ...]] = {}

    def of(self, plan: Any) -> tuple[Identity, ...]:
        """The columns that a plan answers, in order."""
        if id(plan) not in self._known:
            self._known[id(plan)] = self._found(plan)
        return self._known[id(plan)]

    def referred(self, reference: Any, plan: Any) -> Identity | None:
        """The column of `plan` that a reference means; None where it means none or more than one."""
        before, name = self.of(plan), reference._unparsed_identifier
        if reference._plan_id is None:
            alias, dot, rest = name.partition(".")
            of_alias = [one for one in before if dot and one.alias == alias.replace("`", "").lower()]
            return _named(rest, of_alias) if of_alias else _named(name, before)
        owner = plan_of(plan, reference._plan_id)
        meant = _named(name, self.of(owner)) if owner is not None else None
        return next((one for one in before if meant is not None and one.is_same(meant)), None)

    def _found(self, plan: Any) -> tuple[Identity, ...]:
        if isinstance(plan, Dropped):
            return plan.kept
        if isinstance(plan, _PASSING):
            return self.of(plan._child)
        if isinstance(plan, plans.SubqueryAlias):
            return tuple(replace(one, alias=plan._alias.lower()) for one in self.of(plan._child))
        if isinstance(plan, plans.Join):
            return self._joined(plan)
        names = self._names(plan)
        given = self._given(plan, names)
        return tuple(
            given.get(place) or Identity(name, plan._plan_id, place) for place, name in enumerate(names)
        )

    def _given(self, plan: Any, names: Sequence[str]) -> dict[int, Identity]:
        """The columns of a step that are columns of the step before, by place."""
        if isinstance(plan, plans.Project):
            found, place = self._selected(plan._columns, plan._child)
            return found if place == len(names) else {}
        if isinstance(plan, plans.Aggregate):
            return self._selected(plan._grouping_cols, plan._child)[0]
        if not isinstance(plan, plans.WithColumns | plans.WithColumnsRenamed | plans.Drop):
            return {}
        before = self.of(plan._child)
        if isinstance(plan, plans.WithColumns):
            changed = {name.lower() for name in plan._columnNames}
            return {place: one for place, one in enumerate(before) if one.name.lower() not in changed}
        if isinstance(plan, plans.Drop):
            dropped = {one.lower() for one in plan._columns if isinstance(one, str)}
            before = tuple(one for one in before if one.name.lower() not in dropped)
        pairs = zip(before, names, strict=False)
        return {place: one for place, (one, name) in enumerate(pairs) if one.name == name}

    def _selected(self, columns: Sequence[Any], child: Any) -> tuple[dict[int, Identity], int]:
        found: dict[int, Identity] = {}
        place = 0
        for column in columns:
            expression = column._expr
            if isinstance(expression, UnresolvedStar):
                before = self.of(child)
                found |= {place + more: one for more, one in enumerate(before)}
                place += len(before)
                continue
            one = self.referred(expression, child) if isinstance(expression, ColumnReference) else None
            if one is not None:
                found[place] = one
            place += 1
        return found, place

    def _joined(self, plan: Any) -> tuple[Identity, ...]:
        left = tuple(_seen_by(plan.left, one) for one in self.of(plan.left))
        if plan.how in _HALVES:
            return left
        right = self._renewed(plan, left)
        keys = using(plan)
        lower = {key.lower() for key in keys}
        rest = [one for one in (*left, *right) if one.name.lower() not in lower]
        side = right if plan.how == _TYPES.JOIN_TYPE_RIGHT_OUTER else left
        found = [None if plan.how == _TYPES.JOIN_TYPE_FULL_OUTER else _named(key, side) for key in keys]
        made = [one or Identity(keys[place], plan._plan_id, place) for place, one in enumerate(found)]
        return (*made, *rest)

    def _renewed(self, plan: Any, left: Sequence[Identity]) -> tuple[Identity, ...]:
        """The columns of the right side; what has made columns of both sides makes others for the right."""
        right = tuple(_seen_by(plan.right, one) for one in self.of(plan.right))
        twice = {one.made_by for one in right if any(one.is_same(other) for other in left)}
        return tuple(
            replace(one, made_by=(plan._plan_id, one.made_by)) if one.made_by in twice else one
            for one in right
        )


def _named(name: str, columns: Sequence[Identity]) -> Identity | None:
    plain = name.replace("`", "").lower()
    alike = [column for column in columns if column.name.lower() == plain]
    return alike[0] if len(alike) == 1 else None


def _seen_by(plan: Any, column: Identity) -> Identity:
    return column if column.plan_id is not None else replace(column, plan_id=plan._plan_id)


def using(plan: Any) -> list[str]:
    """The names that a join compares by."""
    on = plan.on if isinstance(plan.on, list) else [plan.on]
    return [one for one in on if isinstance(one, str)]


def plan_of(plan: Any, plan_id: int | None) -> Any:
    """The plan with an id, at or below another; None where there is none."""
    return next((one for one in all_below(plan) if one._plan_id == plan_id), None)


def all_below(plan: Any) -> Iterator[Any]:
    """A plan and all that it is made of, each once."""
    waiting, seen = [plan], {id(plan)}
    while waiting:
        one = waiting.pop()
        yield one
        more = [part for part in below(one) if id(part) not in seen]
        seen |= {id(part) for part in more}
        waiting += more


def below(plan: Any) -> list[Any]:
    """The plans that a plan is made of."""
    parts = (plan._child, *(getattr(plan, name, None) for name in ("left", "right", "other")))
    return [part for part in dict.fromkeys(parts) if isinstance(part, plans.LogicalPlan)]
