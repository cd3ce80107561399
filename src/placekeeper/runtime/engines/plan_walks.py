"""Walks over the plans of Spark Connect that a DataFrame is made of."""

from collections.abc import Iterator
from typing import Any

from pyspark.sql.connect import plan as plans


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
