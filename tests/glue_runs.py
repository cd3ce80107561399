"""Runs of one job in this process: what a script does with GlueContext and Job, on the tests' engine."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import placekeeper.runtime
from placekeeper.host.clock import SystemClock
from placekeeper.host.serving import serving
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.registry import FORMATS, Formats
from placekeeper.runtime.run import current
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.session import JobSession
from placekeeper.settings import Settings
from placekeeper.wiring.effects import effects_of
from placekeeper.wiring.state import open_state

SHIM = Path(placekeeper.runtime.__file__).parent / "shim"
ENABLE = {"JOB_NAME": "toy", "job_bookmark_option": "job-bookmark-enable"}

Begin = Callable[[], AbstractContextManager[tuple[JobSession, Any, Any]]]
"""Begins a run: its session, the GlueContext and the job of the script, which is initialised."""


@contextmanager
def glue_runs(
    engine: Engine,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    formats: Formats = FORMATS,
    s3: dict[str, str] | None = None,
) -> Iterator[Begin]:
    """Runs of one job with its state in `folder`; `s3` are the variables that name a server."""
    monkeypatch.syspath_prepend(str(SHIM))
    state = open_state(Settings(state=folder), {})

    @contextmanager
    def running() -> Iterator[tuple[JobSession, Any, Any]]:
        begun, token = state.control.run_starter.register(
            "toy", script_location="toy.py", arguments={}, launcher="test:1:1"
        )
        client = Client(url, token)
        staging = OutputStaging.of(s3 or {})
        context = RunContext(
            run_id=begun.id,
            options=RunOptions.of({}),
            client=client,
            objects=ObjectStores.of(s3 or {}),
            staging=staging,
            effects=effects_of(staging),
            ledger=SegmentFolder(state.folder.segments),
            clock=SystemClock(),
            engine=engine,
            checkpoint=lambda _name: None,
            formats=formats,
        )
        session = JobSession(context)
        current.activate(session)
        try:
            glue = importlib.import_module("awsglue.context").GlueContext(None)
            job = importlib.import_module("awsglue.job").Job(glue)
            job.init("toy", ENABLE)
            yield session, glue, job
        finally:
            current.deactivate()
        client.put_summary(session.summary(), None)

    with serving(state) as url:
        yield running
    state.close()
    for name in [name for name in sys.modules if name.partition(".")[0] == "awsglue"]:
        del sys.modules[name]
