"""How the project is kept: subjects of commits, the changelog, what CI and the hooks run."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
LAST_LONG_SUBJECT = "9c4d5d5"
"""The last commit from before subjects were short."""
MOST_CHARACTERS = 72
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
"""Those of Keep a Changelog."""


def git(*words: str) -> str | None:
    """What git says, or None where there is no history."""
    asked = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    return asked.stdout if asked.returncode == 0 else None


def test_subjects_of_commits_are_short() -> None:
    said = git("log", "--no-merges", "--format=%h %s", f"{LAST_LONG_SUBJECT}..HEAD")
    if said is None:
        pytest.skip("no git history that reaches back far enough")
    long = [line for line in said.splitlines() if len(line.partition(" ")[2]) > MOST_CHARACTERS]
    assert not long


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("Read ORC\n\nBecause people have it.\n", False),
        ("x" * MOST_CHARACTERS, False),
        ("x" * (MOST_CHARACTERS + 1), True),
        ("Read ORC\nand Avro\n", True),
        ("# only a comment\n", True),
    ],
)
def test_the_hook_refuses_what_the_rule_forbids(message: str, refused: bool, tmp_path: Path) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(message)
    hook = [sys.executable, str(PROJECT / "tools" / "commit_subject.py"), str(file)]
    ended = subprocess.run(hook, capture_output=True, text=True, check=False)
    assert (ended.returncode != 0) == refused, ended.stderr


def test_the_changelog_has_versions_with_the_usual_sections() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text()
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [version.split("]")[0].strip("[") for version in versions][:1] == ["Unreleased"]
    for version in versions:
        sections = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert set(sections) <= SECTIONS
        assert len(sections) == len(set(sections)), version.splitlines()[0]


def test_the_changelog_has_the_version_that_is_built() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (PROJECT / "CHANGELOG.md").read_text()


def test_ci_does_what_its_script_does_on_the_oldest_and_the_newest_python() -> None:
    workflow = (PROJECT / ".github" / "workflows" / "ci.yml").read_text()
    assert "- run: .ci/run\n" in workflow
    supported = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["classifiers"]
    versions = sorted(re.findall(r"Python :: (3\.\d+)", " ".join(supported)))
    assert f'python: ["{versions[0]}", "{versions[-1]}"]' in workflow


def test_the_hooks_use_tools_of_the_lock() -> None:
    config = (PROJECT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"- repo: (.+)", config) == ["local"]
    locked = (PROJECT / "uv.lock").read_text()
    for tool in ("ruff", "mypy", "import-linter", "pre-commit", "mkdocs-material"):
        assert f'name = "{tool}"\n' in locked, tool


def test_files_that_the_makefile_names_exist() -> None:
    named = re.findall(
        r"(?<![\w./$)])(?:tests|benchmarks|examples|tools)/[\w/.-]+", (PROJECT / "Makefile").read_text()
    )
    assert named
    assert [path for path in named if not (PROJECT / path).exists()] == []
