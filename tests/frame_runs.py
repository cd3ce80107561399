"""A run, as far as `df.write` and `spark.read` come to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from pyspark.sql import DataFrame

from placekeeper.host.clock import SystemClock
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.success import SuccessMarks
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.frame_reads import FrameReads
from placekeeper.runtime.run.frame_session import FrameSession
from placekeeper.runtime.run.frame_writes import FrameWrites
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.unremembered import NobodyAnswers, no_tables
from placekeeper.wiring.effects import effects_of

Write = Callable[[DataFrame, str], None]


class Run(FrameSession):
    """A run, as far as df.write and spark.read come to it."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        visibility: Visibility = Visibility.COMMIT,
        objects: ObjectStores | None = None,
    ) -> None:
        staging = OutputStaging()
        nobody = SimpleNamespace()
        self.context = RunContext(
            run_id="jr_" + "0123456789abcdef" * 4,
            options=RunOptions(output_visibility=visibility),
            client=NobodyAnswers(no_tables),
            objects=objects or ObjectStores(),
            staging=staging,
            effects=effects_of(staging, *[nobody] * 5, ObjectRemoval(), nobody, SuccessMarks()),  # type: ignore[arg-type]
            ledger=nobody,  # type: ignore[arg-type]
            clock=SystemClock(),
            engine=engine,
            checkpoint=lambda _name: None,
            folder=folder,
        )
        self.output = Output.of(self.context)
        self._frame_writes = FrameWrites(self.context, self.output)
        self._frame_reads = FrameReads(self.context, self.output)

    def publish(self) -> None:
        self.output.publish(self.context.note)
        self.output.begin_next()

    def write(self, dataframe: DataFrame, write: Write, path: Path) -> None:
        with passed_on(self.context.engine, self):
            write(dataframe, str(path))


@contextmanager
def passed_on(engine: Engine, run: Run) -> Iterator[None]:
    """Writes and reads come to the run, and to the engine itself again afterwards."""
    patches, before = Patches(), engine._patches  # type: ignore[attr-defined]
    engine._patches = patches  # type: ignore[attr-defined]
    try:
        engine.pass_on(run)
        yield
    finally:
        patches.undo()
        engine._patches = before  # type: ignore[attr-defined]
