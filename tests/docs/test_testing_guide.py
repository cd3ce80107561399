"""The guide to testing scripts: a project made of its files passes what its CI does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "test-your-scripts.md"
FILE = re.compile(r"```\w+\n# (?P<name>[\w./-]+)\n(?P<text>.*?)```", re.DOTALL)
INSTALL = "pip install 'placekeeper[sail]' pytest"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for block in FILE.finditer(GUIDE.read_text()):
        path = tmp_path / block["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"])
    return tmp_path


def done(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.mark.sail
@pytest.mark.slow
def test_the_project_passes_its_ci(project: Path) -> None:
    workflow = (project / ".github" / "workflows" / "test.yml").read_text()
    install, *steps = re.findall(r"- run: (.+)", workflow)
    assert install == INSTALL
    assert f"```sh\n{INSTALL}\n```" in GUIDE.read_text()
    assert steps == ["placekeeper check jobs", "pytest"]
    assert "4 passed" in [done(step, project) for step in steps][-1]


@pytest.mark.sail
@pytest.mark.slow
def test_the_notebook_shows_what_is_there(tmp_path: Path) -> None:
    (cell,) = re.findall(r"```python\n(import placekeeper\n.*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.json").write_text('{"id": 1}')
    (tmp_path / "cell.py").write_text(cell)
    assert done("python cell.py", tmp_path) == '{"id": 1}\n'
