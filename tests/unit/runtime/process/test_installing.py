"""The command for a missing extra: it must work for whoever reads it."""

import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from placekeeper.model.errors import MissingExtra, PlacekeeperError, UnsupportedFeature
from placekeeper.runtime.process.installing import Installation, installation, line_of
from placekeeper.runtime.process.tracebacks import script_traceback, type_and_text


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        (None, "{python} -m pip install 'placekeeper[postgres]'"),
        (
            '{"url": "file:///srv/my%20checkout", "dir_info": {"editable": true}}',
            "{python} -m pip install -e '/srv/my checkout[postgres]'",
        ),
        (
            '{"url": "file:///srv/placekeeper", "dir_info": {}}',
            "{python} -m pip install '/srv/placekeeper[postgres]'",
        ),
        (
            '{"url": "file:///srv/placekeeper.whl", "archive_info": {}}',
            "{python} -m pip install 'placekeeper[postgres]'",
        ),
    ],
)
def test_an_extra_goes_to_this_python_and_comes_from_where_we_came(
    recorded: str | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _: SimpleNamespace(read_text=lambda _: recorded))
    assert installation().how_to_install("postgres") == command.format(python=sys.executable)


def test_without_a_distribution_the_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    assert installation() == Installation(sys.executable)


def test_spark_gets_an_environment_of_its_own() -> None:
    said = Installation("/usr/bin/python3.12", "/srv/here", is_editable=True).how_to_install("spark")
    assert said == (
        "/usr/bin/python3.12 -m venv .venv-spark && .venv-spark/bin/pip install -e '/srv/here[spark]', "
        "then run .venv-spark/bin/placekeeper"
    )


@pytest.mark.parametrize(
    "error", [MissingExtra("this", "sail"), UnsupportedFeature("Take another engine", extra="sail")]
)
def test_who_shows_an_error_adds_the_command(error: PlacekeeperError) -> None:
    command = installation().how_to_install("sail")
    assert command not in str(error)
    assert line_of(error) == f"{error}: {command}"
    assert type_and_text(error) == (type(error).__name__, line_of(error))
    assert script_traceback(error, "job.py").endswith(f"{type(error).__name__}: {line_of(error)}\n")
    assert line_of(UnsupportedFeature("No extra helps")) == "No extra helps"


def test_what_the_command_names_is_there() -> None:
    ours = installation()
    assert ours.folder is None or (Path(ours.folder) / "pyproject.toml").exists()
