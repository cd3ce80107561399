"""Help is read whole: no line of a list of commands is cut at 80 columns."""

import pytest
from typer.testing import CliRunner

from placekeeper.cli.app import app


@pytest.mark.parametrize(
    "group", [[], ["bookmark"], ["runs"], ["state"]], ids=lambda words: " ".join(words) or "root"
)
def test_no_command_s_help_is_cut(group: list[str]) -> None:
    shown = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "80"}, terminal_width=80).output
    listed = shown.partition("Commands:\n")[2].splitlines()
    assert listed
    assert [line for line in listed if line.endswith("...") or len(line) > 80] == []
