"""The rules on each value of a column: ColumnValues, ColumnLength, ColumnDataType and DataFreshness."""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.runtime.quality.column_types import has_type
from placekeeper.runtime.quality.conditions import as_time, fulfils, holds
from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.one_pass import (
    Judge,
    Pass,
    condition_of,
    places_of,
    rows_of,
    share_of,
    value_of,
)
from placekeeper.runtime.quality.outcomes import Outcome, unmet
from placekeeper.runtime.quality.ruleset import Check


def each_row(check: Check, of: Pass) -> Judge:
    """Rules on each value: all of the rows must fulfil them, or such a share as the threshold says."""
    met = row_condition(check, of.data)
    rows = rows_of(check, of)
    passing = of.ask(("passing", check), F.count(F.when(of.data.chosen(check) & met, F.lit(1))))
    bounds = {name: of.ask((name, check.where), aggregate) for name, aggregate in _bounds(check, of).items()}
    failing = F.when(of.data.chosen(check) & ~met, _shown(check, of))
    least = of.ask(("failing", check), F.min(failing))

    def judge() -> Outcome:
        share = share_of(passing(), rows())
        metrics = {name: float(value()) for name, value in bounds.items() if value() is not None}
        metrics[f"Column.{check.arguments[0]}.{check.name}.Compliance"] = share
        if check.threshold is not None:
            is_met = holds(check.threshold, share)
            return Outcome(is_met, None if is_met else unmet(share), metrics)
        return Outcome(share == 1.0, None if share == 1.0 else unmet(least()), metrics)

    return judge


def _shown(check: Check, of: Pass) -> Column:
    """What a reason names: the value, or its length."""
    value = of.data.column(places_of(check, of)[0])
    if check.name == "ColumnLength":
        return F.coalesce(F.length(value.cast("string")), F.lit(0))
    return F.coalesce(value.cast("string"), F.lit("NULL"))


def _bounds(check: Check, of: Pass) -> dict[str, Column]:
    place, name = places_of(check, of)[0], check.arguments[0]
    value = value_of(check, of, place)
    if check.name == "ColumnLength":
        value = F.length(value.cast("string"))
        return {f"Column.{name}.MinimumLength": F.min(value), f"Column.{name}.MaximumLength": F.max(value)}
    if check.name == "ColumnValues" and isinstance(of.data.types[place], spark_types.NumericType):
        return {f"Column.{name}.Minimum": F.min(value), f"Column.{name}.Maximum": F.max(value)}
    return {}


def row_condition(check: Check, data: Data) -> Column:
    """Whether the value of a row fulfils a rule on each value; never null."""
    place = data.place(check.arguments[0])
    if place is None:
        return F.lit(False)
    column, data_type = data.column(place), data.types[place]
    if check.name == "ColumnDataType":
        return has_type(column, condition_of(check))
    if check.name == "DataFreshness":
        seconds = F.lit(data.now_ms / 1000) - as_time(column, data_type).cast("double")
        column, data_type = seconds, spark_types.DoubleType()
    if check.name == "ColumnLength":
        column = F.coalesce(F.length(column.cast("string")), F.lit(0))
        data_type = spark_types.IntegerType()
    return fulfils(condition_of(check), column, data_type, data.now_ms)
