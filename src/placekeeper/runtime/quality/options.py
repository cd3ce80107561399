"""The options of an evaluation, and what it has to say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.wording import counted
from placekeeper.runtime.quality.evaluation import Evaluated
from placekeeper.runtime.quality.ruleset import Ruleset

CONTEXT: Final = "dataQualityEvaluationContext"
METRICS: Final = "enableDataQualityCloudWatchMetrics"
PREFIX: Final = "resultsS3Prefix"
METHOD: Final = "compositeRuleEvaluation.method"
FILTERED: Final = "rowLevelConfiguration.filteredRowLabel"
LABELS: Final = "rowLevelConfiguration.ruleWithLabels"
HINTS: Final = (
    "enableDataQualityResultsPublishing",
    "dataQualityResultsPublishing.strategy",
    "observations.scope",
    "performanceTuning.caching",
)
"""Options about AWS's own services and workers: what they ask for changes no result."""

PUBLISHING_OPTIONS: Final = (CONTEXT, METRICS, PREFIX, HINTS[0])
ADDITIONAL_OPTIONS: Final = (METHOD, FILTERED, LABELS, *HINTS[1:])


class QualityOptions(Struct, frozen=True):
    """What a script asks for.

    `name` is the evaluation's. With `by_row`, connected rules are judged row by row. With `skips_filtered`,
    a row that a rule's `where` leaves out is listed as skipped. `notes` say what has no effect.
    """

    name: str
    by_row: bool = False
    skips_filtered: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, publishing: Mapping[str, Any], additional: Mapping[str, Any]) -> "QualityOptions":
        """From the options that a script gives."""
        notes = []
        if _is_on(publishing.get(METRICS)):
            notes.append("data quality: no CloudWatch metrics are published; what fails is in this summary")
        if publishing.get(PREFIX):
            notes.append(
                f"data quality: {PREFIX} has no effect; write the frame ruleOutcomes to keep the results"
            )
        if _is_on(additional.get(LABELS)):
            notes.append(f"data quality: {LABELS} has no effect; labels are not kept")
        for given, known in ((publishing, PUBLISHING_OPTIONS), (additional, ADDITIONAL_OPTIONS)):
            notes += [
                f"data quality: the unknown option '{name}' has no effect"
                for name in given
                if name not in known
            ]
        return cls(
            name=str(publishing.get(CONTEXT) or "default_context"),
            by_row=str(additional.get(METHOD, "")).upper() == "ROW",
            skips_filtered=str(additional.get(FILTERED, "")).upper() == "SKIPPED",
            notes=tuple(notes),
        )

    def said(self, ruleset: Ruleset, evaluated: Sequence[Evaluated]) -> list[str]:
        """What to say of an evaluation: the rules that failed, and what of the ruleset has no effect."""
        said = []
        failed = [one for one in evaluated if not one.outcome.is_met]
        if failed:
            listed = "; ".join(f"{one.rule.text} ({one.outcome.reason})" for one in failed)
            rules = f"{len(failed)} of {counted(len(evaluated), 'rule')}"
            said.append(f"data quality {self.name}: {rules} failed: {listed}")
        if ruleset.analyzers:
            said.append(
                f"data quality {self.name}: analyzers have no effect ({', '.join(ruleset.analyzers)})"
            )
        if ruleset.has_labels:
            said.append(f"data quality {self.name}: labels of rules are not kept")
        return said


def _is_on(value: object) -> bool:
    return str(value).lower() in ("true", "enabled")
