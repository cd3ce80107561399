"""The table of commands holds what the commands have; no command is loaded to say so."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from placekeeper.cli.app import app
from placekeeper.cli.command_table import COMMANDS, GROUPS, Value
from placekeeper.cli.lazy import LazyGroup, load

HEAVY = ("sqlalchemy", "pyarrow", "boto3", "botocore", "uvicorn", "rich.console", "alembic", "structlog")


@pytest.mark.parametrize("path", list(COMMANDS), ids=" ".join)
def test_a_row_is_what_its_command_has(path: tuple[str, ...]) -> None:
    row, command = COMMANDS[path], load(path)
    params: list[Any] = list(command.params)
    options = {param.opts[0]: param.is_flag for param in params if param.opts[0].startswith("-")}
    assert {name: value is Value.FLAG for name, value in row.options.items()} == options
    arguments = [param for param in params if not param.opts[0].startswith("-")]
    assert (row.argument is None) == (not arguments)
    assert command.name == path[-1]
    assert row.summary == command.get_short_help_str(200)


def test_every_group_and_command_can_be_called() -> None:
    root = get_command(app)
    assert isinstance(root, LazyGroup)
    for name, command in root.commands.items():
        assert (name in GROUPS) == isinstance(command, LazyGroup)
        for inner in getattr(command, "commands", ()):
            assert (name, inner) in COMMANDS


@pytest.mark.parametrize("module", sorted({row.module for row in COMMANDS.values()}))
def test_every_command_of_a_module_is_in_the_table(module: str) -> None:
    registered = importlib.import_module(f"placekeeper.cli.commands.{module}").app.registered_commands
    named = {path[-1] for path, row in COMMANDS.items() if row.module == module}
    assert {command.name for command in registered} == named


def test_a_summary_fits_a_line() -> None:
    assert max(map(len, [*GROUPS.values(), *(row.summary for row in COMMANDS.values())])) <= 60


def loaded_by(*argv: str, **environ: str) -> set[str]:
    """The modules that are loaded when a command line has been followed."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr))\n"
        "from placekeeper.cli import entry\n"
        f"sys.argv = ['placekeeper', *{list(argv)!r}]\n"
        "entry.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environ, check=False
    )
    assert "placekeeper.cli.app" in done.stderr, done.stderr
    return set(done.stderr.splitlines())


def test_little_is_loaded_for_the_version_and_for_help() -> None:
    for argv in (["--version"], ["--help"], ["bookmark", "--help"]):
        loaded = loaded_by(*argv)
        assert not loaded & set(HEAVY), argv
        assert not any(name.startswith("placekeeper.cli.commands.") for name in loaded)
    assert "sqlalchemy" in loaded_by("runs", "list", "--help")


def test_little_is_loaded_to_complete(tmp_path: Path) -> None:
    environ = {
        "_PLACEKEEPER_COMPLETE": "complete_bash",
        "COMP_WORDS": "placekeeper bookmark show ",
        "COMP_CWORD": "3",
        "PLACEKEEPER_STATE": str(tmp_path),
    }
    loaded = loaded_by(**environ)
    assert "sqlite3" in loaded
    assert not loaded & set(HEAVY)
