"""Running a script: its own namespace, its own traceback, one summary at the end."""

import linecache
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from placekeeper.model.errors import PlacekeeperError, StateError
from placekeeper.model.jobs import RunSummary
from placekeeper.runtime import current
from placekeeper.runtime.client import Client
from placekeeper.runtime.report import report_lines
from placekeeper.runtime.session import JobSession

_OUR_FOLDER = str(Path(__file__).resolve().parents[1])
_MESSAGE_LIMIT = 4000


def execute(session: JobSession, client: Client, *, script: str, source: str, argv: Sequence[str]) -> int:
    """Run a script to its end and report it; the exit code.

    0: the script ended and its output is visible. Anything else: it did not, and the reason is with the
    server and on the error stream.
    """
    current.activate(session)
    error_message = None
    try:
        _run(script, source, argv)
        session.finish()
    except SystemExit as exit_:
        error_message = _end_by_exit(session, exit_)
    except KeyboardInterrupt:
        error_message = "The run was interrupted."
    except BaseException as error:  # noqa: BLE001 - whatever a script raises ends its run, with its own traceback
        _print_traceback(error, script)
        error_message = describe(error)
    summary = session.summary()
    if error_message is not None:
        session.fail()
    _report(client, summary, error_message)
    return 0 if error_message is None else 1


def _run(script: str, source: str, argv: Sequence[str]) -> None:
    sys.argv = [script, *argv]
    sys.path.insert(0, str(Path(script).parent))
    module = ModuleType("__main__")
    module.__file__ = script
    sys.modules["__main__"] = module
    linecache.cache[script] = (len(source), None, source.splitlines(keepends=True), script)
    exec(compile(source, script, "exec"), module.__dict__)  # noqa: S102 - running the user's script is the job


def _end_by_exit(session: JobSession, exit_: SystemExit) -> str | None:
    if exit_.code in (None, 0):
        try:
            session.finish()
        except PlacekeeperError as error:
            return describe(error)
        return None
    if isinstance(exit_.code, str):
        print(exit_.code, file=sys.stderr)  # noqa: T201 - what Python itself does with sys.exit("text")
        return exit_.code
    return f"The script exited with code {exit_.code}."


def _print_traceback(error: BaseException, script: str) -> None:
    """The script's traceback from its first line on, without the frames that are ours."""
    told = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = told
    seen: set[int] = set()
    while part is not None and id(part) not in seen:
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list(_own_frames(part.stack, script))
        part = part.__cause__ or part.__context__
    sys.stderr.writelines(told.format())


def _own_frames(stack: Sequence[traceback.FrameSummary], script: str) -> list[traceback.FrameSummary]:
    first = next((i for i, frame in enumerate(stack) if frame.filename == script), 0)
    return [frame for frame in stack[first:] if not frame.filename.startswith(_OUR_FOLDER)]


def describe(error: BaseException) -> str:
    """An error in one line for ErrorMessage: its type and text; ours inside an engine's error is found."""
    text = str(error)
    inner = re.search(r"^(?:placekeeper\.model\.errors\.)(\w+): (.+)$", text, re.MULTILINE)
    if inner and not isinstance(error, PlacekeeperError):
        return f"{inner[1]}: {inner[2]}"[:_MESSAGE_LIMIT]
    return f"{type(error).__name__}: {text.strip() or 'no message'}"[:_MESSAGE_LIMIT]


def _report(client: Client, summary: RunSummary, error_message: str | None) -> None:
    try:
        client.put_summary(summary, error_message)
    except StateError as error:
        print(f"placekeeper: {error}", file=sys.stderr)  # noqa: T201
    for line in report_lines(summary, error_message):
        print(line, file=sys.stderr)  # noqa: T201 - the run's summary belongs to its error stream
