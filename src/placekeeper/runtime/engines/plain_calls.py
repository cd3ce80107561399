"""Calls of functions that a correction leaves as they are."""

from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.expressions import Expression, UnresolvedFunction


class PlainCall(UnresolvedFunction):
    """A call of a function that is written out by `plan`, the way of before the correction."""

    def __init__(self, name: str, args: list[Expression], plan: Callable[..., Any]) -> None:
        super().__init__(name, args)
        self._plan = plan

    def to_plan(self, session: Any) -> Any:
        """The call as a part of a plan."""
        return self._plan(self, session)
