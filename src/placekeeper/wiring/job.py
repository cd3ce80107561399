"""The job process, joined: adapters, engine, session, script."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from placekeeper.engine.arguments import from_argv
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import PlacekeeperError, UsageError
from placekeeper.model.jobs import RunSummary
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.client import Client
from placekeeper.runtime.engines.choose import resolve_engine
from placekeeper.runtime.execute import describe, execute
from placekeeper.runtime.options import RunOptions
from placekeeper.runtime.session import JobSession, RunContext
from placekeeper.wiring.clock import SystemClock
from placekeeper.wiring.launcher import RUN_ID, SCRIPT, SEGMENTS, TOKEN, URL

FAULT_POINT = "PLACEKEEPER_FAULT_POINT"
"""Environment variable of fault injection: at the point of that name the process is killed, without a word."""

_SHIM = Path(__file__).resolve().parents[1] / "runtime" / "shim"


def run_job(environ: Mapping[str, str], argv: Sequence[str]) -> int:
    """Run the script that the environment names with its arguments; the exit code."""
    client = Client(environ[URL], environ[TOKEN])
    try:
        objects = ObjectStores.of(environ)
        script, source = _load(objects, environ[SCRIPT])
        options = RunOptions.of(from_argv(argv))
        notes: list[str] = []
        engine = resolve_engine(options.engine, source, script, master=options.master, note=notes.append)
        engine.start()
    except PlacekeeperError as error:
        print(f"placekeeper: {error}", file=sys.stderr)  # noqa: T201 - the run's error stream
        client.put_summary(RunSummary(), describe(error))
        return 1
    sys.path.insert(0, str(_SHIM))
    session = JobSession(
        RunContext(
            run_id=environ[RUN_ID],
            options=options,
            client=client,
            objects=objects,
            staging=OutputStaging.of(environ),
            ledger=SegmentFolder(Path(environ[SEGMENTS])),
            clock=SystemClock(),
            engine=engine,
            notes=notes,
            checkpoint=_checkpoint(environ),
        )
    )
    try:
        return execute(session, client, script=script, source=source, argv=argv)
    finally:
        engine.stop()


def _load(objects: ObjectStores, location: str) -> tuple[str, str]:
    """The script's file name, as its tracebacks show it, and its text. Raises UsageError."""
    uri = objects.normalise(location)
    meta = objects.stat(uri)
    if meta is None:
        raise UsageError(f"the script {location} does not exist")
    with objects.open(meta) as file:
        source = file.read()
    try:
        return uri.removeprefix("file://"), source.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"the script {location} is no UTF-8 text: {error}") from error


@dataclass(frozen=True)
class KillAt:
    """Kills the process when it comes to the named point. Picklable: tasks have fault points too."""

    name: str

    def __call__(self, name: str) -> None:
        """Come to a point."""
        if name == self.name:
            os.kill(os.getpid(), signal.SIGKILL)


def _nothing(_name: str) -> None:
    """Come to a point and go on."""


def _checkpoint(environ: Mapping[str, str]) -> Callable[[str], None]:
    name = environ.get(FAULT_POINT)
    return KillAt(name) if name else _nothing
