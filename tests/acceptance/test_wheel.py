"""The wheel, installed with nothing else into an empty environment, plays the demo that its README shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DEMO = PROJECT / "examples" / "flights" / "demo.py"
README = DEMO.with_name("README.md")

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


@pytest.mark.slow
@pytest.mark.sail
def test_the_wheel_alone_plays_the_demo(tmp_path: Path) -> None:
    done([*uv(), "build", "--quiet", "--wheel", "--out-dir", str(tmp_path / "dist"), str(PROJECT)], tmp_path)
    (wheel,) = (tmp_path / "dist").glob("placekeeper-*.whl")

    python = tmp_path / "venv" / "bin" / "python"
    done([*uv(), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")], tmp_path)
    wanted = f"placekeeper[sail,flights] @ {wheel.as_uri()}"
    done([*uv(), "pip", "install", "--quiet", "--python", str(python), wanted], tmp_path)
    where = done([str(python), "-c", "import placekeeper; print(placekeeper.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path), where  # not the checkout

    printed = done([str(python), str(DEMO), str(tmp_path / "work")], tmp_path)
    shown = re.search(r"<!-- demo -->\n```text\n(.*?)```\n<!-- /demo -->", README.read_text(), re.DOTALL)
    assert shown is not None
    assert _normal(printed) == _normal(shown[1])


def _normal(output: str) -> list[str]:
    """The lines without what differs from run to run: seconds, run ids, the folder."""
    for pattern, instead in (
        (r"\b\d+(\.\d+)? s\b", "N s"),
        (r"\bjr_[0-9a-f]+", "jr_ID"),
        (r"\S+/(output|state)\b", r"FOLDER/\1"),
    ):
        output = re.sub(pattern, instead, output)
    return output.strip().splitlines()
