"""Python shell jobs: a script with its arguments, no engine, no bookmark."""

from collections.abc import Callable, Sequence

from placekeeper.model.jobs import RunSummary
from placekeeper.runtime.client import Client
from placekeeper.runtime.script import report, run_to_its_end


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
    error_message = run_to_its_end(script, source, argv)
    summary = RunSummary(seconds=(now_ms() - began_ms) / 1000, notes=tuple(dict.fromkeys(notes)))
    report(client, summary, error_message)
    return 0 if error_message is None else 1
