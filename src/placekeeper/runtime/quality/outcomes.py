"""What a rule comes to."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from placekeeper.runtime.quality.conditions import holds
from placekeeper.runtime.quality.ruleset import Condition

PASSED = "Passed"
FAILED = "Failed"


class Outcome(Struct, frozen=True):
    """Whether a rule is met, why it is not, and the numbers that it was judged by."""

    is_met: bool
    reason: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """`Passed` or `Failed`."""
        return PASSED if self.is_met else FAILED


def missing(column: str) -> Outcome:
    """The outcome of a rule about a column that is not there."""
    return Outcome(False, f"Input data does not include column {column}!")


def judged(metric: str, value: float | None, condition: Condition) -> Outcome:
    """The outcome of a condition on a number; None is that of no rows."""
    if value is None:
        return Outcome(False, "There are no values to evaluate the rule on!")
    is_met = holds(condition, value)
    return Outcome(is_met, None if is_met else unmet(value), {metric: float(value)})


def unmet(value: object) -> str:
    """The reason of a rule that a value does not meet."""
    return f"Value: {value} does not meet the constraint requirement!"


def combined(operator: str, parts: Sequence[Outcome]) -> Outcome:
    """The outcome of rules that are connected."""
    is_met = (all if operator == "and" else any)(part.is_met for part in parts)
    reasons = [part.reason for part in parts if part.reason]
    metrics = {name: value for part in parts for name, value in part.metrics.items()}
    return Outcome(is_met, None if is_met else " ".join(dict.fromkeys(reasons)) or None, metrics)
