"""The run of a Glue script, from its start to the server's record of its end."""

import sys
from collections.abc import Sequence

from placekeeper.model.errors import PlacekeeperError
from placekeeper.model.exchange import BEGIN_AGAIN
from placekeeper.runtime.process.early_exit import (
    LEFT_EARLY,
    LEFT_TOO_EARLY,
    early_exit_reason,
    on_early_exit,
)
from placekeeper.runtime.process.script import INTERRUPTED, report, run_to_its_end
from placekeeper.runtime.run import current
from placekeeper.runtime.run.bad_files import Outcome
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.secrets import masking_streams
from placekeeper.runtime.run.session import JobSession


def execute(session: JobSession, client: Client, *, script: str, source: str, argv: Sequence[str]) -> int:
    """Run a script to its end and report it; the exit code.

    0: the script ended and its output is visible. BEGIN_AGAIN: bad files were quarantined, nothing was
    published, and the run has to begin again. Anything else: it has failed, and the reason is with the server
    and on the error stream.
    """
    current.activate(session)
    with masking_streams(session.secrets), on_early_exit(lambda code: _left(session, client, code)):
        failure = run_to_its_end(script, source, argv, finish=session.finish)
    if failure is None:
        _report(session, client, None)
        return 0
    _drop_output(session)
    outcome = _outcome(session, failure.message)
    if outcome.begins_again:
        for line in (outcome.message, "the run begins again without the quarantined objects"):
            print(f"placekeeper: {line}", file=sys.stderr)  # noqa: T201
        return BEGIN_AGAIN
    _report(session, client, outcome.message, failure.shown)
    return 1


def _left(session: JobSession, client: Client, code: int) -> int:
    """The script ends the process by os._exit: nothing is left to do only after a job.commit()."""
    if code == 0 and session.summary().published:
        session.note(LEFT_EARLY)
        _report(session, client, None)
        return 0
    _drop_output(session)
    _report(session, client, LEFT_TOO_EARLY if code == 0 else early_exit_reason(code))
    return code or 1


def _report(session: JobSession, client: Client, error_message: str | None, shown: str = "") -> None:
    secrets = session.secrets
    report(client, session.summary(), error_message, shown, session.said_before, secrets=secrets)


def _outcome(session: JobSession, error_message: str) -> Outcome:
    if error_message == INTERRUPTED:
        return Outcome(INTERRUPTED)
    try:
        return session.outcome(error_message)
    except KeyboardInterrupt:
        return Outcome(INTERRUPTED)


def _drop_output(session: JobSession) -> None:
    try:
        session.fail()
    except (OSError, PlacekeeperError) as error:
        said = f"placekeeper: staged files could not be removed, and a later run removes them: {error}"
        print(said, file=sys.stderr)  # noqa: T201
