"""Python shell jobs: a script with its arguments, no engine, no bookmark."""

from collections.abc import Callable, Sequence

from placekeeper.model.jobs import RunSummary
from placekeeper.runtime.process.early_exit import LEFT_EARLY, heard_when_it_leaves, left_with
from placekeeper.runtime.process.script import report, run_to_its_end
from placekeeper.runtime.run.client import Client


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

    def say(error_message: str | None, *more: str) -> None:
        said = tuple(dict.fromkeys((*notes, *more)))
        report(client, RunSummary(seconds=(now_ms() - began_ms) / 1000, notes=said), error_message)

    def left(code: int) -> int:
        say(left_with(code) if code else None, *(() if code else (LEFT_EARLY,)))
        return code

    with heard_when_it_leaves(left):
        error_message = run_to_its_end(script, source, argv)
    say(error_message)
    return 0 if error_message is None else 1
