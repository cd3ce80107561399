"""The wheel, installed with nothing else into an empty environment, plays the demo that its README shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DEMO = PROJECT / "examples" / "flights" / "demo.py"
README = DEMO.with_name("README.md")
GUIDE = PROJECT / "docs" / "how-to" / "test-your-scripts.md"
GUIDE_FILES = re.compile(r"```\w+\n# (?P<name>[\w./-]+)\n(?P<text>.*?)```", re.DOTALL)
"""The files of the guide's project."""

NOT_ITS_OWN = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
"""Variables of ours that an empty environment does not have; without bytecode each run compiles pandas."""


def uv() -> list[str]:
    """The uv beside this Python, as `make` puts it there, else the installed module."""
    beside = Path(sys.executable).with_name("uv")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "uv"]


def done(command: list[str], folder: Path) -> str:
    """The output of a command that succeeds."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout."""
    dist = tmp_path_factory.mktemp("dist")
    done([*uv(), "build", "--quiet", "--wheel", "--out-dir", str(dist), str(PROJECT)], dist)
    (built,) = dist.glob("placekeeper-*.whl")
    return built


def installed(folder: Path, requirement: str) -> Path:
    """The Python of a new environment in which a requirement is installed."""
    python = folder / "venv" / "bin" / "python"
    done([*uv(), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], folder)
    done([*uv(), "pip", "install", "--quiet", "--python", str(python), requirement], folder)
    return python


@pytest.fixture(scope="module")
def without_engine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel and no engine."""
    return installed(tmp_path_factory.mktemp("without-engine"), str(wheel))


@pytest.fixture(scope="module")
def with_sail(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, Sail and the flights."""
    return installed(tmp_path_factory.mktemp("with-sail"), f"placekeeper[sail,flights] @ {wheel.as_uri()}")


@pytest.mark.slow
@pytest.mark.sail
@pytest.mark.parametrize(
    ("arguments", "needed_for", "extra"),
    [([], "running a job", "sail"), (["--engine", "spark"], "--engine spark", "spark")],
)
def test_without_an_engine_a_script_says_what_to_install(
    arguments: list[str], needed_for: str, extra: str, wheel: Path, without_engine: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text("from awsglue.context import GlueContext\nprint('ran')\n")
    command = [str(without_engine.with_name("placekeeper")), "run", "--state", "state", "--json", str(script)]

    ended = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout, ended.stderr
    message = json.loads(ended.stdout)["error_message"].removeprefix("MissingExtra: ")
    assert ended.stderr.splitlines()[0] == f"placekeeper: {message}"
    assert "Traceback" not in ended.stderr
    assert message.startswith(f"{needed_for} needs the extra '{extra}': uv ")
    assert f"{wheel}[{extra}]" in message

    # Tried, not done: the tests below have what the extra asks for.
    advised = (
        message.partition(": ")[2].partition(", then")[0].replace("pip install", "pip install --dry-run")
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    tried = subprocess.run(
        advised, shell=True, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert tried.returncode == 0, f"{advised}\n{tried.stderr}"
    assert "pyspark" in tried.stderr


@pytest.mark.slow
@pytest.mark.sail
def test_the_wheel_alone_plays_the_demo(with_sail: Path, tmp_path: Path) -> None:
    where = done([str(with_sail), "-c", "import placekeeper; print(placekeeper.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(with_sail.parents[1]), where  # not the checkout

    printed = done([str(with_sail), str(DEMO), str(tmp_path / "work")], tmp_path)
    shown = re.search(r"<!-- demo -->\n```text\n(.*?)```\n<!-- /demo -->", README.read_text(), re.DOTALL)
    assert shown is not None
    assert _normal(printed) == _normal(shown[1])


@pytest.mark.soak
@pytest.mark.sail
def test_a_project_tests_and_checks_its_scripts_with_the_wheel_alone(with_sail: Path, tmp_path: Path) -> None:
    done([*uv(), "pip", "install", "--quiet", "--python", str(with_sail), "pytest"], tmp_path)
    project = tmp_path / "project"
    for block in GUIDE_FILES.finditer(GUIDE.read_text()):
        path = project / block["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"])
    assert "4 passed" in done([str(with_sail), "-m", "pytest", "-q"], project)
    done([str(with_sail.with_name("placekeeper")), "check", "jobs"], project)

    # The types are found where an installer puts them: no path names them.
    mypy = [sys.executable, "-m", "mypy", "--python-executable", str(with_sail)]
    script = project / "jobs" / "copy_orders.py"
    done([*mypy, str(script)], project)
    script.write_text(script.read_text().replace("transformation_ctx=", "transformation_context="))
    script.write_text(script.read_text().replace("frame=paid", "frames=paid"))
    ended = subprocess.run([*mypy, str(script)], cwd=project, capture_output=True, text=True, check=False)
    assert 'Unexpected keyword argument "frames" for "from_options"' in ended.stdout


def _normal(output: str) -> list[str]:
    """The lines without what differs from run to run: seconds, run ids, the folder."""
    for pattern, instead in (
        (r"\b\d+(\.\d+)? s\b", "N s"),
        (r"\(\d[\d.]* (kB|MB) in", "(SIZE in"),
        (r"\bjr_[0-9a-f]+", "jr_ID"),
        (r"\S+/(output|state)\b", r"FOLDER/\1"),
    ):
        output = re.sub(pattern, instead, output)
    return output.strip().splitlines()
