"""Python shell jobs: a script with its arguments, no engine, no bookmark."""

from collections.abc import Callable, Sequence

from placekeeper.model.jobs import RunSummary
from placekeeper.rules.jobs.secret_texts import secrets_of_script
from placekeeper.runtime.process.early_exit import LEFT_EARLY, early_exit_reason, on_early_exit
from placekeeper.runtime.process.script import Failure, report, run_to_its_end
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.secrets import Secrets, masking_streams


def execute_shell(
    client: Client,
    now_ms: Callable[[], int],
    *,
    script: str,
    source: str,
    argv: Sequence[str],
    notes: Sequence[str],
) -> int:
    """Run a script to its end and report it; the exit code, 0 when it has ended well."""
    began_ms = now_ms()
    secrets = Secrets(secrets_of_script(source))

    def say(failure: Failure | None, *more: str) -> None:
        said = tuple(dict.fromkeys((*notes, *more)))
        summary = RunSummary(seconds=(now_ms() - began_ms) / 1000, notes=said)
        if failure is None:
            report(client, summary, None, secrets=secrets)
        else:
            report(client, summary, failure.message, failure.shown, secrets=secrets)

    def left(code: int) -> int:
        say(Failure(early_exit_reason(code)) if code else None, *(() if code else (LEFT_EARLY,)))
        return code

    with masking_streams(secrets), on_early_exit(left):
        failure = run_to_its_end(script, source, argv)
    say(failure)
    return 0 if failure is None else 1
