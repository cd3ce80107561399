"""Texts of the command line reach a command without pydantic, and all else as Typer takes it."""

import subprocess
import sys
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from placekeeper.cli.plain_texts import take_texts_as_they_are
from placekeeper.rules.jobs.commands import CommandType

take_texts_as_they_are()
app = typer.Typer()


@app.command()
def said(
    name: str,
    more: Annotated[list[str] | None, typer.Option()] = None,
    kind: CommandType | None = None,
    most: Annotated[int, typer.Option(min=1)] = 7,
) -> None:
    """Say what has come."""
    print(repr((name, more, kind, most)))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["a"], ("a", None, None, 7)),
        (["a", "--more", "b", "--more", "7"], ("a", ["b", "7"], None, 7)),
        (["", "--most", "3"], ("", None, None, 3)),
        (["é", "--kind", "glueetl"], ("é", None, CommandType.GLUEETL, 7)),
    ],
)
def test_values_reach_the_command(argv: list[str], expected: tuple[object, ...]) -> None:
    assert CliRunner().invoke(app, argv).stdout.strip() == repr(expected)


@pytest.mark.parametrize("argv", [["a", "--most", "0"], ["a", "--most", "b"], ["a", "--kind", "b"]])
def test_what_is_wrong_is_refused(argv: list[str]) -> None:
    assert CliRunner().invoke(app, argv).exit_code == 2


def test_a_command_with_texts_alone_loads_no_pydantic() -> None:
    code = (
        "import sys; from placekeeper.cli.app import main\n"
        "code = main(['bookmark', 'show', 'a', '--state', '/x'])"
        "\nassert code == 1, code; assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
