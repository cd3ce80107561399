"""The rules on whole columns: what each counts, and how the counts judge it.

Each rule asks for aggregates first. All of them together are one pass over the rows. Then the rule looks at
the numbers.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.conditions import fulfils, holds
from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.outcomes import Outcome, judged, missing, unmet
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


def measure(check: Check, of: Pass) -> Judge:
    """What judges a rule after the pass, for which it asks for what it needs now."""
    if check.name in ("RowCount", "CustomSql", "ColumnExists"):
        return _MEASURES[check.name](check, of)
    for name in check.arguments:
        if of.data.place(name) is None:
            outcome = missing(name)
            return lambda: outcome
    return _MEASURES[check.name](check, of)


def _condition(check: Check) -> Condition:
    if check.condition is None:
        raise UsageError(f"the data quality rule {check.text} has no condition")
    return check.condition


def _rows(check: Check, of: Pass) -> Callable[[], int]:
    return of.ask(("rows", check.where), F.count(F.when(of.data.chosen(check), F.lit(1))))


def _value(check: Check, of: Pass, place: int) -> Column:
    """A column's values in the rows that the rule is about."""
    value = of.data.column(place)
    return value if check.where is None else F.when(of.data.chosen(check), value)


def _places(check: Check, of: Pass) -> list[int]:
    return [place for name in check.arguments if (place := of.data.place(name)) is not None]


def _column_count(check: Check, of: Pass) -> Judge:
    count = len(of.data.names)
    return lambda: judged("Dataset.*.ColumnCount", count, _condition(check))


def _column_exists(check: Check, of: Pass) -> Judge:
    name = check.arguments[0]
    is_there = of.data.place(name) is not None
    return lambda: Outcome(True) if is_there else missing(name)


def _row_count(check: Check, of: Pass) -> Judge:
    rows = _rows(check, of)
    return lambda: judged("Dataset.*.RowCount", rows(), _condition(check))


def _share(part: float, whole: float) -> float:
    """The share of rows; all of no rows."""
    return part / whole if whole else 1.0


def _completeness(check: Check, of: Pass) -> Judge:
    name, rows, place = check.arguments[0], _rows(check, of), _places(check, of)[0]
    there = of.ask(("there", place, check.where), F.count(_value(check, of, place)))
    wanted = check.condition or Condition("=", ("1",))
    return lambda: judged(f"Column.{name}.Completeness", _share(there(), rows()), wanted)


def _uniqueness(check: Check, of: Pass) -> Judge:
    """Rules on values that occur once. Where some occur twice, another pass counts them."""
    places = _places(check, of)
    key = of.data.key(places)
    key = key if check.where is None else F.when(of.data.chosen(check), key)
    about_keys, rows = (tuple(places), check.where), _rows(check, of)
    there = of.ask(("keys", *about_keys), F.count(key))
    distinct = of.ask(("distinct keys", *about_keys), F.count_distinct(key))
    columns = ",".join(check.arguments)
    about = f"Column.{columns}" if len(places) == 1 else f"Multicolumn.{columns}"

    def judge() -> Outcome:
        if check.name == "DistinctValuesCount":
            return judged(f"{about}.DistinctValuesCount", distinct(), _condition(check))
        once = distinct() if there() == distinct() else _occurring_once(of.data, key)
        if check.name == "UniqueValueRatio":
            return judged(f"{about}.UniqueValueRatio", _share(once, distinct()), _condition(check))
        unique = judged(
            f"{about}.Uniqueness", _share(once, there()), check.condition or Condition("=", ("1",))
        )
        if check.name != "IsPrimaryKey":
            return unique
        complete = _share(whole(), rows())
        is_met = unique.is_met and complete == 1.0
        metrics = {**unique.metrics, f"{about}.Completeness": complete}
        return Outcome(is_met, None if is_met else unique.reason or unmet(complete), metrics)

    is_whole = F.when(_all_there(of.data, places) & of.data.chosen(check), F.lit(1))
    whole = of.ask(("whole keys", *about_keys), F.count(is_whole))
    return judge


def _all_there(data: Data, places: list[int]) -> Column:
    there = F.lit(True)
    for place in places:
        there = there & data.column(place).isNotNull()
    return there


def _occurring_once(data: Data, key: Column) -> int:
    keys = data.rows.select(key.alias("k")).where("k IS NOT NULL").groupBy("k").count()
    return keys.where("count = 1").count()


def _statistic(check: Check, of: Pass) -> Judge:
    function = {"Mean": F.mean, "Sum": F.sum, "StandardDeviation": F.stddev_pop}[check.name]
    place = _places(check, of)[0]
    value = _value(check, of, place)
    if isinstance(of.data.types[place], spark_types.StringType):
        value = value.try_cast("double")
    number = of.ask((check.name, place, check.where), function(value))
    return lambda: judged(f"Column.{check.arguments[0]}.{check.name}", number(), _condition(check))


def _each_row(check: Check, of: Pass) -> Judge:
    """Rules on each value: all of the rows must fulfil them, or such a share as the threshold says."""
    met = row_condition(check, of.data)
    rows = _rows(check, of)
    passing = of.ask(("passing", check), F.count(F.when(of.data.chosen(check) & met, F.lit(1))))
    bounds = {name: of.ask((name, check.where), aggregate) for name, aggregate in _bounds(check, of).items()}
    failing = F.when(of.data.chosen(check) & ~met, _shown(check, of))
    least = of.ask(("failing", check), F.min(failing))

    def judge() -> Outcome:
        share = _share(passing(), rows())
        metrics = {name: float(value()) for name, value in bounds.items() if value() is not None}
        metrics[f"Column.{check.arguments[0]}.{check.name}.Compliance"] = share
        if check.threshold is not None:
            is_met = holds(check.threshold, share)
            return Outcome(is_met, None if is_met else unmet(share), metrics)
        return Outcome(share == 1.0, None if share == 1.0 else unmet(least()), metrics)

    return judge


def _shown(check: Check, of: Pass) -> Column:
    """What a reason names: the value, or its length."""
    value = of.data.column(_places(check, of)[0])
    if check.name == "ColumnLength":
        return F.coalesce(F.length(value.cast("string")), F.lit(0))
    return F.coalesce(value.cast("string"), F.lit("NULL"))


def _bounds(check: Check, of: Pass) -> dict[str, Column]:
    place, name = _places(check, of)[0], check.arguments[0]
    value = _value(check, of, place)
    if check.name == "ColumnLength":
        value = F.length(value.cast("string"))
        return {f"Column.{name}.MinimumLength": F.min(value), f"Column.{name}.MaximumLength": F.max(value)}
    if isinstance(of.data.types[place], spark_types.NumericType):
        return {f"Column.{name}.Minimum": F.min(value), f"Column.{name}.Maximum": F.max(value)}
    return {}


def row_condition(check: Check, data: Data) -> Column:
    """Whether the value of a row fulfils ColumnValues or ColumnLength; never null."""
    place = data.place(check.arguments[0])
    if place is None:
        return F.lit(False)
    column, data_type = data.column(place), data.types[place]
    if check.name == "ColumnLength":
        column = F.coalesce(F.length(column.cast("string")), F.lit(0))
        data_type = spark_types.IntegerType()
    return fulfils(_condition(check), column, data_type, data.now_ms)


def _custom_sql(check: Check, of: Pass) -> Judge:
    if check.condition is None:
        return _rows_of_sql(check, of)

    def judge() -> Outcome:
        found = of.data.query(check).limit(1).collect()
        value = found[0][0] if found else None
        if value is not None and not isinstance(value, str | bool):
            return judged("Dataset.*.CustomSQL", float(value), _condition(check))
        return Outcome(False, f"The statement gives {value!r}, and the rule needs a number!")

    return judge


def _rows_of_sql(check: Check, of: Pass) -> Judge:
    """A statement that gives the rows which pass: the share of those, of all rows."""
    rows = _rows(check, of)

    def judge() -> Outcome:
        share = _share(of.data.query(check).count(), rows())
        is_met = share == 1.0 if check.threshold is None else holds(check.threshold, share)
        return Outcome(is_met, None if is_met else unmet(share), {"Dataset.*.CustomSQL.Compliance": share})

    return judge


_MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "ColumnCount": _column_count,
        "ColumnExists": _column_exists,
        "ColumnLength": _each_row,
        "ColumnValues": _each_row,
        "Completeness": _completeness,
        "CustomSql": _custom_sql,
        "DistinctValuesCount": _uniqueness,
        "IsComplete": _completeness,
        "IsPrimaryKey": _uniqueness,
        "IsUnique": _uniqueness,
        "Mean": _statistic,
        "RowCount": _row_count,
        "StandardDeviation": _statistic,
        "Sum": _statistic,
        "UniqueValueRatio": _uniqueness,
        "Uniqueness": _uniqueness,
    }
)
