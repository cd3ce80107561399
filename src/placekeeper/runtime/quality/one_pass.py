"""One pass over the rows: what rules ask for, and what comes of it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.outcomes import Outcome
from placekeeper.runtime.quality.ruleset import Check, Condition


@dataclass
class Pass:
    """The aggregates of one pass over the rows; each is computed once, however many rules ask for it."""

    data: Data
    _asked: dict[Hashable, Column] = field(default_factory=dict)
    _values: Mapping[Hashable, Any] | None = None

    def ask(self, key: Hashable, aggregate: Column) -> Callable[[], Any]:
        """Ask for an aggregate, which `key` stands for; the function gives its value after the pass."""
        self._asked.setdefault(key, aggregate)
        return lambda: self._result()[key]

    def _result(self) -> Mapping[Hashable, Any]:
        if self._values is None:
            named = [aggregate.alias(f"m{place}") for place, aggregate in enumerate(self._asked.values())]
            self._values = dict(zip(self._asked, self.data.rows.agg(*named).collect()[0], strict=True))
        return self._values


Judge = Callable[[], Outcome]
Measure = Callable[[Check, Pass], Judge]


def condition_of(check: Check) -> Condition:
    """What must hold. Raises UsageError for a rule without."""
    if check.condition is None:
        raise UsageError(f"the data quality rule {check.text} has no condition")
    return check.condition


def rows_of(check: Check, of: Pass) -> Callable[[], int]:
    """How many rows a rule is about."""
    return of.ask(("rows", check.where), F.count(F.when(of.data.chosen(check), F.lit(1))))


def value_of(check: Check, of: Pass, place: int) -> Column:
    """A column's values in the rows that the rule is about."""
    value = of.data.column(place)
    return value if check.where is None else F.when(of.data.chosen(check), value)


def places_of(check: Check, of: Pass) -> list[int]:
    """The positions of the columns that a rule names and that are there."""
    return [place for name in check.arguments if (place := of.data.place(name)) is not None]


def share_of(part: float, whole: float) -> float:
    """The share of rows; all of no rows."""
    return part / whole if whole else 1.0


def number_of(of: Pass, place: int, value: Column) -> Column:
    """A column's values as numbers; a text that is none is null."""
    is_text = isinstance(of.data.types[place], spark_types.StringType)
    return value.try_cast("double") if is_text else value
