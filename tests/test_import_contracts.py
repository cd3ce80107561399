"""The import contracts of pyproject.toml hold for modules to come, without a line for each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUNTIME = Path("placekeeper/runtime")


@pytest.mark.parametrize(
    ("module", "text", "broken"),
    [
        ("connectors/kafka.py", "from placekeeper.runtime.connectors import base, options", None),
        ("connectors/kafka.py", "from placekeeper.runtime.connectors import files", "Connectors do not"),
        ("connectors/kafka.py", "from placekeeper.runtime.run import client", "Rooms of the runtime"),
        ("formats/orc/__init__.py", "from placekeeper.runtime.formats.shared import options", None),
        ("formats/orc/__init__.py", "from placekeeper.runtime.formats import csv", "Formats do not"),
        ("room/__init__.py", "", "Rooms of the runtime"),
    ],
)
def test_a_module_that_is_new(tmp_path: Path, module: str, text: str, broken: str | None) -> None:
    shutil.copytree(ROOT / "src", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    new = tmp_path / RUNTIME / module
    new.parent.mkdir(exist_ok=True)
    new.write_text(text)
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / "pyproject.toml", "--no-cache"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{tmp_path / RUNTIME / 'shim'}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    ).stdout
    found = [line for line in said.splitlines() if " BROKEN" in line]
    assert [line.startswith(str(broken)) for line in found] == [True] * (broken is not None), said
    assert f"{len(found)} broken." in said
