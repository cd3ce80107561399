"""What the fixtures of one pytest share: an engine, and a job process that waits for its script."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from placekeeper.host.run_script import script_runner
from placekeeper.host.spare_process import SpareProcess
from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import MissingExtra, UsageError
from placekeeper.runtime.process.installing import line_of
from placekeeper.settings import Settings
from placekeeper.testing.jobs import GlueJob
from placekeeper.testing.state import GlueState
from placekeeper.wiring.state import open_state

try:
    from awsglue.context import GlueContext

    from placekeeper.runtime.run import current
    from placekeeper.wiring.local import LocalEngine
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.startswith("placekeeper"):
        raise
    raise UsageError(line_of(MissingExtra("a test of a Glue script", "sail"))) from None


class Kit:
    """One engine and at most one waiting process. `script` is where the frames of test code are named."""

    def __init__(self, script: str) -> None:
        self._local = LocalEngine(script=script)
        self._spare = SpareProcess()

    def start(self) -> None:
        """Start the engine, once."""
        _ = self._local.engine

    def stop(self) -> None:
        """Stop what was started."""
        current.deactivate()
        self._local.stop()
        self._spare.drop()

    @contextmanager
    def context(self, note: Callable[[str], None], state: "Callable[[], GlueState]") -> Iterator[GlueContext]:
        """A GlueContext of a session of its own; what a test sets on Spark is put back."""
        spark: Any = self._local.engine.session
        before = dict(spark.conf.getAll)

        def table(ref: TableRef) -> TableSnapshot:
            return state().table(ref)

        current.activate(self._local.session(note=note, tables=table))
        try:
            yield GlueContext(spark)
        finally:
            current.deactivate()
            for view in spark.catalog.listTables():
                if view.isTemporary:
                    spark.catalog.dropTempView(view.name)
            _put_back(spark.conf, before)

    @contextmanager
    def state(self, folder: Path) -> Iterator[GlueState]:
        """A new state in a folder, and a server of it."""
        settings = Settings(state=folder)
        with (
            closing(open_state(settings, os.environ)) as opened,
            script_runner(opened, os.environ, Path.cwd()) as runner,
        ):
            yield GlueState(opened.control, runner)

    def job(self, state: GlueState, folders: Sequence[Path]) -> GlueJob:
        """Runs scripts on a state; a relative path of one starts in the first of the folders that has it."""
        return GlueJob(state, tuple(dict.fromkeys(folders)), self._frames, self._spare)

    def _frames(self, uri: str, format: str, options: dict[str, Any]) -> list[dict[str, Any]]:
        """The records of files, by the same reader as the scripts'."""
        with current.instead(self._local.session_beside(note=lambda _note: None)):
            glue = GlueContext(self._local.engine.session)
            read = glue.create_dynamic_frame.from_options(
                "s3", {"paths": [uri], "recurse": True}, format, options
            )
            return [row.asDict(recursive=True) for row in read.toDF().collect()]


def kit(script: str) -> Kit:
    """The kit of a pytest."""
    return Kit(script)


def _put_back(conf: Any, before: dict[str, str]) -> None:
    for key, value in dict(conf.getAll).items():
        if key not in before:
            conf.unset(key)
        elif before[key] != value:
            conf.set(key, before[key])
