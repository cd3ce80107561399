"""Runs of scripts in this process: a state, its server on loopback, and what a job process has of it."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import placekeeper.runtime
from placekeeper.databases.effects import RowsPublisher, login_of
from placekeeper.host.clock import SystemClock
from placekeeper.host.joining import serving_or_joined
from placekeeper.host.state_folder import StateFolder
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.success import SuccessMarks
from placekeeper.objects.transitions import ObjectTransitions
from placekeeper.ports.clock import Clock
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.registry import FORMATS, Formats
from placekeeper.runtime.run import current
from placekeeper.runtime.run.catalog_effects import (
    PartitionDropper,
    PartitionPublisher,
    SnapshotPublisher,
    TablePublisher,
)
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.session import JobSession
from placekeeper.settings import Settings
from placekeeper.wiring.effects import effects_of
from placekeeper.wiring.state import State, open_state
from sqlite_state import migrated_sqlite

SYSTEM_CLOCK = SystemClock()
SHIM = Path(placekeeper.runtime.__file__).parent / "shim"

Scripts = Callable[..., AbstractContextManager[tuple[JobSession, Any, Any]]]
"""Begins a run with these job arguments: the session, the GlueContext and the job of its script."""


@contextmanager
def awsglue_of(session: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`import awsglue` works, and works on a session; its modules are gone afterwards."""
    monkeypatch.syspath_prepend(str(SHIM))
    current.activate(session)
    try:
        yield
    finally:
        current.deactivate()
        _forget_modules()


def _forget_modules() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("awsglue", "awsgluedq")]:
        del sys.modules[name]


def new_state(folder: Path) -> State:
    """A state of its own. Its database is a copy of one: most tests would take less than its migration."""
    folder.mkdir(exist_ok=True)
    migrated_sqlite(StateFolder(folder).sqlite).dispose()
    return open_state(Settings(state=folder), {})


@contextmanager
def scripts(
    state: State,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    *,
    formats: Formats = FORMATS,
    checkpoint: Callable[[str], None] = lambda _name: None,
    s3: Mapping[str, str] = MappingProxyType({}),
    clock: Clock = SYSTEM_CLOCK,
) -> Iterator[Scripts]:
    """Begins runs of the job `toy`, one after the other; `checkpoint` is called at their named points.

    `s3` are the variables that name a server. `clock` is that of the runs.
    """
    monkeypatch.syspath_prepend(str(SHIM))

    @contextmanager
    def running(**arguments: str) -> Iterator[tuple[JobSession, Any, Any]]:
        begun, token = state.control.run_starter.register(
            "toy", script_location="toy.py", arguments={}, launcher="test:1:1"
        )
        client = Client(url, token)
        staging = OutputStaging.of(s3)
        context = RunContext(
            run_id=begun.id,
            options=RunOptions.of(arguments),
            client=client,
            objects=ObjectStores.of(s3),
            staging=staging,
            effects=effects_of(
                staging,
                TablePublisher(client, checkpoint),
                PartitionPublisher(client, checkpoint),
                SnapshotPublisher(client, checkpoint),
                RowsPublisher(login_of, checkpoint),
                PartitionDropper(client, checkpoint),
                ObjectRemoval.of(s3),
                ObjectTransitions.of(s3),
                SuccessMarks.of(s3),
            ),
            ledger=SegmentFolder(state.folder.segments),
            clock=clock,
            engine=engine,
            checkpoint=checkpoint,
            formats=formats,
        )
        session = JobSession(context)
        current.activate(session)
        try:
            glue = importlib.import_module("awsglue.context").GlueContext(None)
            job = importlib.import_module("awsglue.job").Job(glue)
            job.init("toy", {"JOB_NAME": "toy", "job_bookmark_option": "job-bookmark-enable"})
            yield session, glue, job
        finally:
            current.deactivate()
        client.put_summary(session.summary(), None)

    try:
        with serving_or_joined(state) as url:
            yield running
    finally:
        _forget_modules()


@contextmanager
def scripts_in(
    folder: Path,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    *,
    s3: Mapping[str, str] = MappingProxyType({}),
    clock: Clock = SYSTEM_CLOCK,
) -> Iterator[Scripts]:
    """The same with a state of their own in `folder`."""
    state = new_state(folder)
    with scripts(state, engine, monkeypatch, s3=s3, clock=clock) as running:
        yield running
    state.close()
