"""The stages of a run that may have error records: the script's functions over records, and its sources."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from placekeeper.model.jobs import StageSummary
from placekeeper.rules.jobs.run_options import OnFailure
from placekeeper.runtime.frames.errors import CallSite, Errors, StageErrors
from placekeeper.runtime.frames.evaluation import evaluate
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Call, RecordFunction
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.pending_elements import PendingElements


class RecordFunctions:
    """Evaluates functions for one run, and knows its stages."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._calls: dict[str, int] = {}
        self._stages: list[StageSummary] = []

    @property
    def stages(self) -> Sequence[StageSummary]:
        """What was evaluated, in this order."""
        return tuple(self._stages)

    def tell(self, found: StageErrors | None) -> None:
        """A source has these malformed records; None without any."""
        if found is not None:
            self._stages.append(
                StageSummary(stage=found.stage, site=found.site.site, errors=found.count, sample=found.sample)
            )

    def call(self, kind: str, transformation_ctx: str, site: CallSite) -> Call:
        """The script's next call of a transform. Calls without a context are numbered."""
        number = self._calls[kind] = self._calls.get(kind, 0) + 1
        stage = f"{kind} {transformation_ctx or number}"
        fails = self._context.options.failed_function is OnFailure.FAIL
        return Call(stage, transformation_ctx or stage, site, fails=fails)

    def apply(
        self, frame: Frame, function: RecordFunction, call: Call, memory: PendingElements | None
    ) -> Frame:
        """The frame that a function makes of each record of another; `memory` is where its schema is kept."""
        if not frame.schema.names:
            return replace(frame, errors=Errors().after(frame.errors))
        known = None if memory is None or function.keeps_schema else memory

        def remembered() -> pa.Schema | None:
            return None if known is None else known.derived(call.name)

        done = evaluate(frame, function, call, self._context.engine.keep_made, remembered)
        if known is not None and done.found is not None:
            known.learn(call.name, done.found)
        own = done.frame.errors.own
        self._stages.append(
            StageSummary(
                stage=call.stage,
                site=call.site.site,
                errors=0 if own is None else own.count,
                dropped=done.dropped,
                sample=done.dropped_sample if own is None else own.sample,
            )
        )
        return done.frame
