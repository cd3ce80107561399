"""A ruleset evaluated on rows: outcomes of the rules, in as few passes as they need."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.measures import measure
from placekeeper.runtime.quality.one_pass import Judge, Pass
from placekeeper.runtime.quality.outcomes import Outcome, combined, unmet
from placekeeper.runtime.quality.row_outcomes import ADDED, judges_rows, row_outcomes
from placekeeper.runtime.quality.ruleset import Check, Rule, Ruleset, checks_of

_COLUMNS: Final = (
    "Rule string, Outcome string, FailureReason string, EvaluatedMetrics map<string,double>, "
    "EvaluatedRule string"
)


class Evaluated(Struct, frozen=True):
    """A rule and its outcome."""

    rule: Rule
    outcome: Outcome


def evaluate(ruleset: Ruleset, data: Data, *, by_row: bool = False) -> tuple[Evaluated, ...]:
    """The outcome of each rule, in the order of the ruleset.

    All aggregates are one pass over the rows. There is none for rules that look at columns alone. With
    `by_row` connected rules are judged row by row, where all of them say something about a row.
    Raises UsageError for a statement or a condition that is no SQL.
    """
    one_pass = Pass(data)
    judges = [_judge(rule, one_pass, by_row=by_row) for rule in ruleset.rules]
    return tuple(Evaluated(rule, judge()) for rule, judge in zip(ruleset.rules, judges, strict=True))


def _judge(rule: Rule, of: Pass, *, by_row: bool) -> Judge:
    if isinstance(rule, Check):
        return measure(rule, of)
    checks = checks_of(rule)
    if by_row and all(judges_rows(check) and check.threshold is None for check in checks):
        return lambda: _by_row(rule, of.data)
    parts = [_judge(part, of, by_row=by_row) for part in rule.parts]
    return lambda: combined(rule.operator, [part() for part in parts])


def _by_row(rule: Rule, data: Data) -> Outcome:
    """The outcome of connected rules that each row has to fulfil as a whole."""
    failing = row_outcomes(data, [rule]).where(F.col(ADDED[-1]) == "Failed").count()
    return Outcome(not failing, unmet(f"{failing} rows") if failing else None)


def outcomes_frame(spark: SparkSession, evaluated: Sequence[Evaluated]) -> DataFrame:
    """A row for each rule: Rule, Outcome, FailureReason, EvaluatedMetrics and EvaluatedRule."""
    rows = [
        (one.rule.text, one.outcome.word, one.outcome.reason, dict(one.outcome.metrics), one.rule.text)
        for one in evaluated
    ]
    return spark.createDataFrame(rows, _COLUMNS)
