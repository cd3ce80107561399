"""The steps before a script begins: load it, fetch its extra files, install its modules."""

import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from placekeeper.launch.orders import Orders
from placekeeper.model.errors import PlacekeeperError, UsageError
from placekeeper.model.jobs import RunSummary
from placekeeper.objects.files import StoredFiles
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.jobs.arguments import from_argv
from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.extras import Extras
from placekeeper.rules.jobs.glue_versions import GLUE_VERSION_VARIABLE
from placekeeper.rules.jobs.locations import shown
from placekeeper.rules.jobs.parameters import misspelt, without_effect
from placekeeper.runtime.engines.shim_folder import SHIM
from placekeeper.runtime.process.extra_files import ExtraFiles, fetch_extras
from placekeeper.runtime.process.installing import line_of
from placekeeper.runtime.process.module_installation import install, loaded_before
from placekeeper.runtime.process.script import INTERRUPTED, describe
from placekeeper.runtime.run.client import Client


class PreparedScript(Struct, frozen=True):
    """A script, ready to run. `python_path` is what the job adds to sys.path."""

    objects: ObjectStores
    script: str
    source: str
    arguments: dict[str, str]
    extras: Extras
    fetched: ExtraFiles
    python_path: tuple[str, ...]
    notes: list[str]


def prepare(orders: Orders) -> PreparedScript:
    """Load, fetch and install; set variables and the working folder.

    Raises PlacekeeperError, or OSError for a disk or store that fails.
    """
    objects = ObjectStores.of(os.environ)
    arguments = from_argv(orders.arguments)
    extras = Extras.of(arguments)
    notes = [*without_effect(arguments, orders.command), *misspelt(arguments), *extras.notes]
    files = StoredFiles(objects)
    script, source = _load(files, orders.script)
    folder = Path(orders.folder)
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    fetched = fetch_extras(extras, files, folder)
    python_path = fetched.python_path
    if fetched.requirements:
        modules = install(
            fetched.requirements, extras.installer_options, cache=Path(orders.modules), run_folder=folder
        )
        notes += loaded_before(modules)
        python_path = (*python_path, str(modules))
    os.environ.update(extras.driver_variables | {GLUE_VERSION_VARIABLE: orders.glue_version})
    if fetched.working_folder is not None:
        os.chdir(fetched.working_folder)
        objects = replace(objects, base=orders.cwd)
        own = "the working folder of the script holds --extra-files and is removed when the run ends"
        elsewhere = f"; relative paths given to GlueContext start at {orders.cwd}"
        notes.append(own + (elsewhere if orders.command == CommandType.GLUEETL else ""))
    return PreparedScript(objects, script, source, arguments, extras, fetched, python_path, notes)


def make_importable(python_path: Sequence[str]) -> None:
    """Put `awsglue`, and then what the job brings, before everything else."""
    sys.path[:0] = [str(SHIM), *python_path]


def not_begun(client: Client, error: BaseException) -> int:
    """Say why a script never began; the exit code."""
    if isinstance(error, KeyboardInterrupt):
        reason = INTERRUPTED
    else:
        print(f"placekeeper: {line_of(error)}", file=sys.stderr)  # noqa: T201 - the run's error stream
        reason = describe(error)
    try:
        client.put_summary(RunSummary(script_began=False), reason)
    except PlacekeeperError as unheard:
        print(f"placekeeper: {unheard}", file=sys.stderr)  # noqa: T201
    return 1


def _load(files: StoredFiles, location: str) -> tuple[str, str]:
    """The script's file name, as its tracebacks show it, and its text. Raises UsageError."""
    script = io.BytesIO()
    try:
        uri = files.copy(location, script)
    except FileNotFoundError as error:
        raise UsageError(f"the script {shown(location)} does not exist") from error
    except OSError as error:
        raise UsageError(f"the script {shown(location)} cannot be read: {error}") from error
    try:
        return uri.removeprefix("file://"), importlib.util.decode_source(script.getvalue())
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the script {shown(location)} is not text: {error}. Save it as UTF-8, or name its encoding "
            "in its "
            "first line: # -*- coding: latin-1 -*-"
        ) from error
