"""The rules on whole columns: what each counts, and how the counts judge it.

Each rule asks for aggregates first. All of them together are one pass over the rows. Then the rule looks at
the numbers.
"""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.conditions import holds
from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.one_pass import (
    Judge,
    Measure,
    Pass,
    condition_of,
    number_of,
    places_of,
    rows_of,
    share_of,
    value_of,
)
from placekeeper.runtime.quality.outcomes import Outcome, judged, missing, unmet
from placekeeper.runtime.quality.ruleset import Check, Condition
from placekeeper.runtime.quality.value_rules import each_row

_DECIMALS: Final = 12


def measure(check: Check, of: Pass) -> Judge:
    """What judges a rule after the pass, for which it asks for what it needs now."""
    if check.name in ("RowCount", "CustomSql", "ColumnExists", "ColumnNamesMatchPattern"):
        return _MEASURES[check.name](check, of)
    for name in check.arguments:
        if of.data.place(name) is None:
            outcome = missing(name)
            return lambda: outcome
    return _MEASURES[check.name](check, of)


def _column_count(check: Check, of: Pass) -> Judge:
    count = len(of.data.names)
    return lambda: judged("Dataset.*.ColumnCount", count, condition_of(check))


def _column_exists(check: Check, of: Pass) -> Judge:
    name = check.arguments[0]
    is_there = of.data.place(name) is not None
    return lambda: Outcome(True) if is_there else missing(name)


def _column_names(check: Check, of: Pass) -> Judge:
    """The names of all columns match a pattern in a part of theirs."""
    try:
        pattern = re.compile(check.arguments[0])
    except re.error as error:
        raise UsageError(f"the data quality rule {check.text} has no valid pattern: {error}") from error
    others = [name for name in of.data.names if not pattern.search(name)]
    share = share_of(len(of.data.names) - len(others), len(of.data.names))
    reason = f"These columns do not match the pattern: {', '.join(others)}" if others else None
    return lambda: Outcome(not others, reason, {"Dataset.*.ColumnNamesPatternMatchRatio": share})


def _correlation(check: Check, of: Pass) -> Judge:
    """Pearson's coefficient of the rows in which both values are there. Last digits are rounded away."""
    first, second = (number_of(of, place, value_of(check, of, place)) for place in places_of(check, of))
    both = first.isNotNull() & second.isNotNull()
    columns = ",".join(check.arguments)
    found = of.ask(("correlation", columns, check.where), F.corr(F.when(both, first), F.when(both, second)))

    def judge() -> Outcome:
        value = found()
        is_there = value is not None and not math.isnan(value)
        rounded = round(value, _DECIMALS) if is_there else None
        return judged(f"Multicolumn.{columns}.ColumnCorrelation", rounded, condition_of(check))

    return judge


def _row_count(check: Check, of: Pass) -> Judge:
    rows = rows_of(check, of)
    return lambda: judged("Dataset.*.RowCount", rows(), condition_of(check))


def _completeness(check: Check, of: Pass) -> Judge:
    name, rows, place = check.arguments[0], rows_of(check, of), places_of(check, of)[0]
    there = of.ask(("there", place, check.where), F.count(value_of(check, of, place)))
    wanted = check.condition or Condition("=", ("1",))
    return lambda: judged(f"Column.{name}.Completeness", share_of(there(), rows()), wanted)


def _uniqueness(check: Check, of: Pass) -> Judge:
    """Rules on values that occur once. Where some occur twice, another pass counts them."""
    places = places_of(check, of)
    key = of.data.key(places)
    key = key if check.where is None else F.when(of.data.chosen(check), key)
    about_keys, rows = (tuple(places), check.where), rows_of(check, of)
    there = of.ask(("keys", *about_keys), F.count(key))
    distinct = of.ask(("distinct keys", *about_keys), F.count_distinct(key))
    columns = ",".join(check.arguments)
    about = f"Column.{columns}" if len(places) == 1 else f"Multicolumn.{columns}"

    def judge() -> Outcome:
        if check.name == "DistinctValuesCount":
            return judged(f"{about}.DistinctValuesCount", distinct(), condition_of(check))
        once = distinct() if there() == distinct() else _occurring_once(of.data, key)
        if check.name == "UniqueValueRatio":
            return judged(f"{about}.UniqueValueRatio", share_of(once, distinct()), condition_of(check))
        unique = judged(
            f"{about}.Uniqueness", share_of(once, there()), check.condition or Condition("=", ("1",))
        )
        if check.name != "IsPrimaryKey":
            return unique
        complete = share_of(whole(), rows())
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
    place = places_of(check, of)[0]
    value = number_of(of, place, value_of(check, of, place))
    number = of.ask((check.name, place, check.where), function(value))
    return lambda: judged(f"Column.{check.arguments[0]}.{check.name}", number(), condition_of(check))


def _custom_sql(check: Check, of: Pass) -> Judge:
    if check.condition is None:
        return _rows_of_sql(check, of)

    def judge() -> Outcome:
        found = of.data.query(check).limit(1).collect()
        value = found[0][0] if found else None
        if value is not None and not isinstance(value, str | bool):
            return judged("Dataset.*.CustomSQL", float(value), condition_of(check))
        return Outcome(False, f"The statement gives {value!r}, and the rule needs a number!")

    return judge


def _rows_of_sql(check: Check, of: Pass) -> Judge:
    """A statement that gives the rows which pass: the share of those, of all rows."""
    rows = rows_of(check, of)

    def judge() -> Outcome:
        share = share_of(of.data.query(check).count(), rows())
        is_met = share == 1.0 if check.threshold is None else holds(check.threshold, share)
        return Outcome(is_met, None if is_met else unmet(share), {"Dataset.*.CustomSQL.Compliance": share})

    return judge


_MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "ColumnCorrelation": _correlation,
        "ColumnCount": _column_count,
        "ColumnDataType": each_row,
        "ColumnExists": _column_exists,
        "ColumnLength": each_row,
        "ColumnNamesMatchPattern": _column_names,
        "ColumnValues": each_row,
        "Completeness": _completeness,
        "CustomSql": _custom_sql,
        "DataFreshness": each_row,
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
