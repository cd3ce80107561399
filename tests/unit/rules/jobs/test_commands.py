"""Which jobs run here, and what those that do not are told."""

import pytest

from placekeeper.model.errors import LaunchFailed
from placekeeper.rules.jobs.commands import CommandType, runnable


@pytest.mark.parametrize(
    ("command", "kind"), [("", "glueetl"), ("glueetl", "glueetl"), ("pythonshell", "pythonshell")]
)
def test_what_runs(command: str, kind: str) -> None:
    assert runnable(command, "python") is CommandType(kind)


@pytest.mark.parametrize(
    ("command", "language", "reason"),
    [
        ("gluestreaming", "python", "Streaming jobs .* there are no streaming sources"),
        ("glueray", "python", "Ray jobs .* there is no Ray cluster"),
        ("temp", "python", "Jobs with Command.Name 'temp' do not run here"),
        ("glueetl", "scala", "Scala scripts cannot run here: write the job in Python"),
        ("pythonshell", "rust", "is rust, and only python runs here"),
    ],
)
def test_what_does_not_run_says_why(command: str, language: str, reason: str) -> None:
    with pytest.raises(LaunchFailed, match=reason):
        runnable(command, language)
