"""The job process, joined: adapters, engine, session, script."""

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from placekeeper.engine.arguments import from_argv
from placekeeper.engine.job_parameters import without_effect
from placekeeper.engine.run_options import RunOptions
from placekeeper.launch.orders import Orders
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import PlacekeeperError, UsageError
from placekeeper.model.jobs import RunSummary
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.client import Client
from placekeeper.runtime.context import RunContext
from placekeeper.runtime.engines.choose import resolve_engine
from placekeeper.runtime.execute import describe, execute
from placekeeper.runtime.session import JobSession
from placekeeper.wiring.clock import SystemClock

FAULT_POINT = "PLACEKEEPER_FAULT_POINT"
"""Environment variable of fault injection: at the point of that name the process is killed at once."""

_SHIM = Path(__file__).resolve().parents[1] / "runtime" / "shim"


def preload() -> None:
    """Load what takes long and every run needs, while nobody waits for it."""
    for module in ("pandas", "pyarrow.parquet", "pyspark.sql", "grpc", "pysail.spark"):
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)


def run_job(orders: Orders) -> int:
    """Run the script that the orders name; the exit code."""
    client = Client(orders.url, orders.token)
    objects = ObjectStores.of(os.environ)
    notes: list[str] = []
    try:
        script, source = _load(objects, orders.script)
        arguments = from_argv(orders.arguments)
        options = RunOptions.of(arguments)
        notes += without_effect(arguments)
        engine = resolve_engine(options.engine, source, script, master=options.master, note=notes.append)
        engine.start()
    except PlacekeeperError as error:
        print(f"placekeeper: {error}", file=sys.stderr)  # noqa: T201 - the run's error stream
        client.put_summary(RunSummary(), describe(error))
        return 1
    sys.path.insert(0, str(_SHIM))
    session = JobSession(
        RunContext(
            run_id=orders.run_id,
            options=options,
            client=client,
            objects=objects,
            staging=OutputStaging.of(os.environ),
            ledger=SegmentFolder(Path(orders.segments)),
            clock=SystemClock(),
            engine=engine,
            notes=notes,
            checkpoint=_checkpoint(os.environ),
        )
    )
    try:
        return execute(session, client, script=script, source=source, argv=orders.arguments)
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
