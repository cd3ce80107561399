"""The job process, joined: adapters, engine, session, script."""

import os
import sys
from functools import partial
from pathlib import Path

from placekeeper.control.bookmarks.plan_file import load_plan
from placekeeper.databases.effects import RowsPublisher, login_of
from placekeeper.host.clock import SystemClock
from placekeeper.host.faults import checkpoint_of
from placekeeper.keys.ring import keys_of
from placekeeper.launch.orders import Orders
from placekeeper.launch.progress_file import ProgressFile, progress_path
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import PlacekeeperError
from placekeeper.objects.counted import CountedObjects, CountedStaging
from placekeeper.objects.files import StoredFiles
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.s3.client import engine_variables
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.success import SuccessMarks
from placekeeper.objects.transitions import ObjectTransitions
from placekeeper.rules.jobs.glue_versions import is_strict
from placekeeper.rules.jobs.parameters import sql_sees_catalog
from placekeeper.rules.jobs.run_options import RunOptions, Visibility
from placekeeper.rules.jobs.secret_texts import secrets_of_script
from placekeeper.runtime.connectors.plan_follower import PlanFollower
from placekeeper.runtime.engines.base import Additions, Engine
from placekeeper.runtime.engines.choice import resolve_engine
from placekeeper.runtime.engines.modules import is_found
from placekeeper.runtime.engines.registry import SAIL
from placekeeper.runtime.engines.shim_folder import SHIM
from placekeeper.runtime.look.look import refuse_before_run
from placekeeper.runtime.process.execution import execute
from placekeeper.runtime.process.extra_files import fetch_jars
from placekeeper.runtime.process.preparation import PreparedScript, make_importable, not_begun, prepare
from placekeeper.runtime.process.script_clients import watch
from placekeeper.runtime.process.studio_modules import explain_missing_modules
from placekeeper.runtime.run.catalog_effects import (
    PartitionDropper,
    PartitionPublisher,
    SnapshotPublisher,
    TablePublisher,
)
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.secrets import Secrets
from placekeeper.runtime.run.session import JobSession
from placekeeper.runtime.scan.notices import Notices
from placekeeper.wiring.effects import effects_of


def run_job(orders: Orders) -> int:
    """Run the script that the orders name; the exit code."""
    client = Client(orders.url, orders.token)
    try:
        prepared = prepare(orders)
        options = RunOptions.of(prepared.arguments)
        keys = keys_of(os.environ)
        said_before = _look(prepared, options)
        plan = _plan(prepared, options)
        engine = _engine(prepared, options, Path(orders.folder), orders.glue_version)
        engine.start()
    except (KeyboardInterrupt, OSError, PlacekeeperError) as error:
        return not_begun(client, error)
    make_importable(prepared.python_path)
    explain_missing_modules()
    checkpoint = checkpoint_of(os.environ)
    progress = ProgressFile(str(progress_path(Path(orders.folder))))
    staging = CountedStaging(OutputStaging.of(os.environ), progress)
    session = JobSession(
        RunContext(
            run_id=orders.run_id,
            glue_version=orders.glue_version,
            options=options,
            client=client,
            objects=CountedObjects(prepared.objects, progress),
            staging=staging,
            effects=effects_of(
                staging,
                TablePublisher(client, checkpoint),
                PartitionPublisher(client, checkpoint),
                SnapshotPublisher(client, checkpoint),
                RowsPublisher(login_of, checkpoint),
                PartitionDropper(client, checkpoint),
                ObjectRemoval.of(os.environ),
                ObjectTransitions.of(os.environ),
                SuccessMarks.of(os.environ),
            ),
            ledger=SegmentFolder(Path(orders.segments), keys),
            clock=SystemClock(),
            engine=engine,
            plan=plan,
            notices=Notices.below(Path(orders.folder)),
            progress=progress,
            notes=prepared.notes,
            said_before=tuple(said_before),
            script=prepared.source,
            secrets=Secrets(secrets_of_script(prepared.source)),
            folder=Path(orders.folder),
            checkpoint=checkpoint,
        )
    )
    engine.pass_on(session, session.sql_tables if sql_sees_catalog(prepared.arguments) else None)
    watch(session, prepared.source, has_modules=bool(prepared.python_path))
    try:
        return execute(session, client, script=prepared.script, source=prepared.source, argv=orders.arguments)
    finally:
        engine.stop()


def _look(prepared: PreparedScript, options: RunOptions) -> list[str]:
    """Look at the script before anything starts; what is worth saying is said, and noted.

    Raises UnsupportedFeature.
    """
    hides_output = options.output_visibility is Visibility.COMMIT
    on_sail = options.engine == SAIL
    said = refuse_before_run(
        prepared.source,
        prepared.script,
        hides_output=hides_output,
        on_sail=on_sail,
        has_jars=bool(prepared.extras.jars),
        has_module=partial(is_found, also_in=prepared.python_path),
    )
    for sentence in said:
        sys.stderr.write(f"placekeeper: before the run: {sentence}\n")
    prepared.notes.extend(said)
    return said


def _plan(prepared: PreparedScript, options: RunOptions) -> PlanFollower | None:
    if options.bookmark_plan is None:
        return None
    return PlanFollower(load_plan(prepared.objects, options.bookmark_plan))


def _jars(prepared: PreparedScript, folder: Path) -> tuple[Path, ...]:
    return fetch_jars(prepared.extras, StoredFiles(prepared.objects), folder)


def _engine(prepared: PreparedScript, options: RunOptions, folder: Path, glue_version: str) -> Engine:
    fetched = prepared.fetched
    if fetched.requirements and options.master and not options.master.startswith("local"):
        prepared.notes.append(
            f"--additional-python-modules are installed on this machine: the workers of {options.master} "
            "need them too"
        )
    return resolve_engine(
        options.engine,
        prepared.source,
        prepared.script,
        master=options.master,
        note=prepared.notes.append,
        additions=Additions(
            settings=prepared.extras.settings,
            # A module that the job brings may import awsglue, in a worker too.
            python_path=(str(SHIM), *prepared.python_path) if prepared.python_path else (),
            py_files=fetched.py_files,
            files=fetched.files,
            jars=partial(_jars, prepared, folder) if prepared.extras.jars else None,
            variables=prepared.extras.executor_variables,
            s3_variables=engine_variables(os.environ),
            ansi=is_strict(glue_version),
        ),
        folder=folder,
    )
