"""The command for a missing extra: it must work for whoever reads it."""

import json
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from placekeeper.model.errors import MissingExtra, PlacekeeperError, UnsupportedFeature
from placekeeper.runtime.process import installing
from placekeeper.runtime.process.installing import Installation, installation, line_of
from placekeeper.runtime.process.tracebacks import script_traceback, type_and_text


@pytest.fixture(autouse=True)
def pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that has pip, whatever made this one."""
    monkeypatch.setattr(installing.importlib.util, "find_spec", lambda _name: SimpleNamespace())


def record(monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None) -> None:
    """What the installer has recorded of us."""
    text = None if origin is None else json.dumps(origin)
    monkeypatch.setattr(metadata, "distribution", lambda _: SimpleNamespace(read_text=lambda _: text))


@pytest.mark.parametrize(
    ("name", "info", "command"),
    [
        (
            "my checkout",
            {"dir_info": {"editable": True}},
            "{python} -m pip install -e '{folder}/my checkout[postgres]'",
        ),
        ("placekeeper", {"dir_info": {}}, "{python} -m pip install '{folder}/placekeeper[postgres]'"),
        (
            "placekeeper-0.1.0-py3-none-any.whl",
            {"archive_info": {}},
            "{python} -m pip install '{folder}/placekeeper-0.1.0-py3-none-any.whl[postgres]'",
        ),
    ],
)
def test_an_extra_goes_to_this_python_and_comes_from_where_we_came(
    name: str, info: dict[str, object], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).touch()
    record(monkeypatch, {"url": (tmp_path / name).as_uri(), **info})
    said = installation().how_to_install("postgres")
    assert said == command.format(python=sys.executable, folder=tmp_path)


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        (None, "placekeeper[postgres]"),
        ({"url": "file:///gone/placekeeper.whl", "archive_info": {}}, "placekeeper[postgres]"),
        ({"url": "file:///gone/checkout", "dir_info": {"editable": True}}, "placekeeper[postgres]"),
        (
            {"url": "https://host/placekeeper.whl", "archive_info": {}},
            "placekeeper[postgres] @ https://host/placekeeper.whl",
        ),
        (
            {"url": "https://host/us.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "placekeeper[postgres] @ git+https://host/us.git@abc",
        ),
    ],
)
def test_an_extra_comes_from_elsewhere_where_nothing_on_this_machine_has_us(
    origin: dict[str, object] | None, requirement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(monkeypatch, origin)
    assert installation().how_to_install("postgres") == f"{sys.executable} -m pip install '{requirement}'"


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


def test_where_uv_has_made_an_environment_without_pip_uv_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.importlib.util, "find_spec", lambda _name: None)
    record(monkeypatch, None)
    ours, python = installation(), sys.executable
    assert ours.how_to_install("sail") == f"uv pip install --python {python} 'placekeeper[sail]'"
    assert ours.how_to_install("spark") == (
        f"uv venv --python {python} .venv-spark && "
        "uv pip install --python .venv-spark/bin/python 'placekeeper[spark]', "
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
