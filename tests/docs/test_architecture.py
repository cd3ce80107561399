"""The map of the house in ARCHITECTURE.md is that of the contracts and of the folders."""

import re
import tomllib

from pages import PROJECT, section

ARCHITECTURE = (PROJECT / "ARCHITECTURE.md").read_text()
SOURCE = PROJECT / "src" / "placekeeper"
MOST_WORDS = 2500


def test_it_is_short() -> None:
    assert len(re.findall(r"[^\s|]*\w[^\s|]*", ARCHITECTURE)) <= MOST_WORDS


def test_its_floors_are_those_of_the_contract() -> None:
    linter = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = [
        contract["layers"]
        for contract in linter["contracts"]
        if contract.get("containers") == ["placekeeper"]
    ]
    named = [line.split("   ")[0] for line in _map() if not line.startswith(" ")]
    assert named == ["floor", *floors]


def test_every_room_is_on_the_map() -> None:
    named = set(re.findall(r"\w+", "\n".join(_map())))
    packages = {path.parent.name for path in SOURCE.glob("*/*/__init__.py")}
    assert packages - named == set()


def _map() -> list[str]:
    """The lines of the block that has a line for each floor."""
    blocks = re.findall(r"```\n(.*?)\n```", section(ARCHITECTURE, "## Floors and rooms"), re.DOTALL)
    (lines,) = [block.split("\n") for block in blocks]
    return lines
