"""What each row comes to: the rules that it passes and fails, and those that say nothing about a row."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.outcomes import FAILED, PASSED
from placekeeper.runtime.quality.ruleset import Check, Rule, checks_of
from placekeeper.runtime.quality.value_rules import row_condition

ADDED: Final = (
    "DataQualityRulesPass",
    "DataQualityRulesFail",
    "DataQualityRulesSkip",
    "DataQualityEvaluationResult",
)
"""The columns that come after those of the data."""

_UNIQUE: Final = frozenset({"IsUnique", "IsPrimaryKey", "Uniqueness", "UniqueValueRatio"})
_COMPLETE: Final = frozenset({"IsComplete", "Completeness"})
_EACH_ROW: Final = frozenset({"ColumnValues", "ColumnLength", "DataFreshness"})


def judges_rows(check: Check) -> bool:
    """Whether a rule says something about single rows."""
    if check.name == "CustomSql":
        return check.condition is None
    return check.name in _UNIQUE | _COMPLETE | _EACH_ROW


def row_outcomes(data: Data, rules: Sequence[Rule], *, skips_filtered: bool = False) -> DataFrame:
    """The rows under their names, with the columns ADDED.

    A row that a rule's `where` leaves out passes it; with `skips_filtered` it is listed as skipped.
    """
    marked = _marked_by_sql(data, [check for rule in rules for check in checks_of(rule)])
    data = marked.data
    texts = [(rule.text, _condition(rule, marked)) for rule in rules]
    passing, failing, skipped = [], [], []
    for (text, met), rule in zip(texts, rules, strict=True):
        if met is None:
            skipped.append(F.lit(text))
            continue
        left_out = ~data.chosen(rule) if skips_filtered and isinstance(rule, Check) else F.lit(False)
        passing.append(F.when(met & ~left_out, F.lit(text)))
        failing.append(F.when(~met & ~left_out, F.lit(text)))
        if skips_filtered:
            skipped.append(F.when(left_out, F.lit(text)))
    fails = reduce(lambda a, b: a | b, [column.isNotNull() for column in failing], F.lit(False))
    rows = data.rows.select(
        *(f"c{place}" for place in range(len(data.names))),
        *(_texts(columns) for columns in (passing, failing, skipped)),
        F.when(fails, FAILED).otherwise(PASSED),
    )
    return rows.toDF(*data.names, *ADDED)


def _texts(columns: list[Column]) -> Column:
    """The texts that are there, as an array."""
    if not columns:
        return F.array().cast("array<string>")
    return F.filter(F.array(*columns), lambda text: text.isNotNull())


class _Marked(Struct, frozen=True):
    """Rows that are marked by statements of SQL: `marks` are their columns, by the rule's text."""

    data: Data
    marks: dict[str, str]


def _condition(rule: Rule, marked: _Marked) -> Column | None:
    """Whether a row passes a rule; None for a rule that says nothing about single rows."""
    if not isinstance(rule, Check):
        parts = [_condition(part, marked) for part in rule.parts]
        there = [part for part in parts if part is not None]
        if len(there) < len(parts):
            return None
        return reduce(lambda a, b: a & b if rule.operator == "and" else a | b, there)
    if not judges_rows(rule):
        return None
    return _met(rule, marked) | ~marked.data.chosen(rule)


def _met(check: Check, marked: _Marked) -> Column:
    data = marked.data
    if check.name == "CustomSql":
        return F.coalesce(F.col(marked.marks[check.text]), F.lit(False))
    if check.name in _EACH_ROW:
        return row_condition(check, data)
    places = [place for name in check.arguments if (place := data.place(name)) is not None]
    if len(places) < len(check.arguments):
        return F.lit(False)
    there = reduce(lambda a, b: a & b, [data.column(place).isNotNull() for place in places])
    if check.name in _COMPLETE:
        return there
    columns = [f"c{place}" for place in places]
    chosen = data.chosen(check)
    once = F.count(F.when(chosen, F.lit(1))).over(Window.partitionBy(*columns)) == 1
    key = data.key(places)
    return once & there if check.name == "IsPrimaryKey" else once | key.isNull()


def _marked_by_sql(data: Data, checks: Sequence[Check]) -> _Marked:
    rows, marks = data.rows, dict[str, str]()
    for check in checks:
        if check.name != "CustomSql" or check.condition is not None or check.text in marks:
            continue
        mark = marks.setdefault(check.text, f"s{len(marks)}")
        rows = _joined(data, rows, check, mark)
    return _Marked(replace(data, rows=rows), marks)


def _joined(data: Data, rows: DataFrame, check: Check, mark: str) -> DataFrame:
    """The rows with a column that is true where the statement of a rule gives them. Raises UsageError."""
    found = data.query(check)
    places = {name: data.place(name) for name in found.columns}
    if not places or any(place is None for place in places.values()):
        raise UsageError(
            "The output from CustomSQL must contain at least one column that matches the input dataset, and "
            f"no other: {check.text} gives {', '.join(found.columns) or 'no column'}"
        )
    keys = found.distinct().toDF(*(f"{mark}_{place}" for place in places.values()))
    keys = keys.withColumn(mark, F.lit(True))
    same = [F.col(f"c{place}").eqNullSafe(F.col(f"{mark}_{place}")) for place in places.values()]
    joined = rows.join(keys, reduce(lambda a, b: a & b, same), "left")
    return joined.select(*rows.columns, mark)
