"""What stand-ins for a run's session need so that functions of a script can be applied to records."""

from types import SimpleNamespace
from typing import Any

from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.run.record_functions import RecordFunctions


class AppliesFunctions:
    """Applies functions without a bookmark; `applied_by` names the engine."""

    def applied_by(self, engine: Any, options: RunOptions | None = None) -> None:
        self.functions = RecordFunctions(SimpleNamespace(engine=engine, options=options or RunOptions()))

    def call(self, kind: str, transformation_ctx: str, site: Any) -> Any:
        return self.functions.call(kind, transformation_ctx, site)

    def apply(self, frame: Any, function: Any, call: Any) -> Any:
        return self.functions.apply(frame, function, call, None)
