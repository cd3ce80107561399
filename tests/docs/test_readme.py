"""README stays short, and its figures are those of the pages it takes them from."""

import re
from pathlib import Path

from placekeeper.server.glue_api.operations import HANDLERS

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
TRUTH = PROJECT / "docs" / "explanation" / "truth.md"
MOST_LINES = 139
SCRIPT_LINES = 12
ROWS_OF_TRUTH = {
    "a file is copied and keeps its time, 8 days old": "copied with a time 8 days old",
    "an upload takes 20 minutes": "uploaded for 20 minutes",
    "a file is overwritten and keeps its time": "overwritten, time kept",
    "two runs overlap": "two runs overlap",
    "a run fails after it has written, and is retried": "run fails after reading, is retried",
}
"""README's words for five rows of `make truth`."""


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= MOST_LINES


def test_the_script_that_it_shows_has_twelve_lines() -> None:
    (script,) = re.findall(r"<!-- file: \S+ -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len([line for line in script.splitlines() if line]) == SCRIPT_LINES


def test_it_takes_its_rows_from_the_truth() -> None:
    found = {
        cells[0]: cells[1:]
        for line in README.read_text().splitlines()
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 5
    }
    for said, measured in ROWS_OF_TRUTH.items():
        assert found[said] == _measured(measured), said
    assert found.keys() - ROWS_OF_TRUTH.keys() == {"what happens", "---"}


def test_it_admits_where_placekeeper_is_not_exact() -> None:
    counted = re.search(r"not exact, of (\d+): Placekeeper (\d+),", TRUTH.read_text())
    assert counted is not None
    assert f"not exact in {counted[2]} of our {counted[1]} cases" in " ".join(README.read_text().split())


def _measured(row: str) -> list[str]:
    """What each of the four systems did, in the order of the table."""
    (line,) = [line for line in TRUTH.read_text().splitlines() if re.match(rf"{re.escape(row)}  ", line)]
    return re.split(r" {2,}", line.removeprefix(row).strip())


def test_readme_counts_the_operations() -> None:
    assert f"[{len(HANDLERS)} operations]" in README.read_text()
