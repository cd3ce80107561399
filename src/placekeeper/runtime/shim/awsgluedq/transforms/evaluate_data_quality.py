"""EvaluateDataQuality: a ruleset in DQDL against a frame."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.transforms.transform import GlueTransform

from placekeeper.runtime.quality.data import Data
from placekeeper.runtime.quality.dqdl import parse_ruleset
from placekeeper.runtime.quality.evaluation import Evaluated, evaluate, outcomes_frame
from placekeeper.runtime.quality.options import QualityOptions
from placekeeper.runtime.quality.row_outcomes import row_outcomes
from placekeeper.runtime.quality.ruleset import Ruleset
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext


class EvaluateDataQuality(GlueTransform):
    """The outcomes of a ruleset; what fails is also said in the summary of the run."""

    def __call__(
        self, frame: DynamicFrame, ruleset: str, publishing_options: Mapping[str, Any] = {}
    ) -> DynamicFrame:
        """A frame with a row for each rule: Rule, Outcome, FailureReason, EvaluatedMetrics."""
        options = QualityOptions.of(publishing_options, {})
        _, _, evaluated = _evaluate(frame, ruleset, options)
        outcomes = outcomes_frame(current.session().spark, evaluated)
        return DynamicFrame.fromDF(outcomes.drop("EvaluatedRule"), frame.glue_ctx, frame.name)

    def process_rows(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, Any] = {},
        additional_options: Mapping[str, Any] = {},
        additional_data_sources: Mapping[str, DynamicFrame] = {},
    ) -> DynamicFrameCollection:
        """Frames by name: originalData, ruleOutcomes (a row for each rule), rowLevelOutcomes (each row).

        Statements of CustomSql know each of `additional_data_sources` by its name.
        """
        options = QualityOptions.of(publishing_options, additional_options)
        for name, source in additional_data_sources.items():
            source.toDF().createOrReplaceTempView(name)
        rules, data, evaluated = _evaluate(frame, ruleset, options)
        context: GlueContext = frame.glue_ctx
        outcomes = outcomes_frame(current.session().spark, evaluated)
        rows = row_outcomes(data, rules.rules, skips_filtered=options.skips_filtered)
        frames = {
            "originalData": frame,
            "ruleOutcomes": DynamicFrame.fromDF(outcomes, context, "ruleOutcomes"),
            "rowLevelOutcomes": DynamicFrame.fromDF(rows, context, "rowLevelOutcomes"),
        }
        return DynamicFrameCollection(frames, context)


def _evaluate(
    frame: DynamicFrame, text: str, options: QualityOptions
) -> tuple[Ruleset, Data, tuple[Evaluated, ...]]:
    session = current.session()
    if not isinstance(frame, DynamicFrame):
        raise TypeError(f"EvaluateDataQuality takes a DynamicFrame, not {type(frame).__name__}")
    ruleset = parse_ruleset(text)
    data = Data.of(frame.toDF(), ruleset.rules, session.now_ms())
    evaluated = evaluate(ruleset, data, by_row=options.by_row)
    for sentence in (*options.notes, *options.said(ruleset, evaluated)):
        session.note(sentence)
    return ruleset, data, evaluated
