"""Identities of the columns of a DataFrame on Sail, as Spark tells them apart.

In Spark `df.k` is one column, by identity, however often a plan passes it on; a join gives the columns of its
right side new identities where its left side has the same. `drop(df.k)` drops by identity. Sail drops by the
plan that the reference names, which is another column after a join of two frames made of one, or none.
"""

import re
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from pyspark.sql.connect import plan as plans
from pyspark.sql.connect import proto
from pyspark.sql.connect.expressions import ColumnReference, SQLExpression, UnresolvedRegex, UnresolvedStar

from placekeeper.runtime.engines.plan_names import is_whole_star, told_names
from placekeeper.runtime.engines.plan_walks import below, plan_of, using
from placekeeper.runtime.engines.relations import Ready

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
    Ready,
)
"""Steps that answer the columns that they are given first."""

_MAKING: Final[tuple[type[plans.LogicalPlan], ...]] = (
    plans.Project,
    plans.Aggregate,
    plans.WithColumns,
    plans.WithColumnsRenamed,
    plans.Drop,
    plans.ToDF,
    plans.MapPartitions,
    plans.GroupMap,
    plans.CoGroupMap,
)
"""Steps of which it is known what they pass on; all other columns are their own."""

_FOLLOWED: Final[tuple[type[plans.LogicalPlan], ...]] = (
    *_PASSING,
    plans.SubqueryAlias,
    plans.Join,
    plans.Project,
    plans.Aggregate,
    plans.WithColumns,
    plans.WithColumnsRenamed,
    plans.Drop,
    plans.NAFill,
    plans.NAReplace,
)
"""Steps whose columns are told by those of the steps before."""

_TYPES: Final = proto.Join.JoinType
_HALVES: Final = (_TYPES.JOIN_TYPE_LEFT_SEMI, _TYPES.JOIN_TYPE_LEFT_ANTI)


class Identity(Struct, frozen=True):
    """A column of a step: its name, the step that made it, and its place there.

    `plan_id` is of a plan by which Sail finds it, `alias` the name of the frame that it is of. A lost one may
    be a column of an earlier step, of which it is not known here which.
    """

    name: str
    made_by: object
    place: int
    plan_id: int | None = None
    alias: str = ""
    is_lost: bool = False

    def is_same(self, other: "Identity") -> bool:
        """Whether Spark takes both for one column."""
        return (self.made_by, self.place) == (other.made_by, other.place)


_UNKNOWN: Final = Identity("", None, 0, is_lost=True)
_REFERENCE: Final = re.compile(r"[\w.`]+")


class Dropped(plans.Drop):
    """A step that drops columns, of which it is known what it keeps."""

    def __init__(self, child: Any, columns: list[Any], kept: tuple[Identity, ...]) -> None:
        super().__init__(child, columns)
        self.kept = kept


class DroppedOfUnion(Dropped):
    """A step that drops columns of both sides of a union, where only the sides tell them apart."""

    def __init__(self, union: Any, sides: tuple[Any, Any], kept: tuple[Identity, ...]) -> None:
        super().__init__(union, [], kept)
        self._union = union
        self._sides = sides

    def plan(self, session: Any) -> Any:
        """The union of the sides, under the id of the union as it was."""
        made = self._create_proto_relation()
        made.drop.input.CopyFrom(plans.SetOperation(*self._sides, set_op="union").plan(session))
        made.drop.input.common.plan_id = self._union._plan_id
        return made


class Identities:
    """Finds the identities of columns; `names` asks for the names that a plan answers, `known` keeps them."""

    def __init__(
        self, names: Callable[[Any], Sequence[str]], known: MutableMapping[Any, tuple[Identity, ...]]
    ) -> None:
        self._names = names
        self._known: MutableMapping[Any, tuple[Identity, ...]] = known

    def of(self, plan: Any) -> tuple[Identity, ...]:
        """The columns that a plan answers, in order."""
        waiting = [plan]
        while waiting:  # a frame may be made of more steps than Python calls functions within functions
            missing = [one for one in self._needed(waiting[-1]) if one not in self._known]
            waiting += missing
            if not missing:
                found = waiting.pop()
                self._known[found] = self._known.get(found) or self._found(found)
        return self._known[plan]

    def _needed(self, plan: Any) -> list[Any]:
        """The steps of which it must be known what they answer, to tell that of a step."""
        if plan in self._known or isinstance(plan, Dropped) or not isinstance(plan, _FOLLOWED):
            return []
        return [plan._child] if isinstance(plan, plans.SetOperation) else below(plan)

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

    def may_mean(self, reference: Any, plan: Any) -> bool:
        """Whether a reference may mean a column of `plan`, though `referred` does not find it."""
        name = reference._unparsed_identifier
        if reference._plan_id is None:
            name = name.rpartition(".")[2]
        alike = _all_named(name, self.of(plan))
        owner = None if reference._plan_id is None else plan_of(plan, reference._plan_id)
        return any(one.is_lost for one in alike) or (
            bool(alike) and owner is not None and len(_all_named(name, self.of(owner))) != 1
        )

    def _found(self, plan: Any) -> tuple[Identity, ...]:
        if isinstance(plan, Dropped):
            return plan.kept
        if isinstance(plan, _PASSING):
            return self.of(plan._child)
        if isinstance(plan, plans.SubqueryAlias):
            return tuple(replace(one, alias=plan._alias.lower()) for one in self.of(plan._child))
        if isinstance(plan, plans.Join):
            return self._joined(plan)
        names = self._names_of(plan)
        return tuple(
            _made(plan, names[place], place, is_lost=one is _UNKNOWN)
            if one is None or one is _UNKNOWN
            else one
            for place, one in enumerate(self._given(plan, names))
        )

    def _names_of(self, plan: Any) -> Sequence[str]:
        is_followed = isinstance(plan, _FOLLOWED)
        told = told_names(plan, [one.name for one in self.of(plan._child)]) if is_followed else None
        return self._names(plan) if told is None else told

    def _given(self, plan: Any, names: Sequence[str]) -> list[Identity | None]:
        """For each column of a step, the column of the step before that it is, if it is one."""
        nothing: list[Identity | None] = [None] * len(names)
        if isinstance(plan, plans.Project):
            found = self._selected(plan._columns, plan._child, len(names))
        elif isinstance(plan, plans.Aggregate):
            found = self._selected(plan._grouping_cols, plan._child, len(plan._grouping_cols))
        elif isinstance(plan, plans.WithColumns):
            changed = {name.lower() for name in plan._columnNames}
            found = [None if one.name.lower() in changed else one for one in self.of(plan._child)]
        elif isinstance(plan, plans.WithColumnsRenamed):
            before = self.of(plan._child)
            found = [one if one.name == name else None for one, name in zip(before, names, strict=False)]
        elif isinstance(plan, plans.Drop):
            found = self._left_over(plan, names)
        else:
            found = []
        return [*found, *nothing][: len(names)]

    def _left_over(self, plan: Any, names: Sequence[str]) -> list[Identity | None]:
        """The columns that a step does not drop, by their names: Sail finds those that references mean."""
        before = self.of(plan._child)
        lower = [name.lower() for name in names]
        alike = [_all_named(name, before) for name in names]
        return [
            one[lower[:place].count(name)] if len(one) == lower.count(name) else _UNKNOWN
            for place, (name, one) in enumerate(zip(lower, alike, strict=True))
        ]

    def _selected(self, columns: Sequence[Any], child: Any, width: int) -> list[Identity | None]:
        """What columns mean; an expression among them may make several, as a generator does."""
        parts = [self._meant(column._expr, child) for column in columns]
        if sum(map(len, parts)) == width:
            return [one for part in parts for one in part]
        wide = [place for place, column in enumerate(columns) if not _is_simple(column._expr)] or [0]
        head = [one for part in parts[: wide[0]] for one in part]
        tail = [one for part in parts[wide[-1] + 1 :] for one in part]
        middle = parts[wide[0]][0] if len(wide) == 1 else _UNKNOWN
        return [*head, *[middle] * (width - len(head) - len(tail)), *tail]

    def _meant(self, expression: Any, child: Any) -> list[Identity | None]:
        if is_whole_star(expression):
            return list(self.of(child))
        if isinstance(expression, SQLExpression) and _REFERENCE.fullmatch(expression._expr.strip()):
            expression = ColumnReference(expression._expr.strip())
        if isinstance(expression, ColumnReference):
            one = self.referred(expression, child)
            return [_UNKNOWN if one is None and self.may_mean(expression, child) else one]
        is_open = isinstance(expression, UnresolvedStar | UnresolvedRegex)
        return [_UNKNOWN if is_open or str(getattr(expression, "_expr", "")).endswith("*") else None]

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


def _made(plan: Any, name: str, place: int, *, is_lost: bool = False) -> Identity:
    """A column that a step makes, or passes on in a way that is not known."""
    is_known = plan._child is None or isinstance(plan, _MAKING)
    return Identity(name, plan._plan_id, place, is_lost=is_lost or not is_known)


def _is_simple(expression: Any) -> bool:
    """Whether it is known how many columns it stands for."""
    return isinstance(expression, ColumnReference) or is_whole_star(expression)


def _named(name: str, columns: Sequence[Identity]) -> Identity | None:
    alike = _all_named(name, columns)
    return alike[0] if len(alike) == 1 else None


def _all_named(name: str, columns: Sequence[Identity]) -> list[Identity]:
    plain = name.replace("`", "").lower()
    return [column for column in columns if column.name.lower() == plain]


def _seen_by(plan: Any, column: Identity) -> Identity:
    return column if column.plan_id is not None else replace(column, plan_id=plan._plan_id)
