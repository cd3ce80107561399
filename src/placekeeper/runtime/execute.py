"""Running a script: its own namespace, its own traceback, one summary at the end."""

import linecache
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from placekeeper.model.errors import PlacekeeperError, StateError
from placekeeper.model.jobs import RunSummary
from placekeeper.runtime import current
from placekeeper.runtime.client import Client
from placekeeper.runtime.report import report_lines
from placekeeper.runtime.session import JobSession
from placekeeper.runtime.tracebacks import told, type_and_text

_MESSAGE_LIMIT: Final = 4000


def execute(session: JobSession, client: Client, *, script: str, source: str, argv: Sequence[str]) -> int:
    """Run a script to its end and report it; the exit code.

    0: the script ended and its output is visible. Anything else: it did not, and the reason is with the
    server and on the error stream.
    """
    current.activate(session)
    try:
        error_message = _run(script, source, argv)
        if error_message is None:
            session.finish()
    except KeyboardInterrupt:
        error_message = "The run was interrupted."
    except BaseException as error:  # noqa: BLE001 - whatever a script raises ends its run, with its own traceback
        sys.stderr.write(told(error, script))
        error_message = describe(error)
    if error_message is not None:
        _drop_output(session)
    _report(client, session.summary(), error_message)
    return 0 if error_message is None else 1


def describe(error: BaseException) -> str:
    """An error for ErrorMessage: its type and text; a task's error is named, not the engine's around it."""
    name, text = type_and_text(error)
    return f"{name}: {text or 'no message'}"[:_MESSAGE_LIMIT]


def _run(script: str, source: str, argv: Sequence[str]) -> str | None:
    """Run the script; None if it ended well, else why it says that it did not."""
    sys.argv = [script, *argv]
    sys.path.insert(0, str(Path(script).parent))
    module = ModuleType("__main__")
    module.__file__ = script
    sys.modules["__main__"] = module
    linecache.cache[script] = (len(source), None, source.splitlines(keepends=True), script)
    try:
        exec(compile(source, script, "exec"), module.__dict__)  # noqa: S102 - running the user's script is the job
    except SystemExit as exit_:
        return _said_by_exit(exit_.code)
    return None


def _said_by_exit(code: object) -> str | None:
    """What `sys.exit(code)` means, which Python itself would act upon: None for success."""
    if code is None or isinstance(code, int):
        return f"The script exited with code {int(code)}." if code else None
    text = str(code)
    print(text, file=sys.stderr)  # noqa: T201 - what Python does with sys.exit("text")
    return text.strip()[:_MESSAGE_LIMIT] or "The script exited with an empty message."


def _drop_output(session: JobSession) -> None:
    try:
        session.fail()
    except (OSError, PlacekeeperError) as error:
        said = f"placekeeper: what was staged could not be removed now and will be later: {error}"
        print(said, file=sys.stderr)  # noqa: T201


def _report(client: Client, summary: RunSummary, error_message: str | None) -> None:
    try:
        client.put_summary(summary, error_message)
    except StateError as error:
        print(f"placekeeper: {error}", file=sys.stderr)  # noqa: T201
    for line in report_lines(summary, error_message):
        print(line, file=sys.stderr)  # noqa: T201 - the run's summary belongs to its error stream
