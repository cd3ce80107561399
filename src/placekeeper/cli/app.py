"""`placekeeper`: the commands, and the one place where errors become a line and an exit code.

0  it is done                                  4  objects would be lost
1  it failed                                   5  somebody else was faster
2  the command line cannot be understood     130  interrupted (Ctrl-C)
3  there is no such job, run or bookmark

A stale plan is 5 too.
"""

import errno
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from placekeeper import __version__
from placekeeper.cli.exit_codes import CONFLICT, FAILED, INTERRUPTED, NOT_FOUND, OK, USAGE
from placekeeper.cli.lazy import LazyGroup
from placekeeper.host.processes import stop_writing
from placekeeper.host.spare_process import SpareProcess
from placekeeper.model.errors import (
    EntityNotFoundException,
    PlacekeeperError,
    PlanStale,
    UsageError,
    VersionMismatchException,
)
from placekeeper.runtime.process.installing import line_of

_WAYS_OUT = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), ". Make room there and try again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), ". Let this user write there"),
}


app = typer.Typer(
    cls=LazyGroup,
    help="AWS Glue's jobs and job bookmarks, self-hosted.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    """AWS Glue's jobs and job bookmarks, self-hosted: each run reads just what no run before it has read."""
    if version:
        print(f"placekeeper {__version__}")
        raise typer.Exit(OK)


def main(argv: Sequence[str] | None = None, *, spare: SpareProcess | None = None) -> int:
    """Run a command line; the exit code. Errors of ours are one line on the error stream, no traceback.

    `spare` is a job process that was started early, for `run`.
    """
    try:
        code = app(list(sys.argv[1:] if argv is None else argv), standalone_mode=False, obj=spare)
        sys.stdout.flush()
    except TyperException as error:  # the parser's: unknown option, missing argument
        return _say(error.format_message(), USAGE)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PlacekeeperError as error:
        return _say(_sentences(line_of(error), *getattr(error, "__notes__", ())), _exit_code(error))
    except BrokenPipeError:  # the reader of our output has gone; typer, too, makes no words of that
        stop_writing()
        return FAILED
    except OSError as error:
        if error.filename is not None:
            return _say(f"{error.filename}: {error.strerror}{_WAYS_OUT.get(error.errno or 0, '')}", FAILED)
        if error.errno != errno.ENOSPC:
            raise
        _say("no space is left on the device that the output goes to, or that has the state", FAILED)
        stop_writing()  # what did not fit is still in Python's hands
        return FAILED
    finally:
        if spare is not None:
            spare.drop()
    return int(code or OK)


def _exit_code(error: PlacekeeperError) -> int:
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, EntityNotFoundException):
        return NOT_FOUND
    if isinstance(error, VersionMismatchException | PlanStale):
        return CONFLICT
    return FAILED


def _sentences(*texts: str) -> str:
    """Texts as sentences in one line; one that ends like a sentence gets no second full stop."""
    said = [text if text.endswith((".", "?", "!")) else f"{text}." for text in texts[:-1]]
    return " ".join([*said, texts[-1]])


def _say(message: str, code: int) -> int:
    if message:
        print(f"placekeeper: {message}", file=sys.stderr)
    return code
