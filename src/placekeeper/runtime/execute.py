"""Running a Glue script: between the script's end and the server's record of it."""

import sys
from collections.abc import Sequence

from placekeeper.model.errors import PlacekeeperError
from placekeeper.runtime import current
from placekeeper.runtime.client import Client
from placekeeper.runtime.leaving import LEFT_EARLY, LEFT_TOO_EARLY, heard_when_it_leaves, left_with
from placekeeper.runtime.script import report, run_to_its_end
from placekeeper.runtime.session import JobSession


def execute(session: JobSession, client: Client, *, script: str, source: str, argv: Sequence[str]) -> int:
    """Run a script to its end and report it; the exit code.

    0: the script ended and its output is visible. Anything else: it did not, and the reason is with the
    server and on the error stream.
    """
    current.activate(session)
    with heard_when_it_leaves(lambda code: _left(session, client, code)):
        error_message = run_to_its_end(script, source, argv, finish=session.finish)
    if error_message is not None:
        _drop_output(session)
    report(client, session.summary(), error_message)
    return 0 if error_message is None else 1


def _left(session: JobSession, client: Client, code: int) -> int:
    """The script ends the process by os._exit: nothing is left to do only after a job.commit()."""
    if code == 0 and session.summary().published:
        session.note(LEFT_EARLY)
        report(client, session.summary(), None)
        return 0
    _drop_output(session)
    report(client, session.summary(), LEFT_TOO_EARLY if code == 0 else left_with(code))
    return code or 1


def _drop_output(session: JobSession) -> None:
    try:
        session.fail()
    except (OSError, PlacekeeperError) as error:
        said = f"placekeeper: what was staged could not be removed now and will be later: {error}"
        print(said, file=sys.stderr)  # noqa: T201
