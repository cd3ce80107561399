"""A script in this process: its own namespace, its own traceback, its end in one sentence."""

import gc
import linecache
import re
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec
from msgspec import Struct

from placekeeper.model.errors import StateError
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.model.jobs import RunSummary
from placekeeper.runtime.process.shutdown import wind_down
from placekeeper.runtime.process.tracebacks import script_traceback, type_and_text
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.report import report_lines
from placekeeper.runtime.run.secrets import Secrets

INTERRUPTED: Final = "The run was interrupted."
_MESSAGE_LIMIT: Final = 4000
_TOKEN: Final = re.compile(rf"{GLUE_OF_A_RUN}/[0-9a-f]+")
_NO_CREDENTIALS: Final = (
    ". boto3 finds none on this machine, and cannot sign requests without them. S3 needs real credentials. "
    "For Glue alone, any will do: start placekeeper with AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any"
)


class Failure(Struct, frozen=True):
    """Why a run has failed: `message` is for the server, `shown` the begin of it that was printed."""

    message: str
    shown: str = ""


def run_to_its_end(
    script: str, source: str, argv: Sequence[str], *, finish: Callable[[], None] | None = None
) -> Failure | None:
    """Run a script and wind it down, then `finish` when it has ended well; None, or why the run has failed.

    What was raised is on the error stream, as Python itself would tell it of the script alone.
    """
    module = ModuleType("__main__")
    before = frozenset(threading.enumerate())
    gc.freeze()  # what is loaded by now is not looked through at the end: a quarter of a second
    failure = _why_not(script, lambda: _run(module, script, source, argv))
    wait = failure is None or failure.message != INTERRUPTED
    failed_late = _why_not(script, lambda: wind_down(module, before, wait=wait))
    failure = failure or failed_late
    if failure is None and finish is not None:
        failure = _why_not(script, finish)
    return failure


def _why_not(script: str, step: Callable[[], Failure | None]) -> Failure | None:
    """Do a step of a script's run; why it has failed, None when it has not."""
    try:
        return step()
    except KeyboardInterrupt:
        return Failure(INTERRUPTED)
    except BaseException as error:  # noqa: BLE001 - whatever a script raises ends its run, with its own traceback
        printed = _masked(script_traceback(error, script))
        sys.stderr.write(printed)
        said = _said_by(error)
        return Failure(describe(error), said if printed.rstrip().endswith(said) else "")


def describe(error: BaseException) -> str:
    """An error for ErrorMessage: its type and text; a task's error is named, not the engine's around it."""
    hint = _NO_CREDENTIALS if type_and_text(error)[0] == "NoCredentialsError" else ""
    return f"{_said_by(error)}{hint}"[:_MESSAGE_LIMIT]


def _said_by(error: BaseException) -> str:
    """An error's type and text, as the last line of its traceback says them."""
    name, text = type_and_text(error)
    return _masked(f"{name}: {text or 'no message'}")


def _masked(text: str) -> str:
    """A text that can be kept: it may name the endpoint of boto3's Glue client, without the run's token."""
    return printable(_TOKEN.sub(rf"{GLUE_OF_A_RUN}/…", text))


def printable(text: str) -> str:
    """A text with its half characters (lone surrogates) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def report(
    client: Client,
    summary: RunSummary,
    error_message: str | None,
    shown: str = "",
    said_before: Collection[str] = (),
    *,
    secrets: Secrets,
) -> None:
    """Give the summary to the server and say it on the error stream.

    `shown` is the begin of the message that the error stream has already, and `said_before` are notes that it
    has. They are not said again. Nothing of it has a password of `secrets`.
    """
    kept = [secrets.masked(printable(one)) for one in (*summary.notes, *summary.warnings)]
    summary = msgspec.structs.replace(
        summary, notes=tuple(kept[: len(summary.notes)]), warnings=tuple(kept[len(summary.notes) :])
    )
    error_message = None if error_message is None else secrets.masked(error_message)
    shown, said_before = secrets.masked(shown), [secrets.masked(one) for one in said_before]
    try:
        late = tuple(client.put_summary(summary, error_message))
        summary = msgspec.structs.replace(summary, notes=(*summary.notes, *late))
    except StateError as error:
        print(f"placekeeper: {error}", file=sys.stderr)  # noqa: T201
    is_interrupted = error_message == INTERRUPTED  # by whoever records the state: STOPPED, or TIMEOUT
    lines = report_lines(summary, None if is_interrupted else error_message, shown, said_before)
    for line in [*lines, *([f"placekeeper: {INTERRUPTED}"] if is_interrupted else [])]:
        print(line, file=sys.stderr)  # noqa: T201 - the run's summary belongs to its error stream


def _run(module: ModuleType, script: str, source: str, argv: Sequence[str]) -> Failure | None:
    """Run the script; None if it ended well, else why it says that it did not."""
    sys.argv = [script, *argv]
    sys.path.insert(0, str(Path(script).parent))
    module.__file__ = script
    sys.modules["__main__"] = module
    linecache.cache[script] = (len(source), None, source.splitlines(keepends=True), script)
    try:
        exec(compile(source, script, "exec"), module.__dict__)  # noqa: S102 - running the user's script is the job
    except SystemExit as exit_:
        return _said_by_exit(exit_.code)
    return None


def _said_by_exit(code: object) -> Failure | None:
    """What `sys.exit(code)` means, which Python itself would act upon: None for success."""
    if code is None or isinstance(code, int):
        return Failure(f"The script exited with code {int(code)}.") if code else None
    text = _masked(str(code))
    print(text, file=sys.stderr)  # noqa: T201 - what Python does with sys.exit("text")
    said = text.strip()[:_MESSAGE_LIMIT]
    return Failure(said, said) if said else Failure("The script exited with an empty message.")
