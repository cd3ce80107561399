"""References of columns to frames in plans for Sail, resolved as Spark resolves them.

`df.k` in a plan of Spark Connect is a name and the id of the plan of `df`. Sail looks for that id below the
step. Where both sides of a join are made of one frame it finds two, and says that the column is ambiguous, or
takes a column of one side for both and joins all rows. Below a union it finds none.

In Spark a join gives the columns of its right side new identities, a comparison of a column with itself is
one of the left side with the right side, and a union has the columns of its first side. So plans are
rewritten before they reach Sail: the right side gets ids of its own, and references go to the side that Spark
means.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from placekeeper.runtime.engines.patches import Patches

_RELATION: Final = "spark.connect.Relation"
_REFERENCES: Final = frozenset(
    f"spark.connect.Expression.Unresolved{kind}" for kind in ("Attribute", "Star", "Regex")
)
_EQUALITIES: Final = frozenset({"==", "<=>"})


class _Side(Enum):
    LEFT = "left"
    RIGHT = "right"
    EITHER = "either"


@dataclass
class _Ids:
    """The ids of plans at and below a step: those that Sail sees, and stand-ins for others."""

    seen: set[int] = field(default_factory=set)
    stand_ins: dict[int, int] = field(default_factory=dict)

    def __contains__(self, plan_id: int) -> bool:
        return plan_id in self.seen or plan_id in self.stand_ins


def install(patches: Patches, client: type, fresh_id: Callable[[], int]) -> None:
    """Rewrite the plans that `client` sends, for the life of the engine; `fresh_id` numbers plans."""
    executes: Any = vars(client)["_execute"]
    fetches: Any = vars(client)["_execute_and_fetch_as_iterator"]
    analyses: Any = vars(client)["_analyze"]

    def execute(self: Any, req: Any, *args: Any, **given: Any) -> Any:
        rewrite(req.plan, fresh_id)
        return executes(self, req, *args, **given)

    def fetch(self: Any, req: Any, *args: Any, **given: Any) -> Any:
        rewrite(req.plan, fresh_id)
        return fetches(self, req, *args, **given)

    def analyze(self: Any, method: str, **given: Any) -> Any:
        for name in {"plan", "other", "relation"} & set(given):
            rewrite(given[name], fresh_id)
        return analyses(self, method, **given)

    patches.attribute(client, "_execute", execute)
    patches.attribute(client, "_execute_and_fetch_as_iterator", fetch)
    patches.attribute(client, "_analyze", analyze)


def rewrite(plan: Any, fresh_id: Callable[[], int]) -> None:
    """Rewrite a plan, a command or a relation, in place."""
    if plan.DESCRIPTOR.full_name == _RELATION:
        _rewritten(plan, fresh_id)
        return
    for message in _messages(plan, into_relations=False):
        if message.DESCRIPTOR.full_name == _RELATION:
            _rewritten(message, fresh_id)


def _rewritten(root: Any, fresh_id: Callable[[], int]) -> None:
    """Rewrite the steps of a relation, what they are made of first. Plans may be deep, so nothing recurs."""
    steps, parents = [root], [0]
    for place, relation in enumerate(steps):  # it grows
        inputs = list(_inputs(_step_of(relation)))
        steps += inputs
        parents += [place] * len(inputs)
    below: list[list[_Ids]] = [[] for _ in steps]
    for place in range(len(steps) - 1, -1, -1):
        ids = _rewritten_step(steps[place], below[place], fresh_id)
        below[place] = []
        below[parents[place]].insert(0, ids)


def _step_of(relation: Any) -> Any:
    kind = relation.WhichOneof("rel_type")
    return relation.common if kind is None else getattr(relation, kind)


def _rewritten_step(relation: Any, below: list[_Ids], fresh_id: Callable[[], int]) -> _Ids:
    """Rewrite one step; `below` are the ids of what it is made of. A step that was made here has no id."""
    kind, step = relation.WhichOneof("rel_type"), _step_of(relation)
    if not relation.common.HasField("plan_id"):
        relation.common.plan_id = fresh_id()
    own = relation.common.plan_id
    if kind == "join" and len(below) == 2:
        ids = _join(step, below[0], below[1], fresh_id)
    elif kind == "set_op" and len(below) == 2:
        ids = _Ids(stand_ins=dict.fromkeys(_of_first(*below), own))
    else:
        ids = _merged(below)
        _stand_in(step, ids)
    ids.seen.add(own)
    return ids


def _merged(below: list[_Ids]) -> _Ids:
    if len(below) == 1:
        return below[0]
    ids = _Ids()
    for one in below:
        ids.seen |= one.seen
        ids.stand_ins = {**one.stand_ins, **ids.stand_ins}
    return ids


def _of_first(first: _Ids, second: _Ids) -> set[int]:
    """The ids of plans that have columns of a union; of the second side if it is made of the first."""
    is_made_of = any(plan_id in first for plan_id in (*second.seen, *second.stand_ins))
    sides = (first, second) if is_made_of else (first,)
    return {plan_id for side in sides for plan_id in (*side.seen, *side.stand_ins)}


def _stand_in(step: Any, ids: _Ids) -> None:
    if ids.stand_ins:
        for reference in _references(step):
            if reference.plan_id not in ids.seen:
                reference.plan_id = ids.stand_ins.get(reference.plan_id, reference.plan_id)


def _join(join: Any, left: _Ids, right: _Ids, fresh_id: Callable[[], int]) -> _Ids:
    shared = left.seen & right.seen
    begin, other = join.left.common.plan_id, join.right.common.plan_id
    renewed = {plan_id: fresh_id() for plan_id in shared if plan_id != other or begin == other}
    if other in shared and begin != other:  # a reference to the frame on the right means the right side
        moved = {other: fresh_id()}
        _renew(join.left, moved)
        left.seen = {moved.get(plan_id, plan_id) for plan_id in left.seen}
    _settle_condition(join, left, right, (begin, other, renewed.get(other, other)))
    if renewed:
        _renew(join.right, renewed)
    right.seen = {renewed.get(plan_id, plan_id) for plan_id in right.seen}
    ids = _Ids(left.seen | right.seen)
    for side in (right, left):
        for plan_id, stand_in in side.stand_ins.items():
            ids.stand_ins[plan_id] = renewed.get(stand_in, stand_in) if side is right else stand_in
    _stand_in(join, ids)
    return ids


def _settle_condition(join: Any, left: _Ids, right: _Ids, roots: tuple[int, int, int]) -> None:
    """Say of which side the columns of a condition are; `roots` are left, right, and right when renewed."""
    begin, other, renewed = roots

    def side(plan_id: int) -> _Side | None:
        if plan_id in (begin, other) and begin != other:
            return _Side.LEFT if plan_id == begin else _Side.RIGHT
        if plan_id in left:
            return _Side.EITHER if plan_id in right or plan_id == other else _Side.LEFT
        return _Side.RIGHT if plan_id in right else None

    for message in _messages(join.join_condition, into_relations=False):
        if message.DESCRIPTOR.full_name != "spark.connect.Expression.UnresolvedFunction":
            continue
        operands = [one.unresolved_attribute for one in message.arguments if _is_reference(one)]
        if message.function_name not in _EQUALITIES or len(operands) != 2:
            continue
        sides = [side(one.plan_id) for one in operands]
        for place, operand in enumerate(operands):
            if sides[place] is _Side.EITHER:
                opposite = sides[1 - place]
                is_left = opposite is _Side.RIGHT or (opposite is not _Side.LEFT and place == 0)
                operand.plan_id = begin if is_left else renewed


def _is_reference(expression: Any) -> bool:
    is_attribute: bool = expression.WhichOneof("expr_type") == "unresolved_attribute"
    return is_attribute and expression.unresolved_attribute.HasField("plan_id")


def _renew(relation: Any, ids: dict[int, int]) -> None:
    for message in (relation, *_messages(relation, into_relations=True)):
        has_one = "plan_id" in message.DESCRIPTOR.fields_by_name and message.HasField("plan_id")
        if has_one and message.plan_id in ids:  # the first plan of a script is number 0
            message.plan_id = ids[message.plan_id]


def _references(step: Any) -> Iterator[Any]:
    for message in _messages(step, into_relations=False):
        if message.DESCRIPTOR.full_name in _REFERENCES and message.HasField("plan_id"):
            yield message


def _inputs(step: Any) -> Iterator[Any]:
    for message in _parts(step):
        if message.DESCRIPTOR.full_name == _RELATION:
            yield message


def _messages(message: Any, *, into_relations: bool) -> Iterator[Any]:
    """All messages within one; relations are given too, and looked into where that is asked for."""
    waiting = [message]
    while waiting:
        for part in _parts(waiting.pop()):
            yield part
            if into_relations or part.DESCRIPTOR.full_name != _RELATION:
                waiting.append(part)


def _parts(message: Any) -> Iterator[Any]:
    for kind, value in message.ListFields():
        if kind.message_type is None or kind.message_type.GetOptions().map_entry:
            continue
        parts: Iterable[Any] = value if kind.is_repeated else (value,)
        yield from parts
