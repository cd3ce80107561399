"""The pages make a site: each has its place, and a reader finds it."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def in_navigation() -> list[str]:
    """The pages that mkdocs.yml names, in its order."""
    return re.findall(r"^ +- (\S+\.md)$", (PROJECT / "mkdocs.yml").read_text(), re.MULTILINE)


def test_every_page_is_in_the_navigation_once() -> None:
    assert sorted(in_navigation()) == PAGES


def test_the_index_leads_to_every_page() -> None:
    linked = _links("index.md")
    for page in PAGES:
        assert page in linked or page == "index.md", page


def test_readme_leads_to_the_index() -> None:
    assert "](docs/index.md)" in (PROJECT / "README.md").read_text()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="the group docs is not installed here")
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr  # with --quiet, --strict would see no warning
    assert (tmp_path / "quickstart.html").exists()


@pytest.mark.parametrize("page", PAGES)
def test_pages_link_to_nothing_outside_the_site(page: str) -> None:
    outside = [link for link in _links(page) if link.startswith("..")]
    assert not outside


def _links(page: str) -> set[str]:
    """The pages that a page links to, by their paths below docs/."""
    found = re.findall(r"\]\(([^)\s#]+)[^)]*\)", (DOCS / page).read_text())
    folder = (DOCS / page).parent
    paths = [(folder / link).resolve() for link in found if not re.match(r"[a-z]+:", link)]
    return {os.path.relpath(path, DOCS) for path in paths}
